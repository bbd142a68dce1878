/** The realism gate's estimators: by hand on a few numbers, and on simulations whose answer is known. */
import { expect } from 'chai';
import fc from 'fast-check';
import { branchingRatio } from '../../../../scoring/hft/realism/branching.js';
import { autocorrelations, correlation, decayExponent, deviation, octaves, slope } from '../../../../scoring/hft/realism/correlation.js';
import { jackknife } from '../../../../scoring/hft/realism/jackknife.js';
import {
  beyondPlacebo,
  followed,
  impactExponent,
  impactLeft,
  impactMean,
  type Metaorder,
} from '../../../../scoring/hft/realism/metaorders.js';
import { absolute, blocks, returnsBp } from '../../../../scoring/hft/realism/returns.js';
import { excessKurtosis, hill } from '../../../../scoring/hft/realism/tails.js';
import { studentQuantile } from '../../../../scoring/statistics/distributions.js';
import { Draws } from './draws.js';

const many = (count: number, draw: () => number): Float64Array => Float64Array.from({ length: count }, draw);

describe('realism: returns', () => {
  it('are overlapping log returns in basis points', () => {
    const returns = returnsBp([100, 100, 101, 99.99], 1);
    expect([...returns].map((r) => Math.round(r * 1000) / 1000)).to.deep.equal([0, 99.503, -100.503]);
    expect(returnsBp([100, 100, 101, 99.99], 2)).to.have.length(2);
    expect(returnsBp([100], 1)).to.have.length(0);
  });

  it('sum in whole blocks', () => {
    expect([...blocks([1, 2, 3, 4, 5], 2)]).to.deep.equal([3, 7]);
    expect([...absolute([-1, 2])]).to.deep.equal([1, 2]);
  });
});

describe('realism: correlation', () => {
  it('by hand', () => {
    // Mean 2.5, variance 1.25, products of neighbours' deviations 0.75, -0.25, 0.75.
    expect(autocorrelations([[1, 2, 3, 4]], [0, 1])).to.deep.equal([1, 1.25 / 3 / 1.25]);
    expect(deviation([[1, 2, 3, 4]])).to.equal(Math.sqrt(1.25));
    expect(correlation([{ x: [1, 2, 3], y: [2, 4, 6] }])).to.be.closeTo(1, 1e-12);
    expect(correlation([{ x: [1, 2, 3], y: [1, 0, 1] }])).to.equal(0);
    expect(slope([0, 1, 2], [1, 3, 5])).to.equal(2);
  });

  it('never pairs the end of one series with the beginning of another', () => {
    expect(autocorrelations([[1, 1], [-1, -1]], [1])).to.deep.equal([1]); // prettier-ignore
  });

  it('is phi^k for an autoregression', () => {
    const draws = new Draws(1);
    let x = 0;
    const [one, three] = autocorrelations([many(100_000, () => (x = 0.5 * x + draws.normal()))], [1, 3]);
    expect(one).to.be.closeTo(0.5, 0.02);
    expect(three).to.be.closeTo(0.125, 0.02);
  });

  it('has octaves of lags', () => {
    expect(octaves(8)).to.deep.equal([[1], [2], [3, 4], [5, 6, 7, 8]]);
    expect(octaves(128).flat()).to.have.length(128);
  });

  it('finds the exponent of signs that come in runs of heavy-tailed length (Lillo, Mike & Farmer 2005)', () => {
    // With P(run >= l) = l^-1.5 up to 2000 the autocorrelation at lag k is the sum over l > k of l^-1.5, over the sum over all l.
    const tail = new Float64Array(2_001);
    for (let l = tail.length - 1; l > 0; l--) tail[l - 1] = tail[l]! + l ** -1.5;
    const x: number[] = [];
    const y: number[] = [];
    for (const lags of octaves(128)) {
      x.push(lags.reduce((sum, lag) => sum + Math.log(lag), 0) / lags.length);
      y.push(Math.log(lags.reduce((sum, lag) => sum + tail[lag]! / tail[0]!, 0) / lags.length));
    }
    const expected = -slope(x, y);
    expect(expected).to.be.within(0.45, 0.6);

    const draws = new Draws(2);
    const seeds = Array.from({ length: 20 }, () => {
      const signs: number[] = [];
      while (signs.length < 50_000) {
        const length = Math.min(2_000, Math.floor(draws.pareto(1.5)));
        const sign = draws.sign();
        for (let i = 0; i < length; i++) signs.push(sign);
      }
      return signs;
    });
    expect(decayExponent(seeds, 128)).to.be.closeTo(expected, 0.05);
  });

  it('finds no power law in noise', () => {
    const draws = new Draws(3);
    expect(decayExponent([many(20_000, () => draws.normal())], 128)).to.be.NaN;
  });
});

