/**
 * Whether the games look as the model says: the deviance, twice the logarithm of the likelihood that every pair had of its own over that of
 * the model. Games are taken to be independent. Against chi-squared where the expected counts allow it (Cochran 1954), else against
 * tournaments drawn from the model itself (a parametric bootstrap: Efron and Tibshirani 1993, chapter 6).
 */
import { keyOf, Stream } from '../../envs/random.js';
import { solveFactored } from '../statistics/cholesky.js';
import { chiSquaredTail } from '../statistics/distributions.js';
import { chances, gradientOf, placesOf, type Fit } from './fit.js';
import type { Tally } from './tally.js';
import { drawTournament, meetingsOf } from './tournament.js';

/** The test's outcome. `p`: the chance of so large a deviance where the model holds. */
export interface Goodness {
  test: 'chi-squared' | 'parametric bootstrap';
  deviance: number;
  degrees: number;
  p: number;
  /** Drawn tournaments, where these were used. */
  replicates?: number;
}

/** Expected counts that chi-squared asks for: all above the first, and at most a fifth of them below the second. */
const EXPECTED = { least: 1, usual: 5, below: 0.2 };
/** Drawn tournaments: as many as this much work allows, counted in pairs. */
const REPLICATES = { least: 99, most: 999, pairs: 5e6 };
/** Steps from the model's own strengths to those of a drawn tournament, by the information at the former. */
const CHORD = { steps: 4, epsilon: 1e-2 };

/**
 * The test of a fit to these games, one entry a pair (see `summed`). Undefined where nothing is left to test: draws counted as halves, a
 * ridge, or as many parameters as there are free counts.
 */
export function goodnessOf(fit: Fit, tallies: readonly Tally[], seed = 1): Goodness | undefined {
  const { settings, players, parameters } = fit;
  const { draws, ridge } = settings;
  if (ridge > 0 || (draws === 'half' && tallies.some(({ drawn }) => drawn > 0))) return undefined;
  const outcomes = draws === 'outcome' ? 2 : 1;
  const degrees = outcomes * tallies.length - (placesOf(players, settings).size - 1);
  if (degrees <= 0) return undefined;
  const deviance = devianceOf(tallies, fit, parameters);
  const expected = tallies.flatMap((tally) => expectedOf(tally, fit, parameters));
  const few = expected.filter((each) => each < EXPECTED.usual).length;
  if (few <= EXPECTED.below * expected.length && expected.every((each) => each >= EXPECTED.least))
    return { test: 'chi-squared', deviance, degrees, p: chiSquaredTail(deviance, degrees) };
  const replicates = Math.min(REPLICATES.most, Math.max(REPLICATES.least, Math.floor(REPLICATES.pairs / tallies.length)));
  const stream = new Stream(keyOf(seed, 0x60d), 0);
  const meetings = meetingsOf(tallies, placesOf(players, settings), parameters);
  let drawn: Tally[] | undefined;
  let larger = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    drawn = drawTournament(meetings, stream, drawn);
    if (devianceOf(drawn, fit, nearby(fit, drawn)) >= deviance) larger++;
  }
  return { test: 'parametric bootstrap', deviance, degrees, p: (larger + 1) / (replicates + 1), replicates };
}

/** The parameters that fit games drawn from a model, found from that model's own with its information: it need not be reckoned anew. */
function nearby(fit: Fit, drawn: readonly Tally[]): Float64Array {
  let x = fit.parameters;
  for (let step = 0; step < CHORD.steps; step++) {
    const move = solveFactored(fit.factor, gradientOf(fit.players, drawn, fit.settings, x));
    x = x.map((each, i) => each + move[i]!);
    if (move.every((each) => Math.abs(each) < CHORD.epsilon)) break;
  }
  return x;
}

function expectedOf(tally: Tally, { players, settings }: Fit, x: ArrayLike<number>): number[] {
  const games = tally.won + tally.drawn + tally.lost;
  const { won, drawn, lost } = chances(tally, placesOf(players, settings), x);
  return settings.draws === 'outcome' ? [games * won, games * drawn, games * lost] : [games * won, games * lost];
}

function devianceOf(tallies: readonly Tally[], { players, settings }: Fit, x: ArrayLike<number>): number {
  const places = placesOf(players, settings);
  let sum = 0;
  for (const tally of tallies) {
    const games = tally.won + tally.drawn + tally.lost;
    const { won, drawn, lost } = chances(tally, places, x);
    sum += part(tally.won, games * won) + part(tally.drawn, games * drawn) + part(tally.lost, games * lost);
  }
  return Math.max(0, 2 * sum);
}

function part(seen: number, expected: number): number {
  return seen === 0 ? 0 : seen * Math.log(seen / expected);
}
