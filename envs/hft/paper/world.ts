/**
 * A run by the published rules behind the environment contract.
 *
 * World time here is thinking time only. While a question is open the market's second stays, however long it takes; when it is answered
 * (or rejected, or missed) the seconds at which nothing is asked pass at once, in no world time, and the next question is asked at the
 * next publishing moment. The delay enters the prices of the trades and nothing else: it is the answer's measured latency.
 */
import { Digest } from '../../digest.js';
import type { Action, Environment, Landing, Micros, Results, Snapshot } from '../../environment.js';
import { timeOfDay } from './clock.js';
import { PaperDay } from './day.js';
import type { PaperOptions } from './options.js';
import {
  alphaOf,
  asks,
  buyShares,
  delayed,
  LAST_CALL_S,
  maxBuyable,
  sellShares,
  START_CASH,
  worthOf,
  yieldPpm,
  type Holding,
} from './rules.js';
import { FIRST_SYMBOL, type PaperPlan, type PaperScene, type PaperState } from './state.js';

/** What tables, pages and headers call this mode, so that nobody takes its figures for the task's. */
export const LABEL = "published benchmark's rules (compatibility mode): no order book, no time lost to thinking; not comparable with hft";
/** Questions are asked at multiples of this. */
export const GRID_US: Micros = 10_000;
/** An agent that has been gone so long is waited for no more: a second of the market then passes at every publishing moment. */
export const AWAY_US: Micros = 10_000_000;
/** There is one standing order: nothing happens while the agent thinks. */
export const STANDING_ORDERS = ['hold'] as const;

/** What may be counted about a run. */
interface Counts {
  asked: number;
  buys: number;
  sells: number;
  /** Orders that had no effect: unaffordable, nothing held, no such symbol. */
  ignored: number;
  /** Questions that were rejected, missed or passed while the agent was gone. */
  unanswered: number;
}

interface Saved {
  now: Micros;
  over: boolean;
  place: number;
  askedAt: Micros;
  passAt: Micros;
  cash: number;
  holdings: Holding[];
  counts: Counts;
}

export class PaperWorld implements Environment<PaperState, PaperPlan, PaperScene> {
  now: Micros = 0;
  over = false;
  /** Dollars, to the last bit. */
  cash = START_CASH;
  private readonly day: PaperDay;
  private readonly dayDigest: string;
  private holdings: Holding[];
  /** Place on the timeline of the second that is being asked about; the last one visited, once over. */
  private place = 0;
  private askedAt: Micros;
  /** When the second passes by itself because the agent is gone. */
  private passAt: Micros = Infinity;
  private counts: Counts = { asked: 0, buys: 0, sells: 0, ignored: 0, unanswered: 0 };

  /** @throws OptionsError when no second has trades in every symbol */
  constructor(
    private readonly options: PaperOptions,
    seed: number,
  ) {
    this.day = new PaperDay(options, seed);
    this.dayDigest = digestOf(this.day, options.threshold);
    this.holdings = this.day.symbols.map(() => ({ shares: 0, cost: 0 }));
    this.askedAt = this.nextPublish(0);
    this.seek(0);
  }

  advance(to: Micros): void {
    while (!this.over && this.passAt <= to) {
      this.now = this.passAt;
      this.passAt = this.nextPublish(this.now);
      this.counts.unanswered++;
      this.pass();
    }
    this.now = Math.max(this.now, to);
  }

  /** @param latencyUs the answer's measured latency: the delay. Without it, the time since the question was asked. */
  act(_seat: number, action: Action<PaperPlan>, at: Micros, latencyUs?: Micros): Landing {
    this.advance(at);
    if (this.over) return { at: this.now, accepted: false, reason: 'the run is over' };
    // No answer lands less than a microsecond after its question: that one is the harness's, and no delay.
    const thoughtUs = latencyUs ?? this.now - this.askedAt;
    const delayS = thoughtUs <= 1 ? 0 : thoughtUs / 1_000_000;
    const time = timeOfDay(this.day.seconds[this.place]!);
    const notes: string[] = [];
    if (action.standing !== undefined && !(STANDING_ORDERS as readonly string[]).includes(action.standing))
      notes.push(`standing order ${action.standing}; accepted: ${STANDING_ORDERS.join(', ')}`);
    const { amounts, named } = this.amountsOf(action.plan, notes);
    const trades = this.carryOut(amounts, alphaOf(delayS), notes);
    this.pass();
    const detail = { time, delayS, trades, cash: this.cash };
    const accepted = named === 0 || trades.length > 0;
    return { at: this.now, accepted, ...(notes.length > 0 ? { reason: notes.join('; ') } : {}), detail };
  }

