/** Makes items of news from a random stream: what happens first, then how it is told, then the words. */
import type { Stream } from '../../random.js';
import type { Grammar } from './grammar.js';
import { type EventMeaning, type FigureMeaning, type ItemClass, type Kind, type Meaning, type Role, type Stance } from './meaning.js';
import type { Cast } from './names.js';
import {
  AMOUNT_SIZES,
  COMPARISONS,
  DIRECTIONS,
  MEASURES,
  type Mood,
  MOODS,
  PERCENT_SIZES,
  type Phrase,
  THING_SIZES,
  VERBS,
} from './phrases.js';

/** Longest text of an item in characters. */
export const LONGEST_ITEM = 160;

/** What a wire prints, and what it means. */
export interface Item {
  text: string;
  meaning: Meaning;
}

/** A weighted choice: entries and their weights. */
type Weighted<T> = readonly (readonly [T, number])[];

/** How often each class comes. */
const CLASSES: Weighted<ItemClass> = [
  [1, 30],
  [2, 20],
  [3, 25],
  [4, 25],
];
/** Of class 3: how an event is told; and the share of corrected figures in 100. */
const TOLD: Weighted<Stance> = [
  ['denied', 40],
  ['undone', 30],
  ['rumoured', 12],
  ['known', 18],
];
const CORRECTED_PERCENT = 20;
/** Of class 4: another company, or a condition on the own one. */
const ABOUT: Weighted<Role> = [
  ['rival', 46],
  ['supplier', 24],
  ['customer', 9],
  ['parent', 7],
  ['own', 14],
];
/** What is told of each company: only what is plainly good or bad for the traded one. */
const KINDS: Record<Role, Weighted<Kind>> = {
  own: [['demand', 1], ['supply', 1], ['price', 1], ['money', 1]], // prettier-ignore
  rival: [['demand', 40], ['supply', 35], ['price', 25]], // prettier-ignore
  supplier: [['supply', 30], ['price', 70]], // prettier-ignore
  customer: [['demand', 40], ['supply', 20], ['money', 40]], // prettier-ignore
  parent: [['demand', 40], ['money', 60]], // prettier-ignore
};
/** How another company's event is told. */
const TOLD_OF_OTHERS: Weighted<Stance> = [
  ['said', 78],
  ['denied', 13],
  ['undone', 9],
];
/** Figures among what is told of others, in percent. */
const FIGURES_OF_OTHERS_PERCENT = 15;
const PERCENT_PERCENT = 35;
const PRODUCT_PERCENT = 35;
/** Figures lie between these, in tenths of a million; surprises are up to this. */
const FIGURE_LEAST = 20;
const FIGURE_MOST = 99;
const SURPRISE_MOST = 6;

/** The next item about the companies of a cast. */
export function makeItem(stream: Stream, grammar: Grammar, cast: Cast): Item {
  switch (weighted(stream, CLASSES)) {
    case 1:
      return event(stream, grammar, cast, 'own', 'said');
    case 2:
      return figure(stream, grammar, cast, 'own', 'said');
    case 3:
      if (percent(stream, CORRECTED_PERCENT)) return figure(stream, grammar, cast, 'own', 'corrected');
      return event(stream, grammar, cast, 'own', weighted(stream, TOLD));
    case 4: {
      const who = weighted(stream, ABOUT);
      if (who === 'own') return event(stream, grammar, cast, who, percent(stream, 60) ? 'conditional' : 'partial');
      if (who !== 'supplier' && percent(stream, FIGURES_OF_OTHERS_PERCENT)) return figure(stream, grammar, cast, who, 'said');
      return event(stream, grammar, cast, who, weighted(stream, TOLD_OF_OTHERS));
    }
  }
}

function event(stream: Stream, grammar: Grammar, cast: Cast, who: Role, stance: Stance): Item {
  const kind = weighted(stream, KINDS[who]);
  const sign = stream.below(2) === 0 ? 1 : -1;
  const size = stream.below(3) as 0 | 1 | 2;
  const phrase = pick(stream, grammar.phrases.filter((each) => each.kind === kind && each.sign === sign)); // prettier-ignore
  const frame = pick(stream, grammar.events[stance]);
  const mood = MOODS.find((each) => frame.includes(`{${each}}`))!;
  const meaning: EventMeaning = { what: 'event', who, kind, sign, size, stance };
  return { text: frame.replace('{X}', cast[who]).replace(`{${mood}}`, written(stream, grammar, phrase, mood, size)), meaning };
}

/** A phrase in words: `cuts its pump output by 9 percent`, `win a large order`. */
function written(stream: Stream, grammar: Grammar, { verb, noun, shape, kind }: Phrase, mood: Mood, size: 0 | 1 | 2): string {
  const about = kind !== 'money' && percent(stream, PRODUCT_PERCENT) ? `${pick(stream, grammar.products)} ${noun}` : noun;
  const start = VERBS[verb]![mood];
  if (shape === 'thing') return `${start} ${counted(THING_SIZES[size], about)}`;
  if (percent(stream, PERCENT_PERCENT)) {
    const [least, most] = PERCENT_SIZES[size];
    return `${start} its ${about} by ${stream.between(least, most)} percent`;
  }
  return [start, 'its', about, AMOUNT_SIZES[size]].filter((word) => word !== '').join(' ');
}

/** A thing with its article. */
function counted(size: string, noun: string): string {
  const words = size === '' ? noun : `${size} ${noun}`;
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}

function figure(stream: Stream, grammar: Grammar, cast: Cast, who: Role, stance: 'said' | 'corrected'): Item {
  const measures = MEASURES.filter(({ kind }) => who === 'own' || kind === 'demand');
  const { noun, kind, better } = pick(stream, measures);
  const frame = pick(stream, grammar.figures[stance]);
  const up = stream.below(2) === 0;
  let surprise = stream.between(1, SURPRISE_MOST);
  let text = frame.replace('{X}', cast[who]).replace('{m}', noun).replace('{d}', pick(stream, DIRECTIONS));
  if (frame.includes('{c}')) {
    const word = up ? 'larger' : 'smaller';
    surprise = COMPARISONS[word]!;
    text = text.replace('{c}', word);
  } else {
    const low = stream.between(FIGURE_LEAST, FIGURE_MOST - SURPRISE_MOST);
    const [actual, against] = up ? [low + surprise, low] : [low, low + surprise];
    surprise = actual - against;
    text = text.replace('{a}', millions(actual)).replace('{e}', millions(against));
  }
  const meaning: FigureMeaning = { what: 'figure', who, kind, better, surprise, stance };
  return { text, meaning };
}

/** Tenths of a million as 4.1. */
function millions(tenths: number): string {
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function pick<T>(stream: Stream, of: readonly T[]): T {
  return of[stream.below(of.length)]!;
}

function weighted<T>(stream: Stream, of: Weighted<T>): T {
  let draw = stream.below(of.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [value, weight] of of) {
    if (draw < weight) return value;
    draw -= weight;
  }
  throw new Error('unreachable: a draw beyond all weights');
}

function percent(stream: Stream, percents: number): boolean {
  return stream.chance(percents, 100);
}
