/**
 * Players that go by the news: `expert` at the index as it will be once it knows what they have read. They see what every seat sees, the text and
 * who is who; `reader` understands it by the grammar, `keywords` goes by the ring of the words.
 */
import { philox2x32, type Stream } from '../../random.js';
import type { Action } from '../../environment.js';
import { effectTicks } from '../news/meaning.js';
import { readItem } from '../news/read.js';
import { wordsSign } from '../news/words.js';
import type { HftPlan, NewsState, SymbolView } from '../state.js';
import { expert } from './expert.js';

/**
 * Before the first age the index is taken not to know an item, from the second on to know it; between, once it has moved by this share of it
 * from one look to the next.
 */
const UNKNOWN_UNTIL_US = 1_000_000;
const KNOWN_AFTER_US = 5_000_000;
const KNOWN_PERMILLE = 500;
/** From this age on the crowd is taken to have understood an item. */
const UNDERSTOOD_AFTER_US = 3_300_000;
/** What is worth less than this many ticks is not worth a spread. */
const LEAST_TICKS = 5;
/** What words are taken to be worth, in ticks. */
const WORDS_TICKS = 12;

/** What an item is worth in ticks, as somebody reads it. */
export type Reading = (text: string, news: NewsState, stream: Stream) => number;

/** What a player remembers of an item: when it was published, what it takes it to be worth, and whether the index seems to know it. */
interface Read {
  at: number;
  text: string;
  ticks: number;
  known: boolean;
}

/**
 * A player by a way of reading. It remembers, of each symbol, what it has read and the index that it last saw.
 * @param reckoned told at each look at a symbol by how many ticks it takes the index to be behind the news
 */
export function newsReader(read: Reading, reckoned?: (ticks: number) => void): (view: SymbolView, stream: Stream) => Action<HftPlan> {
  const symbols = new Map<string, { index: number; items: Read[] }>();
  return (view, stream) => {
    const { news, symbol, at, indexTicks } = view;
    if (news === undefined) {
      reckoned?.(0);
      return expert(view);
    }
    const before = symbols.get(symbol) ?? { index: indexTicks, items: [] };
    let moved = indexTicks - before.index;
    const items = news.items.map(({ text, agoUs }): Read => {
      const published = at - agoUs;
      const old = before.items.find((item) => item.at === published && item.text === text);
      if (old !== undefined) return old;
      const ticks = read(text, news, stream);
      return { at: published, text, ticks, known: agoUs >= UNKNOWN_UNTIL_US && seemsKnown(view, agoUs, ticks) };
    });
    // The oldest first: that is how the index comes to know them.
    for (const item of [...items].reverse()) {
      const age = at - item.at;
      if (item.known || age < UNKNOWN_UNTIL_US) continue;
      const jumped = moved * Math.sign(item.ticks) * 1000 >= Math.abs(item.ticks) * KNOWN_PERMILLE;
      if (jumped) moved -= item.ticks;
      item.known = jumped || age >= KNOWN_AFTER_US;
    }
    symbols.set(symbol, { index: indexTicks, items });
    let ticks = 0;
    for (const item of items) if (!item.known && Math.abs(item.ticks) >= LEAST_TICKS) ticks += item.ticks;
    reckoned?.(ticks);
    return expert(ticks === 0 ? view : { ...view, indexTicks: indexTicks + ticks });
  };
}

/**
 * Of an item that is not new when it is first seen, whether the index seems to know it: it has moved its way since before it, or the crowd must
 * have understood by now and its quotes are not where the item would send them.
 */
function seemsKnown({ indexTicks, bidTicks, askTicks, past }: SymbolView, agoUs: number, ticks: number): boolean {
  const before = past.find((each) => each.agoUs >= agoUs);
  const way = Math.sign(ticks);
  if (before !== undefined && (indexTicks - before.indexTicks) * way * 1000 >= Math.abs(ticks) * KNOWN_PERMILLE) return true;
  const ahead2 = (bidTicks + askTicks - 2 * indexTicks) * way;
  return agoUs >= UNDERSTOOD_AFTER_US && ahead2 < Math.abs(ticks);
}

/** Understands the news by its grammar, but this share of the items, in permille, the wrong way round. */
export function understanding(misreadPermille: number): Reading {
  return (text, { names }, stream) => {
    const meaning = readItem(text, names);
    const ticks = meaning === undefined ? 0 : effectTicks(meaning);
    return misreadPermille > 0 && philox2x32(textKey(text), 0, stream.key)[0] % 1000 < misreadPermille ? 0 - ticks : ticks;
  };
}

/** Goes by the words of the news alone. */
export const byWords: Reading = (text) => wordsSign(text) * WORDS_TICKS;

/** A number for a text, so that an item is misread every time or never. */
function textKey(text: string): number {
  let key = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) key = Math.imul(key ^ text.charCodeAt(i), 0x01000193);
  return key >>> 0;
}
