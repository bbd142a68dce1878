/** What the API answers: part of board.test.ts. */
import Ajv from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { renameSync } from 'node:fs';
import Papa from 'papaparse';
import { request } from 'undici';
import { tracePlace } from '../../../harness/submission/bundle.js';
import { tracesFolder } from '../../../web/server/store/database.js';
import { ask, sendBundle, settled, type Answered } from './board-server.js';
import type { Boards } from './boards.js';

export function apiTests(boards: Boards): void {
  let submission: string;
  let entry: string;
  let earlier: string;

  before(async () => {
    const { db } = boards.shared.board.store;
    earlier = await metrics();
    submission = (await sendBundle(boards.shared, await boards.bundle())).json.id as string;
    entry = (await settled(boards.shared, submission)).entries[0].id as string;
    const row = await db.selectFrom('entry').selectAll().where('id', '=', entry).executeTakeFirstOrThrow();
    const own = await db.selectFrom('submission').selectAll().where('id', '=', submission).executeTakeFirstOrThrow();
    const other = { ...own, id: 'f'.repeat(16), bundle_hash: 'other', signature: 'other' };
    await db.insertInto('submission').values(other).execute();
    // Many more entries, of rules of their own, some of equal and some of no reward.
    const rows = Array.from({ length: 61 }, (_, i) => ({ ...row, submission: other.id, id: i.toString(16).padStart(16, '0'), rules: 'other', ordinal: i + 1, name: `m${i}`, reward: i % 7 === 0 ? null : (i % 5) / 10 })); // prettier-ignore
    await db.insertInto('entry').values(rows).execute();
  });

  // So that the same matches may come again.
  after(() => ask(`${boards.shared.url}/api/v1/entries/${entry}/withdraw`, { method: 'POST' }));

  const metrics = async (): Promise<string> => (await ask(`${boards.shared.url}/metrics`)).text;

  it('pages that hold every row once, in order, whatever their size', async () => {
    for (const [path, list] of [
      ['leaderboard', 'rows'],
      ['entries', 'entries'],
    ] as const)
      // prettier-ignore
      for (const limit of [1, 7, 61, 200]) {
        const ids: string[] = [];
        const rewards: (number | null)[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const { json, headers } = await ask(`${boards.shared.url}/api/v1/${path}?rules=other&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          for (const row of json[list]) ids.push(row.id);
          expect(headers.get('link') === null).to.equal(json.next === null);
          cursor = json.next as string | null;
        }
        expect(ids.length, `${path} ${limit}`).to.equal(61);
        expect(new Set(ids).size).to.equal(61);
        if (path === 'leaderboard') {
          const all = await boards.shared.board.store.db.selectFrom('entry').select(['id', 'reward']).where('rules', '=', 'other').execute();
          for (const id of ids) rewards.push(all.find((row) => row.id === id)!.reward);
          const sorted = [...rewards].sort((a, b) => (b ?? -Infinity) - (a ?? -Infinity));
          expect(rewards).to.deep.equal(sorted);
        }
      }
  });

  it('that nothing has changed, to whoever has it already', async () => {
    // Node's own fetch asks for everything anew whatever it has.
    const got = async (limit: number, headers: Record<string, string> = {}) => {
      const answer = await request(`${boards.shared.url}/api/v1/leaderboard?rules=other&limit=${limit}`, { headers });
      return { status: answer.statusCode, etag: String(answer.headers.etag), text: await answer.body.text() };
    };
    const { etag } = await got(5);
    expect(await got(5, { 'if-none-match': etag })).to.deep.equal({ status: 304, etag, text: '' });
    expect((await got(6, { 'if-none-match': etag })).status).to.equal(200);
  });

  it('the same rows as CSV, no cell a formula', async () => {
    const { text, headers } = await ask(`${boards.shared.url}/api/v1/leaderboard.csv?rules=other&limit=200`);
    const { json } = await ask(`${boards.shared.url}/api/v1/leaderboard?rules=other&limit=200`);
    const [names, ...lines] = text.trim().split('\n');
    expect(headers.get('content-type')).to.match(/^text\/csv/);
    expect(names).to.match(
      /^id,task,rules,plan,terms,division,kind,name,submitter,fingerprint,rewardUnit,reward,rewardLow,rewardHigh,rewardIsAtLeast,latencyMeanMs/,
    );
    expect(lines.map((line) => line.split(',')[0])).to.deep.equal(json.rows.map(({ id }: { id: string }) => id));
    expect(Number(lines[0]!.split(',')[11])).to.equal(json.rows[0].figures.reward.value);
  });

  it('every list as CSV with the rows that it has as JSON, and pages of each', async () => {
    const csvOf = async (path: string) => {
      const { text, headers, status } = await ask(`${boards.shared.url}/api/v1/${path}`);
      expect([status, headers.get('content-type')], path).to.deep.equal([200, 'text/csv; charset=utf-8']);
      return Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
    };
    const jsonOf = async (path: string): Promise<Answered['json']> => (await ask(`${boards.shared.url}/api/v1/${path}`)).json;
    const { entries } = await jsonOf('entries?rules=other&limit=50');
    const rows = await csvOf('entries.csv?rules=other&limit=50');
    expect(rows.map(({ id, status, submission: of }) => [id, status, of])).to.deep.equal(entries.map((each: Record<string, string>) => [each.id, each.status, each.submission])); // prettier-ignore
    expect((await csvOf('tables.csv')).map(({ rules, entries: count }) => [rules, Number(count)])).to.deep.equal((await jsonOf('tables')).tables.map((each: Record<string, unknown>) => [each.rules, each.entries])); // prettier-ignore
    expect(await csvOf('arena/matches.csv')).to.deep.equal([]);
    expect((await ask(`${boards.shared.url}/api/v1/ratings.csv?task=hft`)).json.error.code).to.equal('no_ratings');
    // The audit log in pages of seven is the same as at once, in both forms.
    const { lines, next } = await jsonOf('audit');
    expect([next, lines.length > 7]).to.deep.equal([null, true]);
    const [paged, csvRows]: [unknown[], unknown[]] = [[], []];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = await jsonOf(`audit?${query}`);
      paged.push(...page.lines);
      csvRows.push(...(await csvOf(`audit.csv?${query}`)));
      cursor = page.next as string | null;
    }
    expect(paged).to.deep.equal(lines);
    expect(csvRows).to.deep.equal(lines);
  });

  it('as its OpenAPI document says, made from the schemas that it is checked by', async () => {
    const { json: document } = await ask(`${boards.shared.url}/api/v1/openapi.json`);
    const ajv = new Ajv.default({ strict: false, validateFormats: false });
    const defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/')) as object;
    const kept = (await boards.shared.board.store.db.selectFrom('trace').select('hash').executeTakeFirstOrThrow()).hash;
    const checks: [string, string][] = [
      ['leaderboard?limit=61', 'Leaderboard'],
      ['entries', 'Entries'],
      ['tables', 'Tables'],
      [`entries/${entry}`, 'EntryWithTraces'],
      [`submissions/${submission}`, 'Submission'],
      [`traces/${kept}`, 'Trace'],
      ['audit?limit=3', 'Audit'],
      ['entries/x', 'Error'],
    ];
    for (const [path, name] of checks) {
      const validate = ajv.compile({ $defs: defs, $ref: `#/$defs/${name}` });
      const { json } = await ask(`${boards.shared.url}/api/v1/${path}`);
      expect(validate(json), `${path}: ${JSON.stringify(validate.errors)}`).to.equal(true);
    }
  });

  it('for every path that its document has, and for no other', async () => {
    const { json: document } = await ask(`${boards.shared.url}/api/v1/openapi.json`);
    // Express keeps what it answers as layers, each with a route or with a router of its own.
    type Layer = { route?: { path: string; methods: Record<string, boolean> }; handle: { stack?: Layer[] } };
    const api = (boards.shared.board.routes.stack as unknown as Layer[]).find(({ handle }) => (handle.stack?.length ?? 0) > 3)!;
    const waysOf = ({ route, handle }: Layer): string[] =>
      route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : (handle.stack ?? []).flatMap(waysOf);
    const answered = api.handle.stack!.flatMap(waysOf);
    const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, ways]) => Object.keys(ways).map((method) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`)); // prettier-ignore
    expect(answered.filter((path) => path !== 'get /openapi.json').sort()).to.deep.equal(documented.sort());
    expect((await ask(`${boards.shared.url}/api/v1/nothing`)).json.error.code).to.equal('not_here');
  });

  it('that it is ready, and its figures for Prometheus', async () => {
    expect((await ask(`${boards.shared.url}/ready`)).json).to.deep.equal({
      ready: true,
      verification: { ok: true, postponed: 0, why: null },
    });
    const now = await metrics();
    const accepted = (text: string): number => Number(/tickbench_board_traces_verified_total\{outcome="accepted"\} (\d+)/.exec(text)?.[1] ?? 0); // prettier-ignore
    expect(accepted(now) - accepted(earlier)).to.equal(5);
    const { count } = await boards.shared.board.store.db.selectFrom('entry').select(({ fn }) => fn.countAll<number>().as('count')).where('status', '=', 'accepted').executeTakeFirstOrThrow(); // prettier-ignore
    expect(count).to.be.greaterThan(61);
    expect(now).to.contain(`tickbench_board_stored{what="entry",status="accepted"} ${count}\n`);
  });

  it('in words and without a path when the file of a trace is gone; verifying it is tried again, and refuses nobody', async () => {
    const { url, board, said } = boards.shared;
    const { db } = board.store;
    const { hash } = (await ask(`${url}/api/v1/entries/${entry}`)).json.traces[4];
    const place = tracePlace(tracesFolder(boards.sharedFolder), hash as string);
    renameSync(place, `${place}.away`);
    const lost = await ask(`${url}/api/v1/traces/${hash}/file`);
    expect([lost.status, lost.json.error.code]).to.deep.equal([404, 'no_file']);
    expect(lost.text).to.not.contain(boards.root);
    expect(said.splice(0).join()).to.contain(place);
    // Its submission is to be verified anew, and cannot be; one that came after it, without this trace, is.
    await db.updateTable('submission').set({ status: 'pending' }).where('id', '=', submission).execute();
    await db.updateTable('entry').set({ status: 'pending' }).where('id', '=', entry).execute();
    const short = await boards.bundle({ change: ({ manifest }) => manifest.entries[0]!.traces.pop() });
    const other = await settled(boards.shared, (await sendBundle(boards.shared, short)).json.id as string);
    expect(other.entries[0].status).to.equal('refused');
    const state = (await ask(`${url}/ready`)).json;
    expect([state.ready, state.verification.ok, state.verification.postponed]).to.deep.equal([true, false, 1]);
    expect(state.verification.why).to.match(/verifying a submission failed here, by no fault of what was submitted/);
    expect(await metrics()).to.match(/tickbench_board_postponed 1\n/);
    const waits = (await ask(`${url}/api/v1/submissions/${submission}`)).json;
    expect(waits.status).to.equal('pending');
    expect(waits.why).to.match(/^verifying it failed here, by no fault of what was submitted; it stays pending/);
    expect(said.splice(0).join('\n')).to.match(
      new RegExp(`verification of submission ${submission} failed here, once: .*no such file.*tried again in 0.3 s`),
    );
    renameSync(`${place}.away`, place);
    expect((await settled(boards.shared, submission)).entries.find(({ id }: { id: string }) => id === entry).status).to.equal('accepted');
    expect((await ask(`${url}/ready`)).json.verification.ok).to.equal(true);
    said.splice(0);
  });
}
