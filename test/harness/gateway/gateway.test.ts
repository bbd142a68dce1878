import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, type RunningGateway } from '../../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../../harness/gateway/settings.js';
import { streamChat } from '../../../harness/endpoints/call.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { ask, chat, json } from './client.js';
import { EmulatedBackend, type Emulated } from './emulated-backend.js';
import { generator } from './scheduling/world.js';

const open: { stop(): Promise<void> }[] = [];

async function emulated(name: string, how: Partial<Emulated> = {}): Promise<EmulatedBackend> {
  const backend = await new EmulatedBackend({ name, capacityTokens: 16_384, prefillMs: 0.001, decodeMs: 1, ...how }).start();
  open.push({ stop: () => backend.kill() });
  return backend;
}

async function gatewayOf(backends: readonly EmulatedBackend[], more: Record<string, unknown> = {}): Promise<RunningGateway> {
  const raw = { listen: { port: 0, ...(more.listen as object) }, backends: backends.map(({ how: { name }, url }) => ({ name, url })) };
  const running = await startGateway(parseGatewaySettings({ ...more, ...raw }, 'test'));
  open.push(running);
  return running;
}

const root = ({ url }: RunningGateway): string => url.replace(/\/v1$/, '');

/** Waits for something to come true, half a minute at most: a busy host may take its time. */
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !what(); i++) await sleep(10);
  expect(what()).to.equal(true);
}

