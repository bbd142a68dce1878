/**
 * Real time: one monotonic clock in microseconds, waking at absolute deadlines, and the mapping between real and world time.
 *
 * `setTimeout` fires up to about 1.7 ms early or late, so a sleeper only uses it to come near its deadline and spins the last
 * stretch with `setImmediate`, which keeps the sockets served while it waits. A sleeper that spins takes a whole core: where cores are
 * few and an endpoint computes on them, it is told to nap between two looks at the sockets.
 */
import { availableParallelism } from 'node:os';
import type { Micros } from '../envs/environment.js';

/** How long before its deadline a sleeper stops trusting timers, in real microseconds. */
const SPIN_US = 2000;

/** With so many cores there is one to spin on. */
const CORES_TO_SPIN = 4;
/** One nap, in milliseconds. A frame that arrives in it is stamped that much later at most, which is far under any latency measured. */
const NAP_MS = 0.1;
/** Nearer than this to its deadline a sleeper naps no more, in real microseconds: a nap may take twice its time. */
const AWAKE_US = 350;
const napper = availableParallelism() < CORES_TO_SPIN ? new Int32Array(new SharedArrayBuffer(4)) : null;

/** Real microseconds on the process's monotonic clock. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}

/** Wakes one sleeper at a deadline that may be moved while it sleeps. */
export class Alarm {
  private deadlineUs = Infinity;
  private done: (() => void) | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param sparing nap instead of spinning, on a host with few cores */
  constructor(private readonly sparing = false) {}

  /** Resolves at the first turn of the event loop at or after the deadline on the monotonic clock, never before. One sleeper at a time. */
  ring(deadlineUs: number): Promise<void> {
    this.deadlineUs = deadlineUs;
    return new Promise((resolve) => {
      this.done = resolve;
      this.check();
    });
  }

  /** Sets another deadline for whoever sleeps, earlier or later; without a sleeper it does nothing. */
  move(deadlineUs: number): void {
    if (!this.done) return;
    this.deadlineUs = deadlineUs;
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.check();
  }

  private readonly check = (): void => {
    this.timer = null;
    const leftUs = this.deadlineUs - monotonicUs();
    if (leftUs <= 0) {
      const done = this.done!;
      this.done = null;
      done();
    } else if (leftUs < SPIN_US + 1000) {
      if (this.sparing && napper && leftUs > AWAKE_US) Atomics.wait(napper, 0, 0, NAP_MS);
      setImmediate(this.check);
    } else this.timer = setTimeout(this.check, Math.floor((leftUs - SPIN_US) / 1000));
  };
}

/** Resolves at the first turn of the event loop at or after `deadlineUs` on the monotonic clock, never before. */
export function sleepUntil(deadlineUs: number): Promise<void> {
  return new Alarm().ring(deadlineUs);
}

/** A linear map between the monotonic clock and world time: world 0 is at `startUs`, and `speed` world microseconds pass in a real one. */
export class Pacing {
  constructor(
    readonly startUs: number,
    readonly speed: number,
  ) {}

  /** World time at a real moment, rounded down to whole microseconds. */
  worldAt(realUs: number): Micros {
    return Math.floor((realUs - this.startUs) * this.speed);
  }

  /** The real moment at which a world time begins. */
  realAt(world: Micros): number {
    return this.startUs + world / this.speed;
  }
}

/** A jump that counts, in real milliseconds: well over a clock's slewing (0.5 ms a second) and a date's resolution. */
const JUMP_MS = 50;

/**
 * Notices that the machine's clocks moved against each other (a stepped date, a suspended machine): the date must keep its distance
 * from the monotonic clock. Call `check` about once a second.
 */
export class ClockWatch {
  readonly jumpsMs: number[] = [];
  private offsetMs: number;

  constructor(private readonly read: () => { dateMs: number; monotonicMs: number } = readBoth) {
    this.offsetMs = this.offset();
  }

  check(): void {
    const now = this.offset();
    const jump = now - this.offsetMs;
    if (Math.abs(jump) > JUMP_MS) this.jumpsMs.push(Math.round(jump));
    this.offsetMs = now;
  }

  /** Of five readings the one taken with least disturbance: a preemption between the two clocks only makes the offset larger or smaller. */
  private offset(): number {
    const offsets: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { dateMs, monotonicMs } = this.read();
      offsets.push(dateMs - monotonicMs);
    }
    return offsets.sort((a, b) => a - b)[2]!;
  }
}

function readBoth(): { dateMs: number; monotonicMs: number } {
  return { dateMs: Date.now(), monotonicMs: performance.now() };
}
