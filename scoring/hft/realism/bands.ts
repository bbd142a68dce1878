/**
 * The stylized facts of real order-book markets, as data: what is measured, the band a simulated market has to be in, and who found it.
 * A fact is in band when no part of it is out and something could be told of one. Bounds are inclusive. Where the literature says "about", `says` keeps its words and the bounds
 * are ours, fixed before any market was measured: 20 % either side of an exponent, a factor of two either side of a frequency.
 */
import type { Estimate } from '../../statistics/estimate.js';

export interface Part {
  /** What is measured, in a few words. */
  name: string;
  unit: string;
  low: number;
  high: number;
  /** The bounds themselves are outside. */
  open?: true;
  /** A claim about a sign, or that something is absent: it holds only where the whole interval is in the band, not where it reaches in. */
  whole?: true;
  /** A property of what the first part of its fact finds: where that is nothing, this cannot be measured, and need not be. */
  ofFirst?: true;
}

export interface Fact {
  id: string;
  title: string;
  /** The band as its source gives it. */
  says: string;
  source: string;
  /** Presets it is about; absent: all. */
  only?: readonly string[];
  /** Why it is measured and told, but neither in nor out. Absent: it is judged. */
  unjudged?: string;
  parts: readonly Part[];
}

export const FACTS: readonly Fact[] = [
  {
    id: 'spread',
    title: 'spread of a large-tick market',
    says: 'about 1 tick at least 90 % of the time',
    source: 'Dayri & Rosenbaum 2012',
    only: ['large-tick'],
    parts: [{ name: 'share of the time at 1 tick', unit: '', low: 0.9, high: 1 }],
  },
  {
    id: 'autocorrelation',
    title: 'return autocorrelation, lag 1',
    says: '1 s: -0.10 to -0.02; 60 s: within +-0.11',
    source: 'Cont 2001',
    parts: [
      { name: '1 s', unit: '', low: -0.1, high: -0.02 },
      { name: '60 s', unit: '', low: -0.11, high: 0.11 },
    ],
  },
  {
    id: 'kurtosis',
    title: 'excess kurtosis of returns',
    says: '1 s 8-68; 60 s 1.2-6.9; 300 s 0.5-1.8 (falls with the horizon)',
    source: 'Cont 2001',
    parts: [
      { name: '1 s', unit: '', low: 8, high: 68 },
      { name: '60 s', unit: '', low: 1.2, high: 6.9 },
      { name: '300 s', unit: '', low: 0.5, high: 1.8 },
      { name: 'smaller of its two falls', unit: '', low: 0, high: Infinity, open: true },
    ],
  },
  {
    id: 'tail',
    title: 'tail index of returns',
    says: '2-5, about 3',
    source: 'Gopikrishnan et al. 1998; Cont 2001',
    parts: [{ name: 'Hill, 60 s, largest 5 %', unit: '', low: 2, high: 5 }],
  },
  {
    id: 'clustering',
    title: 'autocorrelation of absolute 1 s returns',
    says: 'lags 1/10/50: .15-.24 / .12-.17 / .10-.15, decay exponent 0.2-0.4',
    source: 'Cont 2001',
    parts: [
      { name: 'lag 1', unit: '', low: 0.15, high: 0.24 },
      { name: 'lag 10', unit: '', low: 0.12, high: 0.17 },
      { name: 'lag 50', unit: '', low: 0.1, high: 0.15 },
      { name: 'decay exponent, lags 1-128', unit: '', low: 0.2, high: 0.4 },
    ],
  },
  {
    id: 'volatility',
    title: 'volatility',
    says: 'sd 3-5.6 bp per 1 s, 24-40 bp per 60 s (a stressed day)',
    source: 'Cont 2001',
    parts: [
      { name: '1 s', unit: 'bp', low: 3, high: 5.6 },
      { name: '60 s', unit: 'bp', low: 24, high: 40 },
    ],
  },
  {
    id: 'signs',
    title: 'order-sign autocorrelation',
    says: 'decays as lag^-a, a 0.36-0.77',
    source: 'Lillo & Farmer 2004',
    parts: [{ name: 'exponent a, lags 1-128', unit: '', low: 0.36, high: 0.77 }],
  },
  {
    id: 'impact',
    title: 'metaorder impact',
    says: 'grows as Q^d, d 0.44-0.54, concave, partial reversion',
    source: 'Sato & Kanazawa 2024',
    parts: [
      { name: 'impact beyond a placebo', unit: 'bp', low: 0, high: Infinity, open: true, whole: true },
      { name: 'its exponent d', unit: '', low: 0.44, high: 0.54, ofFirst: true },
      { name: 'share left after as long again', unit: '', low: 0, high: 1, open: true, whole: true, ofFirst: true },
    ],
  },
  {
    id: 'distance',
    title: 'limit-price distance from the quote',
    says: 'tail exponent about 1.5',
    source: 'Zovko & Farmer 2002',
    parts: [{ name: 'Hill, largest 5 %', unit: '', low: 1.2, high: 1.8 }],
  },
  {
    id: 'fleeting',
    title: 'fleeting orders',
    says: 'over 1/3 of non-marketable limit orders cancelled within 2 s',
    source: 'Hasbrouck & Saar 2009',
    parts: [{ name: 'share cancelled within 2 s', unit: '', low: 1 / 3, high: 1 }],
  },
  {
    id: 'cancels',
    title: 'cancels per execution',
    says: '26-32',
    source: 'Gai, Yao & Ye 2012',
    parts: [{ name: 'cancels / executions', unit: '', low: 26, high: 32 }],
  },
  {
    id: 'sizes',
    title: 'trade-size tail',
    says: 'about 1.5',
    source: 'Gabaix et al. 2003',
    parts: [{ name: 'Hill, largest 5 %', unit: '', low: 1.2, high: 1.8 }],
  },
  {
    id: 'branching',
    title: 'Hawkes branching ratio',
    says: '0.7-1',
    source: 'Hardiman, Bercot & Bouchaud 2013',
    unjudged:
      'the band is of counts in long windows, in which a rate that changes by itself passes for excitation; without it there is a lower bound only',
    parts: [{ name: 'lower bound, mid changes in 10 s', unit: '', low: 0.7, high: 1 }],
  },
  {
    id: 'volume',
    title: 'volume against volatility',
    says: 'positive correlation',
    source: 'Cont 2001',
    parts: [{ name: 'shares and absolute return, 60 s', unit: '', low: 0, high: 1, open: true, whole: true }],
  },
  {
    id: 'races',
    title: 'latency races',
    says: 'about one a minute a symbol',
    source: 'Aquilina, Budish & O’Neill 2022',
    parts: [{ name: 'races', unit: 'a minute', low: 0.5, high: 2 }],
  },
];

