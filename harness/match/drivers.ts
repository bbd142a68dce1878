/**
 * The two clocks. A driver decides how far a match's world may go: the wall driver as far as real time has gone, waking at every
 * publishing moment; the virtual driver as far as nobody's answer is being waited for.
 */
import type { Micros } from '../../envs/environment.js';
import { Alarm, monotonicUs, Pacing, type ClockWatch } from '../host/clock.js';
import { IdleCollector } from '../host/idle-collector.js';
import type { LatenessLog } from './lateness.js';
import { contentOf, keptTelemetry, latencyOf, refusalOf } from './answering.js';
import type { ActionFrame, ErrorCode } from '../protocol/frames.js';
import type { Outages } from './outages.js';
import type { Seat } from './seat.js';
import type { MatchWorld } from './world.js';

/** A clock behind a match. */
export interface Driver {
  /** Real stamps of a push at world time `at` (see WorldHooks.pushing). */
  pushing(at: Micros, feedUs: Micros): { fromUs: number; lateUs: number };
  /** The world has reached a publishing moment; by how many whole real microseconds late, where there is a real time it was due. */
  reached(at: Micros): number | undefined;
  /** World time at which a seat's observation is sent (see WorldHooks.sendsAt). */
  sendsAt(seat: Seat, at: Micros, feedUs: Micros): Micros;
  /** An agent's frame. What is refused is handed back to be told. */
  action(seat: Seat, frame: ActionFrame, arrivedUs: number): { code: ErrorCode; detail: string } | null;
  /** World time at which something that happens now outside takes effect, everything before it done. */
  present(): Micros;
  /** Something changed outside: an agent went or came back. */
  changed(): void;
  /** Puts the world behind the clock, before anything else is asked. */
  attach(world: MatchWorld, outages: Outages): void;
  /** World time that the clock has reached. */
  clockAt(): Micros;
  /** Has the clock go on from a world time that it reached elsewhere. Call just before `run`. */
  startFrom(at: Micros): void;
  /** Plays until the world is over or stopped. */
  run(hooks: RunHooks): Promise<void>;
}

/** Who looks on while a driver runs. */
export interface RunHooks {
  /** The world has moved on. */
  between(): void;
  /** A moment at which the match may be written down: on the virtual clock one at which nobody is thinking. */
  quiet(): void;
  /** Whether to stop. */
  stopped(): boolean;
}

/** Real time between a match's welcome and its world's start. */
const LEAD_IN_US = 20_000;
/** Observations sent between two looks at the sockets: answers that came meanwhile need not wait for all of a moment's. */
const SENT_AT_ONCE = 8;
/** Real time after which a driver that never sleeps lets the sockets be served. */
const YIELD_EVERY_US = 5_000;
/** How often the clocks are compared, in real microseconds. */
const WATCH_EVERY_US = 1_000_000;

