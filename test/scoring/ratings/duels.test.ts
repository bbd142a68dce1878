/** Duels of scripted players: repeatable, sides swapped, the same from both ends. */
import { expect } from 'chai';
import { outcome } from '../../../envs/fighter/outcome.js';
import { fighter } from '../../../envs/fighter/task.js';
import { playDuel, playDuels, type DuelResult, type DuelSettings } from '../../../scoring/ratings/duels.js';
import { duelChecks, duelPairs, script, type DuelPair } from '../../../harness/cli/fighter/duels.js';

const settings: DuelSettings = { options: { rounds: 1, roundSeconds: 20 }, games: 20, firstSeed: 50, jitterTicks: 1 };

describe('scoring: duels', () => {
  it('are the same each time, and add up', () => {
    const once = playDuels(fighter, script('expert', 6), script('rush', 12), settings);
    expect(playDuels(fighter, script('expert', 6), script('rush', 12), settings)).deep.equal(once);
    expect(once.wins + once.draws + once.losses).equal(20);
    expect(once.share.value).equal((once.wins + once.draws / 2) / 20);
    expect(once.share.n).equal(20);
  });

  it('are the same game whoever is called first', () => {
    const [a, b] = [script('expert', 6, 300), script('expert', 9, 300)];
    for (let seed = 1; seed <= 8; seed++)
      expect(playDuel(fighter, [a, b], seed, 0, settings) + playDuel(fighter, [b, a], seed, 1, settings)).equal(1);
  });

  it('without chance in the delays too, and at no delay', () => {
    const still = { ...settings, games: 4, jitterTicks: 0 };
    expect(playDuels(fighter, script('expert', 0), script('hold', 12), still).wins).equal(4);
  });

  it('equal rounds are a draw, more rounds a win whatever the health', () => {
    const results = (a: number, b: number) => ({ over: true, endedAt: 1, reward: [-9, 9], seats: [{ roundsWon: a }, { roundsWon: b }] });
    expect([outcome(results(1, 1), 0), outcome(results(2, 1), 0), outcome(results(2, 1), 1)]).deep.equal([0.5, 1, 0]);
  });

  it('the table has both axes and every bot of one idea at 6 and 12 frames', () => {
    const pairs = duelPairs();
    expect(pairs.filter((pair) => pair.axis === 'delay').map(({ first, second }) => [first.delayUs, second.delayUs])).deep.equal([
      [100_000, 200_000],
      [200_000, 400_000],
      [400_000, 800_000],
    ]);
    for (const { first, second } of pairs.filter((pair) => pair.axis === 'errors')) {
      expect(first.delayUs).equal(second.delayUs);
      expect(first.errorPermille).below(second.errorPermille);
    }
    const spam = new Set(pairs.filter((pair) => pair.axis === 'one idea').map((pair) => pair.first.bot));
    for (const bot of ['rush', 'fireball', 'throw', 'random', 'hold']) expect(spam.has(bot), bot).true;
  });

  it('what the table must show is checked, and a failure is told', () => {
    const result = (value: number, apart: 'above' | null): DuelResult => ({
      first: script('rush', 6),
      second: script('expert', 6),
      points: [],
      wins: 0,
      draws: 0,
      losses: 0,
      share: { value, low: value, high: value, n: 9 },
      apart,
    });
    const axes: DuelPair['axis'][] = ['delay', 'delay', 'errors', 'one idea', 'one idea', 'seats'];
    const pairs = axes.map((axis): DuelPair => ({ axis, first: script('rush', 6), second: script('expert', 6) }));
    const good = [
      result(0.7, 'above'),
      result(0.8, 'above'),
      result(0.6, 'above'),
      result(0.1, null),
      result(0.55, null),
      result(0.5, null),
    ];
    expect(duelChecks(pairs, good).map(({ holds, of }) => [holds, of])).deep.equal([[2, 2], [1, 1], [2, 2], [1, 1]]); // prettier-ignore
    const bad = [result(0.52, null), ...good.slice(1, 3), result(0.56, null), ...good.slice(4)];
    const [delay, , idea] = duelChecks(pairs, bad);
    expect([delay!.holds, idea!.holds]).deep.equal([1, 1]);
    expect(delay!.nearest).match(/52\.0/);
    expect(idea!.nearest).match(/56\.0/);
  });
});
