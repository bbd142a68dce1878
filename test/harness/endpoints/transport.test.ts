import { expect } from 'chai';
import { createServer, request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { beginningOf } from '../../../harness/endpoints/call.js';
import { tidyAddress, withVersion } from '../../../harness/endpoints/address.js';
import { Patience } from '../../../harness/endpoints/patience.js';
import { retryAfterMs } from '../../../harness/endpoints/refusal.js';
import { get, proxyFor, proxyNote } from '../../../harness/endpoints/transport.js';

describe('addresses', () => {
  it('are tidied: without the path of a call, with their query', () => {
    const tidy: [string, string][] = [
      ['http://h:8000/v1/', 'http://h:8000/v1'],
      ['http://h:8000', 'http://h:8000'],
      [' https://h/openai/deployments/d/chat/completions?api-version=2024-10 ', 'https://h/openai/deployments/d?api-version=2024-10'],
      ['http://[::1]:80/v1/models', 'http://[::1]/v1'],
      ['http://h/v1/chat/completions/#top', 'http://h/v1'],
    ];
    for (const [from, to] of tidy) expect(tidyAddress(from)).to.equal(to);
    expect(withVersion('http://h/?a=1')).to.equal('http://h/v1?a=1');
    expect(withVersion('https://h/v1beta/openai')).to.equal(undefined);
  });
});

describe('a proxy of the environment', () => {
  it('is used by scheme, unless NO_PROXY names the host, and never for this machine', () => {
    const env = { HTTP_PROXY: 'proxy:3128', https_proxy: 'http://secure:8080', NO_PROXY: 'inner.example, .corp, other:81' };
    const cases: [string, string | undefined][] = [
      ['http://api.example/v1', 'http://proxy:3128'],
      ['https://api.example/v1', 'http://secure:8080'],
      ['https://inner.example/v1', undefined],
      ['https://a.inner.example/v1', undefined],
      ['https://x.corp/v1', undefined],
      ['http://other:81/v1', undefined],
      ['http://other:82/v1', 'http://proxy:3128'],
      ['http://127.0.0.1:8000/v1', undefined],
      ['http://localhost:8000/v1', undefined],
      ['http://[::1]:8000/v1', undefined],
    ];
    for (const [url, proxy] of cases) expect(proxyFor(url, env), url).to.equal(proxy);
    expect(proxyFor('https://api.example', { HTTPS_PROXY: 'http://p', NO_PROXY: '*' })).to.equal(undefined);
    expect(proxyFor('https://api.example', { ALL_PROXY: 'socks5://p:1080' })).to.equal(undefined);
    expect(proxyFor('https://api.example', {})).to.equal(undefined);
    expect(proxyNote('https://api.example', { ALL_PROXY: 'socks5://p:1080' })).to.match(/NOT used/);
    expect(proxyNote('https://api.example', { HTTPS_PROXY: 'http://me:secret@p:3128' })).to.match(/through the proxy p:3128,/);
    expect(proxyNote('http://127.0.0.1:1', { HTTP_PROXY: 'http://p' })).to.equal(undefined);
  });

  it('carries requests', async () => {
    const server = createServer((_, response) => void response.end('{"data":[]}'));
    const proxy = createServer((request, response) => {
      through.push(request.url!);
      request.pipe(httpRequest({ port: (server.address() as AddressInfo).port, path: '/v1/models' }, (answer) => answer.pipe(response)));
    });
    const through: string[] = [];
    proxy.on('connect', (request, socket) => {
      through.push(request.url!);
      const onward = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    for (const each of [server, proxy]) await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
    process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const response = await get({ url: 'http://model.example/v1' }, '/models', AbortSignal.timeout(5000));
      expect(await beginningOf(response)).to.equal('{"data":[]}');
      expect(through.join()).to.contain('model.example');
    } finally {
      delete process.env.http_proxy;
      for (const each of [server, proxy]) {
        each.closeAllConnections();
        each.close();
      }
    }
  });
});

describe('patience', () => {
  const error = { kind: 'http' as const, label: 'http 429', message: 'slow down', status: 429 };

  it('is as long as the server asks, in seconds or until a date, else longer each time, and bounded', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const header = (value: string) => (name: string) => (name === 'retry-after' ? value : undefined);
    expect(retryAfterMs(header('7'), now)).to.equal(7000);
    expect(retryAfterMs(header('Thu, 01 Jan 2026 00:00:09 GMT'), now)).to.equal(9000);
    expect(retryAfterMs(header('Thu, 01 Jan 2025 00:00:09 GMT'), now)).to.equal(0);
    expect(retryAfterMs(header('soon'), now)).to.equal(undefined);
    const waits: number[] = [];
    const patience = new Patience({ mostMs: 10_000, wait: async (ms) => void waits.push(ms) });
    while (await patience.after(error));
    expect(waits).to.deep.equal([1000, 2000, 4000]);
    expect(await new Patience().after({ ...error, retryAfterMs: 3_600_000 })).to.equal(false);
    expect(await new Patience().after({ ...error, status: 500 })).to.equal(false);
    expect(await new Patience().after(undefined)).to.equal(false);
  });
});