describe('realism: tails', () => {
  it('excess kurtosis by hand, and of a normal and a Laplace law', () => {
    expect(excessKurtosis([[-1, 1]])).to.equal(-2);
    expect(excessKurtosis([[0, 0], [0, 0, 1]])).to.be.closeTo(0.25, 1e-12); // prettier-ignore
    const draws = new Draws(4);
    expect(excessKurtosis([many(200_000, () => draws.normal())])).to.be.closeTo(0, 0.05);
    expect(excessKurtosis([many(200_000, () => draws.sign() * draws.exponential(1))])).to.be.closeTo(3, 0.3);
  });

  it('estimates tails of pooled series to the bit as by sorting them all, whatever their lengths, signs and ties', () => {
    const plain = (series: number[][], share: number, whole: boolean): number => {
      const tail = Float64Array.from(series.flat().filter((value) => value > 0)).sort();
      let from = tail.length - Math.floor(tail.length * share);
      if (tail.length - from < 20) return NaN;
      let threshold = tail[from - 1]!;
      if (whole) {
        const least = tail[from]!;
        while (from > 0 && tail[from - 1] === least) from--;
        threshold = least - 0.5;
      }
      let sum = 0;
      for (let i = from; i < tail.length; i++) sum += Math.log(tail[i]! / threshold);
      return (tail.length - from) / sum;
    };
    const value = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double({ min: -1, max: 1000, noNaN: true }));
    const series = fc.array(fc.array(value, { maxLength: 300, size: 'max' }), { maxLength: 6, size: 'max' });
    fc.assert(
      fc.property(series, fc.constantFrom(0.05, 0.2, 0.5, 1), fc.boolean(), (pooled, share, whole) => {
        expect(hill(pooled, share, whole)).to.deep.equal(plain(pooled, share, whole));
      }),
      { numRuns: 300 },
    );
  });

  it("Hill's exponent by hand", () => {
    const values = [...Array<number>(380).fill(1), ...Array<number>(20).fill(Math.E)];
    expect(hill([values], 0.05)).to.be.closeTo(1, 1e-12);
    expect(hill([values.slice(0, 300)], 0.05), 'too few').to.be.NaN;
    // Whole numbers: all 40 twos are kept, over a threshold of 1.5.
    const whole = [...Array<number>(360).fill(1), ...Array<number>(40).fill(2)];
    expect(hill([whole], 0.05, true)).to.be.closeTo(1 / Math.log(2 / 1.5), 1e-12);
  });

  it("Hill's exponent of Pareto laws, whole numbers too", () => {
    const draws = new Draws(5);
    for (const a of [1.5, 3]) expect(hill([many(200_000, () => draws.pareto(a))], 0.05)).to.be.closeTo(a, 0.06);
    expect(hill([many(200_000, () => Math.round(5 * draws.pareto(1.5)))], 0.05, true)).to.be.closeTo(1.5, 0.06);
    expect(hill([many(200_000, () => draws.exponential(1))], 0.05), 'no power law').to.be.greaterThan(2.5);
  });
});

describe('realism: branching', () => {
  it('by hand: mean 1, and a step of 2 between neighbours', () => {
    expect(branchingRatio([[0, 2]])).to.be.closeTo(1 - Math.SQRT1_2, 1e-12);
    expect(branchingRatio([[0], [2]]), 'no neighbours').to.be.NaN;
    expect(branchingRatio([[0, 0]])).to.be.NaN;
  });

  it('is little for a Cox process: a rate that changes by itself, and nothing that sets anything off', () => {
    const draws = new Draws(8);
    // Ten times as much at one time as at another, from one minute to the next several: the logarithm of the rate reverts in ten minutes.
    let x = 0;
    const counts = many(40_000, () => {
      x = x * (1 - 10 / 600) + Math.sqrt(2 * (10 / 600)) * 0.7 * draws.normal();
      return draws.poisson(20 * Math.exp(x));
    });
    const mean = counts.reduce((a, b) => a + b) / counts.length;
    const about = counts.reduce((sum, count) => sum + (count - mean) * (count - mean), 0) / counts.length;
    expect(1 - Math.sqrt(mean / about), 'about one mean it would be much').to.be.above(0.7);
    expect(branchingRatio([counts])).to.be.within(0, 0.25);
  });

  it('is 0 for Poisson and n for a Hawkes process', () => {
    const draws = new Draws(6);
    expect(branchingRatio([many(20_000, () => draws.poisson(5))])).to.be.closeTo(0, 0.02);
    for (const n of [0.5, 0.8]) {
      // As immigrants and their descendants, each with Poisson(n) children after half a second on average.
      const counts = new Float64Array(60_000);
      const family = (at: number): void => {
        if (at >= 600_000) return;
        counts[Math.floor(at / 10)]!++;
        for (let child = draws.poisson(n); child > 0; child--) family(at + draws.exponential(0.5));
      };
      for (let at = draws.exponential(2); at < 600_000; at += draws.exponential(2)) family(at);
      // A little less: what crosses from one window into the next counts for neither.
      expect(branchingRatio([counts])).to.be.within(n - 0.1, n + 0.01);
    }
  });
});

