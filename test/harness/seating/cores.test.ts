/** Who may play in wall-clock time on a host of so many cores: an engine of ours leaves the clock a core, and sits alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import type { Member } from '../../../harness/configuration/team.js';
import { ownCores } from '../../../harness/host/pinning.js';
import { giveWay, wallClockFault } from '../../../harness/seating/cores.js';
import { modelPlayer, type ModelSeat, type Player } from '../../../harness/seating/seats.js';

describe('the guard on threads', () => {
  const model = (endpoint: object): Player =>
    modelPlayer(configurationSchema.omit({ latency: true }).parse({ name: 'm', endpoint, request: {} }));
  const embedded = (threads: number): Player => model({ kind: 'embedded', model: 'models/tb-1m', precision: 'fp8', threads });
  const bot: Player = { kind: 'bot', bot: 'expert', errorPermille: 0, addedUs: 0 };
  const elsewhere = model({ kind: 'openai', url: 'http://h/v1', model: 'm' });

  it('accepts one engine with a thread fewer than there are cores', () => {
    expect(wallClockFault([embedded(1), bot], 2)).to.equal(undefined);
    expect(wallClockFault([embedded(3), elsewhere], 4)).to.equal(undefined);
    expect(wallClockFault([embedded(1)], 1)).to.equal(undefined);
    expect(wallClockFault([elsewhere, elsewhere], 1)).to.equal(undefined);
  });

  it('refuses more threads, and two engines, in words', () => {
    expect(wallClockFault([bot, embedded(2)], 2)).to.match(/^m: 2 threads; accepted: .* at most 1/);
    expect(wallClockFault([embedded(1), embedded(1)], 64)).to.match(/^two embedded models .*accepted: the virtual clock/);
  });

  it('takes a team as what it computes with at once', () => {
    const member = (role: string, threads: number): Member => ({
      role,
      configuration: (embedded(threads) as ModelSeat).configuration as Configuration,
    });
    const adaptive = modelPlayer({
      name: 'both',
      team: 'adaptive',
      members: [member('small', 1), member('large', 1)],
      learning: { discount: 1, explore: 1 },
    });
    const advising = { characters: 100, unfinished: true };
    const pair = modelPlayer({ name: 'pair', team: 'two-thread', members: [member('fast', 1), member('planner', 1)], advising });
    expect(wallClockFault([adaptive, bot], 2)).to.equal(undefined);
    expect(wallClockFault([pair, bot], 2)).to.match(/^pair: 2 threads; accepted: .* at most 1, or the virtual clock$/);
    expect(wallClockFault([pair, bot], 4)).to.equal(undefined);
    expect(wallClockFault([adaptive, embedded(1)], 64)).to.match(/^two embedded models/);
  });

  it('lets an engine give way where cores are few, and only there', async function () {
    if (process.platform !== 'linux') this.skip();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      // The 41st value of proc(5)'s stat; the first two are in front of the last bracket.
      const policy = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[38]!;
      expect(giveWay(child.pid!, 4)).to.equal(false);
      expect(policy()).to.equal('0'); // SCHED_OTHER
      expect(giveWay(child.pid!, 2)).to.equal(true);
      expect(policy()).to.equal('5'); // SCHED_IDLE
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('knows which cores this process may use', function () {
    if (process.platform !== 'linux') this.skip();
    expect(ownCores()).to.satisfy((cores: number[]) => cores.length >= 1 && cores.every((core) => Number.isInteger(core) && core >= 0));
  });
});
