/** What the gateway reads: identities, prompts, metrics, its file. */
import type { AnySchema } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../harness/host/root.js';
import { identityOf } from '../../../harness/gateway/identity.js';
import { kvCapacity } from '../../../harness/gateway/kv-capacity.js';
import { promptOf, TokenRatios } from '../../../harness/gateway/prompt.js';
import { DEFAULT_SETTINGS } from '../../../harness/gateway/scheduling/types.js';
import { Ledger, footprint } from '../../../harness/gateway/scheduling/ledger.js';
import { gatewayJsonSchema, parseGatewaySettings, readGatewaySettings, schedulerSettings } from '../../../harness/gateway/settings.js';
import { UsageWatch } from '../../../harness/gateway/usage.js';

describe('identities', () => {
  const of = (headers: Record<string, string>, body?: Record<string, unknown>) => identityOf(headers, body, 1_800_000_000_000);

  it('are read under every name that is in use, the first that is there', () => {
    expect(of({}).program).to.equal(undefined);
    expect(of({ 'x-dynamo-session-id': 'a', 'x-session-id': 'b' }, { program_id: 'c' }).program).to.equal('a');
    expect(of({ 'session-id': 'b' }, { program_id: 'c' }).program).to.equal('b');
    expect(of({}, { program_id: 7 }).program).to.equal('7');
    const agentic = { program_id: 'p', parent: 'q', priority: 2, deadline: 1.5 };
    for (const agentic_context of [agentic, JSON.stringify(agentic)])
      expect(of({}, { vllm_xargs: { agentic_context } })).to.deep.include({ program: 'p', parent: 'q', priority: 2, deadlineInMs: 1500 });
    expect(of({}, { nvext: { agent_hints: { osl: 40, priority: 1, strict_priority: 3 } } })).to.deep.include({
      outputTokens: 40,
      priority: 3,
    });
    expect(of({ 'x-llm-d-inference-fairness-id': 'team' })).to.include({ tenant: 'team', final: false });
    expect(of({ 'x-dynamo-session-final': 'True' }).final).to.equal(true);
  });

  it('tell deadlines from now, as Unix times and as dates', () => {
    const deadline = (value: unknown) => of({}, { vllm_xargs: { agentic_context: { deadline: value } } }).deadlineInMs;
    expect(deadline(1_800_000_002)).to.equal(2000);
    expect(deadline(new Date(1_800_000_000_500).toISOString())).to.equal(500);
    expect(deadline('soon')).to.equal(undefined);
    expect(of({ 'x-deadline-ms': '250' }, { agent_hints: { deadline_ms: 9 } }).deadlineInMs).to.equal(250);
  });

  it('that no header could carry are refused by their place', () => {
    for (const bad of ['a b', 'é', 'x'.repeat(257)]) expect(() => of({}, { program_id: bad })).to.throw(/^program_id: accepted is/);
    expect(() => of({ 'x-llm-d-inference-fairness-id': 'a/b' })).to.throw(/fairness-id/);
  });
});

describe('prompts', () => {
  const chat = (...contents: string[]) => ({ model: 'm', messages: contents.map((content) => ({ role: 'user', content })) });

  it('share exactly the blocks that their texts share', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (shared, a, b) => {
        const [one, two] = [promptOf(chat(shared + a), 32), promptOf(chat(shared + b), 32)];
        const [first, second] = [Buffer.from(`user\n${shared}${a}`), Buffer.from(`user\n${shared}${b}`)];
        expect(one.bytes).to.equal(first.length);
        for (let i = 0; i < Math.min(one.blocks.length, two.blocks.length); i++)
          expect(one.blocks[i] === two.blocks[i]).to.equal(first.subarray(0, 32 * (i + 1)).equals(second.subarray(0, 32 * (i + 1))));
      }),
    );
    expect(promptOf(chat('x'.repeat(64)), 32).blocks).to.not.deep.equal(promptOf({ ...chat('x'.repeat(64)), model: 'n' }, 32).blocks);
  });

  it('are estimated by what was counted before', () => {
    const ratios = new TokenRatios(4);
    expect(ratios.estimate('p', 'm', 400)).to.equal(100);
    ratios.learn('p', 'm', 40_000, 20_000);
    expect(ratios.estimate('p', 'm', 40_000)).to.equal(20_000);
    expect(ratios.estimate('p', 'm', 40_100)).to.be.within(20_045, 20_050);
    expect(ratios.estimate('new', 'm', 4000)).to.be.within(1950, 2000);
    expect(ratios.estimate('p', 'm', 20_000)).to.equal(10_000);
    // The tokens of a short prompt are mostly its template's.
    ratios.learn('short', 'm', 8, 40);
    expect(ratios.estimate('new', 'm', 4000)).to.be.within(1950, 2020);
    ratios.forget('p');
    expect(ratios.estimate('new', 'other', 400)).to.equal(100);
    expect([ratios.hasMoved('other'), ratios.hasMoved('m'), ratios.hasMoved('m')], 'said once').to.deep.equal([false, true, false]);
    ratios.learn('p', 'm', 4000, 2020);
    expect(ratios.hasMoved('m'), 'by a hundredth').to.equal(false);
    for (let i = 0; i < 30; i++) ratios.learn('p', 'm', 4000, 1000);
    expect(ratios.hasMoved('m')).to.equal(true);
  });

  it('take of a cache what the union of their blocks takes', () => {
    const part = fc.record({
      group: fc.integer({ min: 0, max: 2 }),
      shared: fc.integer({ min: 0, max: 5 }),
      tokens: fc.integer({ min: 0, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.nat(), (parts, drop) => {
        const ledger = new Ledger(10);
        const made = parts.map(({ group, shared, tokens }) =>
          footprint(
            tokens,
            Array.from({ length: shared }, (_, i) => `${group}:${i}`),
            10,
          ),
        );
        const union = (of: typeof made): number => {
          const blocks = new Set(of.flatMap((each) => each.blocks));
          return of.reduce((sum, each) => sum + each.tokens - 10 * each.blocks.length, 0) + 10 * blocks.size;
        };
        for (const [i, each] of made.entries()) {
          expect(ledger.extra(each)).to.equal(union(made.slice(0, i + 1)) - union(made.slice(0, i)));
          ledger.add(each);
        }
        const kept = made.filter((_, i) => (drop >> i) % 2 === 0);
        for (const each of made) if (!kept.includes(each)) ledger.remove(each);
        expect(ledger.used).to.equal(union(kept));
      }),
    );
  });
});

