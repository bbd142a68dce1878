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

/** Nanoseconds a thread has waited on a run queue since it began; null when it is gone. */
function waitedNs(fd: number): number | null {
  try {
    const [, waited] = text.toString('latin1', 0, readSync(fd, text, 0, text.length, 0)).split(' ');
    return waited === undefined ? null : Number(waited);
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
    return waitedNs(fd) !== null;
  } finally {
    closeSync(fd);
  }
}

interface Thread {
  tid: string;
  fd: number;
}

/** What had been waited at one moment, by thread. */
export type RunQueueMark = readonly number[];

/** One process's waits. Close it when done: it keeps a file open for each thread. */
export class RunQueue {
  /** The main thread first; those that ended keep their place. */
  private readonly threads: Thread[] = [];
  private lookedAtUs = -Infinity;

  /**
   * @param pid a process of this host, or `self` for the calling thread
   * @param looksAt its main thread only, where that does all the work: each further one takes some microseconds to read
   */
  constructor(
    private readonly pid: number | 'self',
    private readonly looksAt: 'main' | 'all' = 'all',
  ) {
    if (pid === 'self') this.open('/proc/thread-self/schedstat', 'self');
    else if (looksAt === 'main') this.open(`/proc/${pid}/task/${pid}/schedstat`, String(pid));
  }

  /** Nanoseconds that each thread known so far has waited. */
  mark(): RunQueueMark {
    this.look();
    return this.threads.map(({ fd }) => waitedNs(fd) ?? 0);
  }

  /**
   * Real microseconds waited since `mark`: the main thread's, through which everything goes, and the longest of the others', which work
   * side by side.
   */
  since(mark: RunQueueMark): number {
    let main = 0;
    let others = 0;
    this.threads.forEach(({ fd }, i) => {
      const before = mark[i];
      const now = waitedNs(fd);
      if (before === undefined || now === null) return;
      const waited = now - before;
      if (i === 0) main = waited;
      else others = Math.max(others, waited);
    });
    return Math.max(0, Math.round((main + others) / 1000));
  }

  close(): void {
    for (const { fd } of this.threads.splice(0)) closeSync(fd);
  }

  private look(): void {
    const nowUs = monotonicUs();
    if (this.pid === 'self' || this.looksAt === 'main' || nowUs - this.lookedAtUs < LOOK_EVERY_US) return;
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
