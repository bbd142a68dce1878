/** Several requests at once, over sockets: the answers of one at a time, figures that agree, and refusals of what can never fit. */
import { expect } from 'chai';
import { ServerResponse, type Server } from 'node:http';
import v8 from 'node:v8';
import OpenAI from 'openai';
import { loadEngine } from '../../../fpx/endpoint/engine.js';
import { createApp, listen } from '../../../fpx/endpoint/server.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { Answer } from '../../../fpx/model/answer.js';
import { makeModelFolder } from '../endpoint-model.js';

describe('an endpoint of several sequences', () => {
  let folder: ReturnType<typeof makeModelFolder>;
  const servers: Server[] = [];
  let alone: OpenAI;
  let together: OpenAI;
  let base: string;
  const serve = async (sequences: number, kvTokens?: number, maxWaiting = 20): Promise<string> => {
    const precision = parsePrecisionMap('fp8');
    const model = await loadEngine({ modelDir: folder.folder, precision, threads: 1, prefixCache: true, sequences, kvTokens });
    const { server, url } = await listen(await createApp(model, { metrics: true, maxWaiting }), 0);
    servers.push(server);
    return url;
  };
  const client = (baseURL: string): OpenAI => new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  before(async () => {
    folder = makeModelFolder();
    base = await serve(3, 330);
    [alone, together] = [client(await serve(1)), client(base)];
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    folder.remove();
  });

  const body = (i: number, more: object = {}) => ({
    ...{ model: 'tiny', prompt: `${'hello world '.repeat(20)}${i}`, max_tokens: 60, temperature: 1, seed: i, ignore_eos: true },
    ...more,
  });
  const figures = async (of = base): Promise<Record<string, number>> => {
    const text = await (await fetch(new URL('/metrics', of))).text();
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  };
  const label = 'model_name="tiny"';

  it('answers as with one at a time, streamed or whole, in a form or not, and counts what it does', async () => {
    const forms = [{}, { structured_outputs: { regex: '[a-z]{4,30}' }, ignore_eos: false }, { logprobs: 2 }];
    const asked = Array.from({ length: 9 }, (_, i) => body(i, forms[i % 3]));
    const ask = async (client: OpenAI, each: object, stream: boolean): Promise<object> => {
      if (!stream) {
        const { choices, usage } = await client.completions.create(each as OpenAI.CompletionCreateParamsNonStreaming);
        expect(usage!.prompt_tokens_details!.cached_tokens).to.be.within(0, usage!.prompt_tokens - 1);
        return { text: choices[0]!.text, finish: choices[0]!.finish_reason };
      }
      const answer = { text: '', finish: null as string | null };
      for await (const { choices } of await client.completions.create({
        ...each,
        stream: true,
      } as OpenAI.CompletionCreateParamsStreaming)) {
        answer.text += choices[0]?.text ?? '';
        answer.finish = choices[0]?.finish_reason ?? answer.finish;
      }
      return answer;
    };
    const expected: object[] = [];
    for (const each of asked) expected.push(await ask(alone, each, false));
    const got = Promise.all(asked.map((each, i) => ask(together, each, i % 2 === 0)));
    let most = 0;
    let done = false;
    void got.finally(() => (done = true));
    while (!done) {
      const { running } = (await (await fetch(new URL('/health', base))).json()) as { running: number };
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect(await got).to.deep.equal(expected);
    expect(most).to.be.within(2, 3);
    const now = await figures();
    expect(now[`vllm:num_requests_running{${label}}`]).to.equal(0);
    expect(now[`vllm:kv_cache_usage_perc{${label}}`]).to.equal(0);
    expect(now[`vllm:cache_config_info{block_size="16",num_gpu_blocks="20",${label}}`]).to.equal(1);
    const hits = now[`vllm:prefix_cache_hits_total{${label}}`]!;
    expect(hits).to.be.greaterThan(0);
    expect(hits % 16, 'whole blocks').to.equal(0);
    const states = ['held', 'kept', 'empty'].map((state) => now[`tickbench:kv_cache_tokens{state="${state}",${label}}`]!);
    expect(states[0]).to.equal(0);
    expect(states[1]! + states[2]!).to.equal(320);
    expect(now).to.include.keys(`vllm:num_preemptions_total{${label}}`, `tickbench:kv_cache_evicted_blocks_total{${label}}`);
  });

  it('lets go of a client that went away, and tells the others nothing of it', async () => {
    const gone = new AbortController();
    const leaving = together.completions.create(body(1, { max_tokens: 250 }), { signal: gone.signal }).catch((error: unknown) => error);
    const staying = together.completions.create(body(2));
    while ((await figures())[`vllm:kv_cache_usage_perc{${label}}`] === 0);
    gone.abort();
    expect(await leaving).to.be.instanceOf(OpenAI.APIUserAbortError);
    expect((await staying).choices[0]!.text).to.equal((await alone.completions.create(body(2))).choices[0]!.text);
    let held = 1;
    while (held > 0) held = (await figures())[`vllm:kv_cache_usage_perc{${label}}`]!;
  });

  it('is free again after 64 clients hung up at once, computed or waiting, and answers the next one', async () => {
    const crowded = await serve(8, undefined, 100);
    const gone = new AbortController();
    let pieces = 0;
    const clients = Array.from({ length: 64 }, async (_, i) => {
      const request = { ...body(i, { max_tokens: 250 }), stream: i % 4 > 0 };
      const response = await fetch(`${crowded}/completions`, { method: 'POST', body: JSON.stringify(request), signal: gone.signal });
      for await (const _ of response.body!) if (++pieces === 40) gone.abort();
    });
    const ends = await Promise.allSettled(clients);
    expect(ends.filter(({ status }) => status === 'rejected').length).to.be.greaterThan(40);
    const busy = async (): Promise<number> => {
      const { running, waiting } = (await (await fetch(new URL('/health', crowded))).json()) as { running: number; waiting: number };
      return running + waiting;
    };
    while ((await busy()) > 0);
    const now = await figures(crowded);
    expect(now[`vllm:kv_cache_usage_perc{${label}}`]).to.equal(0);
    expect(now[`vllm:request_success_total{finished_reason="abort",${label}}`]).to.be.within(1, 16);
    expect((await client(crowded).completions.create(body(2))).choices[0]!.text).to.equal(
      (await alone.completions.create(body(2))).choices[0]!.text,
    );
  });

  it('keeps nothing of requests that are over, however they ended', async function () {
    // From Node 20.13 on.
    if (!('queryObjects' in v8)) this.skip();
    const ask = async (i: number): Promise<void> => {
      const gone = new AbortController();
      const [streams, leaves, isRefused] = [i % 2 > 0, i % 4 === 1, i % 10 === 0];
      const request = body(i, { prompt: `of ${i} ${i * 7919}`, max_tokens: isRefused ? 400 : 6, stream: streams });
      const response = await fetch(`${base}/completions`, { method: 'POST', body: JSON.stringify(request), signal: gone.signal });
      expect(response.status).to.equal(isRefused ? 400 : 200);
      if (!leaves) await response.text();
      else for await (const _ of response.body!) gone.abort();
    };
    const there = (): number[] => [Answer, ServerResponse].map((kind) => v8.queryObjects(kind, { format: 'count' }));
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < 120) await ask(next++).catch((error: unknown) => expect(error).to.have.property('name', 'AbortError'));
    };
    await Promise.all(Array.from({ length: 6 }, client));
    await (await fetch(new URL('/health', base))).text();
    // A connection that stays open keeps its last answer.
    const [answers, responses] = there();
    expect(answers).to.be.below(5);
    expect(responses).to.be.below(12);
    expect((await figures())[`vllm:kv_cache_usage_perc{${label}}`]).to.equal(0);
  });

  it('refuses what its memory can never hold, and says so in the list of models', async () => {
    const refusal = async (more: object): Promise<object> => {
      const error = (await together.completions.create(body(1, more)).catch((e: unknown) => e)) as InstanceType<typeof OpenAI.APIError>;
      const { status, code, param, message } = error;
      return { status, code, param, of: /this server's (\d+) tokens of key-value memory/.exec(message)?.[1] };
    };
    const refused = { status: 400, code: 'context_length_exceeded', of: '320' };
    expect(await refusal({ prompt: 'hello world '.repeat(120) })).to.deep.equal({ ...refused, param: 'prompt' });
    expect(await refusal({ max_tokens: 310 })).to.deep.equal({ ...refused, param: 'max_tokens' });
    expect(await (await fetch(`${base}/models`)).json()).to.have.nested.property('data[0].max_model_len', 320);
    const full = await together.chat.completions.create({
      model: 'tiny',
      messages: [{ role: 'user', content: 'a' }],
      ...{ ignore_eos: true },
    });
    expect(full.choices[0]!.finish_reason, 'an answer without a limit ends where the memory does').to.equal('length');
    expect(full.usage!.total_tokens).to.equal(320);
  });
});

describe('the key-value memory of an endpoint', () => {
  it('is no part of what decides an answer', async () => {
    const folder = makeModelFolder();
    try {
      const load = (more: object) =>
        loadEngine({ modelDir: folder.folder, precision: parsePrecisionMap('fp8'), threads: 1, prefixCache: true, ...more });
      const [one, several] = [await load({}), await load({ sequences: 2, kvTokens: 100 })];
      expect(several.identity).to.equal(one.identity);
      expect(one.summary).to.not.have.any.keys('sequences', 'kvTokens');
      expect(several.summary).to.include({ sequences: 2, kvTokens: 96 });
    } finally {
      folder.remove();
    }
  });
});
