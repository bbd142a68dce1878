/**
 * Strengths by maximum likelihood. With d = strength of the first - strength of the second + what the first seat is worth, a game is won,
 * drawn or lost in proportions exp(d / 2) : exp(tie) : exp(-d / 2). Without the draws that is Bradley and Terry's model (1952), with them
 * Davidson's (1970). Newton's steps, the strengths' sum held at 0; one that does not raise the likelihood is halved.
 */
import { choleskyFactor, solveFactored, zeros, type SquareMatrix } from '../statistics/cholesky.js';
import type { Tally } from './tally.js';

/** How a draw is understood: a third outcome (Davidson), or half a game won and half a game lost. */
export type Draws = 'outcome' | 'half';

export interface FitSettings {
  /** The first seat's worth is a parameter. */
  seat: boolean;
  draws: Draws;
  /** Half of so much for each squared strength is taken from the logarithm of the likelihood; 0: none. */
  ridge: number;
  /** Where to begin: parameters of an earlier fit of the same settings. */
  from?: ArrayLike<number>;
}

/** A fitted model. */
export interface Fit {
  settings: FitSettings;
  players: number;
  /** The strengths, natural logarithms of odds, of sum 0; then the first seat's worth, then the tie's logarithm, where these are parameters. */
  parameters: Float64Array;
  /** Factor of the information matrix, in which the sum of strengths is held. */
  factor: SquareMatrix;
}

/** What one pair's games are expected to be: chances of each outcome for the first. */
export interface Chances {
  won: number;
  drawn: number;
  lost: number;
}

const STEPS = 200;
const EPSILON = 1e-10;
/** A seat or a tie worth so much has no finite best value: odds of e^20 are more than any number of games tells. */
const BEYOND = 20;

/** Where a model's parameters lie: the strengths first, then the first seat's worth and the tie's logarithm; -1: it has no such parameter. */
export interface Places {
  players: number;
  seat: number;
  tie: number;
  size: number;
}

export function placesOf(players: number, { seat, draws }: Pick<FitSettings, 'seat' | 'draws'>): Places {
  const tie = players + (seat ? 1 : 0);
  return draws === 'outcome'
    ? { players, seat: seat ? players : -1, tie, size: tie + 1 }
    : { players, seat: seat ? players : -1, tie: -1, size: tie };
}

/** A pair's chances under some parameters. */
export function chances(pair: Pick<Tally, 'first' | 'second'>, places: Places, x: ArrayLike<number>): Chances {
  const { half, middle, top, rest } = proportionsOf(pair, places, x);
  const sum = 1 + rest;
  return { won: Math.exp(half - top) / sum, drawn: Math.exp(middle - top) / sum, lost: Math.exp(-half - top) / sum };
}

/** The logarithms of a pair's proportions: the first wins by `half` and loses by `-half`, `top` is the greatest; `rest` is what the others are for one of that. */
function proportionsOf({ first, second }: Pick<Tally, 'first' | 'second'>, { seat, tie }: Places, x: ArrayLike<number>) {
  const half = (x[first]! - x[second]! + (seat < 0 ? 0 : x[seat]!)) / 2;
  const middle = tie < 0 ? -Infinity : x[tie]!;
  const most = Math.abs(half);
  const top = Math.max(most, middle);
  return { half, middle, top, rest: Math.exp(-most - top) + Math.exp(Math.min(most, middle) - top) };
}

/**
 * The best strengths for these games. Undefined where there are none: with a seat or a tie as parameters these may fit ever better without
 * end, say where who sits first has always won; without them, when players are not strongly connected and there is no ridge.
 */
export function fitStrengths(players: number, tallies: readonly Tally[], settings: FitSettings): Fit | undefined {
  const places = placesOf(players, settings);
  const { size, seat, tie } = places;
  let x: Float64Array = settings.from ? Float64Array.from(settings.from) : new Float64Array(size);
  let at = likelihoodOf(players, tallies, settings, x);
  for (let step = 0; step < STEPS; step++) {
    const factor = choleskyFactor(informationOf(players, tallies, settings, x));
    if (!factor) return undefined;
    const move = solveFactored(factor, gradientOf(players, tallies, settings, x));
    const largest = move.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    if (largest < EPSILON) return { settings, players, parameters: x, factor };
    let next = moved(x, move, 1);
    let share = 1;
    let there = likelihoodOf(players, tallies, settings, next);
    while (!(there >= at - 1e-12 * Math.abs(at)) && share > 1e-6) {
      share /= 2;
      next = moved(x, move, share);
      there = likelihoodOf(players, tallies, settings, next);
    }
    // No step raises it any more: what is left is rounding.
    if (share <= 1e-6) return largest < 1e-6 ? { settings, players, parameters: x, factor } : undefined;
    [x, at] = [next, there];
    if ([seat, tie].some((place) => place >= 0 && Math.abs(x[place]!) > BEYOND)) return undefined;
  }
  return undefined;
}

