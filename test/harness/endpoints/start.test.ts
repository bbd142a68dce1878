import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointSpec, requestSettings } from '../../../harness/configuration/endpoint.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { startEndpoint, type RunningEndpoint } from '../../../harness/endpoints/start.js';
import { answer, fail, serve, type TestServer } from './misbehaving-server.js';

async function failure(spec: object, request: object = {}): Promise<string> {
  const error = await startEndpoint(endpointSpec.parse(spec), { request: requestSettings.parse(request) }).catch((e: unknown) => e);
  expect(error).to.be.instanceOf(EndpointError);
  return (error as Error).message;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('the schemas of endpoints and requests', () => {
  it('fill in defaults and keep extra fields', () => {
    const spec = endpointSpec.parse({
      kind: 'openai',
      url: 'http://host:8000/v1/',
      model: 'm',
      extra: { chat_template_kwargs: { enable_thinking: false } },
    });
    expect(spec).to.deep.equal({
      kind: 'openai',
      url: 'http://host:8000/v1',
      model: 'm',
      extra: { chat_template_kwargs: { enable_thinking: false } },
    });
    expect(requestSettings.parse({})).to.deep.include({ temperature: 0, topP: 1, maxTokens: 64, afterRelease: 'cancel' });
  });

  it('name the wrong field', () => {
    const wrong: [object, string][] = [
      [{ kind: 'openai', url: 'host:8000', model: 'm' }, 'url'],
      [{ kind: 'openai', url: 'http://h/v1', model: 'm', key: 'sk-1' }, 'key'],
      [{ kind: 'openai', url: 'http://h/v1', model: 'm', keyEnv: 'sk-123' }, 'keyEnv'],
      [{ kind: 'openai', url: 'http://h/v1', model: 'm', extra: { max_tokens: 9 } }, 'max_tokens'],
      [{ kind: 'embedded', model: 'm', precision: 'fp8', threads: 0 }, 'threads'],
      [{ kind: 'command', url: 'http://h/v1', model: 'm' }, 'command'],
      [{ kind: 'cloud' }, 'kind'],
    ];
    for (const [spec, field] of wrong) {
      const parsed = endpointSpec.safeParse(spec);
      expect(parsed.success, field).to.equal(false);
      expect(JSON.stringify(parsed.error!.issues)).to.contain(field);
    }
    expect(requestSettings.safeParse({ maxtokens: 3 }).success).to.equal(false);
  });
});

describe('an endpoint elsewhere', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('is taken when it lists the model, and left alone when stopped', async () => {
    server = await serve((_, response) => answer(response, ['ok']), ['a', 'm']);
    const running = await startEndpoint(endpointSpec.parse({ kind: 'openai', url: server.url, model: 'm' }));
    expect(running).to.deep.include({ kind: 'openai', url: server.url, model: 'm', local: true });
    await running.stop();
    expect(running.ended()).to.equal(undefined);
    expect(server.bodies).to.have.length(1);
  });

  it('is refused when the model is not there, with what the server says and what is, the likeliest first', async () => {
    server = await serve((_, response) => fail(response, 404, 'unknown model'), ['llama', 'vendor/Mistral-7B:latest']);
    expect(await failure({ kind: 'openai', url: server.url, model: 'mistral-7b' })).to.equal(
      `the server at ${server.url} does not answer as "mistral-7b": http 404: unknown model; it offers: vendor/Mistral-7B:latest, llama`,
    );
  });

  it('is taken under any name that it answers to, whatever its list says', async () => {
    server = await serve((_, response) => answer(response, ['ok']), ['models/m', 'm:latest', '/models/m.gguf']);
    expect((await startEndpoint(endpointSpec.parse({ kind: 'openai', url: server.url, model: 'm' }))).model).to.equal('m');
  });

  it('is asked by one call when it lists nothing', async () => {
    server = await serve(
      (body, response) => (body.model === 'm' ? answer(response, ['ok'], undefined, 'length') : fail(response, 404, 'no such model')),
      null,
    );
    const running = await startEndpoint(endpointSpec.parse({ kind: 'openai', url: server.url, model: 'm' }));
    expect(running).to.include({ model: 'm', calls: 1 });
    expect(server.bodies[0]).to.include({ max_tokens: 16 });
    expect(await failure({ kind: 'openai', url: server.url, model: 'x' })).to.match(/no such model; it lists no models/);
  });

  it('is reached by a pasted path, without /v1, and with a query', async () => {
    let asked: (string | undefined)[] = [];
    server = await serve((_, response, request) => {
      asked.push(request.url);
      answer(response, ['ok']);
    });
    const root = server.url.replace('/v1', '');
    for (const [url, reached] of [
      [`${server.url}/chat/completions`, server.url],
      [`${server.url}/chat/completions/?api-version=2`, `${server.url}?api-version=2`],
      [root, server.url],
      [`${root}/?api-version=2`, `${server.url}?api-version=2`],
    ] as const) {
      asked = [];
      const running = await startEndpoint(endpointSpec.parse({ kind: 'openai', url, model: 'm' }));
      expect(running.url, url).to.equal(reached);
      expect(asked.at(-1), url).to.equal(`/v1/chat/completions${new URL(reached).search}`);
    }
  });

  it('is refused with the lines that help when it refuses fields of the request', async () => {
    const refusing: [(body: Record<string, unknown>) => string | undefined, string, how?: number][] = [
      [(body) => ('top_p' in body ? 'Unsupported parameter: top_p' : undefined), 'request: { topP: null }', 200],
      [(body) => ('seed' in body ? "got an unexpected keyword argument 'seed'" : undefined), 'request: { seed: null }', 500],
      [(body) => (body.stream_options ? 'stream_options: Extra inputs are not permitted' : undefined), 'request: { streamOptions: null }'],
      [
        (body) => ('top_p' in body && 'temperature' in body ? '`temperature` and `top_p` cannot both be given' : undefined),
        'request: { topP: null }',
      ],
      [
        (body) => ('temperature' in body || 'top_p' in body ? 'this model has no sampling' : undefined),
        'request: { topP: null, temperature: null }',
      ],
      [
        (body) => ('max_tokens' in body ? "use 'max_completion_tokens' instead of 'max_tokens'" : undefined),
        'request: { tokenLimitField: max_completion_tokens }',
      ],
      [
        (body) =>
          'stream_options' in body
            ? 'bad request'
            : 'max_tokens' in body || 'max_completion_tokens' in body
              ? 'unknown field max_tokens'
              : undefined,
        'request: { streamOptions: null, tokenLimitField: null }',
      ],
    ];
    for (const [refuse, line, status = 400] of refusing) {
      server = await serve((body, response) => {
        const why = refuse(body);
        if (why === undefined) answer(response, ['ok']);
        else fail(response, status, why);
      });
      expect(await failure({ kind: 'openai', url: server.url, model: 'm' }, { seed: 1 })).to.contain(line);
      await server.close();
    }
  });

  it('is told by what the server says, whatever the shape of its body, without keys, escapes and line ends', async () => {
    process.env.TICKBENCH_TEST_KEY = 'Zq9-very-secret-key-77';
    const key = process.env.TICKBENCH_TEST_KEY;
    const bodies: [string, RegExp][] = [
      [JSON.stringify({ object: 'error', message: 'too long', code: 400 }), /: too long/],
      [JSON.stringify({ detail: 'still loading' }), /: still loading/],
      [JSON.stringify({ detail: [{ loc: ['body', 'n'], msg: 'not permitted' }] }), /: n: not permitted/],
      [JSON.stringify({ error: `bad key ${key}` }), /: bad key \[key\]/],
      [JSON.stringify([{ error: { code: 400, message: 'an array' } }]), /: an array/],
      [
        JSON.stringify({ error: { message: 'Provider error', metadata: { raw: '{"error":{"message":"upstream is full"}}' } } }),
        /Provider error \(upstream is full\)/,
      ],
      ['<html><head><title>400 Bad Request</title></head><body><h1>nginx</h1></body></html>', /a web page: 400 Bad Request: nginx/],
      [`plain \u001b[31mwords\u001b[0m\nover lines, key ${Buffer.from(key).toString('base64')}`, /: plain words over lines, key \[key\]/],
      ['', /http 400: Bad Request/],
    ];
    for (const [body, said] of bodies) {
      server = await serve((_, response) => void response.writeHead(400).end(body));
      const message = await failure({ kind: 'openai', url: server.url, model: 'm', keyEnv: 'TICKBENCH_TEST_KEY' });
      expect(message, message).to.match(said).and.not.contain(key);
      await server.close();
    }
    delete process.env.TICKBENCH_TEST_KEY;
  });

  it('is waited for when it asks for it, and sent the key where it wants it', async () => {
    process.env.TICKBENCH_TEST_KEY = 'Zq9-very-secret-key-77';
    let calls = 0;
    server = await serve((_, response, request) => {
      if (request.headers['api-key'] !== process.env.TICKBENCH_TEST_KEY) return fail(response, 401, 'no api-key');
      if (++calls === 1) {
        response.setHeader('retry-after', '0');
        return fail(response, 429, 'slow down');
      }
      answer(response, ['ok']);
    });
    const spec = { kind: 'openai', url: server.url, model: 'm', keyEnv: 'TICKBENCH_TEST_KEY' };
    expect(await failure(spec)).to.contain('write: keyHeader: api-key');
    calls = 0;
    const said: string[] = [];
    const running = await startEndpoint(endpointSpec.parse({ ...spec, keyHeader: 'api-key' }), { say: (line) => said.push(line) });
    expect(running.calls).to.equal(2);
    expect(said.join()).to.match(/http 429: slow down; waiting/);
    delete process.env.TICKBENCH_TEST_KEY;
  });

  it('is told apart: nobody there, a key refused, a key that is not set', async () => {
    server = await serve((_, response) => fail(response, 401, 'who are you'), null);
    expect(await failure({ kind: 'openai', url: server.url, model: 'm' })).to.match(/refuses a request without a key.*--key-env/);
    process.env.TICKBENCH_TEST_KEY = 'wrong';
    expect(await failure({ kind: 'openai', url: server.url, model: 'm', keyEnv: 'TICKBENCH_TEST_KEY' }))
      .to.contain('refuses the key in TICKBENCH_TEST_KEY')
      .and.not.contain('wrong');
    delete process.env.TICKBENCH_TEST_KEY;
    expect(await failure({ kind: 'openai', url: server.url, model: 'm', keyEnv: 'TICKBENCH_TEST_KEY' })).to.contain(
      'TICKBENCH_TEST_KEY is not set',
    );
    const port = await freePort();
    expect(await failure({ kind: 'openai', url: `http://127.0.0.1:${port}/v1`, model: 'm' })).to.equal(
      `no endpoint at http://127.0.0.1:${port}/v1: nothing listens there`,
    );
  });
});

