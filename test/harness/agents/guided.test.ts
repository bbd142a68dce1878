/** Guided decoding: what is sent, and how the JSON that comes back is read as it streams. */
import { expect } from 'chai';
import fc from 'fast-check';
import { views, type HftPlan } from '../../../envs/hft/state.js';
import { ModelAsker } from '../../../harness/agents/asker.js';
import { guidedFormat, parseGuided } from '../../../harness/agents/guided.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { loadPrompt } from '../../../harness/configuration/prompts.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { startEndpoint } from '../../../harness/endpoints/start.js';
import { randomAction } from '../../../envs/hft/bots/random.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { FakeEndpoint } from '../endpoints/fake-endpoint.js';

const hft = taskNamed('hft');

describe('guided decoding', () => {
  it('reads any action from its JSON, at the last brace and not before, whatever follows', () => {
    const state = hft.create(hft.parseOptions({}), 1).observe(0) as never;
    const parse = parseGuided(hft);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom('', '```json\n', 'Here: '),
        fc.constantFrom('', '\n```', ' {"plan": []}'),
        (seed, before, after) => {
          const stream = new Stream(keyOf(seed, 1), 0);
          const plan = randomAction(views(state)[0]!, stream).plan;
          const text = JSON.stringify({ plan });
          for (let cut = 0; cut < before.length + text.length; cut++)
            expect(parse((before + text).slice(0, cut), false).kind).to.equal('more');
          const read = parse(before + text, false);
          expect(read).to.deep.equal({ kind: 'action', action: hft.parseAction({ plan }) });
          expect(parse(before + text + after, true)).to.deep.equal(read);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says why it takes nothing: cut off, no JSON, no such order, braces in strings, thinking without end', () => {
    const parse = parseGuided(hft);
    const reason = (answer: string): string => {
      const parsed = parse(answer, true);
      return parsed.kind === 'rejected' ? parsed.reason : parsed.kind;
    };
    expect(reason('')).to.match(/no whole JSON object/);
    expect(reason('buy 5;')).to.match(/no whole JSON object/);
    expect(reason('{"plan": [{"do": "buy"')).to.match(/no whole JSON object/);
    expect(reason('{plan: []}')).to.match(/not JSON/);
    expect(reason('{"plan": [{"do": "sing"}]}')).to.match(/plan\.0/);
    expect(reason('{"plan": [], "standing": "} {"}')).to.match(/standing/);
    expect(reason('<think>{"plan": []}')).to.match(/no whole JSON object/);
    expect(reason('<think>{"plan": [{"do": "flat"}]}</think>{"plan": []}')).to.equal('action');
  });

  for (const name of ['hft', 'fighter']) {
    it(`ships a prompt for ${name} whose examples are read`, () => {
      const task = taskNamed(name);
      const { system } = loadPrompt(task, 'json').fill('');
      const examples = system.split('\n').filter((line) => line.startsWith('{"plan"'));
      expect(examples.length).to.be.at.least(2);
      for (const example of examples) expect(parseGuided(task)(example, false).kind, example).to.equal('action');
    });
  }

  it('gets actions alone from the embedded engine, on every task and however little its model was taught of JSON', async () => {
    const spec = { kind: 'embedded' as const, model: 'tb-1m', precision: 'fp8', threads: 1, prefixCache: true };
    const endpoint = await startEndpoint(spec);
    try {
      for (const [name, rule] of [
        ['hft', /^cut: /],
        // What the schema does not say: how long held actions are in all, and that "keep" stands alone.
        ['fighter', /held frames in all|keep stands alone/],
      ] as const) {
        const task = taskNamed(name);
        const state = task.text(task.create(task.parseOptions({}), 1).observe(0) as never);
        let actions = 0;
        for (let seed = 0; seed < 5; seed++) {
          const request = requestSettings.parse({ guided: true, temperature: 1, seed, maxTokens: 160 });
          const asker = new ModelAsker({ target: endpoint, request, prompt: 'reference' });
          const answer = await asker.ask(task, state);
          if (answer.action) actions++;
          else expect(answer.rejected, name).to.match(rule);
        }
        expect(actions, name).to.be.at.least(1);
      }
    } finally {
      await endpoint.stop();
    }
  });

  it('sends the schema with every call and releases the action before the answer ends', async () => {
    const endpoint = await FakeEndpoint.start();
    try {
      endpoint.behaviour = ['{"plan": [{"do": "b', 'uy", "size": 7}]', '}', ' and', ' so on'];
      const request = requestSettings.parse({ guided: true });
      const asker = new ModelAsker({ target: { url: endpoint.url, model: 'fake' }, request, prompt: 'json' });
      const answer = await asker.ask(hft, 'state');
      const plan: HftPlan = [{ do: 'buy', size: 7 }];
      expect(answer.action).to.deep.equal({ plan });
      expect(endpoint.requests[0]!.response_format).to.deep.equal(guidedFormat(hft));
      for (const field of ['show', 'oco', 'stop', 'move', 'standing']) expect(JSON.stringify(guidedFormat(hft))).to.include(`"${field}"`);
    } finally {
      await endpoint.stop();
    }
  });
});