/** Facts that have to be in band for a market to pass, of the fourteen that are judged. */
export const NEEDED = 11;

/**
 * How a measured figure stands to a band. `in`: its whole interval lies inside; `reaches`: the interval reaches in, so the data do not speak
 * against the band; `out`: it lies outside, or was not measured, or reaches in where the whole of it has to (`whole`); `untold`: there is no
 * interval, or it reaches into a band that is narrower than itself or has no end. Nearly anything would, so it counts neither way.
 */
export type Standing = 'in' | 'reaches' | 'untold' | 'out';

export function standing(part: Part, { value, low, high }: Pick<Estimate, 'value' | 'low' | 'high'>): Standing {
  if (value === null) return 'out';
  if (low === null || high === null) return 'untold';
  if (within(part, low) && within(part, high)) return 'in';
  const apart = part.open ? high <= part.low || low >= part.high : high < part.low || low > part.high;
  if (apart || part.whole) return 'out';
  return (widths(part, { low, high }) ?? Infinity) > 1 ? 'untold' : 'reaches';
}

/** How wide an interval is, in widths of the band; null without an interval, or where the band has no end. */
export function widths(part: Part, { low, high }: Pick<Estimate, 'low' | 'high'>): number | null {
  return low === null || high === null || part.high === Infinity ? null : (high - low) / (part.high - part.low);
}

/** Whether a value lies in a part's band. */
export function within(part: Part, value: number): boolean {
  return part.open ? value > part.low && value < part.high : value >= part.low && value <= part.high;
}
