/** The market as an environment: one exchange, its background, its seats, and the schedule by which they act. */
import { Digest } from '../digest.js';
import type { Action, Environment, Landing, Micros, Results, Snapshot } from '../environment.js';
import { keyOf, Stream } from '../random.js';
import { type BackgroundAgent, digestAgent } from './background/agent.js';
import { BarPath } from './background/bar-path.js';
import { MARKET_MAKERS, ZERO_INTELLIGENCE } from './background/crowd.js';
import { MarketMaker } from './background/market-maker.js';
import type { ValueSource } from './background/source.js';
import { FundamentalValue } from './background/value.js';
import { ZeroIntelligence } from './background/zero-intelligence.js';
import { BUY, SELL } from './book.js';
import { Exchange } from './exchange.js';
import { carryOut } from './gateway.js';
import { STEP_US } from './history.js';
import { observe, scene } from './observation.js';
import type { HftOptions } from './options.js';
import type { HftScene } from './scene.js';
import { PULL_AFTER_US, Seat, STANDING_ORDERS } from './seat.js';
import type { HftPlan, HftState } from './state.js';

/** The background trades this long before the match begins, so that it opens on a book. */
const WARM_UP_US = 5_000_000;
/** Random streams of this world; background agents' ids follow. */
const PURPOSE = 0x686674;
const VALUE_STREAM = 1;
const NOISE_STREAM = 2;
const FIRST_AGENT_STREAM = 16;
/** The index is the value plus a noise of a tick at most, drawn again at one step in four. */
const NOISE = [-1, 0, 0, 1] as const;
const NOISE_EVERY = 4;

interface MarketSnapshot {
  now: number;
  over: boolean;
  index: number;
  noise: number;
  nextAt: Float64Array;
  exchange: ReturnType<Exchange['snapshot']>;
  memories: Float64Array[];
  streams: Float64Array;
  seats: ReturnType<Seat['snapshot']>[];
}

export class Market implements Environment<HftState, HftPlan, HftScene> {
  now: Micros = 0;
  over = false;
  /** The public signal now, in ticks. */
  index: number;
  readonly exchange: Exchange;
  readonly seats: Seat[];
  private noise = 0;
  private readonly source: ValueSource;
  private readonly noiseStream: Stream;
  private readonly background: BackgroundAgent[];
  /** When each acts next: the clock's step, the background, then the seats' `pull`. Ties go to the first. */
  private nextAt: Float64Array;

  constructor(
    readonly options: HftOptions,
    seed: number,
  ) {
    const key = keyOf(seed, PURPOSE);
    const { market, seats } = options;
    const start = market.kind === 'synthetic' ? market.startTicks : market.bars[0]![0];
    const valueStream = new Stream(key, VALUE_STREAM);
    this.source =
      market.kind === 'synthetic'
        ? new FundamentalValue(valueStream, start, market.preset)
        : new BarPath(valueStream, market.bars, WARM_UP_US / STEP_US);
    this.noiseStream = new Stream(key, NOISE_STREAM);
    this.index = start;
    const crowd = ZERO_INTELLIGENCE[market.kind === 'synthetic' ? market.preset : 'normal'];
    this.background = [
      ...MARKET_MAKERS.map((settings, i) => new MarketMaker(new Stream(key, FIRST_AGENT_STREAM + i), seats + i, settings)),
      ...crowd.map((waitUs, i) => {
        const n = MARKET_MAKERS.length + i;
        return new ZeroIntelligence(new Stream(key, FIRST_AGENT_STREAM + n), seats + n, waitUs);
      }),
    ];
    this.seats = Array.from({ length: seats }, (_, i) => new Seat(i));
    this.exchange = new Exchange(start, seats + this.background.length, options, (owner, id, size, price, maker) => {
      const seat = this.seats[owner];
      if (seat !== undefined) seat.filled(this.exchange, id, size, price, maker);
    });
    this.nextAt = Float64Array.from([
      -WARM_UP_US,
      ...this.background.map((agent) => -WARM_UP_US + agent.wait()),
      ...this.seats.map(() => Infinity),
    ]);
    this.run(0);
  }

  advance(to: Micros): void {
    if (to <= this.now) return;
    if (!this.over) {
      this.run(Math.min(to, this.options.durationUs));
      if (to >= this.options.durationUs) this.close();
    }
    this.now = to;
  }

  act(seatNumber: number, action: Action<HftPlan>, at: Micros): Landing {
    this.advance(at);
    if (this.over) return { at: this.now, accepted: false, reason: 'the market has closed' };
    const seat = this.seats[seatNumber];
    if (seat === undefined)
      return { at: this.now, accepted: false, reason: `no seat ${seatNumber}; accepted: 0 to ${this.seats.length - 1}` };
    this.exchange.now = this.now;
    if (action.standing !== undefined && (STANDING_ORDERS as readonly string[]).includes(action.standing)) seat.standing = action.standing;
    const landing = carryOut(this.exchange, seat, action.plan);
    seat.pullAt = seat.standing === 'pull' && seat.resting.length > 0 ? this.now + PULL_AFTER_US : Infinity;
    this.nextAt[1 + this.background.length + seatNumber] = seat.pullAt;
    return landing;
  }

  leave(seatNumber: number, at: Micros): void {
    this.advance(at);
    this.exchange.now = this.now;
    this.seats[seatNumber]?.cancelAll(this.exchange);
    this.nextAt[1 + this.background.length + seatNumber] = Infinity;
  }

  observe(seat: number): HftState {
    return observe(this, seat);
  }

