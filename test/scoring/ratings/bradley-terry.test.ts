/** Ratings of a round robin: two players' odds as written down, the true order found, and no rating without games. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { bradleyTerry, ratedRoundRobin, type RatedPair } from '../../../scoring/ratings/bradley-terry.js';

const games = (first: number, second: number, points: 0 | 0.5 | 1, count: number): RatedPair[] =>
  Array.from({ length: count }, () => ({ first, second, points }));

/** Every ordered pair once, who wins drawn by true ratings. */
function roundRobin(truth: readonly number[], seed: number): RatedPair[] {
  const stream = new Stream(keyOf(seed, 0xb7), 0);
  return truth.flatMap((a, first) =>
    truth.flatMap((b, second): RatedPair[] => {
      if (first === second) return [];
      const share = 1 / (1 + Math.exp(b - a));
      return [{ first, second, points: stream.below(1_000_000) < share * 1_000_000 ? 1 : 0 }];
    }),
  );
}

describe('ratings of a round robin', () => {
  it('of two are the logarithm of their odds, a quarter point given to each', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(10), (won, lost, drawn) => {
        fc.pre(won + lost + drawn > 0);
        const [a, b] = bradleyTerry(2, [...games(0, 1, 1, won), ...games(1, 0, 1, lost), ...games(0, 1, 0.5, drawn)]);
        expect(a! - b!).to.be.closeTo(Math.log((won + drawn / 2 + 0.25) / (lost + drawn / 2 + 0.25)), 1e-6);
        expect(a! + b!).to.be.closeTo(0, 1e-9);
      }),
    );
  });

  it('find true ratings when there are many games, and hold them in their intervals', () => {
    const truth = [1.2, 0.3, -0.4, -1.1];
    const clusters = Array.from({ length: 60 }, (_, seed) => roundRobin(truth, seed));
    ratedRoundRobin(4, clusters).forEach(({ value, low, high, n }, i) => {
      expect(value).to.be.closeTo(truth[i]!, 0.5);
      expect(low!).to.be.lessThan(value!);
      expect(high!).to.be.greaterThan(value!);
      expect(n).to.equal(60);
    });
  });

  it('put players in the order of their points', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }), (seeds) => {
        const all = seeds.flatMap((seed) => roundRobin([0.5, 0, -0.5], seed));
        const points = [0, 0, 0];
        for (const { first, second, points: own } of all) {
          points[first]! += own;
          points[second]! += 1 - own;
        }
        const ratings = bradleyTerry(3, all);
        for (const a of [0, 1, 2])
          for (const b of [0, 1, 2]) if (points[a]! > points[b]!) expect(ratings[a]!).to.be.greaterThan(ratings[b]!);
      }),
    );
  });

  it('are refused where a pair has not met', () => {
    expect(() => bradleyTerry(3, [...games(0, 1, 1, 5), ...games(1, 2, 1, 5)])).to.throw(RangeError, 'players 0 and 2 have no game');
  });
});
