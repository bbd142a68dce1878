/** What an endpoint with a real engine answers beside plain chats: answers in a form, log-probabilities, text completions, figures. */
import { expect } from 'chai';
import type { Server } from 'node:http';
import OpenAI from 'openai';
import { loadEngine } from '../../../fpx/endpoint/engine.js';
import type { ServedModel } from '../../../fpx/endpoint/completion.js';
import { createApp, listen } from '../../../fpx/endpoint/server.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { makeModelFolder } from '../endpoint-model.js';

describe('the endpoint around an engine', () => {
  const precision = parsePrecisionMap('fp8');
  let folder: ReturnType<typeof makeModelFolder>;
  let engine: ServedModel;
  let server: Server;
  let url: string;
  let client: OpenAI;
  before(async () => {
    folder = makeModelFolder({ positions: 2048 });
    engine = await loadEngine({ modelDir: folder.folder, precision, threads: 1, prefixCache: true });
    ({ server, url } = await listen(await createApp(engine, { metrics: true }), 0));
    client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    folder.remove();
  });

  const messages = [{ role: 'user' as const, content: 'go é' }];
  const chat = (more: object) => client.chat.completions.create({ model: 'tiny', messages, max_tokens: 12, ...more, stream: false });
  const refusal = async (more: object, path = 'chat/completions') => {
    const given = path === 'completions' ? { prompt: 'x' } : { messages };
    const response = await fetch(`${url}/${path}`, { method: 'POST', body: JSON.stringify({ model: 'tiny', ...given, ...more }) });
    const { error } = (await response.json()) as { error?: { message: string; param: string | null; code: string | null } };
    return { status: response.status, ...error };
  };

  /** Natural log-probabilities of each place after a prompt, by another pass and the definition in double precision. */
  async function softmaxes(prompt: readonly number[], answer: readonly number[]): Promise<number[][]> {
    const model = await Transformer.load(folder.folder, precision);
    return [[...prompt], ...answer.slice(0, -1).map((token) => [token])].map((tokens) => {
      const logits = [...model.append(tokens)];
      const sum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
      return logits.map((logit) => logit - sum);
    });
  }

  it('answers in the form of a schema, of a list and of a regular expression, at any temperature', async () => {
    const schema = {
      type: 'object',
      properties: {
        move: { enum: ['buy', 'sell'] },
        size: { type: 'integer', minimum: 1, maximum: 250 },
        note: { type: 'string', maxLength: 4 },
      },
      required: ['move', 'size'],
      additionalProperties: false,
    };
    const json_schema = { name: 'action', schema, strict: true };
    for (let seed = 0; seed < 12; seed++) {
      const temperature = seed % 3;
      const settings = { temperature, seed, max_tokens: 200 };
      const { choices } = await chat({ ...settings, response_format: { type: 'json_schema', json_schema } });
      expect(choices[0]!.finish_reason).to.equal('stop');
      const value = JSON.parse(choices[0]!.message.content!) as { move: string; size: number; note?: string };
      expect(value.move).to.be.oneOf(['buy', 'sell']);
      expect(value.size).to.be.within(1, 250);
      expect([...(value.note ?? '')].length).to.be.at.most(4);
      expect(Object.keys(value)).to.satisfy((keys: string[]) => keys.every((key) => ['move', 'size', 'note'].includes(key)));
      const choice = ['größer', 'groß', '🙂'];
      const listed = await chat({ ...settings, structured_outputs: { choice } });
      expect(listed.choices[0]!.message.content).to.be.oneOf(choice);
      const pattern = await chat({ ...settings, structured_outputs: { regex: '(?:[A-F]\\d){2,3}' } });
      expect(pattern.choices[0]!.message.content).to.match(/^(?:[A-F]\d){2,3}$/);
    }
    const object = await chat({ temperature: 1, seed: 3, max_tokens: 900, response_format: { type: 'json_object' } });
    if (object.choices[0]!.finish_reason === 'stop') expect(JSON.parse(object.choices[0]!.message.content!)).to.be.an('object');
  });

  it('streams the same answer in a form as it gives whole, and cuts it at the budget', async () => {
    const settings = { temperature: 1, seed: 5, structured_outputs: { regex: '[a-zé🙂]{30}' } };
    const whole = await chat({ ...settings, max_tokens: 200 });
    expect([...whole.choices[0]!.message.content!]).to.have.length(30);
    const stream = await client.chat.completions.create({ model: 'tiny', messages, max_tokens: 200, ...settings, stream: true } as never);
    let text = '';
    for await (const chunk of stream as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).to.equal(whole.choices[0]!.message.content);
    const cut = await chat({ ...settings, max_tokens: 4 });
    expect(cut.choices[0]!.finish_reason).to.equal('length');
    expect(text.startsWith(cut.choices[0]!.message.content!.replace(/\uFFFD+$/, ''))).to.equal(true);
  });

  it('takes a property of any name, __proto__ too', async () => {
    const schema = '{"type":"object","properties":{"__proto__":{"enum":[1,2]},"b":{"type":"boolean"}},"required":["__proto__","b"]}';
    const forms = [
      `"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":${schema}}}`,
      `"structured_outputs":{"json":${schema}}`,
    ];
    for (const form of forms) {
      const request = `{"model":"tiny","messages":[{"role":"user","content":"go"}],"max_tokens":60,"seed":3,${form}}`;
      const response = await fetch(`${client.baseURL}/chat/completions`, { method: 'POST', body: request });
      const { choices } = (await response.json()) as OpenAI.ChatCompletion;
      expect(choices[0]!.message.content).to.match(/^\{"__proto__": ?[12], ?"b": ?(true|false)\}$/);
    }
  });

  it('refuses a form that it cannot hold an answer to, by the keyword', async () => {
    const schema = (of: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: of } } });
    const cases: [object, string, RegExp][] = [
      [
        schema({ type: 'object', properties: { a: { type: 'string', format: 'date' } } }),
        'response_format.json_schema.schema.properties.a.format',
        /accepted are/,
      ],
      [{ structured_outputs: { regex: '(' } }, 'structured_outputs.regex', /Unterminated/],
      [{ structured_outputs: { choice: [] } }, 'structured_outputs.choice', /./],
      [{ structured_outputs: { grammar: 'x' } }, 'structured_outputs.grammar', /accepted are json, json_object, choice, regex/],
      [{ structured_outputs: { regex: 'a', choice: ['b'] } }, 'structured_outputs', /exactly one/],
      [{ structured_outputs: { json: '{' } }, 'structured_outputs.json', /not JSON/],
      [{ structured_outputs: { regex: 'a' }, response_format: { type: 'json_object' } }, 'structured_outputs', /leave one of them out/],
      [{ structured_outputs: { regex: 'a' }, ignore_eos: true }, 'ignore_eos', /leave it out/],
      [{ guided_json: {} }, 'guided_json', /structured_outputs/],
      [{ top_logprobs: 3 }, 'top_logprobs', /"logprobs": true/],
      [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', /20/],
    ];
    for (const [more, param, message] of cases) {
      const refused = await refusal(more);
      expect(refused, param).to.include({ status: 400, param });
      expect(refused.message, param).to.match(message).and.to.contain(param);
    }
  });

  it('tells log-probabilities of the whole softmax, whatever the sampling and the form, streamed and whole alike', async () => {
    const prompt = engine.tokenizer.encode(engine.template.render(messages));
    for (const form of [{}, { structured_outputs: { regex: '[a-zé🙂]{9}' } }]) {
      const settings = { temperature: 1.7, top_p: 0.9, seed: 4, logprobs: true, top_logprobs: 5, ...form };
      const { choices } = await chat(settings);
      const content = choices[0]!.logprobs!.content!;
      expect(content.length).to.be.at.least(4);
      const ids = content.map(({ bytes, token }) => idOf(bytes!, token));
      const expected = await softmaxes(prompt, ids);
      content.forEach(({ logprob, top_logprobs }, i) => {
        expect(logprob).to.be.closeTo(expected[i]![ids[i]!]!, 1e-6);
        const best = [...expected[i]!].sort((a, b) => b - a).slice(0, 5);
        top_logprobs.forEach((each, rank) => expect(each.logprob).to.be.closeTo(best[rank]!, 1e-6));
        expect(top_logprobs).to.have.length(5);
      });
      const stream = await client.chat.completions.create({ model: 'tiny', messages, max_tokens: 12, ...settings, stream: true } as never);
      const streamed: object[] = [];
      for await (const chunk of stream as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
        streamed.push(...(chunk.choices[0]?.logprobs?.content ?? []));
      expect(streamed).to.deep.equal(content);
      if (choices[0]!.finish_reason === 'length') continue;
      expect(Buffer.from(content.flatMap(({ bytes }) => bytes!)).toString()).to.equal(choices[0]!.message.content);
    }
    expect((await chat({ temperature: 0 })).choices[0]!.logprobs).to.equal(null);
    expect((await chat({ temperature: 0, logprobs: true })).choices[0]!.logprobs!.content![0]!.top_logprobs).to.deep.equal([]);
  });

  function idOf(bytes: readonly number[], token: string): number {
    const spelled = engine.tokenizer.spelling!.bytes;
    const id = spelled.findIndex((each) => each && Buffer.from(each).equals(Buffer.from(bytes)));
    return id >= 0 ? id : engine.tokenizer.id(token)!;
  }

  it('goes on with a text or with its tokens as a chat does with what its template makes', async () => {
    const text = engine.template.render(messages);
    const answered = await chat({ temperature: 0 });
    const settings = { model: 'tiny', max_tokens: 12, temperature: 0 };
    for (const prompt of [text, [text], engine.tokenizer.encode(text), [engine.tokenizer.encode(text)]]) {
      const got = await client.completions.create({ ...settings, prompt });
      expect(got).to.include({ object: 'text_completion', model: 'tiny' });
      expect(got.choices).to.have.length(1);
      expect(got.choices[0]).to.include({ text: answered.choices[0]!.message.content, finish_reason: answered.choices[0]!.finish_reason });
      expect(got.usage!.total_tokens).to.equal(answered.usage!.total_tokens);
    }
    const stream = await client.completions.create({ ...settings, prompt: text, stream: true, stream_options: { include_usage: true } });
    let streamed = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      expect(chunk.object).to.equal('text_completion');
      streamed += chunk.choices[0]?.text ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(streamed).to.equal(answered.choices[0]!.message.content);
    expect(usage!.completion_tokens).to.equal(answered.usage!.completion_tokens);
    expect((await client.completions.create({ model: 'tiny', prompt: 'x', seed: 1 })).usage!.completion_tokens).to.be.at.most(16);
  });

  it('tells log-probabilities of texts in lists side by side', async () => {
    const prompt = engine.tokenizer.encode('hello wor');
    const { choices } = await client.completions.create({ model: 'tiny', prompt, max_tokens: 8, temperature: 1, seed: 2, logprobs: 3 });
    const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0]!.logprobs!;
    const chosen = await client.completions.create({ model: 'tiny', prompt, max_tokens: 8, temperature: 1, seed: 2, logprobs: 0 });
    expect(chosen.choices[0]!.logprobs!.token_logprobs).to.deep.equal(token_logprobs);
    expect([tokens!.length, top_logprobs!.length, text_offset!.length]).to.deep.equal(Array(3).fill(token_logprobs!.length));
    expect(text_offset![0]).to.equal(0);
    expect([...text_offset!].sort((a, b) => a - b)).to.deep.equal(text_offset);
    top_logprobs!.forEach((likeliest, i) => {
      expect(Object.keys(likeliest).length).to.be.within(1, 4);
      expect(likeliest[tokens![i]!]).to.be.at.most(Math.max(...Object.values(likeliest)));
    });
  });

  it('refuses prompts that it cannot take', async () => {
    const cases: [object, string][] = [
      [{ prompt: [] }, 'prompt'],
      [{ prompt: '' }, 'prompt'],
      [{ prompt: ['a', 'b'] }, 'prompt'],
      [{ prompt: [1, 'a'] }, 'prompt'],
      [{ prompt: [99_999] }, 'prompt'],
      [{ echo: true }, 'echo'],
      [{ suffix: 'x' }, 'suffix'],
      [{ logprobs: true }, 'logprobs'],
      [{ messages: [] }, 'messages'],
      [{ prompt: 'x '.repeat(3000) }, 'prompt'],
    ];
    for (const [more, param] of cases)
      expect(await refusal(more, 'completions'), JSON.stringify(more).slice(0, 60)).to.include({ status: 400, param });
  });

  it('counts what it served for Prometheus, under the names that vLLM gives', async () => {
    const read = async (): Promise<Map<string, number>> => {
      const text = await (await fetch(new URL('/metrics', url))).text();
      return new Map(
        [...text.matchAll(/^(vllm:\S+) (\S+)$/gm)].map(([, name, value]) => [name!.replace(/,?model_name="tiny"/, ''), Number(value)]),
      );
    };
    const earlier = await read();
    const { usage } = await chat({ max_tokens: 5, temperature: 0, ignore_eos: true });
    await chat({ temperature: 0, structured_outputs: { choice: ['a'] } });
    const later = await read();
    const grown = (name: string): number => later.get(name)! - (earlier.get(name) ?? 0);
    expect(grown('vllm:generation_tokens_total{}')).to.equal(usage!.completion_tokens + 1);
    expect(grown('vllm:prompt_tokens_total{}')).to.equal(2 * usage!.prompt_tokens);
    expect(grown('vllm:prefix_cache_queries_total{}')).to.equal(2 * usage!.prompt_tokens);
    expect(grown('vllm:prefix_cache_hits_total{}')).to.be.within(usage!.prompt_tokens - 1, 2 * usage!.prompt_tokens - 2);
    expect(grown('vllm:request_success_total{finished_reason="length"}')).to.equal(1);
    expect(grown('vllm:request_success_total{finished_reason="stop"}')).to.equal(1);
    for (const name of ['vllm:time_to_first_token_seconds', 'vllm:e2e_request_latency_seconds']) {
      expect(grown(`${name}_count{}`)).to.equal(2);
      expect(grown(`${name}_bucket{le="+Inf"}`)).to.equal(2);
      expect(grown(`${name}_sum{}`)).to.be.greaterThan(0);
    }
    expect([later.get('vllm:num_requests_running{}'), later.get('vllm:num_requests_waiting{}')]).to.deep.equal([0, 0]);
  });
});
