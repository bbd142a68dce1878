/**
 * How much of an interval the computing threads were really on a processor: under 900 permille, something else wanted the
 * cores and the interval's duration says little about the model.
 *
 * Two witnesses, and the worse one counts. CPU time over wall time sees every loss (a hypervisor's too), but helper threads
 * of the JavaScript engine add to it and can hide one. Linux also counts the time a thread stood ready to run without running
 * (second field of /proc/PID/task/TID/schedstat, nanoseconds), which nothing hides.
 */
import { openSync, readSync } from 'node:fs';

/** Opens the scheduler's accounts of the calling thread and of others; empty where the system keeps none. */
function openAccounts(others: readonly string[]): number[] {
  try {
    return ['thread-self', ...others].map((task) => openSync(`/proc/${task}/schedstat`, 'r'));
  } catch {
    return [];
  }
}

/** Measures intervals of computing. Make it after the model's threads have started, and keep it: the accounts stay open. */
export class Occupancy {
  private readonly accounts: number[];
  private readonly buffer = Buffer.alloc(96);

  /**
   * @param threads those that the model computes on, the calling one included
   * @param others folders of the others' accounts below /proc, as the model tells them
   */
  constructor(
    private readonly threads: number,
    others: readonly string[] = [],
  ) {
    this.accounts = others.length === threads - 1 ? openAccounts(others) : [];
  }

  /**
   * Begins an interval; the function returned gives its permille so far, 0 to 1000, as often as it is called.
   * With several threads the CPU time is no witness (they rest in the serial parts), unless it is the only one; and whichever of them
   * waits for a processor holds up the others, so that their waits add up.
   */
  begin(): () => number {
    const waitedBefore = this.waitedNs();
    const cpuBefore = process.cpuUsage();
    const wallBefore = process.hrtime.bigint();
    return () => {
      const wallUs = Math.max(1000, Number(process.hrtime.bigint() - wallBefore)) / 1000;
      const cpu = process.cpuUsage(cpuBefore);
      const share = (cpu.user + cpu.system) / (wallUs * this.threads);
      const witnesses = this.accounts.length > 0 ? [1 - (this.waitedNs() - waitedBefore) / 1000 / wallUs] : [share];
      if (this.threads === 1) witnesses.push(share);
      return Math.max(0, Math.round(1000 * Math.min(1, ...witnesses)));
    };
  }

  /** Nanoseconds for which the watched threads have waited for a processor since they began. A thread that has ended counts no more. */
  private waitedNs(): number {
    let sum = 0;
    for (const account of this.accounts) {
      try {
        const length = readSync(account, this.buffer, 0, this.buffer.length, 0);
        sum += Number(this.buffer.toString('latin1', 0, length).split(' ')[1]);
      } catch {
        continue;
      }
    }
    return sum;
  }
}
