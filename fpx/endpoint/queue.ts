/**
 * First come, first served, one at a time, with a bound on how many may wait.
 */

/** As many are waiting as may wait. */
export class QueueFullError extends Error {
  override name = 'QueueFullError';
}

/** The waiting one's signal was aborted before its turn. */
export class QueueAbortedError extends Error {
  override name = 'QueueAbortedError';
}

interface Waiter {
  start: () => void;
}

/** Runs tasks one after another. */
export class SerialQueue {
  private readonly waiters: Waiter[] = [];
  private busy = false;

  constructor(readonly maxWaiting: number) {}

  /** Tasks waiting behind the running one. */
  get waiting(): number {
    return this.waiters.length;
  }

  /** True while a task runs. */
  get running(): boolean {
    return this.busy;
  }

  /**
   * Runs `task` when its turn comes. @throws QueueFullError at once; QueueAbortedError when the signal fires while it waits; what the
   * task throws
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.acquire(signal);
    try {
      return await task();
    } finally {
      this.busy = false;
      this.waiters.shift()?.start();
    }
  }

  private acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new QueueAbortedError('gone before its turn'));
    if (!this.busy) {
      this.busy = true;
      return Promise.resolve();
    }
    if (this.waiters.length >= this.maxWaiting) {
      return Promise.reject(new QueueFullError(`${this.waiters.length} requests are waiting already`));
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          this.busy = true;
          resolve();
        },
      };
      const leave = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new QueueAbortedError('gone before its turn'));
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiters.push(waiter);
    });
  }
}
