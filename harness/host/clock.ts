/**
 * Real time: one monotonic clock in microseconds, waking at absolute deadlines, and the mapping between real and world time.
 *
 * `setTimeout` fires up to about 1.7 ms early or late. So a sleeper is woken by a thread (harness/host/alarm-thread.ts) a little before its
 * deadline; until then its event loop sleeps or serves sockets. It spins only for the last stretch, with `setImmediate`, which still serves
 * sockets. So a waiting clock takes almost no processor time from others on the same cores.
 */
import { Worker } from 'node:worker_threads';
import type { Micros } from '../../envs/environment.js';
import { systemUs, type AlarmShared } from './alarm-thread.js';

/** How long before its deadline a sleeper is woken to spin, in real microseconds: more than the thread is usually late. */
const AHEAD_US = 300;
/** Likewise where cores are not for spinning, because an endpoint computes on them. */
const AHEAD_SPARING_US = 120;
/** How long it spins between two looks at the sockets. Each look leaves some garbage, and collecting that would delay ticks. */
const SPIN_US = 25;

/** Real microseconds on the process's monotonic clock. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}

/** The date in microseconds since 1970, at a moment of the monotonic clock. */
export function dateUs(atUs = monotonicUs()): number {
  return Date.now() * 1000 + (atUs - monotonicUs());
}

/** The thread that wakes sleepers, one for the whole process, started when first needed. */
class AlarmThread {
  private readonly shared: AlarmShared = {
    told: new Int32Array(new SharedArrayBuffer(4)),
    deadline: new Float64Array(new SharedArrayBuffer(8)),
  };
  private readonly offsetUs = systemUs() - monotonicUs();
  private readonly sleepers = new Map<() => void, number>();
  private toldUs = Infinity;

  constructor() {
    const worker = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: this.shared });
    worker.on('message', () => {
      this.toldUs = Infinity;
      for (const wake of [...this.sleepers.keys()]) wake();
      this.tell();
    });
    worker.on('error', () => undefined); // sleepers have a timer as well, less precise
    worker.unref();
  }

  /** Has `wake` called at about this moment of the monotonic clock, or a little before or after; asked again, at another one. */
  set(wake: () => void, atUs: number): void {
    this.sleepers.set(wake, atUs);
    if (atUs < this.toldUs) this.tell();
  }

  unset(wake: () => void): void {
    this.sleepers.delete(wake);
  }

  private tell(): void {
    let firstUs = Infinity;
    for (const atUs of this.sleepers.values()) firstUs = Math.min(firstUs, atUs);
    if (firstUs === this.toldUs) return;
    this.toldUs = firstUs;
    const { told, deadline } = this.shared;
    deadline[0] = firstUs === Infinity ? 0 : firstUs + this.offsetUs;
    Atomics.add(told, 0, 1);
    Atomics.notify(told, 0);
  }
}

let thread: AlarmThread | null = null;

/** Wakes one sleeper at a deadline that may be moved while it sleeps. */
export class Alarm {
  private readonly aheadUs: number;
  private deadlineUs = Infinity;
  private done: (() => void) | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param sparing spin as little as can be: somebody computes on this host's cores */
  constructor(sparing = false) {
    this.aheadUs = sparing ? AHEAD_SPARING_US : AHEAD_US;
  }

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
    if (!this.done || deadlineUs === this.deadlineUs) return;
    this.deadlineUs = deadlineUs;
    if (this.timer) this.check();
  }

  private readonly check = (): void => {
    if (!this.done) return;
    const leftUs = this.deadlineUs - monotonicUs();
    if (leftUs > this.aheadUs) {
      (thread ??= new AlarmThread()).set(this.check, this.deadlineUs - this.aheadUs);
      // A timer as well: it keeps the process alive, and wakes the sleeper a little late should the thread not.
      if (this.timer) clearTimeout(this.timer);
      this.timer = setTimeout(this.check, Math.ceil(leftUs / 1000));
      return;
    }
    if (this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
      thread?.unset(this.check);
    }
    if (leftUs > SPIN_US) {
      const untilUs = this.deadlineUs - leftUs + SPIN_US;
      while (monotonicUs() < untilUs);
      return void setImmediate(this.check);
    }
    while (monotonicUs() < this.deadlineUs);
    const done = this.done;
    this.done = null;
    done();
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
