/** A planner beside a fast configuration, at a real socket: what it has said by a moment of world time, and what becomes of its calls. */
import { expect } from 'chai';
import { advised, Planner } from '../../../harness/agents/planner.js';
import { RequestLine, type AskerSettings } from '../../../harness/agents/asker.js';
import { advising } from '../../../harness/configuration/choosing.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { loadPrompt } from '../../../harness/configuration/prompts.js';
import { CallBudget } from '../../../harness/endpoints/budget.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import type { PlannerCalls } from '../../../scoring/trace/trace.js';
import { FakeEndpoint } from '../endpoints/fake-endpoint.js';
import { until } from '../match/players.js';

/** So late that whatever was begun is over by then. */
const LATE = 1e12;

describe('a planner', () => {
  let endpoint: FakeEndpoint;
  let seen: PlannerCalls;
  beforeEach(async () => {
    endpoint = await FakeEndpoint.start();
    seen = { ended: 0, failures: [] };
  });
  afterEach(() => endpoint.stop());

  const template = loadPrompt(taskNamed('fighter'), 'planner');
  function planner(more: { speed?: number; advice?: object; asking?: Partial<AskerSettings> } = {}): Planner {
    const asking: AskerSettings = {
      target: { url: endpoint.url, model: 'fake' },
      request: requestSettings.parse({}),
      prompt: 'planner',
      ...more.asking,
    };
    return new Planner(template, { asking, advising: advising.parse(more.advice ?? {}), speed: more.speed ?? 1, line: new RequestLine() });
  }
  /** Resolves once so many calls have ended; their account is in `seen`. */
  const ended = (own: Planner, count: number): Promise<void> =>
    until(() => {
      const calls = own.calls();
      seen = { ...seen, ...calls, ended: seen.ended + calls.ended, failures: [...seen.failures, ...calls.failures] };
      return seen.ended >= count;
    });

  it('is asked about one observation at a time, and what it says is passed on with the age of what it was about', async () => {
    endpoint.behaviour = ['keep', ' away;\n and ', 'guard'];
    const own = planner();
    expect(own.advice(0)).to.deep.equal([]);
    own.consider({ at: 0, text: 'first state' });
    own.consider({ at: 10, text: 'second state' });
    await ended(own, 1);
    expect(endpoint.requests.map(({ messages }) => messages.at(-1)!.content)).to.deep.equal(['first state']);
    expect(own.advice(LATE)).to.deep.equal([{ text: 'keep away; and guard', ageUs: LATE }]);
    own.consider({ at: LATE, text: 'third state' });
    await ended(own, 2);
    expect(endpoint.requests.at(-1)!.messages.at(-1)!.content).to.equal('third state');
    // Until it is over in world time the last one stands.
    expect(own.advice(LATE)).to.deep.equal([{ text: 'keep away; and guard', ageUs: LATE }]);
    expect(seen).to.deep.equal({ ended: 2, failures: [] });
  });

  it('has said nothing before its time, however long the world has waited: a real second is `speed` seconds of it', async () => {
    endpoint.behaviour = ['wait', ' for', ' it'];
    endpoint.pieceMs = 20;
    const own = planner({ speed: 1000 });
    own.consider({ at: 500, text: 'state' });
    await ended(own, 1);
    expect(own.advice(501)).to.deep.equal([]);
    // Three pieces, 20 ms apart at least: a part of the text at some moment, all of it later.
    const texts = new Set<string>();
    for (let at = 500; at < 500 + 1e9; at += 1_000_000) {
      const [advice] = own.advice(at);
      if (!advice) continue;
      texts.add(`${advice.text}${advice.unfinished ? '...' : ''}`);
      expect(advice.ageUs).to.equal(at - 500);
      if (!advice.unfinished) break;
    }
    const parts = [...texts];
    expect(parts.pop()).to.equal('wait for it');
    expect(parts).to.not.deep.equal([]);
    // All of it may have been said before its end was told.
    for (const part of parts) expect(part).to.be.oneOf(['wait...', 'wait for...', 'wait for it...']);
  });

  it('passes on what is finished alone when told so, and no more than so many characters', async () => {
    endpoint.behaviour = ['x'.repeat(60), ' ', 'y'.repeat(60)];
    const own = planner({ speed: 1000, advice: { unfinished: false, characters: 20 } });
    own.consider({ at: 0, text: 'state' });
    await ended(own, 1);
    for (let at = 0; at < 1e9; at += 500_000) for (const advice of own.advice(at)) expect(advice.unfinished).to.equal(undefined);
    expect(own.advice(LATE)).to.deep.equal([{ text: 'x'.repeat(20), ageUs: LATE }]);
  });

  it('tells each failed call, forgets what came of it, and asks again at the next observation', async () => {
    endpoint.behaviour = (request) => (request === 1 ? ['good'] : request === 2 ? 'drop' : 'http 500');
    const own = planner();
    for (let i = 0; i < 3; i++) {
      own.consider({ at: i * 1000, text: `state ${i}` });
      await ended(own, i + 1);
      own.advice(LATE);
    }
    expect(seen.failures).to.deep.equal(['dropped', 'http']);
    expect(seen.error).to.match(/500|not now/);
    expect(own.advice(LATE)).to.deep.equal([{ text: 'good', ageUs: LATE }]);
  });

  it('makes no call that its budget does not hold', async () => {
    const own = planner({ asking: { budget: new CallBudget({ maxCalls: 1 }) } });
    for (let i = 0; i < 2; i++) {
      own.consider({ at: i, text: 'state' });
      await ended(own, i + 1);
      own.advice(LATE);
    }
    expect(seen.failures).to.deep.equal(['budget']);
    expect(endpoint.requests).to.have.length(1);
  });

  it('ends its call with the match, and that is no failure', async () => {
    endpoint.behaviour = 'stall';
    const own = planner();
    own.consider({ at: 0, text: 'state' });
    await until(() => endpoint.requests.length === 1);
    own.stop();
    own.consider({ at: 1, text: 'another' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(own.calls()).to.deep.equal({ ended: 0, failures: [] });
    expect(endpoint.requests).to.have.length(1);
  });
});

describe('advice in a prompt', () => {
  it('stands below the state, a labelled line each, as both prompts say', () => {
    const text = advised('the state', [
      { text: 'keep away', ageUs: 1_290_000 },
      { text: 'now att', ageUs: 40_000, unfinished: true },
    ]);
    expect(text).to.equal('the state\nadvice (1.2 s ago): keep away\nadvice (0.0 s ago, unfinished): now att');
    expect(advised('the state', [])).to.equal('the state');
    for (const name of ['hft', 'fighter'])
      expect(loadPrompt(taskNamed(name), 'advised').system).to.match(/lines that begin with "advice".*"unfinished"/s);
  });
});
