/** The page's server against what strangers, other sites and odd folders make of it. */
import { expect } from 'chai';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startPage, stopPages, until, type PageServer } from './page-server.js';

describe('the page’s server, asked badly', function () {
  this.timeout(60_000);
  let results: string;
  let server: PageServer;

  before(async () => {
    results = await mkdtemp(join(tmpdir(), 'tickbench-site-'));
    await mkdir(join(results, 'matches'));
    server = await startPage(['--results', results, '--allow-host', 'bench.example']);
  });
  after(async () => {
    await stopPages();
    await rm(results, { recursive: true });
  });

  /** Sends bytes of its own and reads all that comes back. */
  async function raw(text: string): Promise<string> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(text);
    let answer = '';
    for await (const part of socket) answer += String(part as Buffer);
    return answer;
  }
  const get = (path: string, headers: string): Promise<string> => raw(`GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

  it('answers under its own names alone', async () => {
    for (const host of ['127.0.0.1', 'localhost:1', 'bench.example', '10.1.2.3'])
      expect(await get('/health', `Host: ${host}\r\n`), host).to.match(/^HTTP\/1\.1 200 /);
    for (const host of ['evil.example', 'bench.example.evil.example'])
      for (const path of ['/', '/api/traces', '/health'])
        expect(await get(path, `Host: ${host}\r\n`), host).to.match(/^HTTP\/1\.1 403 [^]*--allow-host/);
    expect(await get('/api/traces', 'Host: 127.0.0.1\r\nOrigin: http://evil.example\r\n')).to.match(/^HTTP\/1\.1 403 /);
  });

  it('opens its stream for its own pages and for programs, not for other sites', async () => {
    const status = (headers: Record<string, string>): Promise<number> => {
      const socket = new WebSocket(new URL('live', server.url.replace('http', 'ws')), { headers });
      return new Promise<number>((resolve) => {
        socket.on('open', () => resolve(101));
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
        socket.on('error', () => undefined);
      }).finally(() => socket.terminate());
    };
    expect(await status({})).to.equal(101);
    expect(await status({ origin: new URL(server.url).origin })).to.equal(101);
    expect(await status({ origin: 'https://bench.example', host: 'bench.example' })).to.equal(101);
    const others: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { host: 'evil.example' },
      { origin: 'http://127.0.0.1:1' },
    ];
    for (const headers of others) expect(await status(headers), JSON.stringify(headers)).to.equal(403);
  });

  it('answers what cannot be read in words, never with a stack, and goes on after resets', async () => {
    for (const path of [
      '/%E0%A4%A',
      '/traces/%',
      '/results/%zz/x',
      '/traces/matches/%00.jsonl.gz',
      `/traces/${'a/'.repeat(900)}x`,
      '/api/traces/../../x',
    ]) {
      const answer = await get(path, 'Host: 127.0.0.1\r\n');
      expect(answer, path).to.match(/^HTTP\/1\.1 4\d\d /);
      expect(answer, path).to.not.match(/ at .*\.js|node_modules/);
    }
    expect(await raw('nonsense\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /);
    expect(await get('/', `Host: 127.0.0.1\r\nX: ${'y'.repeat(9000)}\r\n`)).to.match(/^HTTP\/1\.1 431 /);
    const { hostname, port } = new URL(server.url);
    for (const path of ['/live', '/elsewhere'])
      for (let i = 0; i < 20; i++) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`, () => socket.resetAndDestroy()); // prettier-ignore
        await once(socket, 'close');
      }
    await until('it still answers', async () => (await fetch(new URL('health', server.url))).ok);
    expect(server.said()).to.equal('');
  });

  it('is not held up by who sends nothing more, announces a gigabyte, or opens more connections than are taken', async () => {
    const { hostname, port } = new URL(server.url);
    const held = (count: number, text: string) =>
      Array.from({ length: count }, () => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        socket.on('error', () => undefined).resume();
        return socket;
      });
    const isUp = async (): Promise<void> => expect(await get('/health', 'Host: 127.0.0.1\r\n')).to.match(/^HTTP\/1\.1 200 /) as unknown as void; // prettier-ignore
    // Half a request each: after ten seconds their time is over, and meanwhile others are answered.
    const slow = held(40, 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    await isUp();
    // A text frame of a gigabyte, as its head says: refused by that, before anything of it is kept.
    const socket = new WebSocket(new URL('live', server.url.replace('http', 'ws')));
    socket.on('error', () => undefined);
    await once(socket, 'open');
    const raw = (socket as unknown as { _socket: Socket })._socket;
    raw.write(Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4]), Buffer.alloc(1 << 16)]));
    await once(socket, 'close');
    await isUp();
    // More than are taken at once: those that are too many are closed, and once the others go everybody is answered again.
    const many = held(1200, '');
    await until('those too many are closed', () => many.filter(({ destroyed }) => destroyed).length >= 1200 - 1024);
    for (const each of many) each.destroy();
    await until('answered again', async () => (await get('/health', 'Host: 127.0.0.1\r\n')).startsWith('HTTP/1.1 200 '));
    await until('the slow ones are closed', () => slow.every(({ destroyed }) => destroyed), 20_000);
  });

  it('shows no trace of a match that has not ended', async () => {
    const matches = join(results, 'matches');
    const hash = '0'.repeat(64);
    const header = '{"header":{"seed":4242}}\n';
    const block = `{"previous":"${hash}","second":0,"events":[]}\n`;
    const footer = `{"previous":"${hash}","footer":{}}\n`;
    await writeFile(join(matches, 'running.jsonl'), header + block);
    await writeFile(join(matches, 'torn.jsonl'), header + block + footer.slice(0, -1));
    await writeFile(join(matches, 'says-so.jsonl'), `${header}{"previous":"${hash}","second":0,"events":[{"footer":1}]}\n`);
    await writeFile(join(matches, 'ended.jsonl'), header + block + footer);
    await writeFile(join(matches, 'running.jsonl.gz.part'), 'x');
    await writeFile(join(matches, 'other.jsonl.partial'), header);
    const listed = (await (await fetch(new URL('api/traces', server.url))).json()) as { path: string }[];
    expect(listed.map(({ path }) => path)).to.deep.equal(['matches/ended.jsonl']);
    for (const name of ['running.jsonl', 'torn.jsonl', 'says-so.jsonl', 'other.jsonl.partial', 'running.jsonl.gz.part']) {
      const response = await fetch(new URL(`traces/matches/${name}`, server.url));
      expect(response.status, name).to.equal(404);
      expect(await response.text(), name).to.not.include('4242');
    }
    await utimes(join(matches, 'torn.jsonl'), 1_700_000_000, 1_700_000_000); // broken off long ago
    expect((await fetch(new URL('traces/matches/torn.jsonl', server.url))).status).to.equal(200);
    await writeFile(join(matches, 'running.jsonl'), header + block + footer);
    expect((await fetch(new URL('traces/matches/running.jsonl', server.url))).status).to.equal(200);
  });

  it('reads folders only so often for one address', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 650; i += 50)
      for (const { status } of await Promise.all(Array.from({ length: 50 }, () => fetch(new URL('api/sweeps', server.url)))))
        statuses.add(status);
    expect([...statuses].sort()).to.deep.equal([200, 429]);
    expect((await fetch(new URL('health', server.url))).status).to.equal(200);
  });
});
