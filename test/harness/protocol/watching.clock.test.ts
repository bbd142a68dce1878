import { expect } from 'chai';
import { createConnection } from 'node:net';
import { WebSocket } from 'ws';
import { playMatch } from '../../../harness/match/match.js';
import { shownId } from '../../../harness/match/welcome.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import type { WatchFrame } from '../../../harness/protocol/watching.js';
import { linkedAgent, seat, toyPlan, until } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

function watcher(server: MatchServer): { frames: WatchFrame[]; socket: WebSocket } {
  const socket = new WebSocket(`${server.url}/watch`);
  const frames: WatchFrame[] = [];
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as WatchFrame));
  return { frames, socket };
}

/** A spectator who asked to watch and then never reads: its socket backs up. */
async function stuckWatcher(server: MatchServer): Promise<void> {
  const socket = createConnection(server.port, '127.0.0.1');
  socket.write(
    'GET /watch HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.pause();
}

describe('watching', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  it('shows a match from its beginning to its end, to those who come late too, at most 60 times a second', async () => {
    await linkedAgent(server, 'a');
    await linkedAgent(server, 'b');
    const early = watcher(server);
    await until(() => server.watchers.count === 1);
    server.announce({ type: 'progress', label: 'x', done: 1, total: 2, perMinute: 3, leftS: 4 });
    let late: ReturnType<typeof watcher> | undefined;
    setTimeout(() => (late = watcher(server)), 200);
    const trace = await playMatch(server, toyPlan({ seats: [seat('a', { givenUs: 20_000 }), seat('b')], durationUs: 1_000_000 }));
    await until(() => early.frames.at(-1)?.type === 'end' && late!.frames.at(-1)?.type === 'end');
    expect(early.frames.slice(0, 2).map((frame) => frame.type)).to.deep.equal(['progress', 'match']);
    expect(late!.frames.slice(0, 2).map((frame) => frame.type)).to.deep.equal(['progress', 'match']);
    // Who comes in the middle is told what was decided so far; who saw it is not told again.
    const past = late!.frames[2] as WatchFrame & { type: 'past' };
    expect(past).to.include({ type: 'past', id: shownId(trace.header.id) });
    const firstSeen = late!.frames.find((frame) => frame.type === 'scene')!.at;
    for (const [index, decisions] of past.decisions.entries()) {
      const settled = trace.events.flatMap((event) =>
        event.seat === index && 'latencyUs' in event ? [{ from: event.at - event.latencyUs, at: event.at, outcome: event.kind }] : [],
      );
      expect(decisions.length).to.be.greaterThan(0);
      expect(decisions).to.deep.equal(settled.slice(0, decisions.length));
      expect(decisions.at(-1)!.at).to.be.at.most(firstSeen);
    }
    expect(early.frames.some((frame) => frame.type === 'past')).to.equal(false);
    const scenes = early.frames.filter((frame) => frame.type === 'scene');
    expect(scenes.length).to.be.within(5, 62);
    expect(scenes[2]!.thinking).to.have.length(2);
    expect(scenes.at(-1)!.at).to.be.at.least(1_000_000);
    expect(late!.frames.filter((frame) => frame.type === 'scene').length).to.be.lessThan(scenes.length);
    expect(early.frames.at(-1)).to.deep.equal({
      type: 'end',
      id: shownId(trace.header.id),
      results: trace.footer!.results,
      verdict: trace.footer!.verdict,
      seed: trace.header.seed,
    });
  });

  it('never asks for a scene when nobody watches', async () => {
    await linkedAgent(server, 'a');
    const asked: number[] = [];
    server.watchers.begin({ type: 'match', id: 'x', task: 'hft', clock: 'wall', speed: 1, tickUs: 1, seats: [], options: {} });
    server.watchers.scene(() => {
      asked.push(1);
      return { type: 'scene', id: 'x', at: 0, scene: null, thinking: [] };
    });
    expect(asked).to.have.length(0);
  });

  it('drops scenes of a watcher who does not read, while another sees them all and the match goes on', async () => {
    await stuckWatcher(server);
    const quick = watcher(server);
    await until(() => server.watchers.count === 2);
    server.watchers.begin({ type: 'match', id: 'x', task: 'hft', clock: 'wall', speed: 1, tickUs: 1, seats: [], options: {} });
    let sent = 0;
    for (; sent < 40 && server.watchers.skipped === 0; sent++) {
      await new Promise((resolve) => setTimeout(resolve, 18));
      server.watchers.scene(() => ({ type: 'scene', id: 'x', at: sent, scene: 'x'.repeat(1_000_000), thinking: [] }));
    }
    expect(server.watchers.skipped).to.be.greaterThan(0);
    server.watchers.end(
      { type: 'scene', id: 'x', at: 99, scene: null, thinking: [] },
      { type: 'end', id: 'x', results: { over: true, endedAt: 0, reward: [], seats: [] }, verdict: { counts: true, reasons: [] } },
    );
    await until(() => quick.frames.at(-1)?.type === 'end');
    expect(quick.frames.filter((frame) => frame.type === 'scene').length).to.be.at.least(sent);
    await linkedAgent(server, 'a');
    const trace = await playMatch(server, toyPlan({ seats: [seat('a', { givenUs: 20_000 })] }));
    expect(trace.footer!.results.over).to.equal(true);
    expect(trace.events.filter((event) => event.kind === 'act').length).to.be.greaterThan(3);
  });

  it('tells nobody the past of a match that is shown late', async () => {
    const began = { type: 'match' as const, id: 'x', task: 'hft', clock: 'wall' as const, speed: 1, tickUs: 1, seats: [], options: {} };
    const decisions = [[{ from: 1, at: 2, outcome: 'act' as const }]];
    for (const behindUs of [0, 10_000_000]) {
      server.watchers.begin({ ...began, behindUs }, () => decisions);
      const eyes = watcher(server);
      await until(() => eyes.frames.length === 2);
      server.watchers.announce({ type: 'progress', label: 'x', done: 1, total: 2, perMinute: 3, leftS: 4 });
      await until(() => eyes.frames.at(-1)!.type === 'progress');
      expect(eyes.frames.map(({ type }) => type)).to.deep.equal(
        behindUs === 0 ? ['match', 'past', 'progress'] : ['progress', 'match', 'progress'],
      );
      eyes.socket.terminate();
      server.watchers.drop('x');
    }
  });

  it('shows the first of two matches at once', async () => {
    await linkedAgent(server, 'a');
    await linkedAgent(server, 'b');
    const eyes = watcher(server);
    await until(() => server.watchers.count === 1);
    const [first] = await Promise.all([
      playMatch(server, toyPlan({ seats: [seat('a', { givenUs: 20_000 })] })),
      playMatch(server, toyPlan({ seats: [seat('b', { givenUs: 20_000 })] })),
    ]);
    await until(() => eyes.frames.at(-1)?.type === 'end');
    for (const frame of eyes.frames) if (frame.type !== 'progress') expect(frame.id).to.equal(shownId(first!.header.id));
  });
});
