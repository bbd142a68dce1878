/**
 * Ratings of a sweep's configurations, where its task's matches have a winner: games of the measured matches that count, against the plan's opponent.
 * Configurations that never met each other are compared by what each won of that opponent.
 */
import { rate, type Rating } from '../../../scoring/ratings/rating.js';
import type { Tally } from '../../../scoring/ratings/tally.js';
import type { MatchRecord } from './matches.js';

export interface SweepRating {
  /** By the rating's numbers; the plan's opponent is said to be it. */
  names: string[];
  rating: Rating;
  matches: number;
  seeds: number;
  /** Matches on another clock or at another speed than most: they are in none of it. */
  left: number;
}

/** Ratings of a task's configurations; undefined where no match of two that counts has a winner. */
export function ratingOf(matches: readonly MatchRecord[], task: string): SweepRating | undefined {
  const games = matches.filter((each) => each.task === task && each.purpose === 'measure' && each.standing === 'counted' && each.outcome !== null && each.kind !== 'human'); // prettier-ignore
  const paces = new Map<string, MatchRecord[]>();
  for (const game of games) {
    const pace = `${game.clock} ${game.speed}`;
    paces.set(pace, [...(paces.get(pace) ?? []), game]);
  }
  const [alike] = [...paces.values()].sort((a, b) => b.length - a.length);
  if (!alike) return undefined;
  const names: string[] = [];
  const numberOf = (name: string): number => {
    if (!names.includes(name)) names.push(name);
    return names.indexOf(name);
  };
  const seeds = new Map<number, Tally[]>();
  for (const { configuration, others, seat, seed, outcome } of alike) {
    const [own, other] = [numberOf(configuration), numberOf(`${others[0]!} (the opponent)`)];
    const points = seat === 0 ? outcome! : 1 - outcome!;
    const [first, second] = seat === 0 ? [own, other] : [other, own];
    const game = { first, second, won: points === 1 ? 1 : 0, drawn: points === 0.5 ? 1 : 0, lost: points === 0 ? 1 : 0 };
    seeds.set(seed, [...(seeds.get(seed) ?? []), game]);
  }
  const rating = rate(names.length, [...seeds.values()], { seat: true, seeded: true });
  return { names, rating, matches: alike.length, seeds: seeds.size, left: games.length - alike.length };
}
