/** The gateway among servers and clients that break off, lie, stall and go away. */
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendLink } from '../../../harness/gateway/backends.js';
import { startGateway, type RunningGateway } from '../../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../../harness/gateway/settings.js';
import { streamChat } from '../../../harness/endpoints/call.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { ask, chat, json } from './client.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: (() => Promise<void>)[] = [];

/** A server that answers chat completions as it is told, and looks truthfully unless it is told otherwise. */
async function serverOf(
  chatting: Handler,
  looked: Handler = (_request, response) => void response.end('{"data":[{"id":"emulated"}]}'),
): Promise<string> {
  const server: Server = createServer((request, response) => {
    response.on('error', () => undefined);
    if (request.method === 'GET') return looked(request, response);
    request.resume().once('end', () => chatting(request, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.push(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

async function gatewayOf(
  urls: readonly string[],
  { backend = {}, limits = {} }: { backend?: object; limits?: object } = {},
): Promise<RunningGateway & { said: string[] }> {
  const said: string[] = [];
  const backends = urls.map((url, i) => ({ name: `b${i}`, url, metrics: 'none', ...backend }));
  const settings = parseGatewaySettings({ limits, listen: { port: 0 }, backends }, 'test');
  const running = await startGateway(settings, (line) => said.push(line));
  open.push(() => running.stop());
  return { ...running, said };
}

const root = ({ url }: RunningGateway): string => url.replace(/\/v1$/, '');
const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const piece = event({ choices: [{ index: 0, delta: { content: 'buy' }, finish_reason: null }] });
const streamed = (...parts: string[]): Handler => (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(parts.join('')); // prettier-ignore
const whole = (usage?: unknown): Handler => streamed(piece, event({ choices: [], usage }), 'data: [DONE]\n\n');

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !what(); i++) await sleep(10);
  expect(what()).to.equal(true);
}

describe('the gateway, among adversaries', () => {
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  it('counts as failed what has status 200 and is no answer, and passes it on as it is', async () => {
    const failing: [string, Handler][] = [
      ['half an event', streamed(piece, 'data: {"choices":[{"ind')],
      ['no end', streamed(piece)],
      ['an error in the stream', streamed(piece, event({ error: { message: 'out of memory' } }), 'data: [DONE]\n\n')],
      ['an error as a body', (_request, response) => void response.setHeader('content-type', 'application/json').end('{"error":{"message":"out of memory"}}')], // prettier-ignore
    ];
    let turn = 0;
    const running = await gatewayOf([await serverOf((request, response) => failing[turn]![1](request, response))]);
    for (const [i, [name]] of failing.entries()) {
      turn = i;
      const got = await chat(running.url, 'x', { 'x-session-id': 's' });
      expect(got, name).to.include({ status: 200, whole: true });
      expect(json(await ask(`${root(running)}/programs/s`)).calls, name).to.include({ done: 0, failed: i + 1 });
      const called = await streamChat({ url: running.url, model: 'emulated' }, [{ role: 'user', content: 'x' }], requestSettings.parse({}));
      if (name !== 'no end') expect(called.error?.kind, name).to.be.oneOf(['dropped', 'nonsense', 'failed']);
    }
    expect((await ask(`${root(running)}/metrics`)).bytes.toString()).to.not.include('outcome="done"');
    expect(running.said.join('\n')).to.include('out of memory').and.include('without a finish reason');
  });

  it('believes no count that cannot be true', async () => {
    const lie = { prompt_tokens: 9e15, completion_tokens: 9e15, prompt_tokens_details: { cached_tokens: 9e15 } };
    const running = await gatewayOf([await serverOf(whole(lie))], { backend: { capacityTokens: 4096 } });
    for (let i = 0; i < 3; i++) expect((await chat(running.url, 'x'.repeat(700), { 'x-session-id': 's' })).status).to.equal(200);
    const seen = json(await ask(`${root(running)}/programs/s`));
    expect(seen.contextTokens).to.be.within(150, 300);
    expect(seen.cachedTokens).to.be.at.most(seen.promptTokens);
    // A prompt of few bytes has mostly a template's tokens, and tells nothing of the tokens of a long one.
    const short = await gatewayOf([await serverOf(whole({ prompt_tokens: 40, completion_tokens: 1 }))], {
      backend: { capacityTokens: 4096 },
    });
    expect((await chat(short.url, 'hi', { 'x-session-id': 'short' })).status).to.equal(200);
    expect((await chat(short.url, 'x'.repeat(8000), { 'x-session-id': 'long' })).status).to.equal(200);
  });

  it('takes no lengths and deadlines that are none', async () => {
    const running = await gatewayOf([await serverOf(whole())], { backend: { capacityTokens: 4096 } });
    for (const osl of [-1e9, 0, 1e300, 'x']) expect((await chat(running.url, 'x', { 'x-session-id': `${osl}` }, { agent_hints: { osl } })).status).to.equal(200); // prettier-ignore
    expect(running.gateway.backends()[0]!.usedTokens).to.be.within(0, 4096);
    for (const past of [{ 'x-deadline-ms': '0' }, {}] as Record<string, string>[])
      expect(json(await chat(running.url, 'x', past, { vllm_xargs: { agentic_context: { deadline: 1_700_000_000 } } })).error.code).to.equal('deadline_unreachable'); // prettier-ignore
    const deep = `{"messages":[],"tools":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const got = await ask(`${running.url}/chat/completions`, { method: 'POST', body: deep });
    expect([got.status, json(got).error.code]).to.deep.equal([400, 'invalid_json']);
    expect(running.said.filter((line) => line.includes('failed'))).to.deep.equal([]);
  });

  it('tells a call that has a deadline at once that no backend is there: a failure, never a lateness', async () => {
    let alive = true;
    const running = await gatewayOf([await serverOf((request) => void request.socket.destroy(), (_request, response) => void response.writeHead(alive ? 200 : 503).end('{}'))], { limits: { lookS: 0.05 } }); // prettier-ignore
    alive = false;
    await until(() => !running.gateway.backends()[0]!.up);
    const target = { url: running.url, model: 'emulated', headers: { 'x-deadline-ms': '200' } };
    const called = await streamChat(target, [{ role: 'user', content: 'x' }], requestSettings.parse({}));
    expect(called.error).to.include({ kind: 'http', status: 503 });
    expect(called.error!.message).to.include('no backend');
  });

  it('keeps a server that is silent for once, and what it told of its cache; one that never answered is down', async () => {
    let answers = true;
    const looked: Handler = ({ url }, response) => {
      if (answers) response.end(url === '/metrics' ? 'sglang:max_total_num_tokens 1000\n' : '{"data":[{"id":"m"}]}');
    };
    const settings = { name: 'a', url: await serverOf(whole(), looked), metrics: '/metrics' };
    const link = new BackendLink(settings, 100);
    expect(await link.look()).to.deep.equal({ up: true, capacityTokens: 1000 });
    answers = false;
    for (let i = 0; i < 2; i++) expect(await link.look()).to.deep.equal({ up: true, capacityTokens: 1000 });
    expect(await link.look()).to.deep.equal({ up: false, trouble: 'no answer within 0.1 s' });
    expect((await new BackendLink(settings, 100).look()).up).to.equal(false);
  });

  it('tells a server before which something says 502 to 504 for once from one that is gone', async () => {
    let status = 200;
    const looked: Handler = (_request, response) => void response.writeHead(status).end(status === 200 ? '{"data":[{"id":"m"}]}' : 'busy');
    const settings = { name: 'a', url: await serverOf(whole(), looked), metrics: 'none', capacityTokens: 1000 };
    const link = new BackendLink(settings, 1000);
    expect(await link.look()).to.deep.equal({ up: true, capacityTokens: 1000 });
    for (status of [502, 503, 200, 504, 503]) expect(await link.look(), String(status)).to.deep.equal({ up: true, capacityTokens: 1000 });
    expect(link.trouble).to.equal('it answers 503, to 2 looks in a row');
    expect(await link.look()).to.deep.equal({ up: false, trouble: 'it answers 503' });
    expect(await link.look()).to.include({ up: false });
    status = 200;
    expect(await link.look()).to.include({ up: true });
    expect(link.trouble).to.equal(undefined);
    status = 502;
    expect(await new BackendLink(settings, 1000).look()).to.deep.equal({ up: false, trouble: 'it answers 502' });
  });

  it('charges nothing for a call that its client gave up before anything of it was answered', async () => {
    let asked = 0;
    const running = await gatewayOf([await serverOf(() => void asked++)]);
    const hangUp = new AbortController();
    const given = chat(running.url, 'x'.repeat(4000), { 'x-session-id': 's' }, {}, hangUp.signal);
    await until(() => asked === 1);
    hangUp.abort();
    await given;
    await until(() => running.gateway.openCalls === 0);
    expect(running.gateway.program('default', 's')).to.deep.include({ promptTokens: 0, contextTokens: 0 });
    expect(running.gateway.program('default', 's')!.calls.cancelled).to.equal(1);
    expect((await ask(`${root(running)}/metrics`)).bytes.toString()).to.include('prompt_tokens_total{backend="b0"} 0');
  });

  it('takes a call away from a server that is taken for dead before it answered, where there is another', async () => {
    let silent = false;
    const dead = await serverOf(() => undefined, (_request, response) => void (silent || response.end('{}'))); // prettier-ignore
    const other = await serverOf(whole());
    const running = await gatewayOf([dead, other], { limits: { lookS: 0.05, lookWithinS: 0.1 } });
    silent = true;
    const got = await chat(running.url, 'x', { 'x-session-id': 's' });
    expect(got).to.include({ status: 200, whole: true });
    expect(got.headers).to.include({ 'x-tickbench-backend': 'b1', 'x-tickbench-moves': '1' });
  });

  it('tells a backend how long the answer is of use from then on, and gives it no key of a client beside its own', async () => {
    const seen: IncomingMessage[] = [];
    const slow: Handler = (request, response) => {
      seen.push(request);
      setTimeout(() => whole()(request, response), 60);
    };
    process.env.ADVERSARY_KEY = 'adversary-secret';
    const running = await gatewayOf([await serverOf(slow)], { backend: { keyEnv: 'ADVERSARY_KEY', keyHeader: 'Api-Key' } });
    const headers = { 'x-session-id': 's', 'x-deadline-ms': '5000', 'api-key': 'the-clients' };
    await Promise.all([chat(running.url, 'x', headers), chat(running.url, 'x', headers)]);
    const deadlines = seen.map((request) => Number(request.headers['x-deadline-ms']));
    expect(deadlines[0]).to.be.within(4900, 5000);
    expect(deadlines[1]).to.be.within(3000, 4950);
    for (const { headers: got, rawHeaders } of seen) {
      expect(got['api-key']).to.equal('adversary-secret');
      expect(rawHeaders.filter((name) => name.toLowerCase() === 'api-key').length).to.equal(1);
    }
    delete process.env.ADVERSARY_KEY;
  });

  it('outlives resets of clients and servers at any moment, and leaves nothing behind', async () => {
    let turn = 0;
    const reset: Handler = ({ socket }, response) => {
      const when = turn++ % 4;
      if (when === 0) return void socket.resetAndDestroy();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(piece);
      if (when === 1) return void socket.resetAndDestroy();
      setTimeout(() => (when === 2 ? socket.resetAndDestroy() : response.end('data: [DONE]\n\n')), 10);
    };
    const running = await gatewayOf([await serverOf(reset), await serverOf(reset)]);
    const { port } = new URL(running.url);
    const body = JSON.stringify({ model: 'emulated', messages: [{ role: 'user', content: 'x'.repeat(5000) }] });
    const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    await Promise.all(
      Array.from({ length: 120 }, async (_, i) => {
        const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(request.slice(0, i % 3 === 0 ? 20 * i : undefined));
        await sleep(i % 25);
        if (i % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }),
    );
    await until(() => running.gateway.openCalls === 0);
    expect(running.gateway.programs()).to.deep.equal([]);
    expect((await ask(`${root(running)}/health`)).status).to.equal(200);
  });

  it('makes no figure of calls that failed: no wait, no first byte, no tokens that nobody counted', async () => {
    const refusing = await serverOf((_request, response) => void response.writeHead(500).end('{"error":{"message":"no"}}'));
    const running = await gatewayOf([refusing]);
    for (let i = 0; i < 3; i++) await chat(running.url, 'x'.repeat(4000), { 'x-session-id': 's' });
    const metrics = (await ask(`${root(running)}/metrics`)).bytes.toString();
    expect(metrics).to.include('calls_total{backend="b0",outcome="failed"} 3');
    expect(metrics)
      .to.match(/first_byte_seconds_count 0/)
      .and.match(/prompt_tokens_total{backend="b0"} 0/);
    expect(json(await ask(`${root(running)}/programs/s`))).to.deep.include({ promptTokens: 0, contextTokens: 0 });
    // What waits behind a call and then is answered by nobody has waited.
    const hanging = await gatewayOf([await serverOf(({ socket }) => void setTimeout(() => socket.destroy(), 120))]);
    await Promise.all([1, 2].map(() => chat(hanging.url, 'x', { 'x-session-id': 's' })));
    const waited = Number(/wait_seconds_sum (\S+)/.exec((await ask(`${root(hanging)}/metrics`)).bytes.toString())![1]);
    expect(waited).to.be.above(0.1);
  });

  it('tells a client that stops reading from a backend that is silent, and keeps no connection for it', async () => {
    let closed = 0;
    const flood: Handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.once('close', () => closed++);
      const more = (): void => {
        while (response.write(piece.repeat(1000)));
        response.once('drain', more);
      };
      more();
    };
    const running = await gatewayOf([await serverOf(flood)], { limits: { silenceS: 0.3 } });
    const body = '{"model":"emulated","messages":[]}';
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1').on('error', () => undefined);
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-session-id: s\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => running.gateway.program('default', 's')?.calls.cancelled === 1 && closed === 1);
    expect(running.said.join('\n')).to.include('the client took nothing for 0.3 s');
    socket.destroy();
  });

  it("keeps two tenants' programs of one name apart", async () => {
    const running = await gatewayOf([await serverOf(whole())]);
    for (const tenant of ['one', 'two']) await chat(running.url, 'x', { 'x-session-id': 's', 'x-llm-d-inference-fairness-id': tenant });
    expect(json(await ask(`${root(running)}/programs`)).programs.map((each: { tenant: string }) => each.tenant)).to.deep.equal([
      'one',
      'two',
    ]);
    const released = await ask(`${root(running)}/programs/s/release`, {
      method: 'POST',
      headers: { 'x-llm-d-inference-fairness-id': 'one' },
    });
    expect(json(released)).to.include({ tenant: 'one', ended: 'released' });
    expect(running.gateway.programs().map(({ tenant }) => tenant)).to.deep.equal(['two']);
  });
});