  scene(): HftScene {
    return scene(this);
  }

  worth(seat: number): number {
    const { cashMicros } = this.options;
    return Math.floor(((this.exchange.accounts.equity(seat, this.exchange.mid2()) - cashMicros) * 1_000_000) / cashMicros);
  }

  results(): Results {
    const { accounts } = this.exchange;
    return {
      over: this.over,
      endedAt: this.over ? this.options.durationUs : this.now,
      reward: this.seats.map((seat) => this.worth(seat.number)),
      seats: this.seats.map((seat) => ({
        ...seat.counts,
        position: accounts.position[seat.number]!,
        cashMicros: accounts.cash[seat.number]!,
        feesMicros: accounts.fees[seat.number]!,
      })),
    };
  }

  digest(): string {
    const into = new Digest();
    into
      .int(this.now)
      .int32(this.over ? 1 : 0)
      .int32(this.index)
      .int32(this.noise);
    for (const at of this.nextAt) into.int(at === Infinity ? -1 : at);
    this.exchange.digest(into);
    into.int(this.source.stream.key).int32(this.source.stream.counter).int(this.noiseStream.key).int32(this.noiseStream.counter);
    for (const cell of this.source.memory) into.int(cell);
    for (const agent of this.background) digestAgent(agent, into);
    for (const seat of this.seats) seat.digest(into);
    return into.hex();
  }

  nextChange(): Micros {
    if (this.over) return Infinity;
    let next = this.options.durationUs;
    for (const at of this.nextAt) if (at < next) next = at;
    return next;
  }

  nextPublish(after: Micros): Micros {
    const { gridUs } = this.options;
    return (Math.floor(after / gridUs) + 1) * gridUs;
  }

  snapshot(): Snapshot {
    const snapshot: MarketSnapshot = {
      now: this.now,
      over: this.over,
      index: this.index,
      noise: this.noise,
      nextAt: this.nextAt.slice(),
      exchange: this.exchange.snapshot(),
      memories: [this.source.memory.slice(), ...this.background.map((agent) => agent.memory.slice())],
      streams: Float64Array.from(this.streams().flatMap((stream) => [stream.key, stream.counter])),
      seats: this.seats.map((seat) => seat.snapshot()),
    };
    return snapshot;
  }

  restore(from: Snapshot): void {
    const s = from as MarketSnapshot;
    this.now = s.now;
    this.over = s.over;
    this.index = s.index;
    this.noise = s.noise;
    this.nextAt.set(s.nextAt);
    this.exchange.restore(s.exchange);
    this.source.memory.set(s.memories[0]!);
    this.background.forEach((agent, i) => agent.memory.set(s.memories[i + 1]!));
    this.streams().forEach((stream, i) => {
      stream.key = s.streams[2 * i]!;
      stream.counter = s.streams[2 * i + 1]!;
    });
    this.seats.forEach((seat, i) => seat.restore(s.seats[i]!));
  }

  reseed(seed: number): void {
    const key = keyOf(seed, PURPOSE);
    for (const stream of this.streams()) stream.key = key;
    this.source.resample();
    this.background.forEach((agent, i) => (this.nextAt[1 + i] = this.now + agent.wait()));
  }

  private streams(): Stream[] {
    return [this.source.stream, this.noiseStream, ...this.background.map((agent) => agent.stream)];
  }

  /** Lets everything happen that is due up to and including `to`. */
  private run(to: Micros): void {
    const { nextAt, exchange, background } = this;
    const last = background.length;
    for (;;) {
      let who = 0;
      let at = nextAt[0]!;
      for (let i = 1; i < nextAt.length; i++) {
        if (nextAt[i]! < at) {
          at = nextAt[i]!;
          who = i;
        }
      }
      if (at > to) return;
      exchange.now = at;
      if (who === 0) {
        this.step();
        nextAt[0] = at + STEP_US;
      } else if (who <= last) {
        const agent = background[who - 1]!;
        agent.wake(exchange);
        nextAt[who] = at + agent.wait();
      } else {
        this.seats[who - last - 1]!.cancelAll(exchange);
        nextAt[who] = Infinity;
      }
    }
  }

  /** One step of the clock: the value moves, and the index with it. */
  private step(): void {
    const value = this.source.step();
    if (this.noiseStream.below(NOISE_EVERY) === 0) this.noise = NOISE[this.noiseStream.below(NOISE.length)]!;
    this.index = value + this.noise;
    this.exchange.history.add(this.index, this.exchange.mid2());
  }

  /**
   * The close: resting orders of seats are cancelled, then every position is sold or bought back against the book, seat by seat,
   * paying taker fees. What the book cannot absorb crosses with the background at the last price of the book's far end.
   */
  private close(): void {
    const { exchange } = this;
    exchange.now = this.options.durationUs;
    for (const seat of this.seats) seat.cancelAll(exchange);
    for (const seat of this.seats) {
      const position = exchange.accounts.position[seat.number]!;
      if (position === 0) continue;
      seat.counts.closedShares = Math.abs(position);
      const side = position > 0 ? SELL : BUY;
      const far =
        exchange.book.depth(side === SELL ? BUY : SELL, Infinity).at(-1)?.[0] ?? (side === SELL ? exchange.bid() : exchange.ask());
      exchange.take(seat.number, side, Math.abs(position), Infinity);
      const rest = exchange.accounts.position[seat.number]!;
      if (rest !== 0) exchange.accounts.settle(seat.number, this.seats.length, side, far, Math.abs(rest));
    }
    this.over = true;
    this.nextAt.fill(Infinity);
  }
}