  /** A question that got no action: the second passes without a trade. */
  unanswered(_seat: number, at: Micros): void {
    this.advance(at);
    if (this.over) return;
    this.counts.unanswered++;
    this.pass();
  }

  leave(_seat: number, at: Micros): void {
    this.advance(at);
    if (!this.over) this.passAt = this.now + AWAY_US;
  }

  back(_seat: number, at: Micros): void {
    this.advance(at);
    this.passAt = Infinity;
  }

  observe(): PaperState {
    const { day, place } = this;
    return {
      time: timeOfDay(day.seconds[place]!),
      cash: this.cash,
      symbols: day.symbols.map(({ symbol, high, low }, i) => ({
        symbol,
        buy: low[place]!,
        sell: high[place]!,
        ...this.holdings[i]!,
        maxBuyable: maxBuyable(this.cash, low[place]!),
        history: day.historyAt(place, i).map(({ second, price }) => ({ time: timeOfDay(second), price })),
      })),
    };
  }

  scene(): PaperScene {
    const { day, place } = this;
    return {
      task: 'hft-paper',
      label: LABEL,
      time: timeOfDay(day.seconds[place]!),
      cash: this.cash,
      worth: this.marked(),
      over: this.over,
      symbols: day.symbols.map(({ symbol, high, low }, i) => ({ symbol, buy: low[place]!, sell: high[place]!, ...this.holdings[i]! })),
    };
  }

  /** Reward: the yield in ppm. Beside whole numbers the figures hold `cash` in dollars as the double it is. */
  results(): Results {
    const shares: Record<string, number> = {};
    this.day.symbols.forEach(({ symbol }, i) => (shares[`shares${symbol}`] = this.holdings[i]!.shares));
    const seats = [{ cash: this.cash, cashCents: Math.floor(this.cash * 100 + 0.5), ...shares, ...this.counts }];
    return { over: this.over, endedAt: this.now, reward: [this.worth()], seats };
  }

  worth(): number {
    return yieldPpm(this.marked());
  }

  digest(): string {
    const digest = new Digest()
      .text(this.dayDigest)
      .int(this.place)
      .int32(this.over ? 1 : 0);
    // A world that is over does nothing more, whenever it is asked.
    if (!this.over) digest.int(this.askedAt).text(String(this.passAt));
    addDouble(digest, this.cash);
    for (const { shares, cost } of this.holdings) addDouble(digest.int(shares), cost);
    const { asked, buys, sells, ignored, unanswered } = this.counts;
    return digest.int(asked).int(buys).int(sells).int(ignored).int(unanswered).hex();
  }

  nextChange(): Micros {
    return this.over ? Infinity : this.passAt;
  }

  nextPublish(after: Micros): Micros {
    return (Math.floor(after / GRID_US) + 1) * GRID_US;
  }

  snapshot(): Snapshot {
    const { now, over, place, askedAt, passAt, cash } = this;
    const holdings = this.holdings.map((each) => ({ ...each }));
    return { now, over, place, askedAt, passAt, cash, holdings, counts: { ...this.counts } } satisfies Saved;
  }

  restore(snapshot: Snapshot): void {
    const { holdings, counts, ...plain } = snapshot as Saved;
    Object.assign(this, plain);
    this.holdings = holdings.map((each) => ({ ...each }));
    this.counts = { ...counts };
  }

  /** Nothing here is left to chance once the day is there. */
  reseed(): void {}

  /** Cash and shares at the sell prices of the second now asked about, undelayed; once over, of the last one visited. */
  private marked(): number {
    return worthOf(this.cash, this.holdings, (symbol) => this.day.symbols[symbol]!.high[this.place]!);
  }

