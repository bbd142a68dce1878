/** Plays a pairing: its two agents are waited for, then play the same world twice, sides swapped. Whoever is not there loses the match, nobody else's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { playMatch } from '../match/match.js';
import type { SeatSheet } from '../match/sheet.js';
import { taskNamed } from '../match/tasks.js';
import type { AgentLine } from '../protocol/line.js';
import { RoundTrips } from '../protocol/round-trips.js';
import type { MatchServer } from '../protocol/server.js';
import { figuresOf } from './figures.js';
import { seatOf, type GameNumber, type GameOutcome, type OfBoth, type PairingOrder } from './order.js';
import { byAbsence, byTrace } from './outcome.js';

/** How often an agent is pinged during a match. */
const PING_EVERY_MS = 500;

/** Who is told how far it is. */
export interface PairingHooks {
  begins(game: GameNumber): void;
  ended(outcome: GameOutcome): void;
}

export class PairingPlayer {
  private readonly lines: OfBoth<AgentLine>;

  constructor(
    private readonly server: MatchServer,
    private readonly order: PairingOrder,
    private readonly hooks: PairingHooks,
  ) {
    const line = ({ token, name }: PairingOrder['agents'][0]): AgentLine => server.admit(token, name, order.terms.task);
    this.lines = [line(order.agents[0]), line(order.agents[1])];
  }

  /** Plays its matches one after the other, until one is void. */
  async play(): Promise<void> {
    for (const game of this.order.games) {
      const outcome = await this.game(game);
      this.hooks.ended(outcome);
      if (outcome.status === 'void') return;
    }
  }

  private async game(game: GameNumber): Promise<GameOutcome> {
    const absent = await this.awaited();
    const bare = { game, came: [this.lines[0].isConnected, this.lines[1].isConnected], rewards: null, figures: null, digest: null, trace: null } as const; // prettier-ignore
    if (absent) return { ...bare, ...absent };
    this.hooks.begins(game);
    try {
      return await this.match(game);
    } catch (error) {
      // Nobody sits yet who is not there any more.
      const gone = this.missing('was gone before the match began');
      return { ...bare, ...(gone ?? { status: 'void' as const, why: (error as Error).message, points: null }) };
    }
  }

  /** Waits for both. @returns the outcome when not both came */
  private async awaited() {
    const { waitMs } = this.order;
    await Promise.all(this.lines.map((line) => line.connected(waitMs).catch(() => undefined)));
    return this.missing(`did not come to the match within ${waitMs / 1000} s`);
  }

  private missing(what: string) {
    const [first, second] = this.lines.map((line, i) => (line.isConnected ? null : `${this.order.agents[i]!.name} ${what}`));
    return byAbsence([first!, second!]);
  }

  private async match(game: GameNumber): Promise<GameOutcome> {
    const { server, order, lines } = this;
    const { task: name, options, clock, speed, timeoutUs } = order.terms;
    const task = taskNamed(name);
    const away = new Away(order.awayMs, (seat) => order.agents[seatOf(seat as 0 | 1, game)]!.name);
    const trips = lines.map((line) => new RoundTrips(line, PING_EVERY_MS));
    const id = `${order.id}-${game + 1}`;
    const tracePath = join(order.folder, `${id}.jsonl.gz`);
    try {
      for (const each of trips) each.ping();
      const trace = await playMatch(server, {
        ...{ id, task: name, options, seed: order.seed, clock, speed, timeoutUs, tracePath },
        seats: [this.seat(0, game), this.seat(1, game)],
        // A match's end tells spectators its seed, which is that of the next one, too.
        watched: false,
        signal: away.signal,
        onEvent: (event) => {
          away.see(event);
          if (event.kind === 'leave') trips[seatOf(event.seat as 0 | 1, game)]!.forget();
        },
      });
      const of = (agent: 0 | 1) => figuresOf(trace, seatOf(agent, game), trips[agent]!.takenUs);
      const reward = (agent: 0 | 1): number => trace.footer!.results.reward[seatOf(agent, game)]!;
      return {
        game,
        came: [true, true],
        ...byTrace(task, trace, game, [order.agents[0].name, order.agents[1].name]),
        rewards: [reward(0), reward(1)],
        figures: [of(0), of(1)],
        digest: trace.footer!.digest,
        trace: existsSync(tracePath) ? tracePath : null,
      };
    } finally {
      away.end();
      for (const each of trips) each.stop();
    }
  }

  private seat(seat: 0 | 1, game: GameNumber): SeatSheet {
    const { agents, terms } = this.order;
    const agent = seatOf(seat, game);
    const { name, token } = agents[agent];
    const given = terms.givenUs === undefined ? {} : { givenUs: terms.givenUs };
    return {
      token,
      record: { name, kind: 'stranger', addedUs: 0, ...given, configuration: { calledItself: this.lines[agent].calledItself } },
    };
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
