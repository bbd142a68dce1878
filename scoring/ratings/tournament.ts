/** Tournaments drawn from a model of given strengths: what a fit is tested against. Seeded, so that the same ones come out each time. */
import type { Stream } from '../../envs/random.js';
import { binomialChance } from '../statistics/distributions.js';
import { chances, type Places } from './fit.js';
import type { Tally } from './tally.js';

/** How often a pair meets, and with what chances. */
export interface Meeting {
  first: number;
  second: number;
  games: number;
  /** How many are drawn; absent where none can be. */
  drawn?: Binomial;
  /** How many are won where none is drawn. */
  won: Binomial;
}

/** A binomial distribution, ready to be drawn from. */
export interface Binomial {
  trials: number;
  chance: number;
  mode: number;
  /** The chance of the mode. */
  top: number;
}

/** The meetings of these games' pairs under a model's parameters. */
export function meetingsOf(tallies: readonly Tally[], places: Places, x: ArrayLike<number>): Meeting[] {
  return tallies.map((tally) => {
    const { first, second } = tally;
    const { won, drawn, lost } = chances(tally, places, x);
    const games = tally.won + tally.drawn + tally.lost;
    return { first, second, games, won: binomial(games, won / (won + lost)), ...(drawn > 0 ? { drawn: binomial(games, drawn) } : {}) };
  });
}

/** One tournament of these meetings. @param into an earlier tournament of theirs, which this one takes the place of: thousands are drawn */
export function drawTournament(meetings: readonly Meeting[], stream: Stream, into?: Tally[]): Tally[] {
  const tallies = into ?? meetings.map(({ first, second }) => ({ first, second, won: 0, drawn: 0, lost: 0 }));
  meetings.forEach(({ games, won, drawn }, i) => {
    const tally = tallies[i]!;
    tally.drawn = drawn ? draw(stream, drawn) : 0;
    tally.won = draw(stream, tally.drawn === 0 ? won : binomial(games - tally.drawn, won.chance));
    tally.lost = games - tally.drawn - tally.won;
  });
  return tallies;
}

/** @param chance of each of the trials, 0 to 1 */
export function binomial(trials: number, chance: number): Binomial {
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  return { trials, chance, mode, top: chance > 0 && chance < 1 ? binomialChance(mode, trials, chance) : 1 };
}

/** One number of it, by inversion outwards from the mode (Kemp 1986): so many steps as it lies away from there. */
export function draw(stream: Stream, { trials, chance, mode, top }: Binomial): number {
  if (top >= 1) return mode;
  const odds = chance / (1 - chance);
  let left = stream.next() / 0x100000000 - top;
  let [low, high] = [mode, mode];
  let [atLow, atHigh] = [top, top];
  while (left >= 0 && (low > 0 || high < trials)) {
    if (high < trials) {
      atHigh *= (odds * (trials - high)) / (high + 1);
      high++;
      if ((left -= atHigh) < 0) return high;
    }
    if (low > 0) {
      atLow *= low / (odds * (trials - low + 1));
      low--;
      if ((left -= atLow) < 0) return low;
    }
  }
  // The shares sum to 1 but for rounding.
  return mode;
}
