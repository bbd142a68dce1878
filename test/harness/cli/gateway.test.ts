/** `tickbench gateway` as a user runs it. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AddressInfo } from 'node:net';
import { packageRoot } from '../../../harness/host/root.js';
import { ask } from '../gateway/client.js';

describe('tickbench gateway', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-gateway-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function started(text: string, ...flags: string[]) {
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, text);
    const child = spawn(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), 'gateway', file, ...flags], {
      env: { ...process.env, COLUMNS: '80' },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
    const code = once(child, 'close').then(([exit]) => exit as number);
    return { child, said, code };
  }

  const backend = (more = ''): string => `backends: [{ name: a, url: "http://user:hunter2-secret@127.0.0.1:1/v1"${more} }]\n`;

  it('serves, says which backends are down without their keys, and ends in good order', async () => {
    const { child, said, code } = started(backend(), '--port', '0', '--json');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const health = await ask(`${url.replace(/\/v1$/, '')}/health`);
    expect(health.status).to.equal(503);
    expect(health.bytes.toString()).to.include('no backend answers');
    child.kill('SIGINT');
    expect(await code).to.equal(0);
    expect(said.err).to.match(/^a: down: /);
    expect(said.err + said.out + health.bytes.toString()).to.not.include('hunter2');
  });

  it('says what is wrong in one place, and what is accepted', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const cases: [string, string[], RegExp][] = [
      [backend(), ['--port', String(port)], /another program listens there; accepted: a free port/],
      [backend(', keyEnv: NO_SUCH_KEY_OF_A_TEST'), [], /NO_SUCH_KEY_OF_A_TEST is not set/],
      [backend() + 'listen: { prt: 1 }\n', [], /listen: .*prt/],
    ];
    for (const [text, flags, what] of cases) {
      const { said, code } = started(text, ...flags);
      expect(await code, String(what)).to.equal(1);
      expect(said.out).to.equal('');
      expect(said.err.replace(/\s+/g, ' ')).to.match(what);
      expect(said.err).to.not.match(/\n\s+at |hunter2/);
    }
    taken.close();
  });

  it('has help that fits a terminal', async () => {
    const { said, code } = started(backend(), '--help');
    expect(await code).to.equal(0);
    for (const line of said.out.split('\n')) expect(line.length, line).to.be.at.most(80);
  });
});
