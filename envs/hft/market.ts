/** The market as an environment: a listing for every symbol, the seats, and the one schedule by which everything acts. */
import { Digest } from '../digest.js';
import type { Action, Environment, Landing, Micros, Results, Snapshot } from '../environment.js';
import { keyOf, RememberingStream } from '../random.js';
import { Accounts, Ledger } from './seats/accounts.js';
import type { BackgroundAgent } from './background/agent.js';
import { CommonFactor } from './background/common-factor.js';
import type { Exchange, OnExecution } from './exchange/exchange.js';
import { carryOut } from './seats/gateway.js';
import { STEP_US } from './history.js';
import { Listing, makeup, STREAMS_A_SYMBOL, WARM_UP_US, withoutNews } from './listing.js';
import { Desk } from './seats/desk.js';
import { flatten, liquidate } from './seats/margin.js';
import { observe, scene } from './observation.js';
import { BUY, SELL } from './exchange/order.js';
import { feeTiers, type HftOptions } from './options.js';
import { Schedule } from './schedule.js';
import type { HftScene } from './scene.js';
import { limitsOf, PULL_AFTER_US, Seat, STANDING_ORDERS } from './seats/seat.js';
import type { HftPlan, HftState } from './state.js';

/** Random streams of this world: a range for every symbol, and the common factor's beyond them. */
const PURPOSE = 0x686674;
const FACTOR_STREAM = 0xfffffff0;

/** A background agent at its exchange. Its methods are kept beside it: looking them up by class costs as much as many a wake does. */
interface Actor {
  readonly exchange: Exchange;
  readonly agent: BackgroundAgent;
  readonly turn: BackgroundAgent['turn'];
  readonly wait: BackgroundAgent['wait'];
}

interface MarketSnapshot {
  now: number;
  over: boolean;
  schedule: Float64Array;
  ledger: Float64Array[];
  factor: ReturnType<CommonFactor['snapshot']> | undefined;
  listings: ReturnType<Listing['snapshot']>[];
  seats: ReturnType<Seat['snapshot']>[];
}

export class Market implements Environment<HftState, HftPlan, HftScene> {
  now: Micros = 0;
  over = false;
  readonly listings: readonly Listing[];
  readonly seats: readonly Seat[];
  readonly ledger: Ledger;
  private readonly factor: CommonFactor | undefined;
  /** When each acts next: the clock's step, every listing's background, then the seats' `pull`. Ties go to the first. */
  private readonly schedule: Schedule;
  /** Whose place in the schedule it is, for the background: listing and agent. */
  private readonly actors: readonly Actor[];

  constructor(
    readonly options: HftOptions,
    seed: number,
  ) {
    const key = keyOf(seed, PURPOSE);
    const { symbols, seats } = options;
    let owners = seats;
    const makeups = symbols.map(({ market }, i) => {
      const made = makeup(market, key, i * STREAMS_A_SYMBOL, owners);
      owners += made.agents.length;
      return made;
    });
    const kinds = [...Array.from({ length: seats }, () => 'seat'), ...makeups.flatMap(({ agents }) => agents.map(({ kind }) => kind))];
    this.ledger = new Ledger(owners, seats, options.cashMicros, feeTiers(options));
    this.listings = symbols.map((symbol, i) => {
      const accounts = new Accounts(this.ledger, symbol.tickMicros);
      const told: OnExecution = (execution) => this.seats[execution.owner]!.executed(i, execution);
      return new Listing(symbol, makeups[i]!, key, i * STREAMS_A_SYMBOL, accounts, kinds, told, options);
    });
    this.seats = Array.from({ length: seats }, (_, i) => {
      const desks = this.listings.map(({ symbol, exchange }) => new Desk(i, symbol, exchange));
      return new Seat(i, limitsOf(options, i), desks, this.ledger);
    });
    const leading = symbols.findIndex((_, i) => makeups[i]!.correlates);
    if (options.correlationPermille > 0 && symbols.length > 1 && leading >= 0) {
      const { startTicks, source } = makeup(withoutNews(symbols[leading]!.market), key, FACTOR_STREAM, 0);
      this.factor = new CommonFactor(new RememberingStream(key, FACTOR_STREAM), source, startTicks, options.correlationPermille);
    }
    this.actors = this.listings.flatMap(({ exchange, agents }) =>
      agents.map((agent): Actor => ({ exchange, agent, turn: agent.turn, wait: agent.wait })),
    );
    this.schedule = new Schedule(1 + this.actors.length + seats);
    this.schedule.set(0, -WARM_UP_US);
    this.actors.forEach(({ agent }, i) => this.schedule.set(1 + i, -WARM_UP_US + agent.wait()));
    this.run(0);
  }

  /** The first symbol's exchange: all there is in a match of one symbol. */
  get exchange(): Exchange {
    return this.listings[0]!.exchange;
  }

  advance(to: Micros): void {
    if (to <= this.now) return;
    if (!this.over) {
      this.run(Math.min(to, this.options.durationUs));
      if (to >= this.options.durationUs) this.close();
    }
    this.now = to;
  }

  act(seatNumber: number, action: Action<HftPlan>, at: Micros, latencyUs?: Micros): Landing {
    this.advance(at);
    if (this.over) return { at: this.now, accepted: false, reason: 'the market has closed' };
    const seat = this.seats[seatNumber];
    if (seat === undefined)
      return { at: this.now, accepted: false, reason: `no seat ${seatNumber}; accepted: 0 to ${this.seats.length - 1}` };
    this.tell(this.now);
    if (latencyUs !== undefined) seat.latencyUs = latencyUs;
    if (action.standing !== undefined && (STANDING_ORDERS as readonly string[]).includes(action.standing)) seat.standing = action.standing;
    const landing = carryOut(seat, action.plan, this.now);
    this.schedule.set(this.pullPlace(seat), seat.standing === 'pull' && seat.live > 0 ? this.now + PULL_AFTER_US : Infinity);
    return landing;
  }

