/** Texts of news and nothing else, of which reading is learnt: it takes far more items than deciding does, and here they are cheap. */
import { type Item, makeItem } from '../../envs/hft/news/item.js';
import { effectTicks, type Meaning, ROLES } from '../../envs/hft/news/meaning.js';
import type { Cast } from '../../envs/hft/news/names.js';
import { newsLines } from '../../envs/hft/text.js';
import type { Stream } from '../../envs/random.js';
import type { BpeEncoder } from './bpe.js';
import { anyCast } from './retell.js';
import { TAUGHT } from './taught.js';
import { NO_WORTH } from './token-files.js';

/** Items, or names, in each text. */
export const ITEMS_READ = 8;
export const NAMES_READ = 24;
/**
 * Where one glance at the words does not tell what an item is worth: another company, and figures to be compared. So many in 100 items are of each;
 * they are what takes longest to learn, and the wire has few of them.
 */
const OTHERS_PERCENT = 45;
const FIGURES_PERCENT = 35;
const KINDS = ['demand', 'supply', 'price', 'money'] as const;

/** A text, and what is known of its items. */
export interface NewsText {
  text: string;
  /** Of each item: its worth in ticks, what of whom it is about, and their luck. */
  meanings: [worth: number, kind: number, luck: number][];
}

/** Who is who, and eight items. */
export function readingText(draw: Stream): NewsText {
  const names = anyCast(draw);
  const items = Array.from({ length: ITEMS_READ }, () => hardItem(draw, names));
  return {
    text: linesOf(
      names,
      items.map(({ text }) => text),
    ),
    meanings: items.map(({ meaning }) => [effectTicks(meaning), ...partsOf(meaning)]),
  };
}

/** Who is who, and names alone: to tell whose name it is takes many of them, and all that is known of a company hangs on it. */
export function namingText(draw: Stream): NewsText {
  const names = anyCast(draw);
  const texts = Array.from({ length: NAMES_READ }, () => names[ROLES[draw.below(ROLES.length)]!]);
  return { text: linesOf(names, texts), meanings: texts.map(() => [NO_WORTH, -1, -1]) };
}

/** The items of news in a state's text: the last token of each and of the name in it, counted in the text's tokens, and whose name that is. */
export function itemsIn(text: string, encoder: BpeEncoder): { end: number; name: number; who: number }[] {
  const lines = text.split('\n');
  const names = ROLES.map((role) => new RegExp(`^(?:.* )?${role === 'own' ? 'you' : role} (\\S+)`).exec(lines[0]!)?.[1]);
  return lines.flatMap((line, i) => {
    if (!line.startsWith('news ') || line === 'news none') return [];
    const lastOf = (part: string): number => encoder.encode([...lines.slice(0, i), part].join('\n')).length - 1;
    // A name may stand in another one.
    const found = names.map((name) => new RegExp(`(?<![A-Za-z])${name}(?![A-Za-z])`).exec(line));
    const who = found.findIndex((match) => match !== null);
    if (who < 0) throw new Error(`an item of news names nobody: ${line}`);
    return [{ end: lastOf(line), name: lastOf(line.slice(0, found[who]!.index + names[who]!.length)), who }];
  });
}

/** The lines of a wire without the ages. */
function linesOf(names: Cast, texts: readonly string[]): string {
  return newsLines({ names, items: texts.map((text) => ({ text, agoUs: 0 })) })
    .slice(0, -1)
    .join('\n');
}

/** An item of the forms that are taught, of the kinds that are hard to read more often than the wire has them. */
function hardItem(draw: Stream, names: Cast): Item {
  const wanted = draw.below(100);
  for (;;) {
    const item = makeItem(draw, TAUGHT, names);
    const { who, what } = item.meaning;
    const kind = who !== 'own' ? 'other' : what;
    if (kind === (wanted < OTHERS_PERCENT ? 'other' : wanted < OTHERS_PERCENT + FIGURES_PERCENT ? 'figure' : 'event')) return item;
  }
}

/** What is put together to an item's worth besides whom it is about, as numbers: what of it, and 0 to 2 for bad, nothing or good for that company. */
function partsOf(meaning: Meaning): [kind: number, luck: number] {
  return [KINDS.indexOf(meaning.kind), 1 + Math.sign(effectTicks({ ...meaning, who: 'own' }))];
}