  /** Goes on from the second that was asked about. The end is checked only here, at seconds at which the agent was asked. */
  private pass(): void {
    if (this.day.seconds[this.place]! > LAST_CALL_S) this.over = true;
    else this.seek(this.place + 1);
    this.askedAt = this.nextPublish(this.now);
  }

  /** Finds the first second from `from` on at which the agent is asked. */
  private seek(from: number): void {
    const { day, holdings } = this;
    for (let at = from; at < day.seconds.length; at++) {
      this.place = at;
      const asked = day.symbols.some(({ high, low }, i) => asks(holdings[i]!, { buy: low[at]!, sell: high[at]! }, this.options.threshold));
      if (!asked) continue;
      this.counts.asked++;
      return;
    }
    this.over = true;
  }

  /** Shares by symbol; what cannot be meant is noted. */
  private amountsOf(plan: PaperPlan, notes: string[]): { amounts: (number | undefined)[]; named: number } {
    const { symbols } = this.day;
    const amounts = new Array<number | undefined>(symbols.length).fill(undefined);
    const entries = Object.entries(plan).filter(([, shares]) => shares !== 0);
    for (const [name, shares] of entries) {
      const at = name === FIRST_SYMBOL ? 0 : symbols.findIndex(({ symbol }) => symbol === name);
      if (at < 0) this.ignore(notes, `no symbol ${name}; there are ${symbols.map(({ symbol }) => symbol).join(', ')}`);
      else if (!Number.isSafeInteger(shares)) this.ignore(notes, `${shares} shares of ${name}; accepted: whole numbers`);
      else if (amounts[at] !== undefined) this.ignore(notes, `${name}: a second order for ${symbols[at]!.symbol}; one is accepted`);
      else amounts[at] = shares;
    }
    return { amounts, named: entries.length };
  }

  /** The trades, symbol by symbol in the symbols' order, at prices that the delay has moved. */
  private carryOut(
    amounts: readonly (number | undefined)[],
    alpha: number,
    notes: string[],
  ): { symbol: string; shares: number; price: number }[] {
    const trades: { symbol: string; shares: number; price: number }[] = [];
    amounts.forEach((shares, i) => {
      if (shares === undefined) return;
      const { symbol, high, low, average } = this.day.symbols[i]!;
      const holding = this.holdings[i]!;
      if (shares > 0) {
        const price = delayed(low[this.place]!, average, alpha);
        const left = buyShares(this.cash, holding, shares, price);
        if (left === undefined) {
          const most = maxBuyable(this.cash, price);
          return this.ignore(
            notes,
            `buy ${shares} of ${symbol} at ${price.toFixed(4)}: more than the cash pays for; ${most} would have been bought`,
          );
        }
        this.cash = left;
        this.counts.buys++;
        trades.push({ symbol, shares, price });
      } else {
        const price = delayed(high[this.place]!, average, alpha);
        const { cash, sold } = sellShares(this.cash, holding, -shares, price);
        if (sold === 0) return this.ignore(notes, `sell ${-shares} of ${symbol}: none is held`);
        if (sold < -shares) notes.push(`sell ${-shares} of ${symbol}: ${sold}, all that were held, are sold`);
        this.cash = cash;
        this.counts.sells++;
        trades.push({ symbol, shares: -sold, price });
      }
    });
    return trades;
  }

  private ignore(notes: string[], why: string): void {
    this.counts.ignored++;
    notes.push(`ignored: ${why}`);
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** Adds a double by its bits. */
function addDouble(digest: Digest, value: number): void {
  bits.setFloat64(0, value);
  digest.int32(bits.getInt32(0)).int32(bits.getInt32(4));
}

function digestOf(day: PaperDay, threshold: number): string {
  const digest = new Digest();
  addDouble(digest, threshold);
  for (const second of day.seconds) digest.int32(second);
  for (const { symbol, high, low, average } of day.symbols) {
    digest.text(symbol);
    high.forEach((price) => addDouble(digest, price));
    low.forEach((price) => addDouble(digest, price));
    addDouble(digest, average);
  }
  return digest.hex();
}
