/**
 * How much of an interval the computing threads were really on a processor: under 900 permille, something else wanted the
 * cores and the interval's duration says little about the model.
 *
 * Two witnesses, and the worse one counts. CPU time over wall time sees every loss (a hypervisor's too), but helper threads
 * of the JavaScript engine add to it and can hide one. Linux also counts the time a thread stood ready to run without running
 * (second field of /proc/PID/task/TID/schedstat, nanoseconds), which nothing hides.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that the calling thread, or all threads of this process, waited for a processor; undefined where the system does not say. */
function waitedNs(allThreads: boolean): number | undefined {
  try {
    if (!allThreads) return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]);
    let sum = 0;
    for (const thread of readdirSync('/proc/self/task')) {
      try {
        sum += Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[1]);
      } catch {
        continue; // a thread that ended between the two calls
      }
    }
    return sum;
  } catch {
    return undefined;
  }
}

/**
 * Begins an interval of computing on `threads` threads; the function returned ends it and gives permille, 0 to 1000.
 * With several threads the CPU time is no witness (they rest in the serial parts), unless it is the only one.
 */
export function startOccupancy(threads: number): () => number {
  const waitedBefore = waitedNs(threads > 1);
  const cpuBefore = process.cpuUsage();
  const wallBefore = process.hrtime.bigint();
  return () => {
    const wallUs = Math.max(1, Number(process.hrtime.bigint() - wallBefore) / 1000);
    const cpu = process.cpuUsage(cpuBefore);
    const waited = waitedNs(threads > 1);
    const shares = [1];
    if (waited !== undefined && waitedBefore !== undefined) shares.push(1 - (waited - waitedBefore) / 1000 / (wallUs * threads));
    if (threads === 1 || shares.length === 1) shares.push((cpu.user + cpu.system) / (wallUs * threads));
    return Math.max(0, Math.round(1000 * Math.min(...shares)));
  };
}
