/** Ratings of a sweep's configurations: from which matches, of which seat, and between whom. */
import { expect } from 'chai';
import type { MatchRecord } from '../../../../harness/report/sweep/matches.js';
import { ratingOf } from '../../../../harness/report/sweep/ratings.js';

describe('ratings in a sweep’s report', () => {
  const game = (configuration: string, seed: number, outcome: 0 | 0.5 | 1 | null, change: Partial<MatchRecord> = {}): MatchRecord =>
    ({ task: 'fighter', configuration, others: ['rush'], kind: 'embedded', purpose: 'measure', standing: 'counted', seed, seat: seed % 2, clock: 'virtual', speed: 20, outcome, ...change }) as MatchRecord; // prettier-ignore
  const games = (name: string, outcomes: readonly (0 | 0.5 | 1)[]): MatchRecord[] => outcomes.map((outcome, seed) => game(name, seed, outcome)); // prettier-ignore

  it('are by what each won of the opponent, on whichever side it sat; who won everything is comparable with nobody', () => {
    // Of twelve games each, half on either side.
    const played = [
      ...games('good', [1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1]),
      ...games('poor', [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]),
      ...games('best', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ];
    const { names, rating, matches, seeds, left } = ratingOf(played, 'fighter')!;
    expect([matches, seeds, left]).to.deep.equal([36, 12, 0]);
    const [main, alone] = rating.components.sort((a, b) => b.members.length - a.members.length);
    expect(main!.players.map(({ player }) => names[player])).to.deep.equal(['good', 'rush (the opponent)', 'poor']);
    expect(alone!.members.map((member) => names[member])).to.deep.equal(['best']);
    // 10 won of 12 and 3 of 12: the log-odds to the opponent, as in no other game anybody met.
    const strength = (name: string): number => main!.players.find(({ player }) => names[player] === name)!.strength!;
    expect(strength('good') - strength('rush (the opponent)')).to.be.closeTo(Math.log(10 / 2), 0.1);
    expect(strength('poor') - strength('rush (the opponent)')).to.be.closeTo(Math.log(3 / 9), 0.1);
  });

  it('have no match in them that does not count, was not measured, has no winner, or was played at another pace than most', () => {
    const played = games('good', [1, 0, 1, 0, 1, 0]);
    const others = [
      game('good', 9, 1, { standing: 'void' }),
      game('good', 9, 1, { standing: 'other' }),
      game('good', 9, 1, { purpose: 'patient' }),
      game('good', 9, null),
      game('good', 9, 1, { task: 'hft' }),
      game('good', 9, 1, { clock: 'wall', speed: 1 }),
    ];
    const rated = ratingOf([...others, ...played], 'fighter')!;
    expect([rated.matches, rated.seeds, rated.left]).to.deep.equal([6, 6, 1]);
    expect(ratingOf([game('good', 9, null)], 'fighter')).to.equal(undefined);
    expect(ratingOf([], 'fighter')).to.equal(undefined);
  });
});
