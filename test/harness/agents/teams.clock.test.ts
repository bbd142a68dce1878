/** Teams as processes, against endpoints at real sockets: who was asked what, what the trace says of it, and what a dead member comes to. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chooser } from '../../../harness/agents/chooser.js';
import { advised } from '../../../harness/agents/planner.js';
import { spawnAgent, type AgentHandle } from '../../../harness/agents/spawn.js';
import { readAgentConfiguration, type AdaptiveConfiguration } from '../../../harness/configuration/agent.js';
import { playMatch } from '../../../harness/match/match.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { agentSeed } from '../../../harness/match/welcome.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { FakeEndpoint } from '../endpoints/fake-endpoint.js';
import { eventsOf } from '../match/players.js';

const SEED = 5;
const task = taskNamed('hft');
const options: unknown = task.parseOptions({ durationUs: 3_000_000, market: { kind: 'synthetic', preset: 'news-wire' } });

describe('a team', () => {
  let server: MatchServer;
  let [one, two]: FakeEndpoint[] = [];
  let folder: string;
  let config: string;
  const agents: AgentHandle[] = [];

  beforeEach(async () => {
    server = await MatchServer.listen();
    [one, two] = [await FakeEndpoint.start(), await FakeEndpoint.start()];
    folder = mkdtempSync(join(tmpdir(), 'tickbench-team-'));
    config = join(folder, 'team.json');
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.stop()));
    await server.close();
    await Promise.all([one!.stop(), two!.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const member = (role: string, { url }: FakeEndpoint, prompt = 'terse'): object => ({
    role,
    agent: { name: role, target: { url, model: 'fake' }, request: { timeoutMs: 2000 }, prompt },
  });

  let matches = 0;
  /** A match of a team that is told this, alone in a market, the world waiting for its answers and charging the same for each. */
  async function played(told: object): Promise<Trace> {
    writeFileSync(config, JSON.stringify({ name: 'team', ...told }));
    const agent = await spawnAgent(server, { kind: 'model', config });
    agents.push(agent);
    const record = { name: 'team', kind: 'model' as const, addedUs: 0, givenUs: 20_000 };
    return await playMatch(server, {
      ...{ id: `m${++matches}`, task: 'hft', options, seed: SEED, clock: 'virtual', speed: 1, timeoutUs: 3_000_000 },
      seats: [{ token: agent.token, record }],
    });
  }

  /** What the seat was shown, rederived from its landings. */
  function shown({ events }: Trace): { seq: number; at: number; state: unknown }[] {
    const world = task.create(options, SEED);
    const looks: { seq: number; at: number; state: unknown }[] = [];
    for (const event of events) {
      if (event.kind === 'observe') {
        world.advance(event.at);
        looks.push({ seq: event.seq, at: event.at, state: world.observe(0) });
      }
      if (event.kind === 'act') world.act(0, event.action, event.at, event.latencyUs);
    }
    return looks;
  }

  const settled = ({ events }: Trace): Extract<TraceEvent, { kind: 'act' | 'reject' }>[] => [
    ...eventsOf(events, 'act'),
    ...eventsOf(events, 'reject'),
  ];

  for (const how of [
    { learning: { discount: 0.95, explore: 1, creditMs: 100 } },
    { rules: { hft: { 'quiet, flat': 'small', otherwise: 'large' } } },
  ])
    it(`that chooses by ${Object.keys(how)[0]} asks one arm a decision, and its choices follow from what it was shown`, async () => {
      one!.behaviour = (request) => (request % 2 === 0 ? ['buy 2;'] : ['sell 1;']);
      two!.behaviour = ['flat;'];
      const trace = await played({ team: 'adaptive', members: [member('small', one!), member('large', two!)], ...how });
      expect(replayTrace(trace).faults).to.deep.equal([]);
      const decisions = settled(trace);
      expect(decisions.length).to.be.greaterThan(20);
      const asked = (arm: string): number => decisions.filter(({ telemetry }) => telemetry!.choice!.arm === arm).length;
      // The last decision may have been asked for when the match ended.
      expect(one!.requests.length - asked('small') + two!.requests.length - asked('large')).to.be.within(0, 1);
      expect(asked('small')).to.be.greaterThan(0);
      expect(asked('large')).to.be.greaterThan(0);
      const chooser = new Chooser(readAgentConfiguration(config) as AdaptiveConfiguration, task, agentSeed('model', SEED, 0));
      const rederived = new Map(shown(trace).map((look) => [look.seq, chooser.choose(look)]));
      for (const { seq, telemetry } of decisions) {
        expect(telemetry!.choice).to.deep.equal(rederived.get(seq)!.choice);
        expect(telemetry!.earned ?? []).to.deep.equal(rederived.get(seq)!.earned);
      }
      // By the task's own time the match is over before a decision is credited.
      expect(decisions.some(({ telemetry }) => telemetry!.earned !== undefined)).to.equal('learning' in how);
    });

  it('with a dead arm plays what counts for nothing', async () => {
    two!.behaviour = 'http 500';
    const rules = { hft: { 'quiet, flat': 'large', otherwise: 'small' } };
    const trace = await played({ team: 'adaptive', members: [member('small', one!), member('large', two!)], rules });
    expect(trace.footer!.verdict.counts).to.equal(false);
    expect(trace.footer!.verdict.reasons.join(' ')).to.match(/failed \(/);
    const failed = eventsOf(trace.events, 'reject');
    expect(failed).to.not.deep.equal([]);
    for (const { telemetry, failure } of failed) expect([telemetry!.choice!.arm, failure]).to.deep.equal(['large', 'http']);
  });

  it('of two threads answers each observation at once, and the planner’s words reach the fast one with their age', async () => {
    one!.behaviour = ['hold;'];
    two!.behaviour = ['buy', ' when', ' the', ' news', ' is', ' good'];
    two!.pieceMs = 5;
    const members = [member('fast', one!, 'advised'), member('planner', two!, 'planner')];
    const trace = await played({ team: 'two-thread', members, advising: { characters: 100, unfinished: true } });
    expect(replayTrace(trace).faults).to.deep.equal([]);
    expect(trace.footer!.verdict.reasons.join(' ')).to.not.match(/planner|failed/);
    const acts = eventsOf(trace.events, 'act');
    expect(two!.requests.length).to.be.within(2, acts.length / 2);
    const states = new Map(shown(trace).map(({ seq, at, state }) => [seq, { at, text: task.text(state) }]));
    const asked = one!.requests.map(({ messages }) => messages.at(-1)!.content);
    for (const { seq, telemetry } of acts) expect(asked[seq - 1]).to.equal(advised(states.get(seq)!.text, telemetry!.advice ?? []));
    const advice = acts.flatMap(({ seq, telemetry }) =>
      (telemetry!.advice ?? []).map((each) => ({ ...each, from: states.get(seq)!.at - each.ageUs })),
    );
    expect(advice.map(({ text }) => text)).to.include('buy when the news is good');
    // Each is about an observation that the seat was shown, in the words of the planner.
    const moments = new Set([...states.values()].map(({ at }) => at));
    for (const { from, text } of advice) {
      expect(moments.has(from)).to.equal(true);
      expect('buy when the news is good'.startsWith(text)).to.equal(true);
    }
    const told = two!.requests.map(({ messages }) => messages.at(-1)!.content);
    const texts = new Set([...states.values()].map(({ text }) => text));
    for (const text of told) expect(texts.has(text)).to.equal(true);
  });

  it('of two threads counts for nothing when its planner is dead', async () => {
    two!.behaviour = 'http 500';
    const members = [member('fast', one!, 'advised'), member('planner', two!, 'planner')];
    const trace = await played({ team: 'two-thread', members, advising: { characters: 100, unfinished: true } });
    expect(trace.footer!.verdict.reasons.join(' ')).to.match(/calls of planner in team failed \(100 %/);
    expect(eventsOf(trace.events, 'reject')).to.deep.equal([]);
  });
});