describe('realism: metaorders', () => {
  const mids = new Map([[0, 100], [10, 101], [20, 100.5], [5, 100], [15, 99]]); // prettier-ignore

  it('are followed from start to end, and as long again', () => {
    const [bought, sold, ...none] = followed(
      [
        { side: 'buy', size: 7, start: 0, end: 10 },
        { side: 'sell', size: 3, start: 5, end: 15 },
        { side: 'buy', size: 1, start: -5, end: 5 },
        { side: 'buy', size: 1, start: 5, end: 5 },
      ],
      (at) => mids.get(at),
    );
    expect(none).to.deep.equal([]);
    expect(bought).to.include({ shares: 7, durationUs: 10 });
    expect(bought!.impactBp).to.be.closeTo(10_000 * Math.log(1.01), 1e-9);
    expect(bought!.laterBp).to.be.closeTo(10_000 * Math.log(1.005), 1e-9);
    expect(sold!.impactBp).to.be.closeTo(-10_000 * Math.log(0.99), 1e-9);
    expect(sold!.laterBp).to.equal(null);
  });

  it('have the exponent they were made with, through noise that grows with time', () => {
    const draws = new Draws(7);
    for (const d of [0.5, 1]) {
      const orders = Array.from({ length: 5_000 }, (): Metaorder => {
        const shares = 10 * draws.pareto(1.5);
        const durationUs = shares * 1e6;
        const impactBp = 2 * shares ** d + Math.sqrt(durationUs / 1e6) * draws.normal();
        return { shares, durationUs, impactBp, laterBp: 0.6 * impactBp };
      });
      expect(impactExponent(orders)).to.be.closeTo(d, 0.04);
      expect(impactLeft(orders)).to.be.closeTo(0.6, 1e-9);
    }
  });

  it('have what is beyond the placebo of their size: nothing where they trade nothing, and their own where they do', () => {
    const draws = new Draws(9);
    // The price was to go their way anyway, the more so the larger the order.
    const made = (count: number, own: (shares: number) => number): Metaorder[] =>
      Array.from({ length: count }, () => {
        const shares = Math.floor(10 * draws.pareto(1.5));
        const drift = 3 * shares ** 0.55 + draws.normal();
        return { shares, durationUs: 1e6, impactBp: drift + own(shares), laterBp: drift + own(shares) / 2 };
      }).filter(({ shares }) => shares < 320);
    const phantoms = made(40_000, () => 0);
    expect(impactExponent(phantoms), 'by themselves they look like impact').to.be.closeTo(0.55, 0.03);
    expect(
      impactMean(
        beyondPlacebo(
          made(10_000, () => 0),
          phantoms,
        ),
      ),
    ).to.be.closeTo(0, 0.15);
    const real = beyondPlacebo(
      made(40_000, (shares) => 4 * shares ** 0.5),
      phantoms,
    );
    expect(impactExponent(real)).to.be.closeTo(0.5, 0.08);
    expect(impactLeft(real)).to.be.closeTo(0.5, 0.05);
    expect(beyondPlacebo(phantoms.slice(0, 5), []), 'no placebo, no figure').to.deep.equal([]);
  });

  it('have none without impact, or with too few', () => {
    const flat = Array.from({ length: 20 }, (_, i) => ({ shares: i + 1, durationUs: 1e6, impactBp: -1, laterBp: null }));
    expect(impactExponent(flat)).to.be.NaN;
    expect(impactLeft(flat)).to.be.NaN;
    expect(impactExponent([])).to.be.NaN;
  });
});

describe('realism: jackknife', () => {
  it('of a mean is its t interval', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
    const ours = jackknife(values, mean);
    const variance = values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
    const half = studentQuantile(0.975, values.length - 1) * Math.sqrt(variance / values.length);
    expect([ours.value, ours.n]).to.deep.equal([mean(values), 8]);
    expect(ours.high! - ours.value!).to.be.closeTo(half, 1e-9);
    expect(ours.value! - ours.low!).to.be.closeTo(half, 1e-9);
  });

  it('says what it cannot', () => {
    expect(jackknife([1], (v) => v[0]!)).to.deep.equal({ value: 1, low: null, high: null, n: 1 });
    expect(jackknife([1, 2], () => NaN)).to.deep.equal({ value: null, low: null, high: null, n: 2 });
    expect(jackknife([1, 2], (v) => (v.length < 2 ? NaN : 5))).to.deep.equal({ value: 5, low: null, high: null, n: 2 });
  });
});
