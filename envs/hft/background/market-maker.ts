/**
 * A market maker that quotes on both sides of its own view of the index, leaning against its inventory (the shape of Ho and Stoll 1981)
 * and wider when the index has been moving. It follows small moves at once; a larger one has to be believed first, sooner the
 * larger it is, and until then its quotes are stale: what a fast agent lives on. When one maker has moved the touch, the others look up.
 * Its orders may take: when its view has moved through resting orders, it trades with them, so stale orders of others are picked off.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Wire } from '../news/wire.js';
import type { BackgroundAgent } from './agent.js';
import { waitUs } from './waiting.js';

/** How one maker behaves. */
export interface MakerSettings {
  /** Mean time between two looks. */
  meanWaitUs: number;
  /** Age of the index it then sees, in steps of the market's clock. */
  lagSteps: number;
  /** Moves of the index by this many ticks or fewer between two looks are followed at once, whatever else is pending. */
  collarTicks: number;
  /** Chance per look of going to the index, in 10,000ths, by how many ticks it is away from the maker's view; the last entry holds beyond. */
  noticePer10k: readonly number[];
  /** The chance once the mid has moved by `alarmTicks` or more since its last look, as when another has moved. */
  alarmPermille: number;
  alarmTicks: number;
  /** The chance once one of its quotes has been filled whole. */
  filledPermille: number;
  /** Half the spread it quotes, in half ticks; levels lie `step` ticks apart, with these shares, best first. */
  halfSpread2: number;
  /** It quotes around a point up to this many half ticks off its view, anew at each move. */
  dither2: number;
  /** Half ticks added to the point it quotes around: 1 lets it quote a spread of one tick (absent: 0). */
  offset2?: number;
  /** Its quotes never take: one that would rests a tick short of the opposite side (absent: they take). */
  passive?: true;
  /** It overshoots a move of so many ticks or more by this much of it, in permille, and comes back as it notices (absent: never). */
  overshoot?: { fromTicks: number; permille: number };
  step: number;
  sizes: readonly number[];
  /** Chance per look of putting back a quote that filled, in permille. */
  refillPermille: number;
  /** Part of its inventory that it hedges elsewhere at each look, in permille. */
  hedgePermille: number;
  /** Chance per look that it hedges, in permille (absent: always). */
  hedgeChance?: number;
  /** Lean in ticks against the inventory: the square root of the shares held over this, at most `maxLean`. */
  leanShares: number;
  maxLean: number;
  /** Half ticks of extra half-spread for each tick that the index moves a second, of late, in permille; at most `maxWider2`. */
  widerPermille: number;
  maxWider2: number;
  /** It takes its quotes out where the mid is so many ticks from its view, and dares come back with this chance per look, in permille (absent: it stays). */
  retreat?: { fromTicks: number; returnPermille: number };
  /** Beyond this many ticks a second it quotes nothing at all (absent: never). */
  withdrawTicks?: number;
}

/** The view that its quotes rest on, its inventory in 1000ths of a share, the recent movement of the index (in 1024ths of a tick per look), the index and twice the mid at its last look. */
const VIEW = 0;
const INVENTORY = 1;
const MOVED = 2;
const INDEX = 3;
const MID2 = 4;
/** Then, for each quote, bids best first and asks best first: its id (0: none), the shares last known to rest, its price. */
const QUOTES = 5;
const CELLS = 3;
/** Share of the movement that is forgotten at a look: one in 64. */
const FORGET = 64;

