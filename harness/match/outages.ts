/**
 * Outages that a match was asked to have (scoring/trace/outage.ts): each takes the endpoint of a seat away at its world time and has it brought back.
 * A driver says when; both ends are recorded at the world time at which they came.
 *
 * What brings an endpoint back takes real time. The virtual clock, which otherwise leaps over time in which nobody thinks, keeps to real time
 * meanwhile: its world comes to no time sooner than it would at the match's speed since the endpoint went.
 */
import type { Micros } from '../../envs/environment.js';
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { monotonicUs } from '../host/clock.js';
import type { MatchWorld } from './world.js';

/** One that is to come. */
export interface SeatOutage {
  seat: number;
  /** World time at which it begins. */
  atUs: Micros;
  /**
   * Takes the endpoint away at once. @returns when it can be called again, with the ids of its processes where these compute on this host
   * @throws why it cannot be brought back: that ends the match
   */
  begin(): Promise<readonly number[] | undefined>;
}

type OutageEvent = Extract<TraceEvent, { kind: 'outage' }>;

/** Who is told what comes of them. */
export interface OutageHooks {
  record(event: OutageEvent): void;
  /** A seat's endpoint is back, by these processes. */
  back(seat: number, processes: readonly number[] | undefined): void;
  failed(error: unknown): void;
  /** Something is to be recorded, or the clock need not be held any more. */
  changed(): void;
}

export class Outages {
  /** Those to come, the first first. */
  private readonly planned: SeatOutage[];
  /** Where those that came have the world and real time meet, by seat, while they last. */
  private readonly down = new Map<number, { at: Micros; sinceUs: number }>();
  /** What came and is not recorded yet, in order of time. */
  private readonly due: OutageEvent[] = [];

  constructor(
    planned: readonly SeatOutage[],
    private readonly hooks: OutageHooks,
  ) {
    this.planned = [...planned].sort((a, b) => a.atUs - b.atUs || a.seat - b.seat);
  }

  /** World time of the next that is to come; Infinity when none is. */
  get nextAt(): Micros {
    return this.planned[0]?.atUs ?? Infinity;
  }

  /** Has those come that are due at or before `at`, the world time it is now. @param now reads the world's time later on */
  strike(at: Micros, now: () => Micros): void {
    while (this.nextAt <= at) {
      const { seat, begin } = this.planned.shift()!;
      const sinceUs = monotonicUs();
      this.down.set(seat, { at, sinceUs });
      this.due.push({ kind: 'outage', seat, at, state: 'down' });
      begin().then(
        (processes) => {
          this.hooks.back(seat, processes);
          this.due.push({ kind: 'outage', seat, at: Math.max(at, now()), state: 'up', realUs: Math.round(monotonicUs() - sinceUs) });
          this.down.delete(seat);
          this.hooks.changed();
        },
        (error: unknown) => this.hooks.failed(error),
      );
    }
  }

  /** Records what came at or before `to`, to which the world may go. @returns whether there was any */
  take(world: Pick<MatchWorld, 'env' | 'reach' | 'over'>, to: Micros): boolean {
    let some = false;
    while (!world.over && this.due.length > 0 && this.due[0]!.at <= to) {
      const event = this.due.shift()!;
      const at = Math.max(event.at, world.env.now);
      if (!world.reach(at)) return true;
      this.hooks.record({ ...event, at });
      some = true;
    }
    return some;
  }

  /** Real time before which the virtual clock may not have its world at `at`; -Infinity while every endpoint is there. @param speed world time a real one */
  heldUntilUs(at: Micros, speed: number): number {
    let untilUs = -Infinity;
    for (const down of this.down.values()) untilUs = Math.max(untilUs, down.sinceUs + (at - down.at) / speed);
    return untilUs;
  }
}
