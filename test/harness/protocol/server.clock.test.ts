import { expect } from 'chai';
import { once } from 'node:events';
import { playMatch } from '../../../harness/match/match.js';
import { LIMITS, serverFrame } from '../../../harness/protocol/frames.js';
import type { ServerFrame } from '../../../harness/protocol/frames.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { WebSocket } from 'ws';
import { answering, eventsOf, linkedAgent, rawAgent, RawAgent, seat, toyPlan, until } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

describe('frames that cannot be taken', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  /** Plays a match in which the agent sends something bad instead of, or before, its third answer. The other seat plays on. */
  async function withBad(bad: (agent: RawAgent, seq: number) => void, thenAnswer = true, timeoutUs = 3_000_000) {
    const agent = await rawAgent(server, 'bad', (frame, self) => {
      if (frame.type !== 'observation') return;
      if (frame.seq === 3) {
        bad(self, frame.seq);
        if (!thenAnswer) return;
      }
      self.answer(frame.seq);
    });
    await linkedAgent(server, 'other');
    const trace = await playMatch(
      server,
      toyPlan({ seats: [seat('bad', { givenUs: 15_000 }), seat('other', { givenUs: 20_000 })], timeoutUs }),
    );
    expect(trace.footer!.results.over).to.equal(true);
    expect(eventsOf(trace.events, 'act', 1).length).to.be.greaterThan(5);
    expect(replayTrace(trace).same).to.equal(true);
    for (const frame of agent.frames) serverFrame.parse(frame);
    return { agent, trace };
  }

  for (const [what, code, frame] of [
    ['not JSON', 'malformed', '{"type":"action",'],
    ['a binary frame', 'malformed', Buffer.from([1, 2, 3])],
    ['JSON that is no frame', 'wrong-type', [1, 2]],
    ['a frame of an unknown type', 'wrong-type', { type: 'move', seq: 3 }],
    ['an action whose seq is no number', 'wrong-type', { type: 'action', seq: '3', plan: { steps: 1 } }],
    ['an action with a key that does not exist', 'wrong-type', { type: 'action', seq: 3, plan: { steps: 1 }, stending: 'stay' }],
    ['an action that says two things', 'wrong-type', { type: 'action', seq: 3, plan: { steps: 1 }, rejected: 'no' }],
    ['an action that says nothing', 'wrong-type', { type: 'action', seq: 3 }],
    ['an oversized frame', 'oversized', { type: 'action', seq: 3, plan: { steps: 1 }, answer: 'x'.repeat(LIMITS.maxFrameBytes) }],
    ['an answer to an observation long settled', 'late', { type: 'action', seq: 1, plan: { steps: 1 } }],
    ['an answer to an observation not sent yet', 'future', { type: 'action', seq: 9, plan: { steps: 1 } }],
    ['an answer in a match of long ago', 'wrong-match', { type: 'action', match: 'older', seq: 3, plan: { steps: 1 } }],
    ['hello again', 'wrong-type', { type: 'hello', protocol: 'tickbench.v1', token: 'bad', name: 'bad' }],
  ] as const) {
    it(`${what}: an error frame, a line in the trace, and the observation is still open`, async () => {
      const { agent, trace } = await withBad((self) => self.say(frame));
      expect(agent.errors(code)).to.equal(1);
      const events = eventsOf(trace.events, 'error', 0);
      expect(events.map((event) => event.code)).to.deep.equal([code]);
      expect(events[0]!.detail).to.have.length.greaterThan(10);
      expect(eventsOf(trace.events, 'act', 0).some((event) => event.seq === 3)).to.equal(true);
    });
  }

  it('a second answer to the same observation is late; the first lands', async () => {
    const { agent, trace } = await withBad((self, seq) => self.answer(seq, 7));
    expect(agent.errors('late')).to.equal(1);
    const third = eventsOf(trace.events, 'act', 0).find((event) => event.seq === 3)!;
    expect(third.action.plan).to.deep.equal({ steps: 7 });
  });

  it('an answer after its deadline is late, and the miss stands', async () => {
    const { agent, trace } = await withBad((self, seq) => setTimeout(() => self.answer(seq), 130), false, 100_000);
    expect(eventsOf(trace.events, 'miss', 0).map((event) => event.seq)).to.include(3);
    expect(agent.errors('late')).to.be.at.least(1);
  });

  it('a plan of the wrong type is the answer, and is rejected by what is wrong with it', async () => {
    const { agent, trace } = await withBad((self, seq) => self.say({ type: 'action', seq, plan: { steps: 'many' } }), false);
    const [reject] = eventsOf(trace.events, 'reject', 0);
    expect(reject!.seq).to.equal(3);
    expect(reject!.reason).to.match(/plan\.steps/);
    expect(agent.of('receipt').find((receipt) => receipt.seq === 3)).to.include({ outcome: 'reject', accepted: false });
    expect(agent.of('error')).to.have.length(0);
  });

  it('a stranger’s word that its call failed is taken as a rejected answer, and recorded as no failure', async () => {
    const { agent, trace } = await withBad(
      (self, seq) => self.say({ type: 'action', seq, rejected: 'refused: x', failure: 'refused' }),
      false,
    );
    const [reject] = eventsOf(trace.events, 'reject', 0);
    expect(reject).to.include({ seq: 3, reason: 'refused: x' });
    expect(reject).not.to.have.property('failure');
    expect(agent.of('error')).to.have.length(0);
    expect(trace.footer!.verdict.unfinished).to.equal(undefined);
  });

  it('an illegal standing order, and text that is no answer, are rejected; text that is one is taken', async () => {
    const { trace } = await withBad((self, seq) => self.say({ type: 'action', seq, plan: { steps: 1 }, standing: 'fly' }), false);
    expect(eventsOf(trace.events, 'reject', 0)[0]!.reason).to.match(/standing/);
    server.dismiss('bad');
    server.dismiss('other');
    const second = await withBad((self, seq) => self.say({ type: 'action', seq, answer: 'go away' }), false);
    expect(eventsOf(second.trace.events, 'reject', 0)[0]!.reason).to.match(/"go away" is not/);
    server.dismiss('bad');
    server.dismiss('other');
    const third = await withBad((self, seq) => self.say({ type: 'action', seq, answer: 'go 5;', standing: 'forward' }), false);
    const act = eventsOf(third.trace.events, 'act', 0).find((event) => event.seq === 3)!;
    expect(act.action).to.deep.equal({ plan: { steps: 5 }, standing: 'forward' });
  });

  it('a flood is dropped, told once in a while, and the rest of the match goes on', async () => {
    const { agent, trace } = await withBad((self) => {
      for (let i = 0; i < 2000; i++) self.say({ type: 'ping', id: i });
    });
    expect(agent.of('pong').length).to.be.within(LIMITS.burst - 20, LIMITS.burst + 120);
    const events = eventsOf(trace.events, 'error', 0).filter((event) => event.code === 'too-frequent');
    expect(events.length).to.be.within(1, 8);
    expect(Number(/^(\d+) frame/.exec(events[0]!.detail)![1])).to.be.greaterThan(100);
  });

  it('a frame too large to be read closes the connection, and the agent may come back', async () => {
    const { trace } = await withBad((self) => {
      self.say(`"${'x'.repeat(LIMITS.closeFrameBytes + 10)}"`);
      self.socket.once('close', () => new RawAgent(server, 'bad', answering));
    }, false);
    expect(eventsOf(trace.events, 'leave', 0)).to.have.length(1);
    expect(eventsOf(trace.events, 'leave', 0)[0]!.reason).to.match(/payload size/i);
    expect(eventsOf(trace.events, 'return', 0)).to.have.length(1);
    expect(eventsOf(trace.events, 'act', 0).at(-1)!.seq).to.be.greaterThan(4);
  });
});

