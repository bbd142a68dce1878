/** What the page's server tells on standard error, as text and as JSON. */
import { expect } from 'chai';
import { connect } from 'node:net';
import { Log } from '../../web/server/log.js';
import { startPage, stopPages, until } from './page-server.js';

describe('the log of a server', function () {
  this.timeout(60_000);
  after(stopPages);

  it('as JSON has every request, without its query, in an object a line, whatever its path is made of', async () => {
    const server = await startPage(['--log', 'json']);
    await fetch(new URL('health?token=hush', server.url));
    await fetch(new URL('nothing/%0a%1b[31m"x', server.url));
    // Refused by the name under which it asks.
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.end('GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n'));
    socket.resume();
    await until('the requests in the log', () => server.said().split('\n').length > 3);
    const lines = server
      .said()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ level, message, method, path, status }) => [level, message, method, path, status])).to.deep.equal([
      ['info', 'request', 'GET', '/health', 200],
      ['info', 'request', 'GET', '/nothing/%0a%1b[31m%22x', 404],
      ['info', 'request', 'GET', '/health', 403],
    ]);
    for (const { at, ms, from } of lines) expect([new Date(at as string).toISOString(), typeof ms, from]).to.deep.equal([at, 'number', '127.0.0.1']); // prettier-ignore
    expect(server.said()).to.not.include('hush');
    await server.stop();
  });

  it('tells what went wrong in a sentence, or in an object of one line', () => {
    const told: string[] = [];
    const out = (line: string): void => void told.push(line);
    new Log('text', out).say('it broke');
    new Log('json', out).say('it "broke"\n\u001b[31m');
    expect(told[0]).to.equal('it broke\n');
    expect([told[1]!.indexOf('\n'), told[1]!.includes('\u001b')]).to.deep.equal([told[1]!.length - 1, false]);
    expect(JSON.parse(told[1]!)).to.include({ level: 'warning', message: 'it "broke"\n\u001b[31m' });
  });
});