describe('the gateway', () => {
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.stop();
  });

  it('passes requests and answers on to the byte, however they are cut', async () => {
    const backend = await emulated('a', { oddPieces: true });
    const { url } = await gatewayOf([backend]);
    const body =
      '{"model": "emulated",\n "seed": 12345678901234567890, "messages": [{"role":"user","content":"h\\u00e9"}], "max_tokens": 9, "stream": true}';
    const got = await ask(`${url}/chat/completions`, { method: 'POST', body, headers: { 'x-test': 'odd', 'x-other': 'kept' } });
    expect(got).to.include({ status: 200, whole: true });
    expect(got.bytes.equals(Buffer.concat(backend.sent.get('odd')!))).to.equal(true);
    expect(got.bytes.length).to.be.above(500);
    expect(got.headers).to.include({ 'x-emulated': 'a', 'x-tickbench-backend': 'a', 'content-type': 'text/event-stream; charset=utf-8' });
    expect(backend.bodies).to.deep.equal([body]);
    expect(backend.headers[0]).to.include({ 'x-other': 'kept', 'accept-encoding': 'identity' });
  });

  it('passes on what a backend says in an error, its status and when to come back', async () => {
    const backend = await emulated('a');
    const { url } = await gatewayOf([backend]);
    backend.refusals.push({
      status: 429,
      headers: { 'retry-after': '7', 'content-type': 'application/json' },
      body: '{"error": {"message":"slowly"}}',
    });
    const got = await chat(url, 'x');
    expect(got).to.include({ status: 429 });
    expect(got.headers).to.include({ 'retry-after': '7' });
    expect(got.bytes.toString()).to.equal('{"error": {"message":"slowly"}}');
  });

  it('takes a call without identity for a program of its own, and tells of programs that have one', async () => {
    const running = await gatewayOf([await emulated('a')]);
    const { url } = running;
    const [one, two] = [await chat(url, 'x'), await chat(url, 'x')];
    expect(one.headers['x-tickbench-program']).to.not.equal(two.headers['x-tickbench-program']);
    expect(json(await ask(`${root(running)}/programs`))).to.deep.equal({ programs: [] });
    await chat(url, 'x'.repeat(400), { 'x-session-id': 'seat/1' });
    await chat(url, 'x'.repeat(800), {}, { program_id: 'seat/1' });
    const seen = json(await ask(`${root(running)}/programs/seat/1`));
    expect(seen).to.deep.include({ program: 'seat/1', tenant: 'default', status: 'acting', backend: 'a' });
    expect(seen.calls).to.deep.equal({ done: 2, cancelled: 0, failed: 0, refused: 0 });
    expect(seen.cachedTokens).to.be.above(50);
    expect(seen.contextTokens).to.equal(Math.ceil((800 + 5) / 4) + 4);
    const released = json(await ask(`${root(running)}/programs/seat/1/release`, { method: 'POST' }));
    expect(released).to.include({ program: 'seat/1', ended: 'released' });
    expect(json(await ask(`${root(running)}/programs`)).programs).to.deep.equal([]);
    expect((await ask(`${root(running)}/programs/other/release`, { method: 'POST' })).status).to.equal(404);
    const text = (await ask(`${root(running)}/metrics`)).bytes.toString();
    expect(text).to.include('tickbench_gateway_calls_total{backend="a",outcome="done"} 4');
    expect(text).to.include('tickbench_gateway_kv_capacity_tokens{backend="a"} 16384');
    expect(text).to.include('tickbench_gateway_kv_used_tokens{backend="a"} 0');
  });

  it('ends a program that says that this is its end, without asking a model', async () => {
    const backend = await emulated('a');
    const running = await gatewayOf([backend]);
    await chat(running.url, 'x', { 'x-dynamo-session-id': 's' });
    const final = await chat(running.url, 'x', { 'x-dynamo-session-id': 's', 'x-dynamo-session-final': 'true' }, { stream: false });
    expect(json(final)).to.deep.include({ choices: [], object: 'chat.completion' });
    expect(backend.came.length).to.equal(1);
    expect(json(await ask(`${root(running)}/programs/s`))).to.include({ status: 'ended', ended: 'released' });
  });

  it('hangs up on the backend when its client does, running or waiting', async () => {
    const backend = await emulated('a', { decodeMs: 20 });
    const { url, gateway } = await gatewayOf([backend]);
    const [first, second] = [new AbortController(), new AbortController()];
    const running = chat(url, 'x', { 'x-session-id': 's' }, { max_tokens: 500 }, first.signal);
    const waiting = chat(url, 'x', { 'x-session-id': 's' }, {}, second.signal);
    await until(() => backend.came.length === 1 && gateway.openCalls === 2);
    second.abort();
    await until(() => gateway.openCalls === 1);
    first.abort();
    await until(() => gateway.openCalls === 0 && backend.cancelled === 1);
    expect([(await running).whole, (await waiting).whole]).to.deep.equal([false, false]);
    expect(backend.came.length).to.equal(1);
  });

  it('says at once that a decision would land too late, which the harness counts as a timeout', async () => {
    const backend = await emulated('a', { decodeMs: 10 });
    const { url } = await gatewayOf([backend]);
    for (let i = 0; i < 8; i++) await chat(url, 'x', { 'x-session-id': 's' });
    const late = await chat(url, 'x', { 'x-session-id': 's', 'x-deadline-ms': '3' });
    expect(late.status).to.equal(504);
    expect(json(late).error.code).to.equal('deadline_unreachable');
    expect((await chat(url, 'x', { 'x-session-id': 's', 'x-deadline-ms': '30000' })).status).to.equal(200);
    expect(backend.came.length).to.equal(9);
    const target = { url, model: 'emulated', extra: { agent_hints: { deadline_ms: 3 }, program_id: 's' } };
    const called = await streamChat(target, [{ role: 'user', content: 'x' }], requestSettings.parse({}));
    expect(called.error).to.deep.include({ kind: 'timeout' });
  });

  it("lists all backends' models, and sends a call to those that have its model", async () => {
    const [a, b] = [await emulated('a', { models: ['emulated', 'x'] }), await emulated('b', { models: ['emulated', 'y'] })];
    const { url } = await gatewayOf([a, b]);
    expect(json(await ask(`${url}/models`)).data.map(({ id }: { id: string }) => id)).to.deep.equal(['emulated', 'x', 'y']);
    expect((await chat(url, 'x', {}, { model: 'y' })).headers['x-tickbench-backend']).to.equal('b');
    const unknown = await chat(url, 'x', {}, { model: 'z' });
    expect(unknown.status).to.equal(404);
    expect(json(unknown).error.message).to.equal('no backend has the model "z"; there are emulated, x, y');
  });

  it('refuses what it cannot take, and says what it takes', async () => {
    const { url } = await gatewayOf([await emulated('a')], { limits: { bodyBytes: 2048 } });
    const refused = async (body: string, headers: Record<string, string> = {}): Promise<string> => {
      const got = await ask(`${url}/chat/completions`, { method: 'POST', body, headers });
      return `${got.status} ${json(got).error.code}`;
    };
    expect(await refused('{')).to.equal('400 invalid_json');
    expect(await refused('[]')).to.equal('400 invalid_json');
    expect(await refused(JSON.stringify({ x: 'x'.repeat(3000) }))).to.equal('413 body_too_large');
    expect(await refused('{}', { 'x-session-id': 'a b' })).to.equal('400 invalid_identity');
    expect(await refused('{}', { 'x-deadline-ms': 'soon' })).to.equal('400 invalid_deadline');
    expect(await refused('{}', { origin: 'http://elsewhere.example' })).to.equal('403 forbidden');
    expect(await refused('{}', { host: 'elsewhere.example' })).to.equal('403 forbidden');
    expect(json(await ask(`${url}/embeddings`)).error.message).to.include('POST /v1/chat/completions');
  });

  it('asks for a key where it was told to, and keeps it from the backends', async () => {
    process.env.GATEWAY_TEST_KEY = 'gateway-secret-1';
    const backend = await emulated('a');
    const { url } = await gatewayOf([backend], { listen: { keyEnv: 'GATEWAY_TEST_KEY' } });
    expect((await chat(url, 'x')).status).to.equal(401);
    expect((await chat(url, 'x', { authorization: 'Bearer gateway-secret-2' })).status).to.equal(401);
    expect((await chat(url, 'x', { authorization: 'Bearer gateway-secret-1' })).status).to.equal(200);
    expect(backend.headers[0]).to.not.have.property('authorization');
    delete process.env.GATEWAY_TEST_KEY;
  });

  it('sends an unanswered call of a backend that died to another, and what broke off breaks off', async () => {
    const [a, b] = [await emulated('a', { decodeMs: 20 }), await emulated('b')];
    const running = await gatewayOf([a, b]);
    const broken = chat(running.url, 'x', { 'x-session-id': 's', 'x-test': 's' }, { max_tokens: 500 });
    await until(() => (a.sent.get('s')?.length ?? 0) > 2);
    await a.kill();
    expect(await broken).to.include({ status: 200, whole: false });
    const moved = await chat(running.url, 'x', { 'x-session-id': 's' });
    expect(moved).to.include({ status: 200, whole: true });
    expect(moved.headers).to.include({ 'x-tickbench-backend': 'b' });
    expect(json(await ask(`${root(running)}/programs/s`)).calls).to.deep.include({ done: 1, failed: 1 });
    await until(() => running.gateway.backends().some(({ up }) => !up));
    await a.start();
  });

  it('serves 2,048 programs at once while backends and clients die: none hangs, none is left, order and bytes are kept', async function () {
    this.timeout(180_000); // on a busy host

    const PROGRAMS = 2048;
    const backends = [await emulated('a', { capacityTokens: 32_768 }), await emulated('b', { capacityTokens: 32_768 })];
    const running = await gatewayOf(backends, {
      limits: { lookS: 0.1 },
      scheduling: { holdMs: 50, forceAfterMs: 2000, refuseAfterMs: 30_000, marginTokens: 16, outputTokens: 8 },
    });
    const random = generator(11);
    const statuses = new Map<string, number>();
    const last = new Map<string, number>();
    const program = async (p: number): Promise<void> => {
      let prompt = `system ${'s'.repeat(200)} of program ${p} `;
      for (let turn = 0; turn < 2; turn++) {
        prompt += 'turn '.repeat(10 + random(20));
        const test = `${p}:${turn}`;
        const hangUp = random(20) === 0 ? AbortSignal.timeout(5 + random(100)) : undefined;
        const got = await chat(running.url, prompt, { 'x-session-id': `p${p}`, 'x-test': test }, {}, hangUp);
        const how = hangUp?.aborted ? 'hung up' : got.whole ? String(got.status) : 'broken off';
        statuses.set(how, (statuses.get(how) ?? 0) + 1);
        if (how !== '200') continue;
        const from = backends.find(({ how: { name } }) => name === got.headers['x-tickbench-backend'])!;
        expect(got.bytes.equals(Buffer.concat(from.sent.get(test)!)), test).to.equal(true);
        expect(last.get(`${p}`) ?? -1).to.be.below(turn);
        last.set(`${p}`, turn);
      }
      await ask(`${root(running)}/programs/p${p}/release`, { method: 'POST' });
    };
    const all = Promise.all(Array.from({ length: PROGRAMS }, (_, p) => program(p)));
    let over = false;
    const deaths = (async () => {
      for (let i = 0; i < 6 && !over; i++) {
        await sleep(250 + random(500));
        await backends[i % 2]!.kill();
        await sleep(100);
        await backends[i % 2]!.start();
      }
    })();
    await all;
    over = true;
    await deaths;
    expect(running.gateway.openCalls).to.equal(0);
    expect(running.gateway.waitingCalls).to.equal(0);
    // A release may come before a call whose client was gone by then: that call's program is a new one, which its lease would end.
    for (const { program: key, calls } of running.gateway.programs()) {
      expect(calls, key).to.deep.equal({ done: 0, cancelled: 1, failed: 0, refused: 0 });
      running.gateway.release('default', key.slice('default/'.length));
    }
    expect(running.gateway.programs()).to.deep.equal([]);
    expect([...statuses.values()].reduce((sum, each) => sum + each, 0)).to.equal(2 * PROGRAMS);
    expect(statuses.get('200'), JSON.stringify([...statuses])).to.be.above(PROGRAMS);
    for (const backend of backends) {
      const turns = new Map<string, number>();
      for (const [p, turn] of backend.came.map((each) => each.split(':'))) {
        expect(Number(turn)).to.be.at.least(turns.get(p!) ?? 0);
        turns.set(p!, Number(turn));
      }
    }
  });
});
