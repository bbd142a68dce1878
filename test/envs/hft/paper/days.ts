/** Days and answers by chance, and the world that plays them. */
import fc from 'fast-check';
import { paperBars } from '../../../../envs/hft/paper/bars.js';
import { timeOfDay } from '../../../../envs/hft/paper/clock.js';
import { parseOptions } from '../../../../envs/hft/paper/options.js';
import { PaperWorld } from '../../../../envs/hft/paper/world.js';
import type { Answer, Day } from './published.js';

/** A published file of one day. */
export const DATE = '2024-08-05';
export const file = (day: Day): unknown => ({ [DATE]: day });

/** A world over these days, read as files are. */
export function worldOf(days: Record<string, Day>, more: { threshold?: number; prices?: 'raw' | 'cleaned' } = {}): PaperWorld {
  const prices = more.prices ?? 'raw';
  const bars = Object.entries(days).map(([symbol, day]) => paperBars(file(day), { symbol, prices }).bars);
  const options = {
    market: { kind: 'ohlc', date: DATE, prices, bars },
    ...(more.threshold === undefined ? {} : { threshold: more.threshold }),
  };
  return new PaperWorld(parseOptions(options), 1);
}

/** Prices near a hundred dollars with up to four decimals, as doubles come out of JSON. */
const price = fc.integer({ min: 950_000, max: 1_050_000 }).map((n) => n / 10_000);
const bar = fc.tuple(price, price, price, price).map(([a, b, open, close]) => {
  const high = Math.max(a, b, open, close);
  const low = Math.min(a, b, open, close);
  return { open, high, low, close };
});

/** Seconds from the opening, about the end of a run (15:30:00) and after it. */
const second = fc.oneof(fc.integer({ min: 34_200, max: 34_260 }), fc.integer({ min: 55_790, max: 55_810 }));

export const day = fc
  .uniqueArray(fc.tuple(second, bar), { minLength: 1, maxLength: 70, selector: ([at]) => at })
  .map((bars): Day => Object.fromEntries(bars.map(([at, each]) => [timeOfDay(at), each])));

/** Two days that share a second at least. */
export const twoDays = fc.tuple(day, day, bar, bar).map(([a, b, x, y]): Record<string, Day> => {
  return { AMZN: { ...a, '09:30:30': x }, NVDA: { ...b, '09:30:30': y } };
});

/** Delays in whole microseconds, the corners often. One microsecond stands for none, so it is not drawn. */
export const delayUs = fc.oneof(fc.constantFrom(0, 750_000, 1_500_000, 3_000_000), fc.integer({ min: 2, max: 2_000_000 }));

const shares = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.constantFrom(0, 95, 100, 105, -1000));

/** Answers to as many questions as there may be, round and round. */
export const answers = fc
  .array(fc.tuple(shares, shares, delayUs), { minLength: 1, maxLength: 40 })
  .map((list) => list.map(([a, b, us]): Answer & { us: number } => ({ shares: { AMZN: a, NVDA: b }, delay: us / 1_000_000, us })));
