/** How a board's page server passes on matches of its arena: one connection for each that is watched, none for others, and refusals in words. */
import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import type { LiveFrame } from '../../web/server/frames.js';
import { tellAddress } from '../../web/server/arena/claim.js';
import { ArenaStreams } from '../../web/server/arena-streams.js';
import { until } from './page-server.js';
import { fight, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

const [ONE, OTHER] = ['p-0123456789ab-1', 'p-0123456789ab-2'];

describe('streams of the arena on the page’s server', () => {
  let folder: string;
  let streams: ArenaStreams;
  let server: WebSocketServer;
  let arena: ScriptedUpstream;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-streams-'));
    streams = new ArenaStreams(folder, () => undefined);
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket, request) => streams.watch(new URL(request.url!, 'http://x').searchParams.get('match')!, socket));
    await once(server, 'listening');
    arena = await ScriptedUpstream.listen();
  });
  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    streams.close();
    server.close();
    await arena.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function browse(match: string): { types: () => string[]; socket: WebSocket; closed: () => string | null } {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/?match=${match}`);
    const frames: LiveFrame[] = [];
    let closed: string | null = null;
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as LiveFrame));
    socket.on('close', (code, why: Buffer) => (closed = `${code} ${why.toString('utf8')}`));
    return { types: () => frames.map(({ type }) => type), socket, closed: () => closed };
  }

  it('are one connection to the arena for all who watch a match, until the last has left', async () => {
    tellAddress(folder, { url: arena.url.replace('/watch', ''), watchDelayMs: 30_000 });
    const [a, b] = [browse(ONE), browse(ONE)];
    await until('both are told of the arena', () => [a, b].every(({ types }) => types().length > 0) && arena.connections === 1);
    arena.send(matchFrame('fighter', { behindUs: 30_000_000 }));
    arena.send(sceneFrame('fighter', 1, fight()));
    await until('both see it', () => [a, b].every(({ types }) => types().includes('scene')));
    expect(arena.connections).to.equal(1);
    const late = browse(ONE);
    await until('who comes late sees it, too', () => late.types().includes('scene'));
    const other = browse(OTHER);
    await until('another match is another connection', () => arena.connections === 2);
    expect(other.types()).to.not.include('scene');
    for (const { socket } of [a, b, late]) socket.close();
    await until('all have left', () => [a, b, late].every(({ closed }) => closed() !== null));
    const again = browse(ONE);
    await until('it is asked for anew', () => arena.connections === 3);
    expect(again.types()).to.not.include('scene');
  });

  it('are refused in words where there is none: no name of a match, no arena, one that was killed, or one that shows nothing', async () => {
    const refusal = async (match: string): Promise<string> => {
      const { closed } = browse(match);
      await until('it is refused', () => closed() !== null);
      return closed()!;
    };
    expect(await refusal('../../agent')).to.match(/^1008 match: the name of a match is expected/);
    expect(await refusal(ONE)).to.equal('1013 no arena runs here');
    const takeBack = tellAddress(folder, { url: 'ws://127.0.0.1:1' });
    expect(await refusal(ONE)).to.equal('1013 this arena shows no matches');
    takeBack();
    expect(await refusal(ONE)).to.equal('1013 no arena runs here');
    for (const left of [{ url: 'ws://127.0.0.1:1', watchDelayMs: 1, pid: 2 ** 22 + 1 }, 'nonsense']) {
      writeFileSync(join(folder, 'address.json'), JSON.stringify(left));
      expect(await refusal(ONE)).to.equal('1013 no arena runs here');
    }
    expect(arena.connections).to.equal(0);
  });
});
