import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import type { Server } from 'node:http';
import OpenAI from 'openai';
import { ChatTemplate } from '../../../fpx/text/chat.js';
import { createApp, listen } from '../../../fpx/endpoint/server.js';
import { QueueAbortedError, QueueFullError, RequestQueue } from '../../../fpx/endpoint/queue.js';
import { ThreadError } from '../../../fpx/kernels/mailbox.js';
import { Generator } from '../../../fpx/model/generate.js';
import { LogitsError } from '../../../fpx/model/sampling.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { CHATML, END_TOKEN, makeModelFolder, ScriptedModel, VOCABULARY_SIZE } from '../endpoint-model.js';

const CONTEXT = 20_000;

describe('the endpoint around a scripted model', () => {
  let folder: ReturnType<typeof makeModelFolder>;
  let tokenizer: Tokenizer;
  let server: Server;
  let model: ScriptedModel;
  let client: OpenAI;
  let url: string;
  const lost: string[] = [];
  const text = 'hello world '.repeat(800);

  before(async () => {
    folder = makeModelFolder();
    tokenizer = await Tokenizer.load(folder.folder);
    model = new ScriptedModel(tokenizer.encode(text), tokenizer.encode('<|im_start|>assistant\n'));
    const generator = new Generator(model, tokenizer, {
      contextTokens: CONTEXT,
      endTokens: new Set([END_TOKEN]),
      prefixCache: true,
      threads: 1,
    });
    const app = await createApp(
      {
        name: 'scripted',
        modelDir: folder.folder,
        contextTokens: CONTEXT,
        tokenizer,
        template: ChatTemplate.from({ chat_template: CHATML }),
        generator,
        vocabSize: VOCABULARY_SIZE,
        identity: 'abc',
        summary: {},
      },
      { metrics: true, maxWaiting: 3, onLost: (error) => lost.push(error.message) },
    );
    const listening = await listen(app, 0);
    ({ server, url } = listening);
    client = new OpenAI({ baseURL: listening.url, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    folder.remove();
  });

  const body = (more: object = {}) => ({
    model: 'scripted',
    messages: [{ role: 'user' as const, content: 'go' }],
    temperature: 0,
    ...more,
  });

  it('gives the whole answer, streamed', async () => {
    const stream = await client.chat.completions.create({ ...body(), stream: true });
    let got = '';
    for await (const chunk of stream) got += chunk.choices[0]?.delta.content ?? '';
    expect(got).to.equal(text);
  });

  it('says when computing threads are lost, and of no other failure', async () => {
    const [append, absorb] = [model.append.bind(model), model.absorb.bind(model)];
    for (const error of [new LogitsError('no number'), new ThreadError('a computing thread ended with status 1')]) {
      const fail = (): never => {
        throw error;
      };
      Object.assign(model, { append: fail, absorb: fail });
      const answer = await client.chat.completions.create(body()).catch((refusal: unknown) => refusal);
      Object.assign(model, { append, absorb });
      expect(answer).to.be.instanceOf(OpenAI.InternalServerError).with.property('message').that.contains(error.message);
    }
    expect(lost).to.deep.equal(['a computing thread ended with status 1']);
  });

  it('computes no more for a client that went away, streamed or not, and serves the next one', async () => {
    const whole = tokenizer.encode(text).length;
    let before = model.computed;
    const stream = await client.chat.completions.create({ ...body(), stream: true });
    let seen = 0;
    for await (const _ of stream) if (++seen === 3) break;
    expect((await client.chat.completions.create(body({ max_tokens: 2 }))).choices[0]!.message.content).to.equal('hello world');
    expect(model.computed - before).to.be.lessThan(whole / 2);

    before = model.computed;
    const gone = new AbortController();
    const unanswered = client.chat.completions.create(body(), { signal: gone.signal }).catch((error: unknown) => error);
    while (model.computed < before + 5) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    expect(await unanswered).to.be.instanceOf(OpenAI.APIUserAbortError);
    await client.chat.completions.create(body({ max_tokens: 2 }));
    expect(model.computed - before).to.be.lessThan(whole / 2);
  });

  it('prepares requests on another thread while one is computed, and large ones always', async () => {
    const here: number[] = [];
    const encode = tokenizer.encode.bind(tokenizer);
    tokenizer.encode = (prompt, options) => {
      here.push(prompt.length);
      return encode(prompt, options);
    };
    const long = { messages: [{ role: 'user' as const, content: 'hello '.repeat(60_000) }] };
    const refusalOf = async (more: object) =>
      (await client.chat.completions.create(body(more)).catch((e: unknown) => e)) as InstanceType<typeof OpenAI.APIError>;
    try {
      await client.chat.completions.create(body({ max_tokens: 1 }));
      expect(here, 'a small body of an idle server').to.have.length(1);
      const tooLong = await refusalOf(long);
      expect(tooLong).to.include({ status: 400, code: 'context_length_exceeded' });
      expect(tooLong.message).to.match(/prompt has \d+ tokens; this model's context is 20000/);
      // A model that takes a millisecond a token: the others arrive while it answers.
      model.before = () => {
        const end = process.hrtime.bigint() + 1_000_000n;
        while (process.hrtime.bigint() < end);
      };
      const stream = await client.chat.completions.create({ ...body({ max_tokens: 600 }), stream: true });
      let seen = 0;
      let others: Promise<unknown[]> | undefined;
      let got = '';
      for await (const chunk of stream) {
        got += chunk.choices[0]?.delta.content ?? '';
        if (++seen === 3)
          others = Promise.all([refusalOf(long), client.chat.completions.create(body({ max_tokens: 2 })), refusalOf({ min_p: 1 })]);
      }
      expect(text.startsWith(got) && got.length > 1500).to.equal(true);
      model.before = () => undefined;
      const [refused, answered, unsupported] = (await others) as [typeof tooLong, OpenAI.ChatCompletion, typeof tooLong];
      expect(refused).to.include({ status: 400, code: 'context_length_exceeded' });
      expect(answered.choices[0]!.message.content).to.equal('hello world');
      expect(unsupported).to.include({ status: 400, param: 'min_p' });
      expect(here, 'what began the stream, and nothing more').to.have.length(2);
    } finally {
      model.before = () => undefined;
      tokenizer.encode = encode;
    }
  });

  it('refuses by its characters what is too long however it is cut into tokens', async () => {
    const error = await client.chat.completions
      .create(body({ messages: [{ role: 'user', content: 'x'.repeat(1_040_500) }] }))
      .catch((e: unknown) => e);
    expect(error).to.include({ status: 400, code: 'context_length_exceeded' });
    expect((error as Error).message).to.match(/has 1\d{6} characters/);
  });

  it('answers HEAD where there is GET, OPTIONS everywhere, and other methods with what there is', async () => {
    const ask = (method: string, path: string) => fetch(new URL(path, url), { method });
    for (const path of ['/', '/health', '/metrics', '/v1/models', '/v1/models/scripted', '/v1/tickbench']) {
      const head = await ask('HEAD', path);
      expect([head.status, await head.text()], `HEAD ${path}`).to.deep.equal([200, '']);
      const options = await ask('OPTIONS', path);
      expect([options.status, options.headers.get('allow')], `OPTIONS ${path}`).to.deep.equal([204, 'GET, HEAD, OPTIONS']);
      const wrong = await ask('DELETE', path);
      expect(wrong.status, `DELETE ${path}`).to.equal(405);
      expect(((await wrong.json()) as { error: object }).error).to.include({ type: 'invalid_request_error', code: 'method_not_allowed' });
    }
    for (const path of ['/v1/chat/completions', '/v1/completions']) {
      expect((await ask('OPTIONS', path)).headers.get('allow')).to.equal('POST, OPTIONS');
      for (const method of ['GET', 'HEAD', 'PUT']) expect((await ask(method, path)).status, `${method} ${path}`).to.equal(405);
    }
    for (const path of ['/v1/embeddings', '/v1/models/other', '/v1/models/other/name'])
      expect((await ask('GET', path)).status, path).to.equal(404);
    expect((await ask('GET', '/v1/models/%E0%A4%A')).status).to.equal(400);
  });

  it('takes a body with a byte-order mark or packed with gzip, and refuses one that is no UTF-8 or not packed as it says', async () => {
    const text = JSON.stringify(body({ max_tokens: 1 }));
    const post = async (sent: string | Buffer, encoding?: string): Promise<[status: number, code?: string, message?: string]> => {
      const headers = { 'content-type': 'application/json', ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
      const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body: new Uint8Array(Buffer.from(sent)) });
      const { error } = (await response.json()) as { error?: { code: string; message: string } };
      return error === undefined ? [response.status] : [response.status, error.code, error.message];
    };
    expect(await post(`\ufeff${text}`)).to.deep.equal([200]);
    expect(await post(gzipSync(text), 'gzip')).to.deep.equal([200]);
    const latin = await post(Buffer.from(text.replace('go', 'g\u00f6'), 'latin1'));
    expect(latin).to.deep.equal([400, 'invalid_json', 'the request body is not UTF-8, the encoding of JSON']);
    const unpacked = await post(text, 'gzip');
    expect(unpacked.slice(0, 2)).to.deep.equal([400, 'unsupported_encoding']);
    expect(unpacked[2]).to.include('not packed as its content-encoding says');
    for (const encoding of ['br', 'deflate'])
      expect((await post(text, encoding)).slice(0, 2), encoding).to.deep.equal([400, 'unsupported_encoding']);
    const unknown = await post(text, 'compress');
    expect(unknown.slice(0, 2)).to.deep.equal([415, 'unsupported_encoding']);
    expect(unknown[2]).to.include('gzip, deflate or br');
  });

  it('tells its identity', async () => {
    expect(await (await fetch(`${url}/models`)).json()).to.have.nested.property('data[0].identity', 'abc');
    expect(await (await fetch(`${url}/tickbench`)).json()).to.include({ identity: 'abc', contextTokens: CONTEXT });
    expect((await client.chat.completions.create(body({ max_tokens: 1 }))).system_fingerprint).to.equal('tickbench-abc');
  });

  it('refuses one more than may wait, and says when to come back', async () => {
    model.before = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    try {
      const raw = () => fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(body({ max_tokens: 16 })) });
      const all = await Promise.all(Array.from({ length: 6 }, raw));
      expect(all.map(({ status }) => status).sort()).to.deep.equal([200, 200, 200, 200, 429, 429]);
      for (const refused of all.filter(({ status }) => status === 429)) {
        expect(refused.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
        expect(((await refused.json()) as { error: object }).error).to.include({ type: 'rate_limit_error', code: 'queue_full' });
      }
    } finally {
      model.before = () => undefined;
    }
  });

  it('tells an engine failure as 500, and in a stream that has begun as its last event; then goes on', async () => {
    const silence = console.error;
    console.error = () => undefined;
    try {
      model.before = () => {
        throw new Error('kernel trap');
      };
      const error = (await client.chat.completions.create(body()).catch((e: unknown) => e)) as InstanceType<typeof OpenAI.APIError>;
      expect(error.status).to.equal(500);
      expect(error.message).to.contain('kernel trap');
      let left = 4;
      model.before = () => {
        if (left-- === 0) throw new Error('kernel trap');
      };
      const stream = await client.chat.completions.create({ ...body(), stream: true });
      let got = '';
      const broken = await (async () => {
        for await (const chunk of stream) got += chunk.choices[0]?.delta.content ?? '';
      })().catch((e: unknown) => e);
      expect(got).to.match(/^hello world/);
      expect((broken as Error).message).to.contain('kernel trap');
    } finally {
      console.error = silence;
      model.before = () => undefined;
    }
    expect((await client.chat.completions.create(body({ max_tokens: 1 }))).choices[0]!.message.content).to.equal('hello');
  });
});

describe('the queue of the endpoint', () => {
  const never = new AbortController().signal;

  it('runs one at a time, in order, and goes on after a failure', async () => {
    const queue = new RequestQueue(10);
    const log: string[] = [];
    const task = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue.run(task(name), never)));
    expect(results.map((result) => result.status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(queue.running).to.equal(0);
    expect(queue.clearAfterS()).to.equal(1);
  });

  it('refuses one too many, and lets one that waits go', async () => {
    const queue = new RequestQueue(2);
    let release: () => void = () => undefined;
    const running = queue.run(() => new Promise<void>((resolve) => (release = resolve)), never);
    const gone = new AbortController();
    const leaves = queue.run(async () => 'never', gone.signal).catch((error: unknown) => error);
    const stays = queue.run(async () => 'served', never);
    expect(await queue.run(async () => 0, never).catch((error: unknown) => error)).to.be.instanceOf(QueueFullError);
    gone.abort();
    expect(await leaves).to.be.instanceOf(QueueAbortedError);
    expect(queue.waiting).to.equal(1);
    release();
    await running;
    expect(await stays).to.equal('served');
  });

  it('says when all that are there will have been served, by how long the last sixteen took', async () => {
    let nowMs = 0;
    const queue = new RequestQueue(10, { nowMs: () => nowMs });
    expect(queue.clearAfterS(3), 'before anything was served').to.equal(1);
    const taking = (ms: number) => queue.run(async () => void (nowMs += ms), never);
    for (let i = 0; i < 16; i++) await taking(100_000);
    for (let i = 0; i < 8; i++) await taking(1000);
    for (let i = 0; i < 8; i++) await taking(2000);
    expect(queue.clearAfterS(), 'nobody is there').to.equal(1);
    expect(queue.clearAfterS(3)).to.equal(Math.ceil(3 * 1.5));
    let release: () => void = () => undefined;
    const running = queue.run(() => new Promise<void>((resolve) => (release = resolve)), never);
    const waits = queue.run(async () => undefined, never);
    expect(queue.clearAfterS(3)).to.equal(Math.ceil(5 * 1.5));
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await Promise.all([running, waits]);
  });
});
