/** The examples in Python for learning run as they stand: one world with a decision valued and taken back, and many at once. */
import { expect } from 'chai';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../harness/host/root.js';

const examples = join(packageRoot(), 'examples');

describe('examples/rollout.py and examples/tickbench_env.py', function () {
  this.timeout(120_000);

  before(function () {
    if (spawnSync('python3', ['--version']).status === 0) return;
    if (process.env['CI'] === 'true') throw new Error('no python3');
    console.log('    left out: no python3');
    this.skip();
  });

  function python(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      execFile('python3', ['-W', 'error', ...args], { cwd: examples }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  }

  it('have fewer than two hundred lines together, and import nothing but the standard library', () => {
    const texts = ['rollout.py', 'tickbench_env.py'].map((name) => readFileSync(join(examples, name), 'utf8'));
    expect(texts.join('').split('\n').length).to.be.at.most(200);
    const imported = texts.flatMap((text) => [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name!));
    const standard = spawnSync('python3', ['-c', 'import sys; print(" ".join(getattr(sys, "stdlib_module_names", [])))'], {
      encoding: 'utf8',
    })
      .stdout.trim()
      .split(' ');
    if (standard.length > 1) expect([...standard, 'tickbench_env']).to.include.members(imported);
  });

  it('plays one world and many, and rewards add up', async () => {
    const { code, out, err } = await python('rollout.py', '3', '1');
    expect(code, err).to.equal(0);
    expect(err).to.equal('');
    expect(out)
      .to.match(/the first decision was worth -?\d+ of -?\d+ to \d+/)
      .and.match(/one fight: \d+ steps, reward -?\d+, digest [0-9a-f]{16}/);
    const played = [...out.matchAll(/ (\d+) worlds/g)].map(([, count]) => Number(count));
    expect(played.length).to.equal(3);
    expect(played.reduce((sum, count) => sum + count, 0)).to.equal(3);
  });

  it('says what was refused as an error of its own', async () => {
    const text = [
      'from tickbench_env import TickbenchEnv, RolloutError',
      'try:',
      '    TickbenchEnv("chess")',
      'except RolloutError as error:',
      '    print(error)',
      'env = TickbenchEnv("fighter")',
      'try:',
      '    env.step("jab;")',
      'except RolloutError as error:',
      '    print(error.error["accepted"])',
      'env.close()',
    ].join('\n');
    const { out } = await python('-c', text);
    expect(out.split('\n')).to.deep.equal(['task: "chess"; accepted: hft, fighter, hft-paper', 'reset first', '']);
  });

  it('says what was refused in one world of several, and keeps what the others did', async () => {
    const text = [
      'from tickbench_env import Worlds, RolloutError',
      'with Worlds("fighter", 2, threads=0) as worlds:',
      '    worlds.reset(seed=1)',
      '    try:',
      '        worlds.step({0: [{"plan": []}], 1: [{"plan": [], "latencyTicks": -1}]})',
      '    except RolloutError as error:',
      '        print(error.error["where"], ["seats" in part for part in error.parts])',
      '    print(len(worlds.step({0: [{"plan": []}]})))',
    ].join('\n');
    const { out, err } = await python('-c', text);
    expect(err).to.equal('');
    expect(out.split('\n')).to.deep.equal(['steps.1.actions.0.latencyTicks [True, False]', '1', '']);
  });

  it('leaves no process behind: not after a refusal, not when forgotten, not at the end, and says so when it is gone', async () => {
    const text = [
      'import gc, subprocess',
      'import tickbench_env',
      'from tickbench_env import TickbenchEnv, RolloutError, WorldsEnded',
      'started = []',
      'class Kept(subprocess.Popen):',
      '    def __init__(self, *args, **how):',
      '        super().__init__(*args, **how)',
      '        started.append(self)',
      'tickbench_env.subprocess.Popen = Kept',
      'try:',
      '    TickbenchEnv("chess")',
      'except RolloutError:',
      '    print("refused", started[0].poll())',
      'env = TickbenchEnv("fighter")',
      'env = None',
      'gc.collect()',
      'print("forgotten", started[1].poll())',
      'with TickbenchEnv("fighter") as env:',
      '    started[2].kill()',
      '    try:',
      '        env.reset(1)',
      '    except WorldsEnded as error:',
      '        print(error)',
      'try:',
      '    env.reset(1)',
      'except WorldsEnded as error:',
      '    print("closed")',
      'last = TickbenchEnv("fighter")',
      'print(started[3].pid)',
    ].join('\n');
    const { code, out, err } = await python('-c', text);
    expect(err).to.equal('');
    expect(code).to.equal(0);
    const said = out.split('\n');
    expect(() => process.kill(Number(said[4]), 0), 'the process left to the end').to.throw('ESRCH');
    expect(said.slice(0, 4)).to.deep.equal(['refused 0', 'forgotten 0', "the worlds' process has ended, with code -9", 'closed']);
  });
});
