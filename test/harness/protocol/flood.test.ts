/** Whoever has no token: what they send is answered in words or dropped, and a match that is being played goes on. */
import { expect } from 'chai';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { LOBBY_LIMITS } from '../../../harness/protocol/lobby.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { MOST_WATCHERS } from '../../../harness/protocol/watchers.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { answering, eventsOf, linkedAgent, rawAgent, RawAgent, seat, toyPlan, until } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

const upgrade = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
/** A masked frame as a client sends it, its mask all zeros. */
const frame = (first: number, payload = Buffer.alloc(0)): Buffer => {
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]);
};

describe('connections without a token', function () {
  this.timeout(60_000);
  let server: MatchServer;
  const sockets: Socket[] = [];

  /** A connection of its own that keeps what it is told. */
  function connect(): { socket: Socket; said: () => string; closed: Promise<unknown> } {
    const socket = createConnection(server.port, '127.0.0.1');
    let said = '';
    socket.on('data', (data) => (said += data.toString('latin1')));
    socket.on('error', () => undefined);
    sockets.push(socket);
    return { socket, said: () => said, closed: new Promise((resolve) => socket.once('close', resolve)) };
  }

  /** Sends something and gives back all that was answered until the connection ended. */
  async function answerTo(...parts: (string | Buffer)[]): Promise<string> {
    const { socket, said, closed } = connect();
    await once(socket, 'connect');
    for (const part of parts) socket.write(part);
    await closed;
    return said();
  }

  async function isThere(): Promise<void> {
    const response = await fetch(server.url.replace('ws:', 'http:'));
    expect(response.status).to.equal(200);
  }

  beforeEach(async () => (server = await MatchServer.listen({ lobby: { ...LOBBY_LIMITS, waitMs: 700, connectionsAtOnce: 5000 } })));
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  /** Plays a match while something is done to the server, and checks that nothing of it was lost. */
  async function during(attack: () => Promise<void>): Promise<void> {
    await linkedAgent(server, 'plays');
    const [trace] = await Promise.all([
      playMatch(server, toyPlan({ seats: [seat('plays', { givenUs: 20_000 })], durationUs: 600_000, timeoutUs: 500_000 })),
      attack(),
    ]);
    expect(trace.footer!.results.over).to.equal(true);
    expect(eventsOf(trace.events, 'leave')).to.deep.equal([]);
    expect(eventsOf(trace.events, 'act', 0).length).to.be.greaterThan(5);
    expect(replayTrace(trace).same).to.equal(true);
    await isThere();
  }

  it('a reset at any point of an upgrade or a request ends nothing', () =>
    during(async () => {
      for (const text of [
        upgrade('/nowhere'),
        upgrade('/agent'),
        upgrade('/watch'),
        'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
        'GET /ag',
      ])
        for (let i = 0; i < 20; i++) {
          const { socket, closed } = connect();
          await once(socket, 'connect');
          if (i % 2 === 0) socket.write(text);
          else socket.write(text, () => socket.resetAndDestroy());
          if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
          socket.resetAndDestroy();
          await closed;
        }
    }));

  it('what is no request, too large a header, another path and another method are told in words', async () => {
    expect(await answerTo('this is not HTTP\r\n\r\n')).to.match(/^HTTP\/1.1 400 [^]*no HTTP request/);
    expect(await answerTo(`GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${'y'.repeat(20_000)}`)).to.match(/ 431 [^]*8192 bytes/);
    expect(await answerTo(upgrade('/elsewhere'))).to.match(/ 404 [^]*agents connect to \/agent/);
    expect(await answerTo('POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000000000\r\n\r\nabc')).to.match(
      / 405 [^]*accepted: GET/,
    );
  });

  it('one connection makes one request, whatever is sent behind it', async () => {
    const get = 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
    const answer = await answerTo(get.repeat(5000));
    expect(answer.match(/HTTP\/1.1/g)).to.have.length(1);
    await isThere();
  });

  it('a header that never ends, a body that never comes and a hello that is never said are ended in time', async () => {
    const slow = connect();
    slow.socket.write('GET / HTTP/1.1\r\nx-slow: ');
    const drip = setInterval(() => slow.socket.writable && slow.socket.write('x'), 50);
    const silent = connect();
    silent.socket.write(upgrade('/agent'));
    const halfOpen = connect();
    await Promise.all([slow.closed, silent.closed, halfOpen.closed]);
    clearInterval(drip);
    expect(slow.said()).to.match(/503[^]*no hello within 0.7 s/);
    expect(silent.said()).to.match(/101 Switching[^]*"refused","detail":"no hello within 0.7 s"/);
  });

  for (const [what, flood, told] of [
    ['pings', Buffer.concat(Array<Buffer>(20_000).fill(frame(0x89, Buffer.from('p')))), null],
    ['empty fragments', Buffer.concat([frame(0x01), ...Array<Buffer>(20_000).fill(frame(0x00))]), null],
    ['compressed frames', Buffer.concat(Array<Buffer>(1000).fill(frame(0xc1, Buffer.from('x')))), null],
    ['a frame of a terabyte', Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]), null],
    ['frames without a mask', Buffer.from([0x81, 0x01, 0x78]), null],
    ['text that is no UTF-8', frame(0x81, Buffer.from([0xff, 0xfe])), null],
    ['a large frame that is no hello', frame(0x81, Buffer.alloc(60_000, 'x')), /oversized/],
    ['JSON that is deep', frame(0x81, Buffer.from('['.repeat(16_000))), /malformed/],
    ['JSON of another shape', frame(0x81, Buffer.from('{"type":"hello","__proto__":{"token":1}}')), /wrong-type/],
  ] as const) {
    it(`without a hello: ${what} end the connection and nothing else`, () =>
      during(async () => {
        const paths = ['/agent', '/watch', '/agent', '/watch'];
        await Promise.all(
          paths.map(async (path) => {
            const { socket, said, closed } = connect();
            socket.write(upgrade(path, 'sec-websocket-extensions: permessage-deflate\r\n'));
            await until(() => said().includes('101 Switching'));
            expect(said()).to.not.match(/permessage-deflate/);
            socket.write(flood);
            if (path === '/agent') {
              await closed;
              if (told) expect(said()).to.match(told);
            }
          }),
        );
      }));
  }

  it('a thousand connections that say nothing keep no agent out, and are fewer than a thousand', () =>
    during(async () => {
      const many = Array.from({ length: 1000 }, connect);
      many.forEach(({ socket }, i) => i % 2 === 0 && socket.write(upgrade(i % 4 === 0 ? '/agent' : '/nowhere')));
      await Promise.all(many.map(({ socket }) => (socket.connecting ? once(socket, 'connect') : null)));
      const line = server.admit('late', 'late');
      new RawAgent(server, 'late', answering);
      await line.connected(30_000);
      await until(() => many.filter(({ socket }) => socket.destroyed).length >= 900);
      const told = many.filter(({ said }) => /have said no hello; at most 96 may wait/.test(said()));
      expect(told.length).to.be.greaterThan(200);
    }));

  it('connections that come too fast from one address are dropped, and it may connect again soon', async () => {
    await server.close();
    server = await MatchServer.listen({ lobby: { ...LOBBY_LIMITS, connectionsAtOnce: 20 } });
    const many = Array.from({ length: 60 }, connect);
    await until(() => many.filter(({ socket }) => socket.destroyed).length >= 30);
    await until(() => many.filter(({ socket }) => socket.destroyed).length < 60);
    await rawAgent(server, 'soon').catch(() => rawAgent(server, 'soon'));
  });

  it('spectators are few, one too many is told so, and one that talks is ended', async () => {
    const eyes = Array.from({ length: MOST_WATCHERS }, () => new WebSocket(`${server.url}/watch`));
    await until(() => server.watchers.count === MOST_WATCHERS);
    expect(await answerTo(upgrade('/watch'))).to.match(/503[^]*at most 16 spectators/);
    for (let i = 0; i < 40; i++) eyes[0]!.send('x');
    for (let i = 0; i < 40; i++) eyes[1]!.ping();
    await until(() => server.watchers.count === MOST_WATCHERS - 2);
    for (const eye of eyes) eye.terminate();
  });

  it('an agent that floods for long loses its connection, its seat is left, and it may resume', async () => {
    const agent = await rawAgent(server, 'floods', (heard, self) => {
      if (heard.type !== 'observation') return;
      if (heard.seq !== 3) return self.answer(heard.seq);
      for (let i = 0; i < 30_000; i++) self.socket.ping();
      self.socket.once('close', () => new RawAgent(server, 'floods', answering));
    });
    const trace = await playMatch(server, toyPlan({ seats: [seat('floods')], durationUs: 4_000_000, timeoutUs: 500_000 }));
    expect(agent.errors('too-frequent')).to.be.greaterThan(0);
    expect(eventsOf(trace.events, 'leave')[0]!.reason).to.match(/too many frames: more than 20000/);
    expect(eventsOf(trace.events, 'return')).to.have.length(1);
  });
});

