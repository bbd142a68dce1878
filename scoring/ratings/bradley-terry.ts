/**
 * Ratings from games between pairs: Bradley and Terry's model (1952), in which a player's odds against another are exp(a - b). Fitted by
 * Hunter's MM steps (2004). Draws count half. Only players who have all met are rated: ratings of players that no games join would be the
 * regulariser's doing.
 */
import { clusterBootstrap } from '../statistics/bootstrap.js';
import type { Estimate } from '../statistics/estimate.js';

/** A game between two of the players, by their numbers, and what it was worth to the first. */
export interface RatedPair {
  first: number;
  second: number;
  points: 0 | 0.5 | 1;
}

/**
 * Every pair is taken to have drawn so many games beside those it played, so that who won all of them still has a rating. It draws ratings
 * towards each other, the less the more games there are.
 */
const PRIOR_DRAWS = 0.5;
const STEPS = 10_000;
const EPSILON = 1e-10;
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
  const points = Array.from({ length: players }, () => new Array<number>(players).fill(0));
  const played = Array.from({ length: players }, () => new Array<number>(players).fill(0));
  for (const { first, second, points: own } of games) {
    points[first]![second]! += own;
    points[second]![first]! += 1 - own;
    played[first]![second]! += 1;
    played[second]![first]! += 1;
  }
  let strength = new Array<number>(players).fill(1);
  for (let step = 0; step < STEPS; step++) {
    const next = strength.map((own, a) => {
      let [won, weight] = [0, 0];
      for (let b = 0; b < players; b++) {
        if (a === b) continue;
        won += points[a]![b]! + PRIOR_DRAWS / 2;
        weight += (played[a]![b]! + PRIOR_DRAWS) / (own + strength[b]!);
      }
      return won / weight;
    });
    const mean = Math.exp(next.reduce((sum, each) => sum + Math.log(each), 0) / players);
    const centred = next.map((each) => each / mean);
    const moved = centred.reduce((most, each, i) => Math.max(most, Math.abs(Math.log(each / strength[i]!))), 0);
    strength = centred;
    if (moved < EPSILON) break;
  }
  return strength.map(Math.log);
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
