/**
 * How long processes of ours waited for a processor while they could have run: what a busy host adds to a latency. Read from outside, from
 * the kernel's own accounts (Linux: `/proc/PID/task/TID/schedstat`, the second figure: nanoseconds on a run queue). The time from a
 * wake-up to running is in it. Other systems have no such accounts: nothing is measured there, and it is said so.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { monotonicUs } from './clock.js';

/** How often a process is looked through for threads that are new, in real microseconds. */
const LOOK_EVERY_US = 1_000_000;

/** What a figure is read into. */
const text = Buffer.alloc(128);

/** Whether this host keeps such accounts. */
export const KEEPS_RUN_QUEUES: boolean = keepsAccounts();

/** What a thread has had since it began, in nanoseconds: time on a processor, and time waiting for one. */
interface Account {
  ranNs: number;
  waitedNs: number;
}

/** A thread's account; null when it is gone. */
function accountOf(fd: number): Account | null {
  try {
    const [ran, waited] = text.toString('latin1', 0, readSync(fd, text, 0, text.length, 0)).split(' ');
    return waited === undefined ? null : { ranNs: Number(ran), waitedNs: Number(waited) };
  } catch {
    return null; // the thread has ended
  }
}

function keepsAccounts(): boolean {
  let fd: number;
  try {
    fd = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return false;
  }
  try {
    return accountOf(fd) !== null;
  } finally {
    closeSync(fd);
  }
}

interface Thread {
  tid: string;
  fd: number;
}

/** Every thread's account at one moment; null where it had ended. */
export type RunQueueMark = readonly (Account | null)[];

/** Of the threads that work side by side those count which ran at least for this share of what the busiest ran: the rest are helpers. */
const WORKS_ALONG = 0.5;

/** One process's waits. Close it when done: it keeps a file open for each thread. */
export class RunQueue {
  /** The main thread first; those that ended keep their place. */
  private readonly threads: Thread[] = [];
  private lookedAtUs = -Infinity;

  /**
   * @param pid a process of this host
   * @param looksAt its main thread only, where that does all the work: each further one takes some microseconds to read
   */
  constructor(
    private readonly pid: number,
    private readonly looksAt: 'main' | 'all' = 'all',
  ) {
    if (looksAt === 'main') this.open(`/proc/${pid}/task/${pid}/schedstat`, String(pid));
  }

  /** The accounts of the threads known so far. */
  mark(): RunQueueMark {
    this.look();
    return this.threads.map(({ fd }) => accountOf(fd));
  }

  /**
   * Real microseconds waited since `mark`: the main thread's, through which everything goes, and the longest of those that worked side by
   * side beside it. Helpers (a collector, a compiler) may wait: nobody waits for them.
   */
  since(mark: RunQueueMark): number {
    const [main, ...others] = this.threads.map(({ fd }, i): Account => {
      const [before, now] = [mark[i], accountOf(fd)];
      if (!before || !now) return { ranNs: 0, waitedNs: 0 };
      return { ranNs: now.ranNs - before.ranNs, waitedNs: now.waitedNs - before.waitedNs };
    });
    const busiestNs = others.reduce((most, { ranNs }) => Math.max(most, ranNs), 0);
    const working = others.filter(({ ranNs }) => ranNs > 0 && ranNs >= WORKS_ALONG * busiestNs);
    const longestNs = working.reduce((most, { waitedNs }) => Math.max(most, waitedNs), 0);
    return Math.max(0, Math.round(((main?.waitedNs ?? 0) + longestNs) / 1000));
  }

  close(): void {
    for (const { fd } of this.threads.splice(0)) closeSync(fd);
  }

  private look(): void {
    const nowUs = monotonicUs();
    if (this.looksAt === 'main' || nowUs - this.lookedAtUs < LOOK_EVERY_US) return;
    this.lookedAtUs = nowUs;
    let tids: string[];
    try {
      tids = readdirSync(`/proc/${this.pid}/task`);
    } catch {
      return; // the process has ended, or this host has no such accounts
    }
    for (const tid of tids.sort((a, b) => Number(a) - Number(b)))
      if (!this.threads.some((known) => known.tid === tid)) this.open(`/proc/${this.pid}/task/${tid}/schedstat`, tid);
  }

  private open(path: string, tid: string): void {
    try {
      this.threads.push({ tid, fd: openSync(path, 'r') });
    } catch {
      return; // it ended just now
    }
  }
}

/** How old a reading of one's own account may be, in real microseconds: a thread that runs does not wait. */
const OWN_FRESH_US = 200;

/** The calling thread's waits. For many seats at once it is read only once. */
export class OwnRunQueue {
  private readonly fd = openSync('/proc/thread-self/schedstat', 'r');
  private readAtUs = -Infinity;
  private waitedNs = 0;

  /** Real microseconds that this thread has waited since it began. */
  waitedUs(): number {
    const nowUs = monotonicUs();
    if (nowUs - this.readAtUs > OWN_FRESH_US) {
      this.waitedNs = accountOf(this.fd)?.waitedNs ?? this.waitedNs;
      this.readAtUs = nowUs;
    }
    return this.waitedNs / 1000;
  }

  close(): void {
    closeSync(this.fd);
  }
}
