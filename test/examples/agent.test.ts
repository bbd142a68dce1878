/** The example agent in Python plays a real match of each task, started by the very line that `tickbench run` prints. */
import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
