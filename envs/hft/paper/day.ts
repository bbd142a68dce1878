/**
 * The day to be played: the seconds in which every symbol traded, each symbol's prices at them, its average over its whole day, and its
 * earlier prices, which are those of its own seconds, shared or not.
 */
import { OptionsError } from '../../environment.js';
import { keyOf, Stream } from '../../random.js';
import { timeOfDay } from './clock.js';
import type { PaperOptions, SymbolBars } from './options.js';
import { averageOf, HISTORY_APART_S, HISTORY_POINTS } from './rules.js';

const PURPOSE = 0x70617072;

/** Prices of one symbol at the seconds of the timeline, in dollars. */
export interface DaySymbol {
  symbol: string;
  high: Float64Array;
  low: Float64Array;
  /** Over all seconds in which it traded, on the timeline or not. */
  average: number;
  /** Every second of the day in which it traded, rising, and the middle of low and high in each. */
  ownSeconds: Int32Array;
  ownMiddles: Float64Array;
  /** Where each second of the timeline is among its own. */
  ownPlaces: Int32Array;
}

export class PaperDay {
  /** Seconds of the day that are visited, rising. */
  readonly seconds: Int32Array;
  readonly symbols: readonly DaySymbol[];

  /** @param seed draws a practice market's prices; published ones need none. @throws OptionsError when no second has trades in every symbol */
  constructor({ market }: PaperOptions, seed: number) {
    const whole = market.kind === 'ohlc' ? market.bars : market.symbols.map((symbol, i) => practiced(symbol, i, market.seconds, seed));
    const part = market.kind === 'ohlc' ? market.part : undefined;
    const others = whole.slice(1).map(({ bars }) => new Set(bars.map(([second]) => second)));
    const shared = whole[0]!.bars
      .map(([second]) => second)
      .filter((second) => others.every((has) => has.has(second)) && (!part || (second >= part[0] && second <= part[1])));
    if (shared.length === 0) {
      const between = part ? ` from ${timeOfDay(part[0])} to ${timeOfDay(part[1])}` : '';
      throw new OptionsError(
        `hft-paper options: market: no second${between} in which ${whole.map(({ symbol }) => symbol).join(' and ')} traded; accepted: at least one`,
      );
    }
    this.seconds = Int32Array.from(shared);
    this.symbols = whole.map((each) => atSeconds(each, shared));
  }

  /**
   * Earlier prices of a symbol as they are shown at a place of the timeline, newest first: that of its own last trade before it, then each
   * time the next that is at least a minute older. Seconds before the part that is played count too.
   */
  historyAt(place: number, symbol: number): { second: number; price: number }[] {
    const { ownSeconds, ownMiddles, ownPlaces } = this.symbols[symbol]!;
    const points: { second: number; price: number }[] = [];
    let latest = Infinity;
    for (let i = ownPlaces[place]! - 1; i >= 0 && points.length < HISTORY_POINTS; i--) {
      const second = ownSeconds[i]!;
      if (second > latest) continue;
      points.push({ second, price: ownMiddles[i]! });
      latest = second - HISTORY_APART_S;
    }
    return points;
  }
}

function atSeconds({ symbol, bars }: SymbolBars, seconds: readonly number[]): DaySymbol {
  const place = new Map(bars.map(([second], i) => [second, i]));
  return {
    symbol,
    high: Float64Array.from(seconds, (second) => bars[place.get(second)!]![1]),
    low: Float64Array.from(seconds, (second) => bars[place.get(second)!]![2]),
    average: averageOf(
      bars.map(([, high]) => high),
      bars.map(([, , low]) => low),
    ),
    ownSeconds: Int32Array.from(bars, ([second]) => second),
    ownMiddles: Float64Array.from(bars, ([, high, low]) => (low + high) / 2),
    ownPlaces: Int32Array.from(seconds, (second) => place.get(second)!),
  };
}

/** A made-up day from 09:30:00: a walk in cents, some seconds without trades, lows and highs a few cents off it. */
function practiced(symbol: string, id: number, seconds: number, seed: number): SymbolBars {
  const stream = new Stream(keyOf(seed, PURPOSE), id);
  const bars: SymbolBars['bars'] = [];
  let cents = stream.between(8_000, 12_000);
  for (let i = 0; i < seconds; i++) {
    cents = Math.max(100, cents + stream.between(-4, 4));
    // The first second always trades in every symbol, so that a day is never empty.
    if (i > 0 && stream.chance(1, 5)) continue;
    bars.push([9 * 3600 + 30 * 60 + i, (cents + stream.below(6)) / 100, (cents - stream.below(6)) / 100]);
  }
  return { symbol, bars };
}