describe('an endpoint that a command starts', () => {
  let folder: string;
  let script: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-command-'));
    script = join(folder, 'server.mjs');
    writeFileSync(
      script,
      `import { createServer } from 'node:http';
       let ready = false;
       setTimeout(() => (ready = true), 300);
       console.error('loading weights');
       createServer((request, response) => {
         if (!ready) return response.writeHead(503).end();
         if (request.url === '/health') return response.end('ok');
         response.end(JSON.stringify({ data: [{ id: 'm' }] }));
       }).listen(Number(process.argv[2]), '127.0.0.1');`,
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const spec = (port: number, command: string, more: object = {}) => ({
    kind: 'command',
    command,
    url: `http://127.0.0.1:${port}/v1`,
    model: 'm',
    ...more,
  });

  it('is used once it is healthy, and its whole group is ended', async () => {
    const port = await freePort();
    const running: RunningEndpoint = await startEndpoint(
      endpointSpec.parse(spec(port, `sleep 1000 & ${process.execPath} ${script} ${port}`, { healthPath: '/health' })),
    );
    expect(running.local).to.equal(true);
    const models = await (await fetch(`${running.url}/models`)).json();
    expect(models).to.deep.equal({ data: [{ id: 'm' }] });
    expect(await failure(spec(port, 'true')))
      .to.contain('answers')
      .and.contain('already');
    await running.stop();
    const gone = await fetch(`${running.url}/models`).catch((error: unknown) => error);
    expect(gone).to.be.instanceOf(Error);
    expect(running.ended()).to.be.a('string');
  });

  it('is refused when it lacks the model, dies, or never gets healthy, with its last words', async () => {
    const port = await freePort();
    const command = `${process.execPath} ${script} ${port}`;
    expect(await failure(spec(port, command, { model: 'other' }))).to.contain('it offers: m');
    expect(await failure(spec(port, `echo CUDA out of memory >&2; exit 3`))).to.match(
      /ended with status 3\nits last lines were:\n {2}CUDA out of memory/,
    );
    expect(await failure(spec(port, 'echo still loading; sleep 1000', { startTimeoutS: 0.4 }))).to.match(
      /was not healthy within 0.4 s \(.*nothing listens there\)\nits last lines were:\n {2}still loading/,
    );
  });
});
