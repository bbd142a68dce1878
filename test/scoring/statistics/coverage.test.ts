/**
 * Intervals cover what they say on shapes like those that matches give: fights that are won or lost, yields with heavy and skewed tails,
 * decisions with stakes of very different size, rare failures that come together, latencies that drift from match to match.
 */
import { expect } from 'chai';
import { fighter } from '../../../envs/fighter/task.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { latencyQuantile, type LatencySample } from '../../../scoring/figures/latency.js';
import { qualityOf } from '../../../scoring/figures/quality.js';
import { playRung } from '../../../scoring/ratings/ladder.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { differenceInterval } from '../../../scoring/statistics/pairing.js';
import { ratioOfSums } from '../../../scoring/statistics/ratios.js';
import { clusteredShare } from '../../../scoring/statistics/shares.js';
import { coverageOf, normal, SIZES, uniform } from './coverage.js';

const REPLICATES = 1500;

/** Every size's coverage lies within these bounds, and their mean where it should. */
function covers<Match>(name: string, population: Match[], interval: (matches: readonly Match[]) => Estimate, least = 0.92, most = 1): void {
  const truth = interval(population).value!;
  for (const size of SIZES) {
    const { covered } = coverageOf(population, interval, truth, { size, replicates: REPLICATES, stream: new Stream(keyOf(size, 0xc0), 0) });
    expect(covered, `${name}, ${size} matches`).to.be.within(least, most);
  }
}

/** Fights of ten seconds against the expert at 200 ms, a fifth of whose decisions are random. */
function fights(delayMs: number, count: number): number[] {
  const settings = {
    options: { rounds: 1, roundSeconds: 10 },
    seeds: [],
    opponent: { bot: 'expert', delayUs: 200_000, errorPermille: 200 },
  };
  const rung = { bot: 'expert', delayUs: delayMs * 1000, errorPermille: 0 };
  return Array.from({ length: count }, (_, seed) => playRung(fighter, rung, seed + 1, settings) / fighter.reward.scale);
}

describe('intervals', function () {
  this.timeout(60_000);
  const stream = new Stream(keyOf(7, 0xc0), 1);
  const many = <T>(make: (i: number) => T): T[] => Array.from({ length: 2000 }, (_, i) => make(i));
  const points = { low: -1.5, high: 1.5 };

  it('of fights cover, also when nearly all are won and a sample may hold no loss', () => {
    const [fast, slow] = [fights(150, 250), fights(300, 250)];
    covers('points at 150 ms', fast, (values) => meanInterval(values, { range: points }), 0.93);
    covers('points at 300 ms', slow, (values) => meanInterval(values, { range: points }), 0.93);
    covers(
      'points earned by 150 ms less',
      fast.map((value, i) => value - slow[i]!),
      (values) => differenceInterval(values, { range: points }),
      0.93,
    );
    // What the known range is for: the spread of the sample alone does not tell of losses that it does not hold.
    const truth = meanInterval(fast).value!;
    const blind = coverageOf(fast, (values) => meanInterval(values), truth, { size: 6, replicates: REPLICATES, stream });
    expect(blind.covered).to.be.below(0.85);
  });

  it('of market yields cover: heavy tails to either side', () => {
    covers(
      'yields',
      many(() => {
        const tail = normal(stream) / Math.sqrt(Array.from({ length: 4 }, () => normal(stream) ** 2).reduce((a, b) => a + b) / 4);
        return 0.02 + 0.1 * (tail + (tail < 0 ? 0.3 * tail : 0));
      }),
      (values) => meanInterval(values),
      0.925,
      0.98,
    );
  });

  it('of quality cover and never pass its bounds', () => {
    for (const good of [0.5, 0.8, 0.95]) {
      const parts = many(() => {
        const denominator = Math.exp(0.7 * normal(stream));
        return { numerator: denominator * Math.min(1, Math.max(0, good + 0.2 * normal(stream))), denominator };
      });
      covers(`quality ${good}`, parts, qualityOf, 0.93);
      for (let i = 0; i < 200; i++) {
        const { low, high } = qualityOf(parts.slice(i * 6, i * 6 + 6));
        expect(low!).to.be.at.least(0);
        expect(high!).to.be.at.most(1);
      }
    }
  });

  it('of rates without bounds cover', () => {
    covers(
      'landed a second',
      many(() => ({ numerator: 10 + stream.below(20), denominator: 15 + 10 * uniform(stream) })),
      (parts) => ratioOfSums(parts),
      0.93,
      0.975,
    );
  });

  it('of shares cover: rare ones, none at all in most matches, and those that come together', () => {
    const share = (ofMatch: () => number) =>
      many(() => {
        const chance = ofMatch();
        const trials = 40 + stream.below(100);
        return { successes: Array.from({ length: trials }, () => uniform(stream) < chance).filter(Boolean).length, trials };
      });
    covers('a third', share(() => 0.33), (parts) => clusteredShare(parts), 0.93, 0.985); // prettier-ignore
    covers('one in a hundred', share(() => 0.01), (parts) => clusteredShare(parts), 0.93, 0.985); // prettier-ignore
    covers('three in a thousand', share(() => 0.003), (parts) => clusteredShare(parts), 0.93, 0.99); // prettier-ignore
    covers('clumped', share(() => Math.min(1, Math.max(0, 0.3 + 0.15 * normal(stream)))), (parts) => clusteredShare(parts), 0.93, 0.975); // prettier-ignore
  });

  it('of latency cover the median and the ninth decile, though matches differ', () => {
    const population = Array.from({ length: 400 }, (): LatencySample[] => {
      const host = Math.exp(0.05 * normal(stream));
      return Array.from({ length: 20 + stream.below(40) }, () => ({ us: 1e5 * host * Math.exp(0.2 * normal(stream)), censored: false }));
    });
    for (const p of [0.5, 0.9]) {
      const truth = latencyQuantile(population, p).value!;
      for (const size of SIZES) {
        const interval = (matches: readonly LatencySample[][]) => latencyQuantile(matches, p);
        const settings = { size, replicates: 250, stream: new Stream(keyOf(size, 0xc1), 0) };
        expect(coverageOf(population, interval, truth, settings).covered, `p${p * 100}, ${size} matches`).to.be.at.least(0.91);
      }
    }
  });

  it('are none at two matches, whatever the figure', () => {
    const two = [
      meanInterval([1, 2]),
      meanInterval([1, 2], { range: { low: 0, high: 3 } }),
      differenceInterval([1, 2], { range: points }),
      ratioOfSums([{ numerator: 1, denominator: 2 }, { numerator: 1, denominator: 3 }]),
      qualityOf([{ numerator: 1, denominator: 2 }, { numerator: 1, denominator: 3 }]),
      clusteredShare([{ successes: 1, trials: 2 }, { successes: 0, trials: 3 }]),
      latencyQuantile([[{ us: 1, censored: false }], [{ us: 2, censored: false }]], 0.5),
    ]; // prettier-ignore
    for (const { value, low, high } of two) {
      expect(value).to.be.a('number');
      expect([low, high]).to.deep.equal([null, null]);
    }
  });
});
