/**
 * What an item of news means, and what it is worth: the value of the traded company moves by `effectTicks` of the meaning, whatever the words
 * were. A reader who understands an item knows its meaning, and from that its effect; nothing else goes into it.
 */

/** How far a split of the news goes: forms and names to train on, or those kept for probes, sweeps and leaderboards. */
export const SPLITS = ['train', 'held-out'] as const;
export type Split = (typeof SPLITS)[number];

/** Whom an item is about, seen from the traded company. */
export const ROLES = ['own', 'supplier', 'rival', 'customer', 'parent'] as const;
export type Role = (typeof ROLES)[number];

/** What an event is about: what the company sells, what it makes, what it asks for it, what it earns. */
export type Kind = 'demand' | 'supply' | 'price' | 'money';

/** How an event is told. Figures are `said` or `corrected`. */
export const STANCES = ['said', 'denied', 'undone', 'rumoured', 'known', 'conditional', 'partial'] as const;
export type Stance = (typeof STANCES)[number];

/** Something that happens to a company: `sign` as for that company itself, `size` 0 small, 1 middling, 2 large. */
export interface EventMeaning {
  what: 'event';
  who: Role;
  kind: Kind;
  sign: 1 | -1;
  size: 0 | 1 | 2;
  stance: Stance;
}

/** A figure against the one known or expected before: `surprise` is the new less the old in tenths of a million. */
export interface FigureMeaning {
  what: 'figure';
  who: Role;
  kind: 'demand' | 'money';
  /** 1 where more is better (sales), -1 where less is (costs, a loss). */
  better: 1 | -1;
  surprise: number;
  stance: 'said' | 'corrected';
}

export type Meaning = EventMeaning | FigureMeaning;

/** What readers have to understand: 1 plain, 2 numbers, 3 denied, undone, corrected, rumoured or known, 4 another company or a condition. */
export type ItemClass = 1 | 2 | 3 | 4;

/** Ticks of an event of the traded company by its size. */
const SIZE_TICKS = [10, 16, 24] as const;
/** A surprise is worth so much, and so much more for each tenth. */
const SURPRISE_TICKS = 6;
const TENTH_TICKS = 3;
const MOST_TICKS = 24;

/** What is left of an event by how it is told, in permille: what is denied or given up had been believed, and goes back by three quarters. */
const STANCE_PERMILLE: Record<Stance | 'corrected', number> = {
  said: 1000,
  corrected: 1000,
  denied: -750,
  undone: -750,
  rumoured: 250,
  known: 0,
  conditional: 500,
  partial: 250,
};

/**
 * What another company's event is to the traded one, in permille. What a rival sells or makes is lost to it, what a rival charges it can charge
 * too; what a supplier makes it needs, what a supplier charges it pays; a customer's and the parent's luck is its own in part.
 */
const RELATION_PERMILLE: Record<Role, Record<Kind, number>> = {
  own: { demand: 1000, supply: 1000, price: 1000, money: 1000 },
  rival: { demand: -750, supply: -750, price: 750, money: -750 },
  supplier: { demand: 750, supply: 750, price: -750, money: 750 },
  customer: { demand: 500, supply: 500, price: 500, money: 500 },
  parent: { demand: 500, supply: 500, price: 500, money: 500 },
};

/** By how many ticks the traded company's value moves, a whole number. */
export function effectTicks(meaning: Meaning): number {
  const base =
    meaning.what === 'event'
      ? meaning.sign * SIZE_TICKS[meaning.size]
      : meaning.better * Math.sign(meaning.surprise) * Math.min(MOST_TICKS, SURPRISE_TICKS + TENTH_TICKS * Math.abs(meaning.surprise));
  // `+ 0`: a product that is nothing is no negative zero.
  return Math.trunc((base * RELATION_PERMILLE[meaning.who][meaning.kind] * STANCE_PERMILLE[meaning.stance]) / 1_000_000) + 0;
}

/** The class of an item: the hardest thing about it. */
export function classOf(meaning: Meaning): ItemClass {
  const { stance } = meaning;
  if (meaning.who !== 'own' || stance === 'conditional' || stance === 'partial') return 4;
  if (stance !== 'said') return 3;
  return meaning.what === 'figure' ? 2 : 1;
}
