/** The ways to strangers' agents during a match: pinged from its begin to its end, and what was measured handed out bit by bit. */
import type { AgentLine } from '../protocol/line.js';
import { RoundTrips } from '../protocol/round-trips.js';
import type { SeatSheet } from './sheet.js';

const PING_EVERY_MS = 500;
/** Dates of a clock that are further from ours are none. */
const A_DAY_US = 86_400e6;
/** Most that an agent may tell of its clock between two takings. */
const MOST_DATES = 256;

interface Way {
  trips: RoundTrips;
  isOurs: boolean;
  /** How many of the trips, and of those lost, were handed out. */
  taken: number;
  lost: number;
  aheadUs: number[];
}

export class Ways {
  private readonly ways = new Map<number, Way>();

  constructor(
    private readonly seats: readonly SeatSheet[],
    private readonly lines: readonly AgentLine[],
  ) {}

  /** Begins to ping. */
  begin(): void {
    this.seats.forEach(({ record, trips }, seat) => {
      if (record.kind !== 'stranger') return;
      const line = this.lines[seat]!;
      const way: Way = {
        trips: trips ?? new RoundTrips(line, PING_EVERY_MS),
        isOurs: trips === undefined,
        taken: trips?.takenUs.length ?? 0,
        lost: trips?.lost ?? 0,
        aheadUs: [],
      };
      this.ways.set(seat, way);
      line.onDate = (aheadUs) => {
        if (Math.abs(aheadUs) < A_DAY_US && way.aheadUs.length < MOST_DATES) way.aheadUs.push(Math.round(aheadUs));
      };
      if (way.isOurs) way.trips.ping();
    });
  }

  /** A seat's agent is gone: what is unanswered stays so. */
  left(seat: number): void {
    this.ways.get(seat)?.trips.forget();
  }

  /**
   * What was measured since the last time, by seat; nothing where there is nothing new. Whole microseconds.
   * @param isEnd the match is over: what is overdue counts as lost
   */
  taken(isEnd: boolean): { seat: number; us: number[]; lost?: number; aheadUs?: number[] }[] {
    return [...this.ways].flatMap(([seat, way]) => {
      const us = way.trips.takenUs.slice(way.taken).map(Math.round);
      way.taken += us.length;
      const aheadUs = way.aheadUs.splice(0);
      const lost = way.trips.lost - way.lost + (isEnd ? way.trips.overdue : 0);
      way.lost = way.trips.lost;
      if (us.length === 0 && lost === 0 && aheadUs.length === 0) return [];
      return [{ seat, us, ...(lost === 0 ? {} : { lost }), ...(aheadUs.length === 0 ? {} : { aheadUs }) }];
    });
  }

  /** Pings no more. */
  end(): void {
    for (const [seat, { trips, isOurs }] of this.ways) {
      if (isOurs) trips.stop();
      this.lines[seat]!.onDate = null;
    }
    this.ways.clear();
  }
}
