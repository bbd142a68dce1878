/** The example agent in Python plays a real match of each task, started by the very line that `tickbench run` prints. */
import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { packageRoot } from '../../harness/host/root.js';
import { readTrace } from '../../harness/traces/reader.js';
import { replayTrace } from '../../harness/traces/replay.js';
import { until } from '../web/page-server.js';

/** A Python that has the `websockets` package. */
function pythonWithWebsockets(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import websockets']).status === 0);
}

describe('examples/agent.py', function () {
  this.timeout(60_000);
  const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');
  let python: string | undefined;
  let folder: string;
  const started: ChildProcess[] = [];

  before(function () {
    python = pythonWithWebsockets();
    if (python !== undefined) return;
    const said = 'no python3 with the websockets package (Debian: python3-websockets)';
    if (process.env['CI'] === 'true') throw new Error(said);
    console.log(`    left out: ${said}`);
    this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-example-'))));
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('has fewer than a hundred lines', () => {
    expect(readFileSync(join(packageRoot(), 'examples', 'agent.py'), 'utf8').split('\n').length).to.be.at.most(100);
  });

  /** Plays a match that waits for a stranger, with the agent in that seat. */
  async function play(...args: string[]) {
    const trace = join(folder, 'match.jsonl.gz');
    const run = spawn(process.execPath, [main, 'run', ...args, '--seat', 'stranger:py', '--wait', '20', '--trace', trace, '--json'], {
      cwd: packageRoot(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(run);
    let [said, printed] = ['', ''];
    run.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    run.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const ended = once(run, 'exit');
    await until('the match waits', () => /TICKBENCH_TOKEN=\w+ python3 \S+ \S+/.test(said) || run.exitCode !== null);
    const [, token, script, url] = /TICKBENCH_TOKEN=(\w+) python3 (\S+) (\S+)/.exec(said) ?? expect.fail(said);
    const agent = spawn(python!, [script!, url!], { cwd: packageRoot(), env: { ...process.env, TICKBENCH_TOKEN: token }, stdio: 'pipe' });
    started.push(agent);
    let errors = '';
    agent.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const left = once(agent, 'exit');
    const [code] = (await ended) as [number];
    expect(code, said).to.equal(0);
    const [agentCode] = (await left) as [number];
    expect(agentCode, errors).to.equal(0);
    expect(errors).to.not.match(/"type": ?"error"|Traceback/);
    const recorded = await readTrace(trace);
    expect(replayTrace(recorded).same).to.equal(true);
    const [mine] = (JSON.parse(printed) as { seats: { landed: number; rejected: number; figures: Record<string, number> }[] }).seats;
    expect(mine!.landed).to.be.greaterThan(10);
    expect(mine!.rejected).to.equal(0);
    return mine!.figures;
  }

  it('warms up when asked, comes back after a lost connection, and stays away when it is told to', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const said: { type: string }[][] = [];
    server.on('connection', (socket: WebSocket) => {
      const mine: { type: string }[] = [];
      said.push(mine);
      socket.on('message', (data: Buffer) => {
        mine.push(JSON.parse(data.toString('utf8')) as { type: string });
        if (said.length === 2) socket.close(4403, 'dismissed');
        else if (mine.length === 1) socket.send('{"type":"warmup","id":7,"task":"hft","options":{},"seed":1,"count":3}');
        else socket.terminate();
      });
    });
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const agent = spawn(python!, ['examples/agent.py', url], { cwd: packageRoot(), env: { ...process.env, TICKBENCH_TOKEN: 'its-token' } });
    started.push(agent);
    expect(await once(agent, 'exit')).to.deep.equal([0, null]);
    server.close();
    const hello = { type: 'hello', protocol: 'tickbench.v1', token: 'its-token', name: 'agent.py' };
    expect(said).to.deep.equal([[hello, { type: 'ready', id: 7, done: 0 }], [hello]]);
  });

  it('fights: its blows land', async () => {
    const options = '{"rounds":1,"roundSeconds":12}';
    const figures = await play('fighter', '--opponent', 'bot:rush@300ms', '--options', options, '--speed', '3');
    expect(figures['damage']).to.be.greaterThan(0);
    expect(figures['hits']).to.be.greaterThan(0);
  });

  it('trades: its orders fill, and it is flat at the close', async () => {
    const figures = await play('hft', '--minutes', '0.6', '--speed', '10', '--seed', '2');
    expect(figures['takenShares']).to.be.greaterThan(0);
    expect(figures['position']).to.equal(0);
  });
});
