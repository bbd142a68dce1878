/**
 * How well strengths are known: the sandwich (Huber 1967), which holds where the model is not quite right, and where games of one seed go
 * together (Liang and Zeger 1986). All pairs of players are told apart at once, by the studentised range (Tukey 1953, Kramer 1956).
 */
import { inverseFactored, product, zeros, type SquareMatrix } from '../statistics/cholesky.js';
import { normalQuantile, studentizedRangeQuantile, studentQuantile } from '../statistics/distributions.js';
import { CONFIDENCE, LEAST_MATCHES } from '../statistics/estimate.js';
import { addProducts, chances, placesOf, scoreOf, type Fit } from './fit.js';
import { gamesIn, type Tally } from './tally.js';

/** The covariance of the parameters, and the degrees of freedom with which it is known: Infinity where each game is a unit. */
export interface Covariance extends SquareMatrix {
  degrees: number;
}

/** From games that are independent, each a unit. */
export function covarianceOfGames(fit: Fit, tallies: readonly Tally[]): Covariance {
  const { players, settings, parameters } = fit;
  const places = placesOf(players, settings);
  const meat = zeros(places.size);
  for (const tally of tallies) {
    const chance = chances(tally, places, parameters);
    const sums = { dd: 0, dt: 0, tt: 0 };
    for (const outcome of ['won', 'drawn', 'lost'] as const) {
      if (tally[outcome] === 0) continue;
      const { d, t } = scoreOf({ ...tally, won: 0, drawn: 0, lost: 0, [outcome]: 1 }, chance, settings.draws);
      sums.dd += tally[outcome] * d * d;
      sums.dt += tally[outcome] * d * t;
      sums.tt += tally[outcome] * t * t;
    }
    addProducts(meat, tally, places, sums);
  }
  const games = gamesIn(tallies);
  const free = games - (meat.size - 1);
  return { ...sandwich(fit, meat, free > 0 ? games / free : Infinity), degrees: Infinity };
}

/** From games of several seeds, a seed's together being the unit. Undefined with fewer than three. */
export function covarianceOfSeeds(fit: Fit, seeds: readonly (readonly Tally[])[]): Covariance | undefined {
  const { players, settings, parameters } = fit;
  const places = placesOf(players, settings);
  const { size, seat, tie } = places;
  const played = seeds.filter((tallies) => gamesIn(tallies) > 0);
  if (played.length < LEAST_MATCHES) return undefined;
  const meat = zeros(size);
  for (const tallies of played) {
    const score = new Float64Array(size);
    for (const tally of tallies) {
      const { d, t } = scoreOf(tally, chances(tally, places, parameters), settings.draws);
      score[tally.first]! += d;
      score[tally.second]! -= d;
      if (seat >= 0) score[seat]! += d;
      if (tie >= 0) score[tie]! += t;
    }
    for (let i = 0; i < size; i++) if (score[i] !== 0) for (let j = 0; j < size; j++) meat.values[i * size + j]! += score[i]! * score[j]!;
  }
  return { ...sandwich(fit, meat, played.length / (played.length - 1)), degrees: played.length - 1 };
}

function sandwich(fit: Fit, meat: SquareMatrix, correction: number): SquareMatrix {
  const bread = inverseFactored(fit.factor);
  const { size, values } = product(product(bread, meat), bread);
  return { size, values: values.map((each) => each * correction) };
}

/** Standard errors of the parameters. */
export function standardErrors({ size, values }: SquareMatrix): number[] {
  return Array.from({ length: size }, (_, i) => Math.sqrt(Math.max(0, values[i * size + i]!)));
}

/** How many standard errors a single interval is wide to each side. */
export function single({ degrees }: Covariance): number {
  const p = (1 + CONFIDENCE) / 2;
  return Number.isFinite(degrees) ? studentQuantile(p, degrees) : normalQuantile(p);
}

/** Of each player those of whom nothing tells it, all pairs of the component at once; itself is not among them. */
export function tiedSets(strengths: ArrayLike<number>, covariance: Covariance): number[][] {
  const players = strengths.length;
  const { size, values } = covariance;
  const width = players < 2 ? 0 : studentizedRangeQuantile(CONFIDENCE, players, covariance.degrees) / Math.SQRT2;
  const error = (a: number, b: number): number =>
    Math.sqrt(Math.max(0, values[a * size + a]! + values[b * size + b]! - 2 * values[a * size + b]!));
  return Array.from({ length: players }, (_, a) =>
    Array.from({ length: players }, (__, b) => b).filter((b) => b !== a && Math.abs(strengths[a]! - strengths[b]!) <= width * error(a, b)),
  );
}