describe('what servers tell', () => {
  it("is a cache's size, in vLLM's and SGLang's words, of all engines together", () => {
    const vllm = (labels: string): string => `# HELP x\nvllm:cache_config_info{block_size="16",cache_dtype="auto",${labels}} 1.0\n`;
    expect(kvCapacity(vllm('engine="0",num_gpu_blocks="100"'))).to.equal(1600);
    expect(kvCapacity(vllm('engine="0",num_gpu_blocks="100"') + vllm('engine="1",num_gpu_blocks="50"'))).to.equal(2400);
    expect(kvCapacity(vllm('num_gpu_blocks="None"'))).to.equal(undefined);
    expect(kvCapacity(vllm('num_gpu_blocks="661",kv_cache_size_tokens="10576"'))).to.equal(10_576);
    expect(kvCapacity('sglang:max_total_num_tokens{model_name="m"} 161721.0\nsglang:num_used_tokens 5\n')).to.equal(161_721);
    expect(kvCapacity('sglang:token_usage 0.3\n')).to.equal(undefined);
  });

  it('is how many tokens an answer had, streamed or whole', () => {
    const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } };
    const counted = (text: string) => {
      const watch = new UsageWatch();
      for (const byte of Buffer.from(text)) watch.feed(Uint8Array.of(byte));
      watch.end();
      return [watch.counts.promptTokens, watch.counts.cachedTokens, watch.outputTokens];
    };
    const piece = 'data: {"choices":[{"index":0,"delta":{"content":"é"}}],"usage":null}\n\n';
    expect(counted(`${piece}${piece}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`)).to.deep.equal([12, 8, 3]);
    expect(counted(JSON.stringify({ choices: [{ message: { content: 'x' } }], usage }, null, 1))).to.deep.equal([12, 8, 3]);
    expect(counted(piece + piece)).to.deep.equal([undefined, undefined, 2]);
  });
});

