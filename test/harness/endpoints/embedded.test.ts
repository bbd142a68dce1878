import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import OpenAI from 'openai';
import { streamChat } from '../../../harness/endpoints/call.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { startEndpoint, type RunningEndpoint } from '../../../harness/endpoints/start.js';
import { packageRoot } from '../../../harness/host/root.js';
import { makeModelFolder } from '../../fpx/endpoint-model.js';

const PROGRAM = join(packageRoot(), 'dist/fpx/endpoint/main.js');

describe('the embedded endpoint, over real sockets', () => {
  let model: ReturnType<typeof makeModelFolder>;
  let endpoint: RunningEndpoint;
  let client: OpenAI;

  before(async () => {
    model = makeModelFolder();
    endpoint = await startEndpoint({
      kind: 'embedded',
      model: model.folder,
      precision: { default: 'fp8', units: { 'layers.0.down': 'fp4' } },
      threads: 1,
      prefixCache: true,
    });
    client = new OpenAI({ baseURL: endpoint.url, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  });
  after(async () => {
    await endpoint?.stop();
    model.remove();
  });

  const messages = (content: string): OpenAI.ChatCompletionMessageParam[] => [
    { role: 'system', content: 'be brief' },
    { role: 'user', content },
  ];
  const sampled = { model: 'tiny', temperature: 1.5, seed: 11, max_tokens: 24 };

  async function streamed(
    body: Partial<OpenAI.ChatCompletionCreateParamsStreaming>,
  ): Promise<{ text: string; chunks: OpenAI.ChatCompletionChunk[] }> {
    const stream = await client.chat.completions.create({
      ...sampled,
      messages: messages('hello world'),
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), chunks };
  }

  const post = (body: string, path = '/chat/completions'): Promise<Response> =>
    fetch(endpoint.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const refusal = async (
    body: object,
  ): Promise<{ status: number; error: { message: string; param: string | null; code: string | null } }> => {
    const response = await post(JSON.stringify({ model: 'tiny', messages: messages('hi'), ...body }));
    return {
      status: response.status,
      ...((await response.json()) as { error: { message: string; param: string | null; code: string | null } }),
    };
  };

  it('says what it holds', async () => {
    expect(endpoint.summary).to.include({ activations: 'w4a7+w8a8' });
    expect(endpoint.summary!.gammaByParameters).to.be.within(0.01, 0.5);
    expect(endpoint.model).to.equal('tiny');
    const models = await client.models.list();
    expect(models.data.map((each) => each.id)).to.deep.equal(['tiny']);
    expect((await client.models.retrieve('tiny')).id).to.equal('tiny');
    const origin = endpoint.url.replace('/v1', '');
    expect(await (await fetch(`${origin}/health`)).json()).to.include({ status: 'ok' });
    expect(await (await fetch(`${endpoint.url}/tickbench`)).json()).to.deep.include({ name: 'tiny', summary: endpoint.summary });
    expect((await fetch(`${origin}/metrics`)).status, 'in matches nobody reads them').to.equal(404);
  });

  it('answers the same whole and streamed, for a seed', async () => {
    const whole = await client.chat.completions.create({ ...sampled, messages: messages('hello world') });
    const { text, chunks } = await streamed({});
    expect(text).to.equal(whole.choices[0]!.message.content);
    expect(text.length).to.be.greaterThan(5);
    expect((await streamed({ seed: 12 })).text).to.not.equal(text);
    expect(chunks[0]!.choices[0]!.delta.role).to.equal('assistant');
    expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason)).to.have.length(1);
    const last = chunks.at(-1)!;
    expect(last.choices).to.deep.equal([]);
    expect(last.usage).to.deep.include({ completion_tokens: whole.usage!.completion_tokens, prompt_tokens: whole.usage!.prompt_tokens });
    expect(last)
      .to.have.property('tickbench')
      .that.has.all.keys('encodeUs', 'queueUs', 'promptUs', 'decodeUs', 'cpuPermille', 'promptTokens', 'cachedTokens');
    expect(whole).to.have.property('tickbench');
  });

  it('takes cached tokens from the last prompt with the same beginning, and answers the same for it', async () => {
    const cold = await client.chat.completions.create({ ...sampled, messages: [{ role: 'user', content: 'something else altogether' }] });
    const first = await client.chat.completions.create({ ...sampled, messages: messages('a prompt to remember: 1') });
    const second = await client.chat.completions.create({ ...sampled, messages: messages('a prompt to remember: 1') });
    const third = await client.chat.completions.create({ ...sampled, messages: messages('a prompt to remember: 2') });
    const cached = (answer: OpenAI.ChatCompletion): number => answer.usage!.prompt_tokens_details!.cached_tokens!;
    expect(cached(first)).to.be.lessThan(cold.usage!.prompt_tokens);
    expect(cached(second)).to.equal(second.usage!.prompt_tokens - 1);
    expect(cached(third)).to.be.within(20, third.usage!.prompt_tokens - 2);
    expect(second.choices[0]!.message.content).to.equal(first.choices[0]!.message.content);
  });

  it('stops before a stop string', async () => {
    const { text } = await streamed({});
    const word = text.slice(3, 6);
    const { text: cut, chunks } = await streamed({ stop: [word, 'never this'] });
    expect(cut).to.equal(text.slice(0, text.indexOf(word)));
    expect(chunks.find((chunk) => chunk.choices[0]?.finish_reason)!.choices[0]!.finish_reason).to.equal('stop');
  });

  it('answers the next request after a stream was cancelled', async () => {
    const body = { ...sampled, messages: messages('go on'), max_tokens: 400, ignore_eos: true };
    const stream = await client.chat.completions.create({ ...body, stream: true } as OpenAI.ChatCompletionCreateParamsStreaming);
    let seen = 0;
    for await (const _ of stream) if (++seen === 2) break;
    const next = await client.chat.completions.create({
      ...body,
      max_tokens: 3,
      ignore_eos: true,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    expect(next.usage!.completion_tokens).to.equal(3);
  });

  it('serves several at once one after another, in order, and says how long each waited', async () => {
    const ended: number[] = [];
    const calls = [0, 1, 2, 3].map(async (i) => {
      const call = await streamChat(
        endpoint,
        [{ role: 'user', content: `request ${i}` }],
        requestSettings.parse({ maxTokens: 40, temperature: 1 }),
      );
      ended.push(i);
      return call;
    });
    const all = await Promise.all(calls);
    expect(all.map((call) => call.error)).to.deep.equal([undefined, undefined, undefined, undefined]);
    expect(ended).to.have.members([0, 1, 2, 3]);
    const waits = all.map((call) => call.timing!.queueUs).sort((a, b) => a - b);
    expect(waits[3]).to.be.greaterThan(waits[0]!);
    expect(all.every((call) => call.timing!.cpuPermille <= 1000)).to.equal(true);
  });

  it('gives a cancelled call its timing', async () => {
    const call = await streamChat(
      endpoint,
      [{ role: 'user', content: 'x' }],
      requestSettings.parse({ maxTokens: 60, temperature: 1, seed: 4 }),
      (text) => text.trim().length > 3,
    );
    expect(call.finish).to.equal('released');
    expect(call.timing).to.have.property('promptUs').that.is.greaterThan(0);
    expect(call.promptTokens).to.be.greaterThan(5);
    expect(call.cachedTokens).to.be.within(0, call.promptTokens! - 1);
  });

  it('refuses by name what is wrong', async () => {
    expect(await refusal({ model: 'gpt-9' })).to.deep.include({ status: 404 });
    expect((await refusal({ model: 'gpt-9' })).error).to.include({ code: 'model_not_found', param: 'model' });
    const wrong: [object, string][] = [
      [{ messages: [] }, 'messages'],
      [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages.0.role'],
      [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }, 'messages.0.content'],
      [{ temperature: 3 }, 'temperature'],
      [{ top_p: 0 }, 'top_p'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ n: 2 }, 'n'],
      [{ stop: 5 }, 'stop'],
      [{ stream: 'yes' }, 'stream'],
      [{ tools: [{}] }, 'tools'],
      [{ presence_penalty: 1 }, 'presence_penalty'],
      [{ response_format: { type: 'json_schema', json_schema: {} } }, 'response_format.json_schema.name'],
      [{ response_format: { type: 'grammar' } }, 'response_format.type'],
    ];
    for (const [body, param] of wrong) {
      const { status, error } = await refusal(body);
      expect(status, param).to.equal(400);
      expect(error.param, param).to.equal(param);
      expect(error.message).to.contain(param);
    }
    expect((await refusal({ response_format: { type: 'text' }, max_tokens: 1, program_id: 'p1' })).status).to.equal(200);
  });

  it('refuses bodies that are broken, too large, or longer than the context', async () => {
    const broken = await post('{"model": ');
    expect(broken.status).to.equal(400);
    expect(((await broken.json()) as { error: { message: string } }).error.message).to.contain('not JSON');
    expect((await post('[]')).status).to.equal(400);
    expect((await post(JSON.stringify({ model: 'tiny', messages: messages('x'.repeat(2 << 20)) }))).status).to.equal(413);
    const long = await refusal({ messages: messages('x '.repeat(600)) });
    expect(long.status).to.equal(400);
    expect(long.error).to.include({ code: 'context_length_exceeded' });
    expect(long.error.message).to.match(/prompt has \d+ tokens.*context is 512/);
    expect((await post('{}', '/embeddings')).status).to.equal(404);
  });

  it('still answers after all that', async () => {
    expect((await streamed({ max_tokens: 2 })).text.length).to.be.greaterThan(0);
  });
});

describe('the process of the embedded endpoint', () => {
  let model: ReturnType<typeof makeModelFolder>;
  before(() => (model = makeModelFolder()));
  after(() => model.remove());

  async function ready(...args: string[]): Promise<{ child: ReturnType<typeof spawn>; line: { url: string; ready: boolean } }> {
    const child = spawn(process.execPath, [PROGRAM, '--model', model.folder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [data] = (await once(child.stdout!, 'data')) as [Buffer];
    return { child, line: JSON.parse(data.toString()) as { url: string; ready: boolean } };
  }

  it('ends when its stdin closes, even with a request under way, and on SIGTERM', async () => {
    const first = await ready('--precision', 'bf16');
    expect(first.line.ready).to.equal(true);
    const target = { url: first.line.url, model: 'tiny', extra: { ignore_eos: true } };
    const call = streamChat(target, [{ role: 'user', content: 'x' }], requestSettings.parse({ maxTokens: 450, temperature: 1 }), () => {
      first.child.stdin!.end();
    });
    const [code] = (await once(first.child, 'exit')) as [number];
    expect(code).to.equal(0);
    const { error, finish } = await call;
    expect(error?.kind ?? finish).to.be.oneOf(['dropped', 'length']);
    const second = await ready('--name', 'other');
    second.child.kill('SIGTERM');
    expect((await once(second.child, 'exit'))[0]).to.equal(0);
  });

  it('tells every client of an engine of several sequences that was killed: none has an answer that looks whole', async () => {
    const large = makeModelFolder({ positions: 16_384 });
    const spec = { kind: 'embedded' as const, model: large.folder, precision: 'fp8', threads: 1, prefixCache: true };
    const endpoint = await startEndpoint(spec, { sequences: 5, kvTokens: 90_000 });
    try {
      const settings = requestSettings.parse({ temperature: 1 });
      const target = { ...endpoint, extra: { ignore_eos: true } };
      const ask = (maxTokens: number, onText: (i: number) => false) =>
        Promise.all(
          [0, 1, 2, 3].map((i) => streamChat(target, [{ role: 'user', content: 'x' }], { ...settings, maxTokens }, () => onText(i))),
        );
      // Until the tokenising thread is there, the first of several has the engine to itself.
      await ask(2, () => false);
      const begun = new Set<number>();
      const kill = (i: number): false => {
        begun.add(i);
        if (begun.size === 4) process.kill(endpoint.pid!, 'SIGKILL');
        return false;
      };
      const whole = fetch(`${endpoint.url}/completions`, {
        ...{ method: 'POST', body: JSON.stringify({ model: endpoint.model, prompt: 'x', max_tokens: 16_000, ignore_eos: true }) },
      }).then(
        (response) => response.text(),
        () => 'broken off',
      );
      const calls = await ask(16_000, kill);
      // One that was through before the kill is whole to its last token; no other looks as if it were.
      for (const { error, finish, completionTokens } of calls) {
        if (finish === 'length') expect(completionTokens).to.equal(16_000);
        else expect([error?.kind, finish]).to.deep.equal(['dropped', null]);
      }
      expect(calls.filter(({ error }) => error?.kind === 'dropped')).to.have.length.within(2, 4);
      expect(await whole).to.equal('broken off');
      await endpoint.exited;
    } finally {
      await endpoint.stop();
      large.remove();
    }
  });

  it('answers 429 when as many wait as may wait', async () => {
    const { child, line } = await ready('--max-waiting', '1');
    const target = { url: line.url, model: 'tiny', extra: { ignore_eos: true } };
    const settings = requestSettings.parse({ maxTokens: 300, temperature: 1 });
    const calls = await Promise.all(Array.from({ length: 4 }, () => streamChat(target, [{ role: 'user', content: 'x' }], settings)));
    const errors = calls.map((call) => call.error?.label);
    expect(errors.filter((label) => label === undefined)).to.have.length(2);
    expect(errors.filter((label) => label === 'http 429')).to.have.length(2);
    child.stdin!.end();
    await once(child, 'exit');
  });

  it('serves figures and a line as long as it is told to', async () => {
    const spec = { kind: 'embedded' as const, model: model.folder, precision: 'fp8', threads: 1, prefixCache: true };
    const endpoint = await startEndpoint(spec, { metrics: 'on', maxWaiting: 0 });
    try {
      const text = await (await fetch(new URL('/metrics', endpoint.url))).text();
      expect(text).to.match(/^vllm:num_requests_running\{model_name="tiny"\} 0$/m);
      const settings = requestSettings.parse({ maxTokens: 300, temperature: 1 });
      const target = { ...endpoint, extra: { ignore_eos: true } };
      const calls = await Promise.all([1, 2].map(() => streamChat(target, [{ role: 'user', content: 'x' }], settings)));
      expect(calls.map((call) => call.error?.label ?? 'answered').sort()).to.deep.equal(['answered', 'http 429']);
    } finally {
      await endpoint.stop();
    }
  });

  it('cannot be started with what does not exist, and says so', async () => {
    const spec = { kind: 'embedded' as const, model: model.folder, precision: 'fp8', threads: 1, prefixCache: true };
    const failure = async (changed: object): Promise<string> => {
      const error = await startEndpoint({ ...spec, ...changed }).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(EndpointError);
      return (error as Error).message;
    };
    expect(await failure({ model: '/no/such/folder' })).to.contain('no model "/no/such/folder"');
    expect(await failure({ precision: 'fp5' })).to.match(/fp5.*bf16, fp8, fp4/s);
    expect(await failure({ precision: { default: 'fp8', units: { 'layers.9.o': 'fp4' } } })).to.contain('layers.9.o');
    const untemplated = makeModelFolder({ chatTemplate: null });
    expect(await failure({ model: untemplated.folder })).to.contain('no chat template');
    untemplated.remove();
  });

  it('says 400 with the template’s own reason when it refuses a role', async () => {
    const strict = makeModelFolder({
      chatTemplate: `{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ messages[0].content }}`,
    });
    const endpoint = await startEndpoint({ kind: 'embedded', model: strict.folder, precision: 'fp4', threads: 1, prefixCache: false });
    const { error } = await streamChat(endpoint, [{ role: 'system', content: 'x' }], requestSettings.parse({}));
    expect(error).to.include({ label: 'http 400' });
    expect(error!.message).to.contain('System role not supported');
    const call = (): ReturnType<typeof streamChat> =>
      streamChat(endpoint, [{ role: 'user', content: 'the same prompt' }], requestSettings.parse({ maxTokens: 2 }));
    await call();
    expect((await call()).cachedTokens, 'prefix cache is off').to.equal(0);
    await endpoint.stop();
    strict.remove();
  });
});
