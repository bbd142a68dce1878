/**
 * Ratings of a round robin in which everybody has met everybody, for the tables of published duels: Bradley and Terry's model (1952), a draw
 * counted as half a win. Every pair is given half a drawn game besides, so that who won all of them still has a rating; `rating.ts` has no such
 * help, and says of whom nothing can be said. Both fit by `fit.ts`.
 */
import { clusterBootstrap } from '../statistics/bootstrap.js';
import type { Estimate } from '../statistics/estimate.js';
import { fitStrengths } from './fit.js';
import { summed, type Tally } from './tally.js';

/** A game between two of the players, by their numbers, and what it was worth to the first. */
export interface RatedPair {
  first: number;
  second: number;
  points: 0 | 0.5 | 1;
}

/**
 * Every pair is taken to have drawn so many games beside those it played. It draws ratings towards each other, the less the more games there are.
 */
const PRIOR_DRAWS = 0.5;
/** The bootstrap's resamples and seed: fixed, so that a table prints the same twice. */
const BOOTSTRAP = { replicates: 1000, seed: 1 };

/** Ratings of players 0 to `players` - 1, natural logarithms of odds, their mean 0. @throws RangeError when a pair has no game */
export function bradleyTerry(players: number, games: readonly RatedPair[]): number[] {
  const met = new Set(games.flatMap(({ first, second }) => [first * players + second, second * players + first]));
  for (let a = 0; a < players; a++)
    for (let b = 0; b < a; b++)
      if (!met.has(a * players + b)) throw new RangeError(`players ${b} and ${a} have no game: only whole round robins are rated`);
  return fitted(players, games);
}

function fitted(players: number, games: readonly RatedPair[]): number[] {
  const tallies = games.map(({ first, second, points }): Tally => {
    return { first, second, won: points === 1 ? 1 : 0, drawn: points === 0.5 ? 1 : 0, lost: points === 0 ? 1 : 0 };
  });
  for (let first = 0; first < players; first++)
    for (let second = first + 1; second < players; second++) tallies.push({ first, second, won: 0, drawn: PRIOR_DRAWS, lost: 0 });
  // With a draw in every pair all players are connected, so the best strengths are finite.
  const { parameters } = fitStrengths(players, summed(tallies, false), { seat: false, draws: 'half', ridge: 0 })!;
  return [...parameters];
}

/**
 * The same with 95 % intervals: a bootstrap over clusters of games, each a seed's. Fewer than two clusters have no interval.
 * @throws RangeError when a pair has no game
 */
export function ratedRoundRobin(players: number, clusters: readonly (readonly RatedPair[])[]): Estimate[] {
  const values = bradleyTerry(players, clusters.flat());
  return values.map((value, player) => {
    // A resample may miss a pair that met on few seeds: it then has its half a drawn game alone.
    const ends = clusterBootstrap(clusters, (resample) => fitted(players, resample.flat())[player]!, BOOTSTRAP);
    return { value, low: ends.low, high: ends.high, n: clusters.length };
  });
}
