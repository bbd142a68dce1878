/**
 * First come, first served, a few at a time, with a bound on how many may wait.
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

/** Runs tasks in the order in which they come, at most `places` at once. */
export class RequestQueue {
  private readonly waiters: Waiter[] = [];
  private busy = 0;
  /** How long the last tasks took, in milliseconds. */
  private readonly served: number[] = [];

  constructor(
    readonly maxWaiting: number,
    readonly places = 1,
  ) {}

  /** Tasks waiting behind those that run. */
  get waiting(): number {
    return this.waiters.length;
  }

  /** Tasks that run. */
  get running(): number {
    return this.busy;
  }

  /** No place is free: one more task would wait. */
  get full(): boolean {
    return this.busy >= this.places;
  }

  /**
   * Whole seconds, at least one, until all that run and wait now will be done, if they take as long as the last ones did on average.
   * @param coming tasks that will wait here in a moment
   */
  clearAfterS(coming = 0): number {
    const { served, busy, places } = this;
    if (served.length === 0) return 1;
    const meanMs = served.reduce((sum, each) => sum + each, 0) / served.length;
    return Math.max(1, Math.ceil(((busy + this.waiting + coming) * meanMs) / places / 1000));
  }

  /**
   * Runs `task` when its turn comes. @throws QueueFullError at once; QueueAbortedError when the signal fires while it waits; what the
   * task throws
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.acquire(signal);
    const beganMs = performance.now();
    try {
      return await task();
    } finally {
      this.served.push(performance.now() - beganMs);
      if (this.served.length > REMEMBERED) this.served.shift();
      this.busy--;
      this.waiters.shift()?.start();
    }
  }

  private acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new QueueAbortedError('gone before its turn'));
    if (!this.full) {
      this.busy++;
      return Promise.resolve();
    }
    if (this.waiters.length >= this.maxWaiting) {
      return Promise.reject(new QueueFullError(`${this.waiters.length} requests are waiting already`));
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          this.busy++;
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
