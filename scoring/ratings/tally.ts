/** Games between two of several players, counted. Players go by their numbers from 0. */

/** Games of one pair, by what they were to the first. Where seats count, the first had the first seat in all of them. */
export interface Tally {
  first: number;
  second: number;
  won: number;
  drawn: number;
  lost: number;
}

/** How many games there are. */
export function gamesIn(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, { won, drawn, lost }) => sum + won + drawn + lost, 0);
}

/** The same games with one entry for each pair: an ordered one where seats count, else the lower number first. Pairs without a game are left out. */
export function summed(tallies: readonly Tally[], seatsCount: boolean): Tally[] {
  const sums = new Map<number, Tally>();
  const players = tallies.reduce((most, { first, second }) => Math.max(most, first, second), 0) + 1;
  for (const tally of tallies) {
    const { first, second, won, drawn, lost } = seatsCount || tally.first < tally.second ? tally : turned(tally);
    if (won + drawn + lost === 0) continue;
    const key = first * players + second;
    const sum = sums.get(key);
    if (!sum) sums.set(key, { first, second, won, drawn, lost });
    else {
      sum.won += won;
      sum.drawn += drawn;
      sum.lost += lost;
    }
  }
  return [...sums.values()];
}

/** The games as the second saw them. */
export function turned({ first, second, won, drawn, lost }: Tally): Tally {
  return { first: second, second: first, won: lost, drawn, lost: won };
}
