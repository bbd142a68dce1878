/** What the items of a split are made of: sentence forms, phrases that fill them, and what companies make. */
import { EVENT_FRAMES, FIGURE_FRAMES } from './frames.js';
import { type Split, SPLITS, type Stance } from './meaning.js';
import { PRODUCTS } from './names.js';
import { type Phrase, PHRASES } from './phrases.js';

export interface Grammar {
  /** Forms of events by how they are told, and of figures. */
  events: Readonly<Record<Stance, readonly string[]>>;
  figures: Readonly<Record<'said' | 'corrected', readonly string[]>>;
  phrases: readonly Phrase[];
  products: readonly string[];
}

/** The grammar of each split. */
export const GRAMMARS: Readonly<Record<Split, Grammar>> = Object.fromEntries(
  SPLITS.map((split) => [
    split,
    { events: EVENT_FRAMES[split], figures: FIGURE_FRAMES[split], phrases: PHRASES[split], products: PRODUCTS[split] },
  ]),
) as Record<Split, Grammar>;
