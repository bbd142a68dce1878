/**
 * Who should meet next, so that strengths are told soonest: the pair whose game is expected to tell most (D-optimal design: Chaloner and Verdinelli
 * 1995; for games of two, Glickman and Jensen 2005), and now and then the pair that has met least, so that nobody is left out whatever the model believes.
 * Pure: the same games, the same free players and the same stream give the same pair.
 */
import type { Stream } from '../../envs/random.js';
import { inverseFactored, type SquareMatrix } from '../statistics/cholesky.js';
import { chances, fitStrengths, placesOf } from './fit.js';
import { summed, type Tally } from './tally.js';

export interface PairingSettings {
  /** Players who wait for a game; nobody else is paired. */
  free: readonly number[];
  /** Whether two may meet at all; absent: everybody may meet everybody. */
  mayMeet?: (a: number, b: number) => boolean;
  /** The share of pairings that goes to the pair that has met least, in permille. */
  floorPermille?: number;
}

/** A pair that was chosen, the lower number first, and by which rule. */
export interface Pairing {
  first: number;
  second: number;
  by: 'information' | 'floor';
  /** What one game of the two is expected to tell, in nats. */
  information: number;
}

/** One pairing in five explores, unless told otherwise. */
export const FLOOR_PERMILLE = 200;
/** What is believed before any game: strengths lie around 0 with a variance of 1 / PRIOR, a standard deviation of two logits. */
const PRIOR = 0.25;
/** Pairs are alike when they differ by less than this share: rounding must not choose. */
const ALIKE = 1e-9;

/** Strengths as they are believed to be after some games, and how unsure that is. */
export interface Belief {
  strengths: ArrayLike<number>;
  covariance: SquareMatrix;
}

/** What is believed of players 0 to `players` - 1, a draw counting as half a win for both. */
export function beliefOf(players: number, tallies: readonly Tally[]): Belief {
  // With a prior there is always one best set of strengths.
  const fit = fitStrengths(players, summed(tallies, false), { seat: false, draws: 'half', ridge: PRIOR })!;
  return { strengths: fit.parameters, covariance: inverseFactored(fit.factor) };
}

/**
 * What a game of two is expected to tell, in nats: by how much it would shrink the logarithm of the volume in which strengths may lie. That is
 * 1/2 ln(1 + p (1 - p) v), p being the chance that one beats the other and v the variance of the difference of their strengths.
 */
export function informationOf({ strengths, covariance: { size, values } }: Belief, a: number, b: number): number {
  const { won, lost } = chances({ first: a, second: b }, placesOf(size, { seat: false, draws: 'half' }), strengths);
  const variance = values[a * size + a]! + values[b * size + b]! - 2 * values[a * size + b]!;
  return Math.log1p(won * lost * Math.max(0, variance)) / 2;
}

/**
 * The next pair among the players who are free; undefined where no two of them may meet.
 * @param stream draws when to explore, and among pairs that are alike: two numbers for each call
 */
export function nextPairing(players: number, tallies: readonly Tally[], settings: PairingSettings, stream: Stream): Pairing | undefined {
  const { free, mayMeet = () => true, floorPermille = FLOOR_PERMILLE } = settings;
  const explores = stream.chance(floorPermille, 1000);
  const drawn = stream.next();
  const sorted = [...new Set(free)].sort((a, b) => a - b);
  const pairs = sorted.flatMap((first, i) => sorted.slice(i + 1).flatMap((second) => (mayMeet(first, second) ? [{ first, second }] : [])));
  if (pairs.length === 0) return undefined;
  const belief = beliefOf(players, tallies);
  const told = pairs.map((pair) => ({ ...pair, information: informationOf(belief, pair.first, pair.second) }));
  const best = explores ? leastMet(told, players, tallies) : mostTold(told);
  return { ...best[Math.floor((drawn * best.length) / 0x100000000)]!, by: explores ? 'floor' : 'information' };
}

type Told = Omit<Pairing, 'by'>;

function mostTold(pairs: readonly Told[]): Told[] {
  const most = Math.max(...pairs.map(({ information }) => information));
  return pairs.filter(({ information }) => information >= most * (1 - ALIKE));
}

/** Those that have met least often; of these, those whose players have played least. */
function leastMet(pairs: readonly Told[], players: number, tallies: readonly Tally[]): Told[] {
  const met = new Map<number, number>();
  const played = new Array<number>(players).fill(0);
  for (const { first, second, won, drawn, lost } of summed(tallies, false)) {
    const games = won + drawn + lost;
    met.set(first * players + second, games);
    played[first]! += games;
    played[second]! += games;
  }
  const least = <T>(of: readonly T[], count: (each: T) => number): T[] => {
    const fewest = of.reduce((low, each) => Math.min(low, count(each)), Infinity);
    return of.filter((each) => count(each) === fewest);
  };
  const together = least(pairs, ({ first, second }) => met.get(first * players + second) ?? 0);
  return least(together, ({ first, second }) => played[first]! + played[second]!);
}
