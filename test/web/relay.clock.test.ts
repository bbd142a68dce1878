/** The web server's own duties over real sockets: fan out, never wait for a slow browser, come back, refuse what it should. */
import { expect } from 'chai';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { LiveFrame } from '../../web/server/frames.js';
import type { SymbolPast } from '../../web/server/market/history.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';
import { fight, market, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

/** A browser that reads everything. */
class Watcher {
  readonly frames: LiveFrame[] = [];
  private readonly socket: WebSocket;

  constructor(url: string) {
    this.socket = new WebSocket(new URL('live', url.replace('http', 'ws')));
    this.socket.on('message', (data) => this.frames.push(JSON.parse(String(data as Buffer)) as LiveFrame));
  }

  ats(): number[] {
    return this.frames.flatMap((frame) => (frame.type === 'scene' ? [frame.at] : []));
  }

  has(type: LiveFrame['type']): boolean {
    return this.frames.some((frame) => frame.type === type);
  }

  close(): void {
    this.socket.terminate();
  }
}

/** A browser that takes its place and then never reads from its socket until told to. */
async function sleeper(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `GET /live HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  );
  await once(socket, 'readable');
  return socket;
}

describe('the watching page’s server', function () {
  this.timeout(60_000);
  let upstream: ScriptedUpstream;
  let server: PageServer;
  const watchers: Watcher[] = [];
  const watch = (): Watcher => {
    const watcher = new Watcher(server.url);
    watchers.push(watcher);
    return watcher;
  };

  beforeEach(async () => {
    upstream = await ScriptedUpstream.listen();
    server = await startPage(['--match', upstream.url]);
    await until('it watches the match server', () => upstream.connections === 1);
  });

  afterEach(async () => {
    for (const watcher of watchers.splice(0)) watcher.close();
    await stopPages();
    await upstream.close();
  });

  it('passes every frame on to every browser over one connection, and tells latecomers where things stand', async () => {
    const [a, b] = [watch(), watch()];
    await until('both are told', () => a.has('upstream') && b.has('upstream'));
    upstream.send({ type: 'progress', label: 'x', done: 1, total: 2, perMinute: 3, leftS: 4 });
    upstream.send(matchFrame('hft'));
    const sent = Array.from({ length: 50 }, (_, i) => (i + 1) * 100_000);
    for (const at of sent) upstream.send(sceneFrame('hft', at, market(at)));
    await until('all scenes arrived', () => a.ats().length === 50 && b.ats().length === 50);
    expect(a.ats()).to.deep.equal(sent);
    expect(b.ats()).to.deep.equal(sent);
    const late = watch();
    await until('the latecomer has the scene', () => late.has('scene'));
    expect(late.frames.map((frame) => frame.type)).to.deep.equal(['upstream', 'progress', 'match', 'history', 'scene']);
    const symbols = (late.frames[3] as LiveFrame & { type: 'history' }).past as SymbolPast[];
    expect(symbols[0]!.points.map(([at]) => at)).to.deep.equal(sent);
    expect(symbols[0]!.fills).to.deep.equal([10, 20, 30, 40, 50].map((i) => [i * 100_000, 10_001, 5, 0]));
    expect(late.ats()).to.deep.equal([5_000_000]);
    upstream.send({ type: 'end', id: 'hft-1', results: { over: true, endedAt: 1, reward: [5], seats: [{}] }, verdict: { counts: true, reasons: [] } }); // prettier-ignore
    await until('the end arrived', () => late.has('end'));
    // The next match starts with nothing of the last.
    upstream.send(matchFrame('fighter'));
    upstream.send(sceneFrame('hft', 9_000_000, market(9_000_000)));
    upstream.send(sceneFrame('fighter', 1_000_000, fight()));
    await until('the fight arrived', () => a.ats().at(-1) === 1_000_000);
    expect(a.ats()).to.not.include(9_000_000);
    const next = watch();
    await until('the fight is told', () => next.has('scene'));
    expect(next.frames.map((frame) => frame.type)).to.deep.equal(['upstream', 'progress', 'match', 'scene']);
    expect(upstream.connections).to.equal(1);
  });

  it('drops scenes for a browser that does not read, while another gets all, and catches it up once it reads', async () => {
    const slow = await sleeper(server.url);
    const quick = watch();
    await until('both are there', async () => (await server.counts()).watchers === 2);
    upstream.send(matchFrame('fighter', { id: 'big' }));
    // Scenes of 64 KiB fill the kernel's buffers soon; then the sleeper's frames must go.
    const filler = 'x'.repeat(65_536);
    let sent = 0;
    let most = 0;
    const more = async (): Promise<number> => {
      for (let i = 0; i < 20; i++) upstream.send(sceneFrame('fighter', ++sent, { ...fight(), filler } as never, undefined, 'big'));
      await until('the reader has all so far', () => quick.ats().length === sent);
      const counts = await server.counts();
      most = Math.max(most, counts.mostBufferedBytes);
      return counts.dropped;
    };
    await until('scenes are dropped', async () => (await more()) > 0, 30_000);
    const before = (await server.counts()).dropped;
    for (let i = 0; i < 5; i++) await more();
    const dropped = (await server.counts()).dropped - before;
    expect(dropped, 'every scene since').to.equal(100);
    expect(most, 'bytes kept for the sleeper').to.be.below(256 * 1024 + 2 * 70_000);
    expect(quick.ats()).to.deep.equal(Array.from({ length: sent }, (_, i) => i + 1));
    // What is not a scene is owed to it and comes once it reads again.
    upstream.send({ type: 'end', id: 'big', results: { over: true, endedAt: 1, reward: [1, 0], seats: [{}, {}] }, verdict: { counts: true, reasons: ['told late'] } }); // prettier-ignore
    await until('the reader has the end', () => quick.has('end'));
    let read = '';
    slow.on('data', (data) => (read = (read + data.toString('latin1')).slice(-200_000)));
    await until('the sleeper has drained', async () => (await server.counts()).mostBufferedBytes === 0);
    expect(read).to.not.include('told late');
    upstream.send({ type: 'progress', label: 'next', done: 1, total: 2, perMinute: 3, leftS: 4 });
    await until('the sleeper is told of the end', () => read.includes('told late'));
    slow.destroy();
  });

  it('goes on after frames that are nonsense, binary, or of a kind it does not know, and says so once', async () => {
    const watcher = watch();
    upstream.send(matchFrame('fighter'));
    upstream.sendText('{"type":"scene"');
    upstream.sendText('{"type":"scene","id":"fighter-1","at":"soon","scene":{},"thinking":[]}');
    upstream.sendText('{"type":"gossip"}');
    upstream.send(sceneFrame('fighter', 5, fight()));
    await until('the good scene arrived', () => watcher.ats().length === 1);
    expect(watcher.frames.map((frame) => frame.type).filter((type) => type !== 'upstream')).to.deep.equal(['match', 'scene']);
    expect(server.said().match(/was not understood/g)).to.have.length(1);
  });

  it('passes on a match whose options are a whole day of bars, without the bars', async () => {
    const watcher = watch();
    await until('it is connected', () => watcher.has('upstream'));
    upstream.send(
      matchFrame('hft', { options: { market: { bars: Array.from({ length: 86_400 }, () => [10_000, 10_001, 9_999, 10_000]) } } }),
    );
    upstream.send(sceneFrame('hft', 100_000, market(100_000)));
    await until('the scene arrived', () => watcher.has('scene'));
    expect((watcher.frames.find((frame) => frame.type === 'match') as { options: unknown }).options).to.deep.equal({});
  });

  it('finds a match server that comes later, or comes back', async () => {
    const watcher = watch();
    await until('it is connected', () => watcher.has('upstream'));
    const port = Number(new URL(upstream.url).port);
    await upstream.close();
    const last = (): LiveFrame | undefined => watcher.frames.filter((frame) => frame.type === 'upstream').at(-1);
    await until('browsers know it is gone', () => (last() as { connected: boolean }).connected === false);
    upstream = await ScriptedUpstream.listen(port);
    await until('it is back', () => upstream.connections === 1 && (last() as { connected: boolean }).connected);
    upstream.send(matchFrame('fighter', { id: 'later' }));
    await until('and its match is shown', () => watcher.has('match'));
  });

  it('drops a browser that sends more than a line, and no other', async () => {
    const [good, loud] = [watch(), new WebSocket(new URL('live', server.url.replace('http', 'ws')))];
    await once(loud, 'open');
    await until('both are there', async () => (await server.counts()).watchers === 2);
    loud.on('error', () => undefined);
    loud.send('x'.repeat(5000));
    await once(loud, 'close');
    await until('only one is left', async () => (await server.counts()).watchers === 1);
    upstream.send(matchFrame('fighter'));
    await until('the other goes on', () => good.has('match'));
  });
});

describe('the watching page’s process', function () {
  this.timeout(60_000);
  afterEach(stopPages);

  it('takes the next port when its own is in use, and ends on SIGTERM or when its parent’s pipe closes', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const server = await startPage([], port);
    const taken = Number(new URL(server.url).port);
    expect(taken).to.be.within(port + 1, port + 20);
    expect((await fetch(server.url)).status).to.equal(200);
    expect(await server.stop()).to.equal(0);
    const child = await startPage([]);
    child.process.stdin!.end();
    const [code] = (await once(child.process, 'exit')) as [number];
    expect(code).to.equal(0);
    blocker.close();
  });

  it('refuses options it does not know or cannot use, saying what is accepted', async () => {
    for (const [args, line] of [
      [['--match', 'http://x'], '--match: an address such as ws://'],
      [['--wrong'], "Unknown option '--wrong'"],
      [['--port', '70000'], 'from 0 to 65535'],
    ] as const) {
      const failed = await startPage([...args]).then(() => undefined, (error: Error) => error.message); // prettier-ignore
      expect(failed).to.include(line);
    }
  });

  it('serves reports of listed sweeps and nothing else, with headers that keep them from running anything', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tickbench-results-'));
    const results = join(root, 'results');
    await mkdir(join(results, 'quick sweep'), { recursive: true });
    await mkdir(join(results, 'empty'));
    await writeFile(join(root, 'secret.json'), 'secret');
    await writeFile(join(results, 'secret.json'), 'secret');
    await writeFile(join(results, 'quick sweep', 'summary.json'), '{}');
    await writeFile(join(results, 'quick sweep', 'frontier-hft.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(results, 'quick sweep', 'notes.txt'), 'secret');
    await symlink(join(root, 'secret.json'), join(results, 'quick sweep', 'cells.json'));
    await symlink(root, join(results, 'outside'));
    const server = await startPage(['--results', results]);
    const get = (path: string): Promise<Response> => fetch(new URL(path, server.url));
    const listed = (await (await get('api/sweeps')).json()) as { name: string; files: string[] }[];
    expect(listed.map(({ name, files }) => ({ name, files }))).to.deep.equal([
      { name: 'quick sweep', files: ['frontier-hft.svg', 'summary.json'] },
    ]);
    const chart = await get('results/quick%20sweep/frontier-hft.svg');
    expect(chart.status).to.equal(200);
    expect(chart.headers.get('content-type')).to.include('image/svg+xml');
    expect(chart.headers.get('content-security-policy')).to.include("default-src 'none'").and.include('sandbox');
    expect(chart.headers.get('x-content-type-options')).to.equal('nosniff');
    // The pages take scripts, styles and fonts from no other server, and run no script that stands in a page.
    const policy = (await get('')).headers.get('content-security-policy')!;
    for (const kind of ['script', 'font']) expect(policy.split(';').map((each) => each.trim())).to.include(`${kind}-src 'self'`);
    expect(policy).to.not.include('https:');
    const { hostname, port } = new URL(server.url);
    for (const path of [
      '/results/../secret.json',
      '/results/quick%20sweep/../secret.json',
      '/results/quick%20sweep/..%2f..%2fsecret.json',
      '/results/..%2f/secret.json',
      '/results/%2e%2e/secret.json',
      '/results/outside/secret.json',
      '/results/quick%20sweep/cells.json',
      '/results/quick%20sweep/notes.txt',
      '/results/quick%20sweep/summary.json%00.svg',
      '/results/empty/cells.json',
      '/../package.json',
      '/..%2f..%2f..%2fpackage.json',
    ]) {
      // A raw request: fetch would tidy the path before it is sent.
      const socket = connect(Number(port), hostname);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
      let answer = '';
      for await (const part of socket) answer += String(part as Buffer);
      expect(answer, path).to.match(/^HTTP\/1\.1 4\d\d /);
      expect(answer, path).to.not.include('secret\n').and.not.include('"tickbench"');
      expect(answer.endsWith('secret'), path).to.equal(false);
    }
    await server.stop();
    await rm(root, { recursive: true });
  });
});
