/** A match on a host too busy for it is noticed from outside, whatever the agent says. */
import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { playCalibration } from '../../../harness/agents/calibration.js';
import { ontoCores } from '../../../harness/host/pinning.js';
import { KEEPS_RUN_QUEUES, RunQueue } from '../../../harness/host/run-queue.js';

const canPin = KEEPS_RUN_QUEUES && spawnSync('taskset', ['--version']).status === 0;

/** Processes that never rest, all on the first core. */
async function spinners(count: number): Promise<ChildProcess[]> {
  const started = Array.from({ length: count }, () =>
    spawn('taskset', ['--cpu-list', '0', process.execPath, '-e', 'process.stdout.write("x"); for (;;);'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  await Promise.all(started.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
  return started;
}

describe('a busy host', () => {
  let busy: ChildProcess[] = [];
  before(function () {
    if (canPin) return;
    console.log('      left out: this host keeps no accounts of waits, or has no taskset');
    this.skip();
  });
  afterEach(() => {
    for (const child of busy.splice(0)) child.kill('SIGKILL');
  });

  it('is seen in the accounts of a process that shares a core', async () => {
    busy = await spinners(3);
    const queue = new RunQueue(busy[0]!.pid!);
    const mark = queue.mark();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Three that never rest have a third of the core each.
    expect(queue.since(mark)).to.be.within(80_000, 3_000_000);
    queue.close();
    expect(new RunQueue(2 ** 30).mark(), 'no such process').to.deep.equal([]);
  });

  it('voids a match whose agent has to wait for a processor', async () => {
    busy = await spinners(4);
    const { trace } = await playCalibration({
      task: 'hft',
      clock: 'virtual',
      firstUs: 10_000,
      pieceUs: 2_000,
      decisions: 12,
      started: (agent) => expect(ontoCores(agent, [0])).to.equal(true),
    });
    expect(trace.footer!.verdict.reasons.join()).to.match(/This host was busy: \d+ of 12 decisions of scripted .* waiting for a processor/);
  });
});