/** A timer that is set to more real milliseconds goes off at once. Who wakes before its limit waits again. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

abstract class BaseDriver {
  protected world!: MatchWorld;
  protected outages!: Outages;
  private watchedAtUs = monotonicUs();

  constructor(private readonly clocks: ClockWatch) {}

  attach(world: MatchWorld, outages: Outages): void {
    this.world = world;
    this.outages = outages;
  }

  protected watchClocks(): void {
    const nowUs = monotonicUs();
    if (nowUs - this.watchedAtUs < WATCH_EVERY_US) return;
    this.watchedAtUs = nowUs;
    this.clocks.check();
  }
}

export class WallDriver extends BaseDriver implements Driver {
  private pacing: Pacing;
  private readonly alarm: Alarm;
  private readonly idle = new IdleCollector();

  constructor(
    private readonly speed: number,
    clocks: ClockWatch,
    private readonly lateness: LatenessLog,
    /** An endpoint computes on this host: cores are not for spinning. */
    sparing: boolean,
  ) {
    super(clocks);
    this.pacing = new Pacing(monotonicUs() + LEAD_IN_US, speed);
    this.alarm = new Alarm(sparing);
  }

  clockAt(): Micros {
    return Math.max(this.pacing.worldAt(monotonicUs()), this.world.env.now);
  }

  startFrom(at: Micros): void {
    this.pacing = new Pacing(monotonicUs() + LEAD_IN_US - at / this.speed, this.speed);
  }

  pushing(at: Micros, feedUs: Micros): { fromUs: number; lateUs: number } {
    const { pacing } = this;
    return { fromUs: pacing.realAt(at + feedUs), lateUs: Math.max(0, Math.round(monotonicUs() - pacing.realAt(at))) };
  }

  sendsAt(_seat: Seat, at: Micros, feedUs: Micros): Micros {
    return at + feedUs;
  }

  reached(at: Micros): number {
    const lateUs = Math.max(0, Math.round(monotonicUs() - this.pacing.realAt(at)));
    this.lateness.add(lateUs);
    return lateUs;
  }

  present(): Micros {
    // Read once: what is due until a later reading would not be done yet.
    const at = this.pacing.worldAt(monotonicUs());
    this.world.runTo(at);
    return Math.max(at, this.world.earliest);
  }

  action(seat: Seat, frame: ActionFrame, arrivedUs: number): { code: ErrorCode; detail: string } | null {
    const { world, pacing } = this;
    // Moments that are past but not yet published come first; what arrives on a published moment lands just after it.
    world.runTo(pacing.worldAt(arrivedUs));
    const refusal = refusalOf(frame, seat, world.id);
    if (refusal) return refusal;
    const pending = seat.pending!;
    const arrival = Math.max(pacing.worldAt(arrivedUs), world.earliest);
    const landsAt = Math.max(arrival, pending.at + latencyOf(seat, pending, arrival - pending.at));
    const realUs = Math.max(0, Math.round(arrivedUs - pending.fromUs));
    const wait = seat.waits?.waited();
    pending.answer = { landsAt, realUs, wait, telemetry: keptTelemetry(frame.telemetry), content: contentOf(frame, world.task) };
    if (landsAt === arrival) world.runTo(arrival);
    this.changed();
    return null;
  }

  changed(): void {
    this.alarm.move(this.world.hasOutgoing ? 0 : this.nextUs);
  }

  /** Real time of what comes next: in the world, or to an endpoint of it. */
  private get nextUs(): number {
    return this.pacing.realAt(Math.min(this.world.nextAt, this.outages.nextAt));
  }

  async run({ between, quiet, stopped }: RunHooks): Promise<void> {
    const { world, pacing, outages } = this;
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    let servedAtUs = monotonicUs();
    while (!world.over && !stopped()) {
      const next = world.nextAt;
      // World time is rounded down; that must not hold back a moment that is due.
      if (monotonicUs() >= pacing.realAt(next)) world.runTo(Math.max(next, pacing.worldAt(monotonicUs())));
      if (world.hasOutgoing && world.send(SENT_AT_ONCE)) {
        await turn();
        servedAtUs = monotonicUs();
        continue;
      }
      if (outages.nextAt <= pacing.worldAt(monotonicUs())) outages.strike(this.present(), () => this.present());
      outages.take(world, Infinity);
      between();
      quiet();
      this.watchClocks();
      const { nextUs } = this;
      if (world.over) return;
      if (monotonicUs() < nextUs) {
        this.idle.use(nextUs);
        await this.alarm.ring(nextUs);
        servedAtUs = monotonicUs();
      } else if (monotonicUs() - servedAtUs > YIELD_EVERY_US) {
        // A world that has fallen behind must still read what its agents send.
        await turn();
        servedAtUs = monotonicUs();
      }
    }
  }
}

/**
 * How long a seat with a given latency may really take before its first miss, in real microseconds. A busy host may keep its process waiting,
 * which says nothing about the latency it was given.
 */
const GIVEN_GRACE_US = 2_000_000;

export class VirtualDriver extends BaseDriver implements Driver {
  private wake: (() => void) | null = null;
  private readonly idle = new IdleCollector();

  constructor(
    private readonly speed: number,
    private readonly timeoutUs: Micros,
    clocks: ClockWatch,
  ) {
    super(clocks);
  }

  clockAt(): Micros {
    return this.world.env.now;
  }

  startFrom(): void {
    // The clock is where the world is.
  }

  pushing(): { fromUs: number; lateUs: number } {
    return { fromUs: monotonicUs(), lateUs: 0 };
  }

  /**
   * The world stands still while an agent thinks, so an injected feed latency is only added to the result; nobody really waits for it.
   * Seats whose latency is measured are asked one at a time, while nobody else thinks: a bot that computed at the same time would take
   * processor time from the request, and so add to its latency.
   */
  sendsAt(seat: Seat, at: Micros): Micros {
    return seat.isMeasured(seat.seq) ? Infinity : at;
  }

  reached(): undefined {
    // Nothing is late when the world waits.
  }

  present(): Micros {
    return this.world.earliest;
  }

