/** One match between agents of an arena, or of one of them alone: its agents are pinged meanwhile, and one that stays away ends it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';
import { playMatch } from '../match/match.js';
import type { SeatSheet } from '../match/sheet.js';
import type { AgentLine } from '../protocol/line.js';
import { RoundTrips } from '../protocol/round-trips.js';
import type { Show } from '../protocol/watching.js';
import type { MatchServer } from '../protocol/server.js';
import { figuresOf } from './figures.js';
import type { AgentFigures, PairingOrder } from './order.js';

/** How often an agent is pinged during a match. */
const PING_EVERY_MS = 500;

/** Whoever takes a seat. */
export interface RankedSeat {
  name: string;
  token: string;
  line: AgentLine;
}

/** A match that was played, or stopped by somebody's absence. */
export interface PlayedMatch {
  trace: Trace;
  /** By seat. */
  figures: AgentFigures[];
  /** The trace's file; null where it could not be written to its end. */
  path: string | null;
}

/**
 * Plays it.
 * @param id its name, from which no seed follows
 * @param seats whose agents are connected
 * @param show who shows it; absent: nobody, since a match server's own spectators are told its seed at its end
 * @throws what `playMatch` throws
 */
export async function playRanked(
  server: MatchServer,
  order: PairingOrder,
  id: string,
  seats: readonly RankedSeat[],
  show?: Show,
): Promise<PlayedMatch> {
  const { task, options, clock, speed, timeoutUs, givenUs } = order.terms;
  const away = new Away(order.awayMs, (seat) => seats[seat]!.name);
  const trips = seats.map(({ line }) => new RoundTrips(line, PING_EVERY_MS));
  const tracePath = join(order.folder, `${id}.jsonl.gz`);
  const given = givenUs === undefined ? {} : { givenUs };
  try {
    for (const each of trips) each.ping();
    const trace = await playMatch(server, {
      ...{ id, task, options, seed: order.seed, clock, speed, timeoutUs, tracePath },
      seats: seats.map(({ name, token, line }, seat): SeatSheet => ({
        token,
        trips: trips[seat]!,
        record: { name, kind: 'stranger', addedUs: 0, ...given, configuration: { calledItself: line.calledItself } },
      })),
      ...(show ? { shownBy: show } : { watched: false }),
      signal: away.signal,
      onEvent: (event) => {
        away.see(event);
      },
    });
    const figures = seats.map((_, seat) => figuresOf(trace, seat, trips[seat]!.takenUs));
    return { trace, figures, path: existsSync(tracePath) ? tracePath : null };
  } finally {
    away.end();
    for (const each of trips) each.stop();
  }
}

/** Stops a match whose agent stays away: what it will have lost need not be played out. */
class Away {
  private readonly stop = new AbortController();
  private readonly timers = new Map<number, NodeJS.Timeout>();

  constructor(
    private readonly awayMs: number,
    private readonly nameOf: (seat: number) => string,
  ) {}

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  see(event: TraceEvent): void {
    if (event.kind === 'leave') {
      clearTimeout(this.timers.get(event.seat));
      const told = `${this.nameOf(event.seat)} was away for ${this.awayMs / 1000} s`;
      this.timers.set(
        event.seat,
        setTimeout(() => this.stop.abort(told), this.awayMs),
      );
    } else if (event.kind === 'return') clearTimeout(this.timers.get(event.seat));
  }

  end(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
