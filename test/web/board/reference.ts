/** Answers that are computed again, and what the board measures itself: part of board.test.ts. */
import { expect } from 'chai';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { collect } from '../../../harness/submission/collect.js';
import { writeBundle } from '../../../harness/submission/bundle.js';
import { measuredPart, playMeasured } from '../../../harness/submission/measuring.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { parseTrace } from '../../../harness/traces/reader.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { openBoardDatabase } from '../../../web/server/store/database.js';
import { Store } from '../../../web/server/store/store.js';
import { measure, type MeasuredEntry } from '../../../web/server/submissions/measure.js';
import { answeredSweep, withOtherAction } from '../../harness/answers/answered.js';
import { traceText } from '../../harness/submission/tiny.js';
import { ask, sendBundle, settled, type Answered } from './board-server.js';
import type { Boards } from './boards.js';

export function referenceTests(boards: Boards): void {
  /** What the board measures, and what somebody else submits: played apart, since a match counts once. */
  let folder: string;
  let submitted: string;
  let traces: Trace[];
  let theirs: Trace[];
  const signal = new AbortController().signal;
  const say = (): void => undefined;
  const progress = new PassThrough().resume() as unknown as NodeJS.WriteStream;
  const get = async (path: string): Promise<Answered['json']> => (await ask(`${boards.shared.url}/api/v1/${path}`)).json;

  before(async () => {
    folder = join(boards.root, 'answered');
    traces = await answeredSweep(boards.tiny.published, folder);
    submitted = join(boards.root, 'submitted');
    theirs = await answeredSweep(boards.tiny.published, submitted);
    // Everything is played: this finds it finished, and writes the report.
    await playMeasured(measuredPart(boards.tiny.published.plan('answered')!), { folder: submitted, say, signal, progress });
  });

  /** A bundle of what was submitted, or of a copy with a trace that was changed. */
  async function bundle(name: string, change?: (trace: Trace) => Trace): Promise<string> {
    const own = change ? join(boards.root, `answered-${name}`) : submitted;
    if (change) {
      cpSync(submitted, own, { recursive: true });
      const cells = JSON.parse(readFileSync(join(own, 'cells.json'), 'utf8')) as { cells: { trace: string }[] };
      const path = join(own, cells.cells[0]!.trace);
      writeFileSync(path, gzipSync(traceText(change(parseTrace(gunzipSync(readFileSync(path)).toString()).trace))));
    }
    const { manifest, paths } = await collect(own, { name: 'Ann', plan: 'answered', key: boards.keys.publicText, madeAt: `2026-01-31T12:00:00Z` }, boards.tiny.published); // prettier-ignore
    const path = join(boards.root, `${name}.tar`);
    await writeBundle(path, manifest, boards.keys, (hash) => paths.get(hash)!);
    return path;
  }

  /** Measures into a board's folder and database: nothing is played that was. */
  async function measured(board: string, databaseUrl?: string): Promise<MeasuredEntry[]> {
    return await measure({ plan: 'answered', board, plans: boards.tiny.plans, folder, say, signal, progress }, async (work) => {
      const database = await openBoardDatabase(board, databaseUrl);
      try {
        return await work(new Store(database.query));
      } finally {
        await database.close();
      }
    });
  }

  const all = (of: readonly Trace[]): number => of.reduce((sum, trace) => sum + decisionsOf(trace, 0).length, 0);

  it('refuses an entry in which an answer is another than the model gives, by the number of the decision', async () => {
    let seq = 0;
    const path = await bundle('forged', (trace) => {
      const { draft, seq: changed } = withOtherAction(trace, taskNamed(trace.header.task));
      seq = changed;
      return draft;
    });
    const { entries } = await settled(boards.shared, (await sendBundle(boards.shared, path)).json.id as string);
    expect(entries[0].status).to.equal('refused');
    expect(entries[0].why).to.match(new RegExp(`^a trace is not accepted.*its answers are not this model's: decision ${seq}: this model at this precision answers`)); // prettier-ignore
    expect((await get(`entries/${entries[0].id}`)).answers).to.include({ compared: all(theirs), equal: all(theirs) - 1 });
  });

  it('says of an entry whose answers all came again that they did, and keeps its latencies claims', async () => {
    const { entries } = await settled(boards.shared, (await sendBundle(boards.shared, await bundle('honest'))).json.id as string);
    const entry = await get(`entries/${entries[0].id}`);
    expect(entry).to.include({ status: 'accepted', division: 'reported', measured: null });
    expect(entry.answers).to.deep.equal({
      decisions: all(theirs),
      compared: all(theirs),
      equal: all(theirs),
      left: 0,
      unanswered: 0,
      not: [],
    });
    expect(entry.claimed)
      .to.match(/^Claimed: that it took this long/)
      .and.match(/the board computed every one again/);
    // Of a model that does not lie here they are counted, with why.
    const other = (await get('entries?plan=tiny&limit=200')).entries.find(({ answers }: { answers: object | null }) => answers !== null);
    expect(other.answers).to.include({ compared: 0, equal: 0 });
    expect(other.answers.not).to.deep.equal([{ why: 'its configuration is not recorded as this version records it', count: other.answers.decisions }]); // prettier-ignore
    expect(other.claimed).to.match(/that this model gave these answers/);
  });

  it('keeps what it measured itself in tables by host, with the hashes of weights, map and engine', async () => {
    const [entry, ...others] = await measured(boards.sharedFolder, boards.sharedUrl);
    expect(others).to.deep.equal([]);
    expect(entry).to.include({ task: 'hft', name: '1m-fp4', why: null }).and.to.have.property('entry').that.matches(/^[0-9a-f]{16}$/); // prettier-ignore
    expect(entry!.answers).to.include({ decisions: all(traces), equal: all(traces) });
    // What another process put in is told after a second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const table = (await get('tables')).tables.find(({ division }: { division: string }) => division === 'reference');
    expect(table).to.include({ plan: 'answered', entries: 1 });
    expect(table.host.name).to.match(/^host-[0-9a-f]{8}$/);
    const { rows } = await get(`leaderboard?division=reference&host=${table.host.name}`);
    expect(rows).to.have.length(1);
    expect(rows[0]).to.include({ id: entry!.entry, division: 'reference' });
    expect(rows[0].measured.host).to.deep.equal(table.host);
    expect(rows[0].measured.files).to.have.property('model.safetensors').that.matches(/^[0-9a-f]{64}$/); // prettier-ignore
    expect(rows[0].proven).to.match(/the board itself played these matches/);
    expect(rows[0].claimed).to.match(/^Taken on trust: the operator/);
    expect((await get('leaderboard?division=reference&host=host-00000000')).rows).to.deep.equal([]);
    const csv = (await ask(`${boards.shared.url}/api/v1/leaderboard.csv?division=reference`)).text.split('\n');
    expect(csv[0]).to.include(',host,hostAbout,modelIdentity,precisionMap,engineBuild,answers,');
    expect(csv[1]).to.include(`,${table.host.name},`);
    // The same matches are not kept twice, and nobody else may submit them.
    expect(await measured(boards.sharedFolder, boards.sharedUrl)).to.deep.equal([
      { task: 'hft', name: '1m-fp4', entry: entry!.entry, why: 'these matches are on the board already', answers: null },
    ]);
  });

  it('over the embedded database alike; and not what another host played', async () => {
    const { folder: board } = await boards.empty('folder');
    const [entry] = await measured(board);
    expect(entry!.why).to.equal(null);
    const other = join(boards.root, 'other-host');
    cpSync(folder, other, { recursive: true });
    // As if a results folder had been brought from another machine.
    const cells = JSON.parse(readFileSync(join(other, 'cells.json'), 'utf8')) as { cells: { trace: string }[] };
    for (const { trace: name } of cells.cells) {
      const path = join(other, name);
      const { trace } = parseTrace(gunzipSync(readFileSync(path)).toString());
      trace.header.host = { ...(trace.header.host as object), cpu: 'Another CPU' };
      writeFileSync(path, gzipSync(traceText(trace)));
    }
    const unopened = () => Promise.reject(new Error('the store was opened'));
    const elsewhere = await measure({ plan: 'answered', board, plans: boards.tiny.plans, folder: other, say, signal, progress }, unopened);
    expect(elsewhere[0]!.entry).to.equal(null);
    expect(elsewhere[0]!.why).to.match(/^its match on seed \d+ \(measure\) was played on host-[0-9a-f]{8}, and this is host-[0-9a-f]{8}$/);
  });

  it('and says what it does not measure', async () => {
    const refusal = (settings: object): Promise<string> =>
      measure({ plan: 'answered', board: boards.root, plans: boards.tiny.plans, folder, say, signal, ...settings }, () => Promise.reject(new Error('opened'))).then(() => 'nothing', (error: Error) => error.message); // prettier-ignore
    expect(await refusal({ plan: 'none' })).to.match(/^"none" is no published plan; published are .*answered/);
    expect(await refusal({ names: ['7b'] })).to.equal('no embedded configuration "7b" in the plan answered; accepted: 1m-fp4');
    expect(await refusal({ plan: 'tiny' })).to.match(/the plan tiny names no embedded configuration/);
  });
}
