import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { partialPath } from '../../../harness/traces/format.js';
import { parseTrace, readTrace, readTraceFile, TraceError } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { linkedAgent, seat, toyPlan, until } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

describe('traces on disk', () => {
  let server: MatchServer;
  let folder: string;
  let played: Trace;
  let path: string;
  let text: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
    server = await MatchServer.listen();
    await linkedAgent(server, 'a');
    await linkedAgent(server, 'b', (observation) =>
      observation.seq % 4 === 0
        ? { rejected: 'no idea' }
        : { plan: { steps: observation.seq % 5 }, telemetry: { answer: 'x'.repeat(1000), requestUs: 5 } },
    );
    path = join(folder, 'deep', 'match.jsonl.gz');
    const seats = [seat('a', { givenUs: 33_000 }), seat('b', { givenUs: 77_777, configuration: { model: 'x' } })];
    played = await playMatch(server, toyPlan({ seats, clock: 'virtual', durationUs: 5_500_000, tracePath: path }));
    text = gunzipSync(readFileSync(path)).toString('utf8');
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are read back as they were played, and play again', async () => {
    const { trace, fault } = await readTraceFile(path);
    expect(fault).to.equal(undefined);
    expect(trace).to.deep.equal(JSON.parse(JSON.stringify(played)));
    expect(replayTrace(trace).same).to.equal(true);
    expect(existsSync(partialPath(path))).to.equal(false);
    const answered = trace.events.find((event) => event.kind === 'act' && event.seat === 1);
    expect(answered!.kind === 'act' && answered!.telemetry!.answer!.length).to.equal(400);
  });

  it('have one block for each second of world time, each chained to the line before', () => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).to.equal(1 + 6 + 1);
    const seconds = lines.slice(1, -1).map((line) => JSON.parse(line) as { second: number; events: { at: number }[] });
    expect(seconds.map((block) => block.second)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    for (const block of seconds) for (const event of block.events) expect(Math.floor(event.at / 1_000_000)).to.equal(block.second);
  });

  it('cut off anywhere are read up to their last whole line and are void', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: text.length - 1 }), async (length) => {
        const cut = text.slice(0, length);
        const lines = cut.split('\n').length - 1;
        if (lines === 0) {
          expect(() => parseTrace(cut)).to.throw(TraceError, /no whole line/);
          return;
        }
        const { trace, fault } = parseTrace(cut);
        expect(trace.footer).to.equal(undefined);
        expect(fault).to.match(/cut off/);
        expect(trace.events).to.deep.equal(JSON.parse(JSON.stringify(played.events.slice(0, trace.events.length))));
        expect(replayTrace(trace)).to.include({ same: false, expected: null });
      }),
      { numRuns: 60 },
    );
    const gz = readFileSync(path);
    const cutPath = join(folder, 'cut.jsonl.gz');
    writeFileSync(cutPath, gz.subarray(0, Math.floor(gz.length * 0.7)));
    const { trace, fault } = await readTraceFile(cutPath);
    expect(fault).to.match(/cut off/);
    expect(trace.footer).to.equal(undefined);
    expect((await readTrace(cutPath)).header.id).to.equal(played.header.id);
  });

  it('altered in a line are refused by that line', () => {
    const lines = text.split('\n');
    const altered = lines.with(
      2,
      lines[2]!.replace('"latencyUs":40000', '"latencyUs":10000').replace('"accepted":true', '"accepted":false'),
    );
    expect(altered[2]).to.not.equal(lines[2]);
    expect(() => parseTrace(altered.join('\n'), 'x')).to.throw(TraceError, /x, line 4: does not follow/);
    expect(() => parseTrace(lines.toSpliced(3, 1).join('\n'), 'x')).to.throw(TraceError, /x, line 4: does not follow/);
    expect(() => parseTrace(lines.with(0, '{"header":{"tickbench":"trace.v1"}}').join('\n'), 'x')).to.throw(
      TraceError,
      /x, line 1: header\.id/,
    );
    expect(() => parseTrace('hello\n', 'x')).to.throw(TraceError, /x, line 1: not JSON/);
  });

  it('of other rules, or changed in a decision, do not pass for the same match', () => {
    expect(() => replayTrace({ ...played, header: { ...played.header, rules: 'toy-0' } })).to.throw(TraceError, /rules toy-0/);
    const events = structuredClone(played.events);
    const act = events.find((event) => event.kind === 'act')!;
    if (act.kind === 'act') act.action = { plan: { steps: 50 } };
    const replay = replayTrace({ ...played, events });
    expect(replay.same).to.equal(false);
    expect(replay.diverged!.event).to.equal(events.indexOf(act));
  });

  it('that cannot be written end their match, which is void', async () => {
    writeFileSync(join(folder, 'file'), '');
    const seats = () => [seat('a', { givenUs: 33_000 }), seat('b', { givenUs: 77_777 })];
    const none = await playMatch(server, toyPlan({ seats: seats(), clock: 'virtual', tracePath: join(folder, 'file', 'match.jsonl.gz') }));
    expect(none.footer!.verdict.counts).to.equal(false);
    expect(none.footer!.verdict.reasons.join()).to.match(/trace is incomplete: .*match.jsonl.gz: .*(in the way|folder is expected)/);
    if (existsSync('/dev/full')) {
      // A disk that is full: every write fails.
      const full = await playMatch(server, toyPlan({ seats: seats(), clock: 'virtual', tracePath: '/dev/full.gz' }));
      expect(full.footer!.verdict.counts).to.equal(false);
    }
  });

  it('survive the death of their writing process as far as they were written, void their match, and the next is written again', async () => {
    const cut = join(folder, 'killed.jsonl.gz');
    const seats = () => [seat('a', { givenUs: 33_000 }), seat('b', { givenUs: 77_777 })];
    const playing = playMatch(server, toyPlan({ seats: seats(), durationUs: 2_600_000, speed: 2, tracePath: cut }));
    await until(() => existsSync(partialPath(cut)) && readFileSync(partialPath(cut), 'utf8').split('\n').length > 2);
    (server.traces as unknown as { child: { kill(signal: string): void } }).child.kill('SIGKILL');
    const trace = await playing;
    expect(trace.footer!.verdict.reasons.join()).to.match(/writing process/);
    const left = await readTraceFile(partialPath(cut));
    expect(left.fault).to.match(/no footer/);
    expect(left.trace.events).to.deep.equal(JSON.parse(JSON.stringify(trace.events.slice(0, left.trace.events.length))));
    expect(left.trace.events.length).to.be.greaterThan(10);
    const next = join(folder, 'next.jsonl.gz');
    const again = await playMatch(server, toyPlan({ seats: seats(), clock: 'virtual', tracePath: next }));
    expect(again.footer!.verdict.counts).to.equal(true);
    expect((await readTraceFile(next)).fault).to.equal(undefined);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });
});
