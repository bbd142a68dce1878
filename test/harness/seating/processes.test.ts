/** Processes kept between matches: a server of ours that dies is started again where it was, a few times. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { AgentError } from '../../../harness/protocol/line.js';
import { Seating } from '../../../harness/seating/seating.js';
import { answer, serve } from '../endpoints/misbehaving-server.js';
import { Processes, type SetupEndpoint } from '../../../harness/seating/processes.js';

/** A configuration of a server that is asked to play the market. */
const of = (url: string): Configuration =>
  configurationSchema
    .omit({ latency: true })
    .parse({ name: 'later', endpoint: { kind: 'openai', url, model: 'm' }, request: {} }) as Configuration;

describe('a server that asks to be called later', function () {
  this.timeout(60_000);

  for (const [when, atOnce] of [
    ['at the first contact', true],
    ['in the calls to warm up', false],
  ] as const)
    it(`holds up nobody who wants to stop: ${when}`, async () => {
      const stop = new AbortController();
      const busy = await serve(({ messages }, response) => {
        if (!atOnce && JSON.stringify(messages).includes('Hi"')) return answer(response, ['hold;']);
        response.writeHead(503, { 'retry-after': '50' }).end('{"error": {"message": "loading"}}');
        setTimeout(() => stop.abort(), 20);
      });
      const server = await MatchServer.listen();
      const seating = new Seating(server, () => undefined, { signal: stop.signal });
      try {
        const match = {
          id: 'm',
          task: 'hft',
          options: {},
          seed: 1,
          clock: 'virtual' as const,
          speed: 1,
          timeoutUs: 1_000_000,
          signal: stop.signal,
        };
        const played = await seating
          .play({ ...match, players: [{ kind: 'model', configuration: of(busy.url), addedUs: 0 }] })
          .catch((error: Error) => error);
        expect(played).to.be.instanceOf(AgentError).with.property('message', 'interrupted while later was warmed up');
      } finally {
        await seating.stop();
        await server.close();
        await busy.close();
      }
    });
});

describe('processes', function () {
  this.timeout(60_000);
  let server: MatchServer;
  let processes: Processes;
  let said: string[];
  beforeEach(async () => {
    said = [];
    server = await MatchServer.listen();
    processes = new Processes(server, (line) => said.push(line), {});
  });
  afterEach(async () => {
    await processes.stop();
    await server.close();
  });

  it('starts an engine that was killed again on its port, and its agents stay', async () => {
    const configuration = configurationSchema.omit({ latency: true }).parse({
      name: 'small',
      endpoint: { kind: 'embedded', model: 'models/tb-1m', precision: 'fp4' },
      request: {},
      prompt: 'reference',
    }) as Configuration;
    const first = await processes.model(configuration, 0);
    const [{ endpoint: before }] = first.endpoints as [SetupEndpoint];
    expect(await processes.endpoint(configuration)).to.equal(before);
    process.kill(before.pid!, 'SIGKILL');
    await before.exited;
    const second = await processes.model(configuration, 0);
    expect(said).to.deep.equal(['small: its server was ended by SIGKILL; it is started again']);
    const [{ endpoint: after }] = second.endpoints as [SetupEndpoint];
    expect(after.pid).to.not.equal(before.pid);
    expect(after.url).to.equal(before.url);
    expect(second.agent).to.equal(first.agent);
    expect(second.agent.line.processes).to.deep.equal({ agent: first.agent.process.pid, endpoints: [after.pid] });
    const answer = await (await processes.asker(configuration)).ask((await import('../../../envs/hft/task.js')).hft, 'state');
    expect(answer.failure).to.equal(undefined);
  });

  it('gives a server up that dies again and again', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const serve = `require('http').createServer((q, r) => r.end(JSON.stringify({ data: [{ id: 'm' }] }))).listen(${port}, '127.0.0.1')`;
    const configuration = configurationSchema.omit({ latency: true }).parse({
      name: 'frail',
      endpoint: { kind: 'command', command: `exec ${process.execPath} -e "${serve}"`, url: `http://127.0.0.1:${port}/v1`, model: 'm' },
      request: {},
    }) as Configuration;
    for (let i = 0; i <= 3; i++) {
      const endpoint = await processes.endpoint(configuration);
      process.kill(endpoint.pid!, 'SIGKILL');
      await endpoint.exited;
    }
    const error = await processes.endpoint(configuration).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EndpointError);
    expect((error as Error).message).to.equal('frail: its server was ended by SIGKILL, after it was started again 3 times');
    expect(said).to.have.length(3);
  });
});
