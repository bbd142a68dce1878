/** A match that is asked to stop at a checkpoint: it stops for one asker that is still there, once the file is on disk, and goes on otherwise. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MatchMoved, type Checkpointable, type TakenCheckpoint } from '../../../harness/match/checkpoints.js';
import { playMatch, type MatchSheet, type SeatSheet } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { readCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import { readTrace } from '../../../harness/traces/reader.js';
import type { TraceFile } from '../../../harness/traces/recorder.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { answering, eventsOf, rawAgent, seat, toyPlan, until } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

/** Puts `instead` between a server's matches and the process that writes their checkpoints. */
function writing(server: MatchServer, instead: (path: string, write: () => Promise<string | null>) => Promise<string | null>): void {
  const { traces } = server;
  const begin = traces.begin.bind(traces);
  traces.begin = (...how): TraceFile => {
    const file = begin(...how);
    const checkpoint = file.checkpoint.bind(file);
    file.checkpoint = (path, body) => instead(path, () => checkpoint(path, body));
    return file;
  };
}

const stranger = (token: string, how: { givenUs?: number } = {}): SeatSheet => seat(token, { kind: 'stranger', ...how });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a match that is asked to stop', () => {
  let folder: string;
  let server: MatchServer;
  let traces = 0;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-stopping-'));
    server = await MatchServer.listen();
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const sheetOf = (plan: Parameters<typeof toyPlan>[0]): MatchSheet =>
    toyPlan({ tracePath: join(folder, `${++traces}.jsonl.gz`), timeoutUs: 1_000_000, ...plan });
  const ended = (playing: Promise<Trace>): Promise<Trace | Error> => playing.catch((error: Error) => error);

  it('and goes on where the file cannot be written has heard every answer and departure meanwhile', async () => {
    let heldBack = 0;
    let running: Checkpointable | undefined;
    let stopping: Promise<unknown> | undefined;
    writing(server, async () => {
      asker.answer(heldBack);
      leaver.socket.terminate();
      await pause(100);
      return 'the disk is full';
    });
    const asker = await rawAgent(server, 'asker', (frame, agent) => {
      if (frame.type !== 'observation') return;
      if (frame.seq !== 5) return agent.answer(frame.seq);
      heldBack = frame.seq;
      stopping = running!.checkpoint(join(folder, 'x.checkpoint.gz'), true).catch((error: Error) => error.message);
    });
    const leaver = await rawAgent(server, 'leaver', answering);
    const sheet = sheetOf({ seats: [stranger('asker'), stranger('leaver')], onBegin: (match) => (running = match), durationUs: 800_000 });
    const trace = await playMatch(server, sheet);
    expect(await stopping).to.equal('the disk is full');
    expect(eventsOf(trace.events, 'act', 0).map(({ seq }) => seq)).to.include.members([heldBack, heldBack + 1]);
    expect(eventsOf(trace.events, 'leave', 1).length).to.equal(1);
    expect(verifyTrace(trace).faults).to.deep.equal([]);
    expect(verifyTrace(await readTrace(sheet.tracePath!)).faults).to.deep.equal([]);
  });

  it('by two at once stops for the first, and tells the second where it went', async () => {
    await rawAgent(server, 'a', answering);
    const asked: Promise<TakenCheckpoint | Error>[] = [];
    const sheet = sheetOf({
      seats: [stranger('a', { givenUs: 5000 })],
      clock: 'virtual',
      onBegin: (match) => {
        for (const name of ['first', 'second'])
          asked.push(match.checkpoint(join(folder, `${name}.checkpoint.gz`), true).catch((error: Error) => error));
      },
    });
    const stopped = await ended(playMatch(server, sheet));
    expect(stopped).to.be.instanceOf(MatchMoved);
    const [first, second] = await Promise.all(asked);
    expect(first).to.deep.equal((stopped as MatchMoved).taken);
    expect((second as Error).message).to.match(/stopped at .* and goes on from .*first\.checkpoint\.gz/);
    expect((await readCheckpoint((first as TakenCheckpoint).path)).state.at).to.equal((first as TakenCheckpoint).at);
  });

  it('by two at once, where the first file cannot be written, stops for the second', async () => {
    await rawAgent(server, 'a', answering);
    writing(server, async (path, write) => (path.includes('first') ? 'the disk is full' : await write()));
    const asked: Promise<TakenCheckpoint | Error>[] = [];
    const sheet = sheetOf({
      seats: [stranger('a', { givenUs: 5000 })],
      clock: 'virtual',
      onBegin: (match) => {
        for (const name of ['first', 'second'])
          asked.push(match.checkpoint(join(folder, `${name}.checkpoint.gz`), true).catch((error: Error) => error));
      },
    });
    const stopped = await ended(playMatch(server, sheet));
    const [first, second] = await Promise.all(asked);
    expect((first as Error).message).to.equal('the disk is full');
    expect(stopped).to.be.instanceOf(MatchMoved);
    expect((stopped as MatchMoved).taken).to.deep.equal(second);
  });

  it('by somebody who is gone before it could plays on to its end', async () => {
    const gone = new AbortController();
    let asked: Promise<unknown> | undefined;
    let running: Checkpointable | undefined;
    await rawAgent(server, 'a', (frame, agent) => {
      if (frame.type !== 'observation') return;
      if (frame.seq === 3) {
        // While it is thinking no checkpoint is taken on this clock.
        asked = running!.checkpoint(join(folder, 'x.checkpoint.gz'), true, gone.signal).catch((error: Error) => error.message);
        gone.abort();
      }
      agent.answer(frame.seq);
    });
    const sheet = sheetOf({ seats: [stranger('a', { givenUs: 5000 })], clock: 'virtual', onBegin: (match) => (running = match) });
    const trace = await playMatch(server, sheet);
    expect(trace.footer!.results.over).to.equal(true);
    expect(await asked).to.equal('whoever asked for a checkpoint is gone');
  });

  it('by somebody who is gone while the file is written plays on to its end', async () => {
    const gone = new AbortController();
    let asked: Promise<unknown> | undefined;
    await rawAgent(server, 'a', answering);
    writing(server, async (_path, write) => {
      gone.abort();
      return await write();
    });
    const sheet = sheetOf({
      seats: [stranger('a', { givenUs: 5000 })],
      clock: 'virtual',
      onBegin: (match) =>
        (asked = match.checkpoint(join(folder, 'x.checkpoint.gz'), true, gone.signal).catch((error: Error) => error.message)),
    });
    const trace = await playMatch(server, sheet);
    expect(trace.footer!.results.over).to.equal(true);
    expect(await asked).to.match(/whoever asked the match to stop is gone: it plays on/);
  });

  it('from outside, in the middle of what agents say, records nothing that is not in its trace', async () => {
    const stop = new AbortController();
    let flooding: NodeJS.Timeout | undefined;
    let sent = 0;
    await rawAgent(server, 'a', (frame, agent) => {
      answering(frame, agent);
      if (frame.type === 'welcome') flooding = setInterval(() => agent.say(`{"type":"dance${sent++}"}`), 1);
    });
    const sheet = sheetOf({ seats: [stranger('a')], signal: stop.signal, durationUs: 60_000_000 });
    const { traces: writer } = server;
    const begin = writer.begin.bind(writer);
    writer.begin = (...how): TraceFile => {
      const file = begin(...how);
      const sync = file.sync.bind(file);
      // A slow disk.
      file.sync = async () => {
        await pause(60);
        await sync();
      };
      return file;
    };
    setTimeout(() => stop.abort('interrupted'), 200);
    const trace = await playMatch(server, sheet);
    clearInterval(flooding);
    await until(() => sent > 0);
    expect(trace.footer!.verdict.reasons.join(' ')).to.include('stopped before its end: interrupted');
    const written = await readTrace(sheet.tracePath!);
    expect(written.events.length, 'events').to.equal(trace.events.length);
    expect(written.events).to.deep.equal(JSON.parse(JSON.stringify(trace.events)));
    expect(verifyTrace(written)).to.deep.include({ same: true, faults: [] });
  });
});
