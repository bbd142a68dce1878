/**
 * Other news for a recorded state: items that are worth as much and sound alike, about companies of other names. What the market did and what is
 * best to do stay as they were, so one recorded state teaches to read many texts.
 */
import type { Stream } from '../../envs/random.js';
import { makeItem } from '../../envs/hft/news/item.js';
import { effectTicks, ROLES } from '../../envs/hft/news/meaning.js';
import { NAMES, type Cast } from '../../envs/hft/news/names.js';
import { GRAMMARS } from '../../envs/hft/news/grammar.js';
import { readerOf } from '../../envs/hft/news/read.js';
import { wordsSign } from '../../envs/hft/news/words.js';
import type { NewsState } from '../../envs/hft/state.js';
import { TAUGHT } from './taught.js';

/** Reads what a wire prints and what is taught beside it. */
const readItem = readerOf([...Object.values(GRAMMARS), TAUGHT]);
/** Items drawn before an old one is kept because none was like it. */
const TRIES = 400;
const ONSETS = [
  'b',
  'br',
  'c',
  'd',
  'dr',
  'f',
  'g',
  'gl',
  'h',
  'j',
  'k',
  'l',
  'm',
  'n',
  'p',
  'pr',
  'qu',
  'r',
  's',
  'st',
  't',
  'tr',
  'v',
  'w',
  'x',
  'z',
];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'ee', 'io', 'y'];
const ENDS = ['', '', 'n', 'r', 'l', 's', 'x', 'm', 'nd', 'ck', 'rt', 'st'];
const KEPT_OUT = new Set(NAMES['held-out']);

/** A name that means nothing: one of the training names, or, as often, one made up, so that no name can be learnt by heart. */
export function anyName(draw: Stream): string {
  if (draw.chance(1, 2)) return pick(draw, NAMES.train);
  for (;;) {
    let name = '';
    for (let syllables = draw.between(1, 3); syllables > 0; syllables--) name += pick(draw, ONSETS) + pick(draw, VOWELS);
    name += pick(draw, ENDS);
    const written = name[0]!.toUpperCase() + name.slice(1);
    if (written.length >= 4 && !KEPT_OUT.has(written)) return written;
  }
}

/** A cast of five different names. */
export function anyCast(draw: Stream): Cast {
  const names = new Set<string>();
  while (names.size < ROLES.length) names.add(anyName(draw));
  const list = [...names];
  return Object.fromEntries(ROLES.map((role, i) => [role, list[i]!])) as Cast;
}

/** What an item is worth in ticks to the company that the cast calls its own; 0 for what is no item. */
export function worth(text: string, names: NewsState['names']): number {
  const meaning = readItem(text, names);
  return meaning === undefined ? 0 : effectTicks(meaning);
}

/** The same ages and the same worth, other words and other names. Undefined where an item has no like among those drawn. */
export function retold(news: NewsState, draw: Stream): NewsState | undefined {
  const names = anyCast(draw);
  const items = [];
  for (const item of news.items) {
    const wanted = worth(item.text, news.names);
    const ring = wordsSign(item.text);
    let text: string | undefined;
    for (let i = 0; i < TRIES && text === undefined; i++) {
      const other = makeItem(draw, TAUGHT, names);
      if (effectTicks(other.meaning) === wanted && wordsSign(other.text) === ring) text = other.text;
    }
    if (text === undefined) return undefined;
    items.push({ ...item, text });
  }
  return { ...news, names, items };
}

function pick<T>(draw: Stream, of: readonly T[]): T {
  return of[draw.below(of.length)]!;
}