function moved(x: Float64Array, move: Float64Array, share: number): Float64Array {
  return x.map((each, i) => each + share * move[i]!);
}

/** The logarithm of the likelihood, what the ridge takes off included. */
function likelihoodOf(players: number, tallies: readonly Tally[], settings: FitSettings, x: ArrayLike<number>): number {
  const places = placesOf(players, settings);
  const isOutcome = settings.draws === 'outcome';
  let sum = 0;
  for (const tally of tallies) {
    const { half, middle, top, rest } = proportionsOf(tally, places, x);
    const all = Math.log1p(rest);
    const halves = isOutcome ? 0 : tally.drawn / 2;
    sum += (tally.won + halves) * (half - top - all) + (tally.lost + halves) * (-half - top - all);
    if (isOutcome && tally.drawn > 0) sum += tally.drawn * (middle - top - all);
  }
  for (let i = 0; i < players; i++) sum -= (settings.ridge / 2) * x[i]! * x[i]!;
  return sum;
}

/** Its gradient. */
export function gradientOf(players: number, tallies: readonly Tally[], settings: FitSettings, x: ArrayLike<number>): Float64Array {
  const places = placesOf(players, settings);
  const { size, seat, tie } = places;
  const gradient = new Float64Array(size);
  for (const tally of tallies) {
    const { d, t } = scoreOf(tally, chances(tally, places, x), settings.draws);
    gradient[tally.first]! += d;
    gradient[tally.second]! -= d;
    if (seat >= 0) gradient[seat]! += d;
    if (tie >= 0) gradient[tie]! += t;
  }
  for (let i = 0; i < players; i++) gradient[i]! -= settings.ridge * x[i]!;
  return gradient;
}

/** The information matrix. A term holds the sum of strengths where it is, since the games say nothing of it. */
export function informationOf(players: number, tallies: readonly Tally[], settings: FitSettings, x: ArrayLike<number>): SquareMatrix {
  const places = placesOf(players, settings);
  const { size } = places;
  const information = zeros(size);
  const { values } = information;
  for (const tally of tallies) {
    const { dd, dt, tt } = scoreOf(tally, chances(tally, places, x), settings.draws);
    addProducts(information, tally, places, { dd, dt, tt });
  }
  let mean = 0;
  for (let i = 0; i < players; i++) mean += values[i * size + i]! / players;
  const held = (mean > 0 ? mean : 1) / players;
  for (let i = 0; i < players; i++) {
    values[i * size + i]! += settings.ridge;
    for (let j = 0; j < players; j++) values[i * size + j]! += held;
  }
  return information;
}

/** Adds to a matrix what a pair's figures on d and on the tie (`dd`, `dt`, `tt`) are on the parameters that d is made of. */
export function addProducts(
  { size, values }: SquareMatrix,
  { first, second }: Pick<Tally, 'first' | 'second'>,
  { seat, tie }: Places,
  { dd, dt, tt }: Pick<Score, 'dd' | 'dt' | 'tt'>,
): void {
  addTo(first, 1);
  addTo(second, -1);
  if (seat >= 0) addTo(seat, 1);
  if (tie >= 0) values[tie * size + tie]! += tt;

  function addTo(i: number, sign: number): void {
    values[i * size + first]! += sign * dd;
    values[i * size + second]! -= sign * dd;
    if (seat >= 0) values[i * size + seat]! += sign * dd;
    if (tie < 0) return;
    values[i * size + tie]! += sign * dt;
    values[tie * size + i]! += sign * dt;
  }
}

/** A pair's part of the derivatives by d and by the tie, and of the information on them. */
export interface Score {
  d: number;
  t: number;
  dd: number;
  dt: number;
  tt: number;
}

/**
 * Made of products of chances, never of what they lack of 1: of a pair in which one wins a billion games for each that it loses, nothing would
 * be left of the difference. @param chance as expected of each of the games
 */
export function scoreOf({ won, drawn, lost }: Tally, chance: Chances, draws: Draws): Score {
  const games = won + drawn + lost;
  const lead = chance.won - chance.lost;
  const decided = chance.won + chance.lost;
  return {
    d: won * (chance.lost + chance.drawn / 2) - lost * (chance.won + chance.drawn / 2) - (drawn * lead) / 2,
    t: draws === 'outcome' ? drawn * decided - (won + lost) * chance.drawn : 0,
    dd: games * (chance.won * chance.lost + (decided * chance.drawn) / 4),
    dt: (-games * chance.drawn * lead) / 2,
    tt: games * chance.drawn * decided,
  };
}