  action(seat: Seat, frame: ActionFrame, arrivedUs: number): { code: ErrorCode; detail: string } | null {
    const refusal = refusalOf(frame, seat, this.world.id);
    if (refusal) return refusal;
    const pending = seat.pending!;
    const realUs = arrivedUs - pending.fromUs;
    const latencyUs = latencyOf(seat, pending, pending.drawn.feedUs + Math.round(realUs * this.speed));
    pending.answer = {
      landsAt: pending.at + latencyUs,
      realUs: Math.round(realUs),
      wait: seat.waits?.waited(),
      telemetry: keptTelemetry(frame.telemetry),
      content: contentOf(frame, this.world.task),
    };
    this.changed();
    return null;
  }

  changed(): void {
    this.wake?.();
  }

  async run({ between, quiet, stopped }: RunHooks): Promise<void> {
    const { world, outages } = this;
    let yieldedAtUs = monotonicUs();
    while (!world.over && !stopped()) {
      const awaited = world.seats.filter((seat) => seat.isAwaited);
      if (awaited.length > 0) {
        if (!awaited.some((seat) => seat.pending!.sent)) this.send(awaited[0]!);
        await this.answered(awaited.filter((seat) => seat.pending!.sent));
        yieldedAtUs = monotonicUs();
        continue;
      }
      quiet();
      if (stopped()) return;
      if (outages.nextAt <= world.nextAt) outages.strike(outages.nextAt, () => this.thinkingAt());
      if (outages.take(world, world.nextAt)) continue;
      const heldUs = outages.heldUntilUs(world.nextAt, this.speed);
      if (heldUs > monotonicUs()) {
        await this.rest(heldUs);
        continue;
      }
      world.runTo(world.nextAt);
      world.send(Infinity);
      between();
      this.watchClocks();
      if (monotonicUs() - yieldedAtUs > YIELD_EVERY_US) {
        await new Promise((resolve) => setImmediate(resolve));
        yieldedAtUs = monotonicUs();
      }
    }
  }

  /** Sends an observation that was held back. Its latency runs from here. */
  private send(seat: Seat): void {
    const pending = seat.pending!;
    this.world.frameOf(pending); // written before its latency begins
    pending.fromUs = monotonicUs();
    this.world.ask(seat);
  }

  /** Waits for an answer, a change outside, or the first real time limit; seats past theirs are given up. */
  private async answered(awaited: Seat[]): Promise<void> {
    const { outages } = this;
    const nowUs = monotonicUs();
    let firstLimitUs = Infinity;
    for (const seat of awaited) {
      // An outage may come while somebody thinks whose latency is measured: the world will be there as late as real time says.
      if (outages.nextAt < Infinity && seat.isMeasured(seat.pending!.seq)) {
        if (this.thoughtTo(seat) >= outages.nextAt) outages.strike(outages.nextAt, () => this.thinkingAt());
        const { at, fromUs, drawn } = seat.pending!;
        firstLimitUs = Math.min(firstLimitUs, fromUs + (outages.nextAt - at - drawn.feedUs) / this.speed);
      }
      const limitUs = seat.pending!.fromUs + this.patienceUs(seat);
      if (limitUs <= nowUs) {
        seat.pending!.expired = true;
        return;
      }
      firstLimitUs = Math.min(firstLimitUs, limitUs);
    }
    await this.rest(firstLimitUs);
  }

  /** World time that a seat whose latency is measured has thought up to. */
  private thoughtTo({ pending }: Seat): Micros {
    const { at, drawn, fromUs } = pending!;
    return at + drawn.feedUs + Math.round((monotonicUs() - fromUs) * this.speed);
  }

  /** World time that it is for whoever looks from outside: where the world stands, or what somebody who thinks has thought up to. */
  private thinkingAt(): Micros {
    const thinking = this.world.seats.filter((seat) => seat.isAwaited && seat.pending!.sent && seat.isMeasured(seat.pending!.seq));
    return thinking.reduce((latest, seat) => Math.max(latest, this.thoughtTo(seat)), this.world.env.now);
  }

  /** Waits for a real time, or until something changes outside. */
  private async rest(untilUs: number): Promise<void> {
    this.idle.use(Infinity);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, Math.min(LONGEST_WAIT_MS, Math.max(1, Math.ceil((untilUs - monotonicUs()) / 1000))));
      this.wake = done;
    });
  }

  /** How long, in real microseconds, the world waits for a seat's answer before it counts as missed. */
  private patienceUs(seat: Seat): number {
    const limitUs = this.timeoutUs / this.speed;
    const knownUs = seat.latencyOf(seat.pending!.seq) ?? seat.record.givenUs;
    if (knownUs !== undefined && knownUs > this.timeoutUs) return 0; // the latency it was given is over the limit: a miss, whatever it answers
    const isGiven = knownUs !== undefined;
    return isGiven && !seat.hasMissed && seat.connected ? Math.max(limitUs, GIVEN_GRACE_US) : limitUs;
  }
}