describe('pages of other sites', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen({ allowHosts: ['arena.example'] })));
  afterEach(() => server.close());

  /** The status with which an upgrade is answered: 101 when it is taken. */
  async function upgraded(path: string, headers: Record<string, string>): Promise<number> {
    const socket = new WebSocket(`${server.url}${path}`, { headers });
    return await new Promise((resolve) => {
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
      socket.on('error', () => undefined);
    }).finally(() => socket.terminate()) as number; // prettier-ignore
  }

  for (const path of ['/agent', '/watch']) {
    it(`${path} is opened by programs and allowed pages, under the server's own names`, async () => {
      const { port } = server;
      for (const host of ['127.0.0.1', `localhost:${port}`, `[::1]:${port}`, 'arena.example', `ARENA.example:${port}`, '192.168.1.7:80'])
        expect(await upgraded(path, { host }), host).to.equal(101);
      for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example', '@'])
        expect(await upgraded(path, { host }), host).to.be.oneOf([400, 403]);
      for (const origin of ['http://evil.example', 'http://127.0.0.1:1', `https://127.0.0.1.evil.example:${port}`, 'null', 'file://', 'x'])
        expect(await upgraded(path, { origin }), origin).to.equal(403);
      expect(await upgraded(path, { host: 'evil.example', origin: 'http://evil.example' })).to.equal(403);
      expect(await upgraded(path, { origin: `http://127.0.0.1:${port}` })).to.equal(101);
      server.allowPage('http://127.0.0.1:7070/');
      for (const origin of ['http://127.0.0.1:7070', 'http://localhost:7070'])
        expect(await upgraded(path, { origin }), origin).to.equal(101);
      expect(await upgraded(path, { origin: 'http://localhost:7071' })).to.equal(403);
    });
  }

  it('a request under another name is refused in words', async () => {
    const socket = createConnection(server.port, '127.0.0.1');
    socket.write('GET /protocol.json HTTP/1.1\r\nhost: evil.example\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).to.match(/403/);
    await once(socket, 'close');
  });
});