  leave(seatNumber: number, at: Micros): void {
    this.advance(at);
    const seat = this.seats[seatNumber];
    if (seat === undefined) return;
    this.tell(this.now);
    seat.cancelAll();
    this.schedule.set(this.pullPlace(seat), Infinity);
  }

  observe(seat: number): HftState {
    return observe(this, seat);
  }

  scene(): HftScene {
    return scene(this);
  }

  /** Cash plus every position at its mid, in micro-units. */
  equity(seat: number): number {
    return this.seats[seat]!.equity;
  }

  worth(seat: number): number {
    const { cashMicros } = this.options;
    return Math.floor(((this.equity(seat) - cashMicros) * 1_000_000) / cashMicros);
  }

  results(): Results {
    const { cash, fees } = this.ledger;
    return {
      over: this.over,
      endedAt: this.over ? this.options.durationUs : this.now,
      reward: this.seats.map((seat) => this.worth(seat.number)),
      seats: this.seats.map((seat) => ({
        ...seat.counts,
        position: seat.desks.reduce((sum, { position }) => sum + position, 0),
        cashMicros: cash[seat.number]!,
        feesMicros: fees[seat.number]!,
      })),
    };
  }

  digest(): string {
    const into = new Digest();
    into.int(this.now).int32(this.over ? 1 : 0);
    for (const at of this.schedule.snapshot()) into.int(at === Infinity ? -1 : at);
    for (const volume of this.ledger.volume) into.int(volume);
    this.factor?.digest(into);
    for (const listing of this.listings) listing.digest(into);
    for (const seat of this.seats) seat.digest(into);
    return into.hex();
  }

  nextChange(): Micros {
    return this.over ? Infinity : Math.min(this.schedule.at, this.options.durationUs);
  }

  nextPublish(after: Micros): Micros {
    const { gridUs } = this.options;
    return (Math.floor(after / gridUs) + 1) * gridUs;
  }

  snapshot(): Snapshot {
    const snapshot: MarketSnapshot = {
      now: this.now,
      over: this.over,
      schedule: this.schedule.snapshot(),
      ledger: this.ledger.snapshot(),
      factor: this.factor?.snapshot(),
      listings: this.listings.map((listing) => listing.snapshot()),
      seats: this.seats.map((seat) => seat.snapshot()),
    };
    return snapshot;
  }

  restore(from: Snapshot): void {
    const s = from as MarketSnapshot;
    this.now = s.now;
    this.over = s.over;
    this.schedule.restore(s.schedule);
    this.ledger.restore(s.ledger);
    if (s.factor !== undefined) this.factor?.restore(s.factor);
    this.listings.forEach((listing, i) => listing.restore(s.listings[i]!));
    this.seats.forEach((seat, i) => seat.restore(s.seats[i]!));
  }

  reseed(seed: number): void {
    const key = keyOf(seed, PURPOSE);
    this.factor?.reseed(key);
    for (const listing of this.listings) listing.reseed(key);
    this.actors.forEach(({ agent, wait }, i) => this.schedule.set(1 + i, this.now + wait.call(agent)));
  }

  private pullPlace(seat: Seat): number {
    return 1 + this.actors.length + seat.number;
  }

  /** Tells every exchange the time. */
  private tell(at: Micros): void {
    for (const { exchange } of this.listings) exchange.now = at;
  }

  /** Lets everything happen that is due up to and including `to`. */
  private run(to: Micros): void {
    const { schedule, actors } = this;
    const last = actors.length;
    while (schedule.at <= to) {
      const at = schedule.at;
      const who = schedule.first;
      if (who === 0) {
        this.tell(at);
        const common = this.factor?.step();
        for (const listing of this.listings) listing.step(common);
        liquidate(this.seats);
        schedule.set(0, at + STEP_US);
      } else if (who <= last) {
        const { exchange, agent, turn } = actors[who - 1]!;
        exchange.now = at;
        schedule.set(who, at + turn.call(agent, exchange));
      } else {
        this.tell(at);
        this.seats[who - last - 1]!.cancelAll();
        schedule.set(who, Infinity);
      }
    }
  }

  /**
   * The close: the seats' orders are cancelled in every symbol, then, symbol by symbol, every position is sold or bought back
   * against the book, seat by seat, paying taker fees. What the book cannot absorb is settled with the background at the price of the
   * book's far end, told as a trade with the exchange.
   */
  private close(): void {
    this.tell(this.options.durationUs);
    for (const seat of this.seats) seat.cancelAll();
    for (const { exchange } of this.listings) {
      for (const seat of this.seats) {
        const position = exchange.accounts.position[seat.number]!;
        if (position === 0) continue;
        seat.counts.closedShares += Math.abs(position);
        const side = position > 0 ? SELL : BUY;
        const far =
          exchange.book.depth(side === SELL ? BUY : SELL, Infinity).at(-1)?.[0] ?? (side === SELL ? exchange.bid() : exchange.ask());
        flatten(exchange, seat.number);
        const rest = exchange.accounts.position[seat.number]!;
        if (rest !== 0) exchange.settle(seat.number, this.seats.length, side, far, Math.abs(rest), `settled at the close at ${far}`);
      }
    }
    this.over = true;
    this.schedule.clear();
  }
}
