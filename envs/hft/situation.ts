/** What kind of decision a state asks for, for reports that split quality: by the news that is fresh, and what there is to understand in it. */
import { classOf } from './news/meaning.js';
import { readItem } from './news/read.js';
import type { HftState } from './state.js';

/** By this age the crowd has mostly understood an item. */
const FRESH_US = 3_000_000;
const NAMES = { 1: 'plain news', 2: 'numbers', 3: 'denied, corrected or known', 4: 'relation or condition' } as const;

/** The class of the newest item of any symbol, in words; `no fresh news`; undefined where there is no wire. */
export function situation(state: HftState): string | undefined {
  const wired = state.symbols.flatMap(({ news }) => (news === undefined ? [] : [news]));
  if (wired.length === 0) return undefined;
  const fresh = wired
    .flatMap(({ names, items }) => items.slice(0, 1).map((item) => ({ names, ...item })))
    .filter(({ agoUs }) => agoUs < FRESH_US)
    .sort((a, b) => a.agoUs - b.agoUs)[0];
  const meaning = fresh && readItem(fresh.text, fresh.names);
  return meaning === undefined ? 'no fresh news' : NAMES[classOf(meaning)];
}
