/** The relay before an endpoint that is cut off in a match: real sockets on both sides. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CuttableEndpoint } from '../../../harness/endpoints/cuttable.js';
import { Relay } from '../../../harness/endpoints/relay.js';
import { askChat } from '../../../harness/endpoints/transport.js';

describe('the relay before an endpoint', () => {
  let upstream: Server;
  let address: string;
  let heard: { url: string; key: string | undefined; body: string }[];
  /** What is answered to; left open it is a call in flight. */
  let isHeld: boolean;
  const never = new AbortController().signal;
  beforeEach(async () => {
    heard = [];
    isHeld = false;
    upstream = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ url: request.url!, key: request.headers.authorization, body });
        response.writeHead(418, { 'content-type': 'text/event-stream', 'x-own': 'kept' }).write('data: one\n\n');
        if (!isHeld) response.end('data: two\n\n');
      });
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1?api-version=2`;
  });
  afterEach(() => {
    upstream.closeAllConnections();
    upstream.close();
  });

  const text = async (body: AsyncIterable<Buffer>): Promise<string> => {
    let all = '';
    for await (const chunk of body) all += chunk.toString();
    return all;
  };

  it('passes a request and its answer on as they are', async () => {
    const relay = new Relay(address);
    await relay.join();
    const reply = await askChat({ url: relay.url, apiKey: 'key-of-the-agent' }, { model: 'm' }, never);
    expect([reply.status, reply.header('x-own'), await text(reply.body)]).to.deep.equal([418, 'kept', 'data: one\n\ndata: two\n\n']);
    const [first] = heard;
    expect(first).to.deep.equal({ url: '/v1/chat/completions?api-version=2', key: 'Bearer key-of-the-agent', body: '{"model":"m"}' });
    await relay.cut();
  });

  it('breaks calls in flight off when it is cut, refuses new ones, and is where it was afterwards', async () => {
    isHeld = true;
    const relay = new Relay(address);
    await relay.join();
    const { url } = relay;
    const open = await askChat({ url }, {}, never);
    const broken = text(open.body).then(() => 'ended', () => 'broken'); // prettier-ignore
    await relay.cut();
    expect(await broken).to.equal('broken');
    expect(await askChat({ url }, {}, never).catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ECONNREFUSED');
    isHeld = false;
    await relay.join();
    expect(relay.url).to.equal(url);
    expect(await text((await askChat({ url }, {}, never)).body)).to.include('two');
    await relay.cut();
  });

  it('runs in a process of its own, and is back after the time that was asked for', async () => {
    const relay = await CuttableEndpoint.start(address);
    try {
      const cut = relay.cutFor(300);
      let refused = 0;
      for (let isBack = false; !isBack;) {
        isBack = await Promise.race([cut.then(() => true), new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 5))]);
        if (isBack) break;
        const reply = await askChat({ url: relay.url }, {}, never).catch(() => null);
        if (reply) reply.body.destroy();
        else refused++;
      }
      expect(refused).to.be.above(0);
      expect((await askChat({ url: relay.url }, {}, never)).status).to.equal(418);
    } finally {
      await relay.stop();
    }
  });
});