export class MarketMaker implements BackgroundAgent {
  readonly kind = 'maker';
  readonly memory: Float64Array;
  /** The book's `reductions` when it last counted: while they are the same its quotes are whole. No part of the state. */
  private counted = -1;

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: MakerSettings,
    private readonly wire?: Wire,
  ) {
    this.memory = new Float64Array(QUOTES + CELLS * 2 * settings.sizes.length);
  }

  wait(): number {
    return waitUs(this.stream, this.settings.meanWaitUs);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    const index = exchange.history.indexAgo(settings.lagSteps) + (this.wire?.opinionTicks ?? 0);
    const mid2 = exchange.mid2();
    if (m[VIEW] === 0) m[VIEW] = m[INDEX] = index;
    const step = index - m[INDEX]!;
    m[MOVED]! += Math.abs(step) * 1024 - Math.floor(m[MOVED]! / FORGET);
    m[INDEX] = index;
    const filled = this.count(exchange);
    if ((settings.hedgeChance === undefined || stream.below(1000) < settings.hedgeChance) && m[INVENTORY] !== 0)
      m[INVENTORY]! -= Math.round((m[INVENTORY]! * settings.hedgePermille) / 1000);
    let moves = step !== 0 && Math.abs(step) <= settings.collarTicks;
    if (moves) m[VIEW]! += step;
    const away = Math.abs(index - m[VIEW]!);
    if (away > 0) {
      let chance = settings.noticePer10k[Math.min(away, settings.noticePer10k.length - 1)]!;
      if (filled) chance = Math.max(chance, 10 * settings.filledPermille);
      if (Math.abs(mid2 - m[MID2]!) >= 2 * settings.alarmTicks) chance = Math.max(chance, 10 * settings.alarmPermille);
      if (stream.below(10_000) < chance) {
        const { overshoot } = settings;
        const beyond =
          overshoot !== undefined && away >= overshoot.fromTicks ? Math.trunc(((index - m[VIEW]!) * overshoot.permille) / 1000) : 0;
        m[VIEW] = index + beyond;
        moves = true;
      }
    }
    if (moves || stream.below(1000) < settings.refillPermille) this.quote(exchange);
    m[MID2] = exchange.mid2();
  }

  /** Brings the inventory up to what its quotes have traded since the last look. @returns whether one was filled whole */
  private count(exchange: Exchange): boolean {
    const { memory: m } = this;
    const { reductions } = exchange.book;
    if (this.counted === reductions) return false;
    this.counted = reductions;
    let filled = false;
    const levels = this.settings.sizes.length;
    for (let q = 0; q < 2 * levels; q++) {
      const o = QUOTES + CELLS * q;
      const id = m[o]!;
      if (id === 0) continue;
      const rests = exchange.book.restOf(id);
      m[INVENTORY]! += 1000 * (m[o + 1]! - rests) * (q < levels ? 1 : -1);
      m[o + 1] = rests;
      if (rests > 0) continue;
      m[o] = 0;
      filled = true;
    }
    return filled;
  }

  /** Moves the quotes to where they belong. Those that are there keep their place in the queue. */
  private quote(exchange: Exchange): void {
    const { memory: m, settings } = this;
    const { sizes, step } = settings;
    const perSecond = Math.floor((m[MOVED]! * 1_000_000) / (FORGET * settings.meanWaitUs));
    const withdrawn = this.retreats(exchange) || (settings.withdrawTicks !== undefined && perSecond > settings.withdrawTicks * 1024);
    const wider2 = Math.min(settings.maxWider2, Math.floor((perSecond * settings.widerPermille) / 1_024_000));
    const half2 = settings.halfSpread2 + wider2;
    const held = m[INVENTORY]!;
    const root = Math.min(settings.maxLean, Math.floor(Math.sqrt(Math.abs(held) / (1000 * settings.leanShares))));
    const centre2 =
      2 * (m[VIEW]! - (held > 0 ? root : -root)) + this.stream.between(-settings.dither2, settings.dither2) + (settings.offset2 ?? 0);
    const bid = (centre2 - half2) >> 1;
    const ask = (centre2 + half2 + 1) >> 1;
    // Outdated quotes go first, so that it never meets its own.
    for (let level = 0; level < sizes.length; level++) {
      this.review(exchange, level, withdrawn ? -1 : bid - level * step);
      this.review(exchange, sizes.length + level, withdrawn ? -1 : ask + level * step);
    }
    if (withdrawn) return;
    for (let level = 0; level < sizes.length; level++) {
      this.place(exchange, level, BUY, bid - level * step, sizes[level]!);
      this.place(exchange, sizes.length + level, SELL, ask + level * step, sizes[level]!);
    }
  }

  /** Whether the price is somewhere it does not understand. */
  private retreats(exchange: Exchange): boolean {
    const { retreat } = this.settings;
    if (retreat === undefined || Math.abs(exchange.mid2() - 2 * this.memory[VIEW]!) < 2 * retreat.fromTicks) return false;
    return this.stream.below(1000) >= retreat.returnPermille;
  }

  private review(exchange: Exchange, q: number, price: number): void {
    const o = QUOTES + CELLS * q;
    if (this.memory[o] === 0 || this.memory[o + 2] === price) return;
    exchange.cancel(this.memory[o]!);
    this.memory[o] = 0;
  }

  private place(exchange: Exchange, q: number, side: Side, price: number, size: number): void {
    const { memory: m } = this;
    const o = QUOTES + CELLS * q;
    if (m[o] !== 0) return;
    if (this.settings.passive) price = side === BUY ? Math.min(price, exchange.ask() - 1) : Math.max(price, exchange.bid() + 1);
    const id = exchange.limit(this.owner, side, price, size);
    const rests = id > 0 ? exchange.book.sizeOf(id) : 0;
    m[o] = rests > 0 ? id : 0;
    m[o + 1] = rests;
    m[o + 2] = price;
  }
}
