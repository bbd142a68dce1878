/**
 * First come, first served, one at a time or a few, with a bound on how many may wait.
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

/** How tasks are run. */
export interface QueueOptions {
  /** Tasks that run at once, at most (default 1). */
  slots?: number;
  /** How many of those that were begun wait for something else, and count as waiting (default none). */
  held?: () => number;
  /** The clock that tasks are timed by, in milliseconds. */
  nowMs?: () => number;
}

/** Runs tasks in the order in which they come. */
export class RequestQueue {
  private readonly waiters: Waiter[] = [];
  private begun = 0;
  private readonly slots: number;
  private readonly held: () => number;
  private readonly nowMs: () => number;
  /** How long the last tasks took, in milliseconds. */
  private readonly served: number[] = [];

  constructor(
    readonly maxWaiting: number,
    { slots = 1, held = () => 0, nowMs = () => performance.now() }: QueueOptions = {},
  ) {
    this.slots = slots;
    this.held = held;
    this.nowMs = nowMs;
  }

  /** Tasks that wait. */
  get waiting(): number {
    return this.waiters.length + this.held();
  }

  /** Tasks that run. */
  get running(): number {
    return this.begun - this.held();
  }

  /** Whether one more would wait. */
  get full(): boolean {
    return this.begun >= this.slots || this.held() > 0;
  }

  /**
   * Whole seconds, at least one, until those that run and those that wait will be done, if they take as long as the last ones did on average.
   * @param coming tasks that will wait here in a moment
   */
  clearAfterS(coming = 0): number {
    const { served } = this;
    if (served.length === 0) return 1;
    const meanMs = served.reduce((sum, each) => sum + each, 0) / served.length;
    return Math.max(1, Math.ceil(((this.begun + this.waiters.length + coming) * meanMs) / this.slots / 1000));
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
      this.begun--;
      this.waiters.shift()?.start();
    }
  }

  private acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new QueueAbortedError('gone before its turn'));
    if (this.full && this.waiting >= this.maxWaiting) {
      return Promise.reject(new QueueFullError(`${this.waiting} requests are waiting already`));
    }
    if (this.begun < this.slots) {
      this.begun++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          this.begun++;
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
