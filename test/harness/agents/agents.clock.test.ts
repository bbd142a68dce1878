import { expect } from 'chai';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnAgent, type AgentHandle } from '../../../harness/agents/spawn.js';
import { playMatch } from '../../../harness/match/match.js';
import { loadPrompt, promptNames, PromptError, PromptTemplate } from '../../../harness/configuration/prompts.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { FakeEndpoint } from '../endpoints/fake-endpoint.js';
import { eventsOf, until } from '../match/players.js';

const TASKS = ['hft', 'fighter'];

describe('the model agent, against an endpoint', () => {
  let server: MatchServer;
  let endpoint: FakeEndpoint;
  let folder: string;
  const agents: AgentHandle[] = [];

  beforeEach(async () => {
    server = await MatchServer.listen();
    endpoint = await FakeEndpoint.start();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.stop()));
    await server.close();
    await endpoint.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function agent(request: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<AgentHandle> {
    const config = join(folder, 'agent.json');
    const target = { url: endpoint.url, model: 'fake', extra: { chat_template_kwargs: { enable_thinking: false } } };
    writeFileSync(config, JSON.stringify({ name: 'fake', target, request: { timeoutMs: 2000, ...request }, prompt: 'terse', ...more }));
    const handle = await spawnAgent(server, { kind: 'model', config });
    agents.push(handle);
    return handle;
  }

  let matches = 0;
  /** One second of market, the world waiting: the endpoint's real time is charged. */
  function play(handle: AgentHandle, timeoutUs = 3_000_000, speed = 1): Promise<Trace> {
    const record = { name: 'fake', kind: 'model' as const, addedUs: 0 };
    const options = { durationUs: 1_000_000 };
    return playMatch(server, {
      id: `m${++matches}`,
      task: 'hft',
      options,
      seed: 5,
      clock: 'virtual',
      speed,
      timeoutUs,
      seats: [{ token: handle.token, record }],
    });
  }

  it('releases an action when nothing could change it any more, and cancels the rest', async () => {
    endpoint.behaviour = ['buy', ' 1', '2', ';', ' and', ' then', ' some', ' more', ' words', ' that', ' nobody', ' reads'];
    endpoint.pieceMs = 5;
    const trace = await play(await agent());
    const acts = eventsOf(trace.events, 'act');
    expect(acts.length).to.be.greaterThan(2);
    const parsed = taskNamed('hft').parse('buy 12;', true);
    for (const act of acts) {
      expect(parsed).to.deep.equal({ kind: 'action', action: act.action });
      expect(act.telemetry!.answer).to.equal('buy 12;');
      expect(act.telemetry!.releasedUs).to.be.at.least(act.telemetry!.firstTokenUs!);
    }
    await until(() => endpoint.cancelled >= acts.length - 1);
    const [request] = endpoint.requests;
    expect(request).to.include({ model: 'fake', temperature: 0, stream: true });
    expect(request).to.deep.include({ chat_template_kwargs: { enable_thinking: false } });
    expect(request!.messages.map((message) => message.role)).to.deep.equal(['system', 'user']);
    expect(request!.messages[1]!.content).to.match(/^pos 0 max/m);
    expect(replayTrace(trace).same).to.equal(true);
  });

  it('waits for a server that limits calls where the clock waits for it and charges what was given, and nowhere else', async () => {
    endpoint.behaviour = (request) => (request === 3 ? 'http 429' : ['hold;']);
    const handle = await agent();
    const sheet = { task: 'hft', options: { durationUs: 1_000_000 }, seed: 5, clock: 'virtual' as const, speed: 1, timeoutUs: 20_000_000 };
    const record = { name: 'fake', kind: 'model' as const, addedUs: 0, givenUs: 100_000 };
    const patient = await playMatch(server, { ...sheet, id: 'patient', patient: true, seats: [{ token: handle.token, record }] });
    expect(eventsOf(patient.events, 'reject')).to.deep.equal([]);
    expect(endpoint.requests[3]!.messages, 'the same state again').to.deep.equal(endpoint.requests[2]!.messages);
    expect(replayTrace(patient).faults).to.deep.equal([]);
    endpoint.requests.length = 0;
    const charged = await play(handle);
    expect(eventsOf(charged.events, 'reject')).to.have.length(1);
  });

  it('carries past turns along when asked to, the latest of this match only', async () => {
    endpoint.behaviour = ['hold;'];
    await play(await agent({ memory: 2 }));
    const roles = endpoint.requests.map(({ messages }) => messages.map(({ role }) => role[0]).join(''));
    expect(roles.slice(0, 4)).to.deep.equal(['su', 'suau', 'suauau', 'suauau']);
    const [first, second] = endpoint.requests;
    expect(second!.messages.slice(0, 3).map(({ content }) => content)).to.deep.equal([
      ...first!.messages.map(({ content }) => content),
      'hold;',
    ]);
  });

  it('reads the rest when told so, one request at a time, the action released all the same', async () => {
    endpoint.behaviour = ['hold;', ...Array<string>(20).fill(' x')];
    endpoint.pieceMs = 4;
    const trace = await play(await agent({ afterRelease: 'read' }));
    expect(endpoint.cancelled).to.be.at.most(1); // the one under way when the match ended
    const acts = eventsOf(trace.events, 'act');
    expect(acts.length).to.be.greaterThan(2);
    // The next call waited for the rest of the one before; its request went out late, and that is in its latency.
    expect(acts[1]!.telemetry!.requestUs).to.be.greaterThan(20_000);
    expect(acts[1]!.realUs).to.be.greaterThan(acts[1]!.telemetry!.requestUs!);
  });

  for (const [behaviour, reason, failure] of [
    ['http 429', /^http 429: /, 'http'],
    ['http 500', /^http 500: /, 'http'],
    ['html', /^nonsense: /, 'nonsense'],
    ['drop', /^dropped: /, 'dropped'],
    [['I would rather not say'], /^unparsed: /, undefined],
    [['buy ', 'two', ';'], /^unparsed: /, undefined],
  ] as const) {
    it(`goes on by its standing order when the endpoint answers ${typeof behaviour === 'string' ? behaviour : `"${behaviour.join('')}"`}`, async () => {
      endpoint.behaviour = typeof behaviour === 'string' ? behaviour : [...behaviour];
      const handle = await agent();
      const trace = await play(handle);
      const rejects = eventsOf(trace.events, 'reject');
      expect(rejects.length).to.be.greaterThan(1);
      for (const reject of rejects) expect(reject.reason).to.match(reason);
      for (const reject of rejects) expect(reject.failure).to.equal(failure);
      expect(rejects[0]!.telemetry!.error).to.match(/^(http|nonsense|dropped|unparsed)/);
      // A failed call is nobody's play; an answer that is no action is.
      const failed = trace.footer!.verdict.reasons.filter((reason) => / calls of fake failed /.test(reason));
      expect(failed.length).to.equal(failure === undefined ? 0 : 1);
      expect(trace.footer!.results.over).to.equal(true);
      expect(replayTrace(trace).same).to.equal(true);
      if (typeof behaviour === 'string') await until(() => handle.said.some((line) => /call failed: /.test(line)));
      // Nothing is tried twice: one request for each observation.
      expect(endpoint.requests.length).to.be.within(rejects.length, rejects.length + 1);
    });
  }

  it('plays of an answer that its token limit cut off only what nothing behind the cut could have changed', async () => {
    const early = await agent();
    const last = async (behaviour: string[], finish: string, handle = early): Promise<TraceEvent> => {
      endpoint.behaviour = behaviour;
      endpoint.finish = finish;
      const trace = await play(handle, 3_000_000, 6);
      expect(trace.events.some(({ kind }) => kind === 'act' || kind === 'reject')).to.equal(true);
      return trace.events.findLast(({ kind }) => kind === 'act' || kind === 'reject')!;
    };
    // `buy 1` may have been `buy 12`, and a last line may have been followed by another one.
    for (const [pieces, finish] of [
      [['buy ', '1'], 'length'],
      [['buy 1, ask 3', ' at +2'], 'length'],
      [['I think: ', 'buy 1'], 'length'],
      [['buy ', '1'], 'max_tokens'],
      [['buy ', '1'], 'content_filter'],
    ] as [string[], string][]) {
      const event = await last(pieces, finish);
      expect(event.kind, `${pieces.join('')} ${finish}`).to.equal('reject');
      const { reason, failure } = event as TraceEvent & { kind: 'reject' };
      expect(reason).to.match(
        new RegExp(`^cut: the server ended the answer after ${pieces.length} tokens \\(finish_reason "${finish}"\\)`),
      );
      expect(failure, 'the model’s own doing').to.equal(undefined);
    }
    expect((await last(['buy ', '1'], 'stop')).kind).to.equal('act');
    expect((await last(['buy 1', ';', ' because'], 'length')).kind).to.equal('act');
    server.dismiss(early.token);
    const atEnd = await agent({ release: 'end' });
    const cut = (await last(['because\n', 'buy 1;'], 'length', atEnd)) as TraceEvent & { kind: 'reject' };
    expect(cut.reason, 'another line could have followed').to.match(/^cut: /);
    expect((await last(['because\n', 'buy 1;'], 'stop', atEnd)).kind).to.equal('act');
  });

  it('tells once that reasoning comes whose beginning is not marked, and what to set', async () => {
    endpoint.behaviour = ['The index leads,\n', 'sell 3; is bad.\n', '</think>', 'hold;'];
    const handle = await agent();
    const { events } = await play(handle);
    expect(eventsOf(events, 'act').map(({ action }) => action.plan))
      .to.deep.include([])
      .and.to.have.length.above(1);
    expect(handle.said.filter((line) => line.includes('set request: { thinkingOpened: true }'))).to.have.length(1);
    const set = await agent({ thinkingOpened: true });
    await play(set);
    expect(set.said.join()).not.to.include('thinkingOpened');
  });

  it('whose server takes every call and answers none is void, in bounded time, and that is said', async () => {
    endpoint.behaviour = 'stall';
    const none = /^No call of fake was answered in the whole match \(\d+ observations\): its endpoint hangs, or is too slow/;
    for (const [request, timeoutUs] of [
      [{ timeoutMs: 60 }, 3_000_000],
      [{ timeoutMs: 60_000 }, 100_000],
    ] as const) {
      const handle = await agent(request);
      const { events, footer } = await play(handle, timeoutUs);
      server.dismiss(handle.token);
      expect(eventsOf(events, 'observe').length).to.be.greaterThan(4);
      expect(footer!.results.over).to.equal(true);
      expect(footer!.verdict).to.include({ counts: false, unfinished: true });
      expect(footer!.verdict.reasons.filter((reason) => none.test(reason))).to.have.length(1);
    }
    // One answer tells the model from its server: what is left is slowness, and counts as that.
    endpoint.behaviour = (request) => (request === before + 3 ? ['hold;'] : 'stall');
    const before = endpoint.requests.length;
    const slow = await play(await agent({ timeoutMs: 60 }));
    expect(eventsOf(slow.events, 'act')).to.have.length(1);
    expect(slow.footer!.verdict.reasons.filter((reason) => /answered in the whole match|calls of fake failed/.test(reason))).to.deep.equal(
      [],
    );
  });

  it('goes on when the endpoint stalls: by its own limit it rejects, past the match limit it misses', async () => {
    endpoint.behaviour = 'stall';
    const own = await play(await agent({ timeoutMs: 150 }));
    expect(eventsOf(own.events, 'reject').length).to.be.greaterThan(2);
    expect(eventsOf(own.events, 'reject')[0]!.reason).to.match(/^timeout: /);
    expect(eventsOf(own.events, 'reject')[0]!.failure).to.equal('timeout');
    server.dismiss(agents[0]!.token);
    const missed = await play(await agent({ timeoutMs: 5000 }), 120_000);
    expect(eventsOf(missed.events, 'miss').length).to.be.greaterThan(4);
    expect(missed.footer!.results.over).to.equal(true);
  });

  it('goes on when the endpoint goes away in the middle, and plays again when it is back', async () => {
    const handle = await agent();
    endpoint.behaviour = (request) => (request < 4 || request > 9 ? ['hold;'] : 'drop');
    endpoint.pieceMs = 8;
    const trace = await play(handle, 3_000_000, 0.3);
    const outcomes = trace.events.filter((event) => event.kind === 'act' || event.kind === 'reject').map((event) => event.kind);
    expect(outcomes.slice(0, 3)).to.deep.equal(['act', 'act', 'act']);
    expect(outcomes.slice(3, 9)).to.deep.equal(Array(6).fill('reject'));
    expect(outcomes[9]).to.equal('act');
    await endpoint.stop();
    const gone = await play(handle);
    expect(eventsOf(gone.events, 'reject').length).to.be.greaterThan(3);
    expect(eventsOf(gone.events, 'reject').at(-1)!.reason).to.match(/^refused: nothing listens there/);
    await until(() => handle.said.some((line) => /call failed.*: refused: /.test(line)));
  });

  it('warms up by unscored calls with real prompts, and says when they fail', async () => {
    const handle = await agent();
    for (const task of TASKS) expect(await handle.line.warmUp({ task, options: {}, seed: 3, count: 3 }, 20_000)).to.deep.equal({ done: 3 });
    const contents = endpoint.requests.map((request) => request.messages[1]!.content);
    expect(new Set(contents).size).to.be.greaterThan(3);
    endpoint.behaviour = 'http 500';
    const failed = await handle.line.warmUp({ task: 'hft', options: {}, seed: 3, count: 3 }, 20_000);
    expect(failed.done).to.equal(0);
    expect(failed.note).to.match(/^http 500/);
    const before = endpoint.requests.length;
    endpoint.behaviour = (request) => (request === before + 2 ? 'http 429' : ['hold;']);
    expect(await handle.line.warmUp({ task: 'hft', options: {}, seed: 3, count: 3 }, 20_000), 'a limit of calls').to.deep.equal({
      done: 3,
    });
    expect(endpoint.requests).to.have.length(before + 4);
  });

  it('keeps to its budget of calls', async () => {
    const trace = await play(await agent({}, { budget: { maxCalls: 5 } }));
    expect(endpoint.requests).to.have.length(5);
    expect(eventsOf(trace.events, 'act')).to.have.length(5);
    expect(eventsOf(trace.events, 'reject')[0]!).to.include({ failure: 'budget' });
    expect(trace.footer!.verdict).to.include({ counts: false, unfinished: true });
    expect(eventsOf(trace.events, 'reject')[0]!.reason).to.match(/^budget: /);
  });

  it('refuses a configuration that is none, before anything is played, in its last words', async () => {
    const failure = async (config: unknown): Promise<string> => {
      const path = join(folder, 'broken.json');
      writeFileSync(path, JSON.stringify(config));
      return await spawnAgent(server, { kind: 'model', config: path }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
    };
    expect(await failure({ name: 'x', target: { url: 'ftp://x', model: 'y' }, request: {} })).to.match(/target\.url: .*http/);
    const target = { url: 'http://127.0.0.1:1', model: 'y' };
    expect(await failure({ name: 'x', target, keyEnv: 'TICKBENCH_TEST_NO_SUCH_KEY', request: {} })).to.match(
      /TICKBENCH_TEST_NO_SUCH_KEY is not set/,
    );
  });
});

describe('agent processes', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  it('that are killed in the middle of a match leave it, and it goes on', async () => {
    const killed = await spawnAgent(server, { kind: 'bot', bot: 'expert' });
    const other = await spawnAgent(server, { kind: 'bot', bot: 'rush' });
    const record = { kind: 'bot' as const, addedUs: 0, givenUs: 200_000 };
    setTimeout(() => killed.process.kill('SIGKILL'), 400);
    const trace = await playMatch(server, {
      id: 'killed',
      task: 'fighter',
      options: { rounds: 1, roundSeconds: 10 },
      seed: 1,
      clock: 'wall',
      speed: 5,
      timeoutUs: 1_000_000,
      seats: [
        { token: killed.token, record: { name: 'expert', ...record } },
        { token: other.token, record: { name: 'rush', ...record } },
      ],
    });
    expect(eventsOf(trace.events, 'leave', 0)).to.have.length(1);
    expect(eventsOf(trace.events, 'act', 1).at(-1)!.at).to.be.greaterThan(eventsOf(trace.events, 'leave', 0)[0]!.at);
    expect(trace.footer!.results.over).to.equal(true);
    expect(replayTrace(trace).same).to.equal(true);
    await Promise.all([killed.stop(), other.stop()]);
    expect(other.process.exitCode !== null || other.process.signalCode !== null).to.equal(true);
  });

  it('die with whoever started them', async () => {
    const parent = fork(new URL('./orphan-maker.js', import.meta.url), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [child] = (await once(parent, 'message')) as [number];
    expect(() => process.kill(child, 0)).to.not.throw();
    parent.kill('SIGKILL');
    await until(() => {
      try {
        process.kill(child, 0);
        return false;
      } catch {
        return true;
      }
    });
  });
});

describe('prompts', () => {
  it('ship in at least three wordings a task, each usable, the same system text for every state', () => {
    for (const name of TASKS) {
      const task = taskNamed(name);
      expect(promptNames(task)).to.include.members(['plain', 'terse', 'reference']);
      for (const prompt of promptNames(task)) {
        const template = loadPrompt(task, prompt);
        const first = template.fill('one $& state');
        expect(first.user).to.include('one $& state');
        expect(first.system).to.equal(template.fill('other').system);
        expect(`${first.system}${first.user}`).to.not.match(/\{\{|===/);
      }
    }
  });

  it('of a user are refused by what is wrong with them', () => {
    const task = taskNamed('hft');
    const refused = (text: string, say: RegExp) => expect(() => PromptTemplate.parse(text, task, 'mine.txt')).to.throw(PromptError, say);
    refused('hello {{state}}', /mine\.txt: no line "=== user ==="/);
    refused('sys\n=== user ===\nhello', /no \{\{state\}\}/);
    refused('sys {{state}}\n=== user ===\n{{state}}', /belongs into the user text/);
    refused('sys {{stat}}\n=== user ===\n{{state}}', /unknown placeholder \{\{stat\}\}/);
    expect(() => loadPrompt(task, 'nope')).to.throw(PromptError, /no prompt "nope"; there are .*plain/);
    expect(() => loadPrompt(task, './nope.txt')).to.throw(PromptError, /no such file/);
  });
});