describe("a gateway's file", () => {
  const backends = [{ name: 'a', url: 'http://127.0.0.1:1/v1' }];

  it('that is shipped says what holds anyway', () => {
    const shipped = readGatewaySettings(join(packageRoot(), 'examples/gateway.yaml'));
    expect(schedulerSettings(shipped)).to.deep.equal({ ...DEFAULT_SETTINGS, weights: { research: 3, batch: 0.5 } });
    const bare = parseGatewaySettings({ backends }, 'test');
    expect(shipped.scheduling).to.deep.equal(bare.scheduling);
    expect(shipped.limits).to.deep.equal(bare.limits);
    expect(shipped.listen).to.deep.equal(bare.listen);
    expect(bare.listen.host).to.equal('127.0.0.1');
  });

  it('that is shipped shows resources as they are written, with what holds anyway', () => {
    const text = readFileSync(join(packageRoot(), 'examples/gateway.yaml'), 'utf8');
    const written = text.slice(text.indexOf('# resources:'), text.indexOf('\nlimits:')).replace(/^# ?/gm, '');
    const { resources } = parseGatewaySettings({ backends, ...(parse(written) as object) }, 'test', '/file');
    const kinds = { server: { folder: { from: '/else' }, port: { from: 20_000, to: 20_999 }, start: { command: ['x'] } } };
    const bare = parseGatewaySettings({ backends, resources: { folder: 'worlds', kinds } }, 'test', '/file').resources!;
    expect(resources).to.include({
      atOnce: bare.atOnce,
      ahead: bare.ahead,
      attempts: bare.attempts,
      here: '/file',
      folder: '/file/worlds',
    });
    const { server, container } = resources!.kinds;
    expect(server!.folder).to.deep.equal({ from: '/file/warmed' });
    const { limit, graceS, env, idleS } = bare.kinds.server!;
    expect(server).to.deep.include({ limit, graceS, env }).and.not.have.property('idleS');
    expect([idleS, server!.start!.readyWithinS]).to.deep.equal([undefined, bare.kinds.server!.start!.readyWithinS]);
    expect(container!.release!.command.at(-1)).to.equal('tb-{world}');
  });

  it('whose resources are wrong is told where, and what is accepted', () => {
    const fault = (kind: unknown, more: object = {}): string => {
      try {
        parseGatewaySettings({ backends, resources: { folder: 'w', kinds: { k: kind }, ...more } }, 'g.yaml');
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(fault({ folder: true })).to.equal('');
    expect(fault({})).to.match(/kinds\.k: it prepares nothing; accepted: one or more of folder, port, prepare, start/);
    expect(fault({ start: { command: 'python3 server.py' } })).to.match(/start\.command: a list of arguments.*no shell reads it/);
    expect(fault({ start: { command: ['x', '{prot}'] } })).to.match(/accepted in braces: \{program\}, \{world\}, \{folder\}, \{port\}, \{here\}/); // prettier-ignore
    expect(fault({ start: { command: ['x', '--name={program}'] } })).to.match(
      /a name that a stranger gave: accepted as a whole argument alone/,
    );
    expect(fault({ start: { command: ['{program}'] } })).to.match(/the program to start comes first/);
    expect(fault({ start: { command: ['x', '{port}'] } })).to.match(/start\.command: \{port\} stands in it; accepted with port beside it/);
    expect(fault({ start: { command: ['x', '{"json":1}', 'a\0'] } }))
      .to.match(/an argument without a zero byte/)
      .and.not.match(/braces/);
    expect(fault({ start: { command: ['x'], ready: 'port' } })).to.match(/start\.ready: it has no port/);
    expect(fault({ folder: true, start: { command: ['x'], ready: { file: '../up' } } })).to.match(/accepted: port, \{ line: TEXT \} or|a path within its folder/); // prettier-ignore
    expect(fault({ limit: 3, port: { from: 10, to: 11 } })).to.match(/port: accepted: a port for each of the worlds that `limit` allows/);
    expect(fault({ folder: true }, { default: 'other' })).to.match(/resources\.default: accepted: the name of one of the kinds/);
    expect(fault({ folder: true }, { kinds: { none: { folder: true } } })).to.match(/not "none"/);
  });

  it('has a JSON Schema, which takes those that are shipped and no other', () => {
    const isFile = new Ajv2020({ strict: false }).compile(gatewayJsonSchema() as AnySchema);
    for (const name of ['gateway.yaml', 'tools/gateway.yaml']) {
      const shipped = parse(readFileSync(join(packageRoot(), 'examples', name), 'utf8')) as object;
      expect(isFile(shipped), JSON.stringify(isFile.errors)).to.equal(true);
      expect(isFile({ ...shipped, schedule: {} })).to.equal(false);
    }
    expect(isFile({ backends: [] })).to.equal(false);
  });

  it('that is wrong is told where, and what is accepted', () => {
    const fault = (raw: unknown): string => {
      try {
        parseGatewaySettings(raw, 'g.yaml');
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(fault({ backends: [] })).to.match(/g\.yaml is no gateway's file:\n {2}backends: at least one backend/);
    expect(fault({ backends: [{ name: 'a', url: 'host:8000' }] })).to.match(/backends\.0\.url: an http:\/\/ or https:\/\/ address/);
    expect(fault({ backends: [...backends, ...backends] })).to.match(/every backend needs a name of its own/);
    expect(fault({ backends, scheduling: { lowMark: 0.99 } })).to.match(/scheduling\.lowMark: accepted: a share below highMark/);
    expect(fault({ backends, tenants: { a: { weight: 0 } } })).to.match(/tenants\.a\.weight: a weight above 0/);
    expect(fault({ backends, tenants: { 'a/b': { weight: 1 } } })).to.match(/tenants\.a\/b: such a name: letters, digits, /);
    expect(fault({ backends, schedule: {} })).to.match(/schedule/);
  });
});
