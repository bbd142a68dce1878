/** What happens to companies: verbs, and the things they are done to. A phrase is a verb with an object; train and held-out share none. */
import type { Kind, Split } from './meaning.js';

/** The three forms of a verb that sentences need: `it cuts`, `it will cut`, `begins cutting`. */
export const MOODS = ['finite', 'base', 'gerund'] as const;
export type Mood = (typeof MOODS)[number];

/** Every verb in its three forms. Whether it sounds good or bad is in words.ts. */
// prettier-ignore
export const VERBS: Readonly<Record<string, Record<Mood, string>>> = {
  close: { finite: 'closes', base: 'close', gerund: 'closing' },
  cut: { finite: 'cuts', base: 'cut', gerund: 'cutting' },
  expand: { finite: 'expands', base: 'expand', gerund: 'expanding' },
  gain: { finite: 'gains', base: 'gain', gerund: 'gaining' },
  halt: { finite: 'halts', base: 'halt', gerund: 'halting' },
  lift: { finite: 'lifts', base: 'lift', gerund: 'lifting' },
  lose: { finite: 'loses', base: 'lose', gerund: 'losing' },
  lower: { finite: 'lowers', base: 'lower', gerund: 'lowering' },
  miss: { finite: 'misses', base: 'miss', gerund: 'missing' },
  open: { finite: 'opens', base: 'open', gerund: 'opening' },
  raise: { finite: 'raises', base: 'raise', gerund: 'raising' },
  reopen: { finite: 'reopens', base: 'reopen', gerund: 'reopening' },
  win: { finite: 'wins', base: 'win', gerund: 'winning' },
};

/**
 * One phrase. A `thing` is counted (`a large pump order`), an `amount` is the company's own (`its pump output sharply`, or `by 9 percent`).
 * Those of kind `money` are never about one product.
 */
export interface Phrase {
  verb: string;
  noun: string;
  shape: 'thing' | 'amount';
  kind: Kind;
  sign: 1 | -1;
}

const THINGS = new Set(['order', 'contract', 'client', 'plant', 'line', 'site']);

/** `+raise prices` of a kind, as phrases. */
function phrases(kind: Kind, good: readonly string[], bad: readonly string[]): Phrase[] {
  const phrase =
    (sign: 1 | -1) =>
    (text: string): Phrase => {
      const [verb, noun] = text.split(' ') as [string, string];
      return { verb, noun, shape: THINGS.has(noun) ? 'thing' : 'amount', kind, sign };
    };
  return [...good.map(phrase(1)), ...bad.map(phrase(-1))];
}

export const PHRASES: Record<Split, readonly Phrase[]> = {
  train: [
    ...phrases('demand', ['win order', 'win contract', 'gain client'], ['lose order', 'lose client', 'miss contract']),
    ...phrases(
      'supply',
      ['open plant', 'reopen line', 'expand output', 'raise shipments', 'open site'],
      ['close plant', 'halt line', 'cut output', 'lower shipments', 'close site'],
    ),
    ...phrases('price', ['raise prices', 'lift fees'], ['cut prices', 'lower fees']),
    ...phrases(
      'money',
      ['raise dividend', 'lift outlook', 'raise forecast', 'lift dividend'],
      ['cut dividend', 'lower outlook', 'cut forecast', 'lower dividend'],
    ),
  ],
  'held-out': [
    ...phrases('demand', ['gain order', 'gain contract', 'win client'], ['miss order', 'lose contract', 'miss client']),
    ...phrases(
      'supply',
      ['open line', 'reopen plant', 'raise output', 'expand shipments', 'reopen site'],
      ['close line', 'halt plant', 'lower output', 'cut shipments', 'halt site'],
    ),
    ...phrases('price', ['raise fees', 'lift prices'], ['cut fees', 'lower prices']),
    ...phrases('money', ['raise outlook', 'lift forecast'], ['cut outlook', 'lower forecast']),
  ],
};

/** How a size is said of a thing and of an amount; and as percent, by least and most. */
export const THING_SIZES = ['small', '', 'large'] as const;
export const AMOUNT_SIZES = ['slightly', '', 'sharply'] as const;
export const PERCENT_SIZES = [
  [2, 5],
  [6, 12],
  [13, 25],
] as const;

/** What figures tell: in millions, more is better or worse. */
export interface Measure {
  noun: string;
  kind: 'demand' | 'money';
  better: 1 | -1;
}

export const MEASURES: readonly Measure[] = [
  { noun: 'sales', kind: 'demand', better: 1 },
  { noun: 'orders', kind: 'demand', better: 1 },
  { noun: 'profit', kind: 'money', better: 1 },
  { noun: 'loss', kind: 'money', better: -1 },
  { noun: 'costs', kind: 'money', better: -1 },
  { noun: 'debt', kind: 'money', better: -1 },
];

/** Where a figure went since the last one, which says nothing about what was expected. */
export const DIRECTIONS = ['rose', 'grew', 'fell', 'shrank'] as const;

/** A figure that is only compared: its surprise in tenths. */
export const COMPARISONS: Readonly<Record<string, number>> = { larger: 3, smaller: -3 };
