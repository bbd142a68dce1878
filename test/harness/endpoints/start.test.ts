import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointSpec, requestSettings } from '../../../harness/configuration/endpoint.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { startEndpoint, type RunningEndpoint } from '../../../harness/endpoints/start.js';
import { answer, fail, serve, type TestServer } from './misbehaving-server.js';

async function failure(spec: object): Promise<string> {
  const error = await startEndpoint(endpointSpec.parse(spec)).catch((e: unknown) => e);
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
    expect(server.bodies).to.have.length(0);
  });

  it('is refused when the model is not there, with what is', async () => {
    server = await serve(() => undefined, ['llama', 'qwen']);
    expect(await failure({ kind: 'openai', url: server.url, model: 'mistral' })).to.equal(
      `the server at ${server.url} has no model "mistral"; it offers: llama, qwen`,
    );
  });

  it('is asked for one token when it lists nothing', async () => {
    server = await serve(
      (body, response) => (body.model === 'm' ? answer(response, ['ok'], undefined, 'length') : fail(response, 404, 'no such model')),
      null,
    );
    const running = await startEndpoint(endpointSpec.parse({ kind: 'openai', url: server.url, model: 'm' }));
    expect(running.model).to.equal('m');
    expect(server.bodies[0]).to.include({ max_tokens: 1 });
    expect(await failure({ kind: 'openai', url: server.url, model: 'x' })).to.match(/lists no models.*no such model/);
  });

  it('is told apart: nobody there, a key refused, a key that is not set', async () => {
    server = await serve(() => undefined, null, { '/v1/models': (_, response) => fail(response, 401, 'who are you') });
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
