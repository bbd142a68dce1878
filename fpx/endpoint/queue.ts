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

/** Service times that a forecast is made from. */
const REMEMBERED = 16;

/** Runs tasks one after another, in the order in which they come. */
export class RequestQueue {
  private readonly waiters: Waiter[] = [];
  private busy = false;
  /** How long the last tasks took, in milliseconds. */
  private readonly served: number[] = [];

  /** @param nowMs the clock that tasks are timed by, in milliseconds */
  constructor(
    readonly maxWaiting: number,
    private readonly nowMs = (): number => performance.now(),
  ) {}

  /** Tasks waiting behind the running one. */
  get waiting(): number {
    return this.waiters.length;
  }

  /** True while a task runs. */
  get running(): boolean {
    return this.busy;
  }

  /**
   * Whole seconds, at least one, until the one that runs and those that wait will be done, if they take as long as the last ones did on average.
   * @param coming tasks that will wait here in a moment
   */
  clearAfterS(coming = 0): number {
    const { served } = this;
    if (served.length === 0) return 1;
    const meanMs = served.reduce((sum, each) => sum + each, 0) / served.length;
    return Math.max(1, Math.ceil((((this.busy ? 1 : 0) + this.waiting + coming) * meanMs) / 1000));
  }

  /**
   * Runs `task` when its turn comes. @throws QueueFullError at once; QueueAbortedError when the signal fires while it waits; what the
   * task throws
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.acquire(signal);
    const beganMs = this.nowMs();
    try {
      return await task();
    } finally {
      this.served.push(this.nowMs() - beganMs);
      if (this.served.length > REMEMBERED) this.served.shift();
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