describe('agents that come and go', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  for (const clock of ['wall', 'virtual'] as const) {
    it(`one that dies in the middle leaves its seat, and the match is played to its end (${clock})`, async () => {
      await rawAgent(server, 'dies', (frame, self) => {
        if (frame.type !== 'observation') return;
        if (frame.seq < 4) self.answer(frame.seq);
        else self.socket.terminate();
      });
      await linkedAgent(server, 'other');
      const trace = await playMatch(
        server,
        toyPlan({
          seats: [seat('dies', { givenUs: 15_000 }), seat('other', { givenUs: 20_000 })],
          clock,
          durationUs: 1_200_000,
          timeoutUs: 200_000,
        }),
      );
      expect(eventsOf(trace.events, 'leave', 0)).to.have.length(1);
      // Asked all the same, and charged the whole limit each time.
      const misses = eventsOf(trace.events, 'miss', 0);
      expect(misses.map((event) => event.seq)).to.deep.equal([4, 5, 6, 7, 8]);
      for (const miss of misses) expect(miss.latencyUs).to.equal(200_000);
      expect(trace.footer!.verdict.reasons.join()).to.match(/The agent of dies was away once, .* not back at the end; 5 observations/);
      expect(eventsOf(trace.events, 'act', 1).length).to.be.greaterThan(5);
      expect(trace.footer!.results.over).to.equal(true);
      expect(replayTrace(trace).same).to.equal(true);
    });
  }

  it('one that comes back by its token is asked the same again, and nothing newer', async () => {
    let second: RawAgent | undefined;
    const first = await rawAgent(server, 'back', (frame, self) => {
      if (frame.type !== 'observation') return;
      if (frame.seq < 3) return self.answer(frame.seq);
      self.socket.terminate();
      setTimeout(() => (second = new RawAgent(server, 'back', answering)), 30);
    });
    const trace = await playMatch(server, toyPlan({ seats: [seat('back')], durationUs: 1_500_000, timeoutUs: 1_000_000 }));
    expect(eventsOf(trace.events, 'return', 0)).to.have.length(1);
    expect(eventsOf(trace.events, 'miss', 0)).to.have.length(0);
    expect(second!.of('observation')[0]).to.deep.equal(first.of('observation').at(-1));
    expect(second!.of('welcome')[0]).to.include({ resumed: true });
    const third = eventsOf(trace.events, 'act', 0).find((event) => event.seq === 3)!;
    expect(third.latencyUs).to.be.greaterThan(29_000);
    expect(replayTrace(trace).same).to.equal(true);
  });

  for (const clock of ['wall', 'virtual'] as const) {
    it(`one that is away for a while is charged for it like lateness, and plays on (${clock})`, async () => {
      const react = (frame: ServerFrame, self: RawAgent): void => {
        if (frame.type !== 'observation') return;
        if (frame.seq !== 3) return self.answer(frame.seq);
        self.socket.terminate();
        setTimeout(() => new RawAgent(server, 'away', react), 250);
      };
      await rawAgent(server, 'away', react);
      const sheet = toyPlan({ seats: [seat('away', { kind: 'stranger' })], clock, durationUs: 900_000, timeoutUs: 100_000 });
      const trace = await playMatch(server, sheet);
      const [left] = eventsOf(trace.events, 'leave', 0);
      const [back] = eventsOf(trace.events, 'return', 0);
      expect(back!.at - left!.at).to.be.within(100_000, 800_000);
      expect(eventsOf(trace.events, 'miss', 0).length).to.be.at.least(1);
      expect(eventsOf(trace.events, 'act', 0).some((event) => event.at > back!.at)).to.equal(true);
      expect(trace.footer!.results.endedAt).to.equal(900_000);
      expect(trace.footer!.verdict.notes!.join()).to.match(/The agent of away was away once/);
      expect(trace.footer!.verdict.reasons.join()).not.to.match(/was away/);
      expect(replayTrace(trace)).to.deep.include({ same: true, faults: [] });
      // An older trace asked nobody who was away; this one did, so it is none of those.
      const { asksAbsent, ...header } = trace.header;
      expect(asksAbsent).to.equal(true);
      expect(replayTrace({ ...trace, header }).faults.join()).to.match(/could not be asked then/);
    });
  }

  it('a newer connection by the same token replaces the older one', async () => {
    const older = await rawAgent(server, 'twice');
    const newer = new RawAgent(server, 'twice', answering);
    await until(() => older.socket.readyState === WebSocket.CLOSED);
    const trace = await playMatch(server, toyPlan({ seats: [seat('twice')], durationUs: 200_000 }));
    expect(eventsOf(trace.events, 'act', 0).length).to.be.greaterThan(3);
    await until(() => newer.of('end').length === 1);
  });

  it('strangers without a token, and those who do not say hello, are refused with a reason', async () => {
    const unknown = new RawAgent(server, 'never admitted');
    await until(() => unknown.of('error').length > 0);
    expect(unknown.of('error')[0]).to.deep.include({ code: 'refused' });
    const rude = new WebSocket(`${server.url}/agent`);
    const said: string[] = [];
    rude.on('message', (data: Buffer) => said.push(data.toString('utf8')));
    rude.on('open', () => rude.send('{"type":"action","seq":0,"plan":1}'));
    await until(() => rude.readyState === WebSocket.CLOSED);
    expect(said[0]).to.match(/hello is expected/);
    const astray = new WebSocket(`${server.url}/elsewhere`);
    const failure = await new Promise<Error>((resolve) => astray.once('error', resolve));
    expect(failure.message).to.match(/404/);
  });

  it('one that says hello for another task is refused where its seat’s is known, and plays no match of another', async () => {
    server.admit('toys', 'toys', 'toy');
    const hello = (task?: string) => ({
      type: 'hello',
      protocol: 'tickbench.v1',
      token: 'toys',
      name: 'x',
      ...(task === undefined ? {} : { task }),
    });
    const say = async (frame: object): Promise<ServerFrame | null> => {
      const socket = new WebSocket(`${server.url}/agent`);
      const heard: ServerFrame[] = [];
      socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString('utf8')) as ServerFrame));
      await once(socket, 'open');
      socket.send(JSON.stringify(frame));
      await until(() => heard.length > 0 || server.line('toys').isConnected);
      return heard[0] ?? null;
    };
    expect(await say(hello('fighter'))).to.deep.include({ type: 'error', code: 'refused' });
    expect(((await say(hello('fighter'))) as { detail: string }).detail).to.match(/this seat is in toy, and the hello says fighter/);
    expect(await say(hello('toy'))).to.equal(null);
    server.admit('any', 'any');
    const other = new WebSocket(`${server.url}/agent`);
    await once(other, 'open');
    other.send(JSON.stringify({ ...hello('hft'), token: 'any' }));
    await server.line('any').connected(30_000);
    const refused = await playMatch(server, toyPlan({ seats: [seat('any')] })).catch((error: Error) => error);
    expect(String(refused)).to.match(/AgentError: agent any said hello for hft, and this match is toy/);
  });

  it('stays connected from match to match, and answers pings in between', async () => {
    const agent = await rawAgent(server, 'a', answering);
    for (let i = 0; i < 3; i++) await playMatch(server, toyPlan({ seats: [seat('a')], clock: 'virtual', durationUs: 100_000, seed: i }));
    await until(() => agent.of('end').length === 3);
    expect(agent.of('welcome')).to.have.length(3);
    expect(new Set(agent.of('welcome').map((welcome) => welcome.seed)).size).to.equal(3);
    agent.say({ type: 'ping', id: 5, sentUs: 1 });
    await until(() => agent.of('pong').length === 1);
    expect(agent.of('pong')[0]).to.include({ id: 5, sentUs: 1 });
    agent.say({ type: 'action', seq: 1, plan: { steps: 1 } });
    await until(() => agent.errors('not-seated') === 1);
    for (const frame of agent.frames) serverFrame.parse(frame);
  });
});
