/** The example of a tool server for each program runs as its files say, and leaves nothing. */
import { expect } from 'chai';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../harness/host/root.js';
import { freeRange, listening, processesOf, until } from '../harness/gateway/resources/setting.js';

describe('examples/tools', function () {
  this.timeout(120_000);

  let folder: string;
  const children: ChildProcess[] = [];
  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-tools-'));
    cpSync(join(packageRoot(), 'examples', 'tools'), folder, { recursive: true, filter: (path) => !path.endsWith('worlds') });
    if (spawnSync('python3', ['--version']).status === 0) return;
    if (process.env['CI'] === 'true') throw new Error('no python3');
    console.log('    left out: no python3');
    this.skip();
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives each agent a server and a folder of its own, which go with it', async () => {
    const ports = await freeRange(101, 27_000);
    const file = join(folder, 'gateway.yaml');
    const text = readFileSync(file, 'utf8');
    expect(text).to.include('127.0.0.1:8001/v1').and.include('from: 24000, to: 24099');
    writeFileSync(file, text.replace('127.0.0.1:8001/v1', `127.0.0.1:${ports}/v1`).replace('from: 24000, to: 24099', `from: ${ports + 1}, to: ${ports + 100}`)); // prettier-ignore
    children.push(spawn('python3', [join(folder, 'backend.py'), String(ports)], { stdio: 'ignore' }));
    await until(() => listening(ports, ports).length === 1, 'the scripted model listens');
    const gateway = spawn(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), 'gateway', file, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(gateway);
    const [line] = (await once(createInterface(gateway.stdout), 'line')) as [string];
    const site = (JSON.parse(line) as { url: string }).url.replace(/\/v1$/, '');
    const { status, out } = await new Promise<{ status: number; out: string }>((resolve) => {
      execFile('python3', ['-W', 'error', join(folder, 'agent.py'), site, '6'], (error, stdout, stderr) => resolve({ status: error ? 1 : 0, out: stdout + stderr })); // prettier-ignore
    });
    expect(status, out).to.equal(0);
    for (let i = 0; i < 6; i++) expect(out).to.include(`agent ${i}: The answer is ${((100 + i) * (101 + i)) / 2} (port `);
    expect(new Set([...out.matchAll(/port (\d+)/g)].map(([, port]) => port)).size).to.be.above(1);
    await until(() => readdirSync(join(folder, 'worlds', 'worlds')).length === 0, 'the folders are gone');
    await until(() => processesOf(join(folder, 'worlds')).length === 0, 'what was killed is gone');
    expect([processesOf(join(folder, 'worlds')), listening(ports + 1, ports + 100)]).to.deep.equal([[], []]);
    gateway.kill('SIGTERM');
    expect((await once(gateway, 'close'))[0]).to.equal(0);
  });
});
