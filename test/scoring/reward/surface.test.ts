import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { fitSurface, SurfaceError, type SurfacePoint } from '../../../scoring/reward/surface-fit.js';
import { clamped, predictReward, rewardGain, surfaceTerms, type RewardSurface } from '../../../scoring/reward/surface.js';

const LATENCIES = [150, 300, 430, 650];
const term = fc.double({ min: -2, max: 2, noNaN: true });
const terms = fc.array(term, { minLength: 6, maxLength: 6 });

/** Players of so many families, each at every latency, that earn what `reward` says. */
function played(families: number, reward: (latencyMs: number, quality: number, family: number) => number, shares = [0]): SurfacePoint[] {
  return Array.from({ length: families }, (_, family) =>
    shares.flatMap((share) =>
      LATENCIES.map((latencyMs) => {
        const quality = 0.3 + (0.6 * family) / Math.max(1, families - 1) - share;
        return { family: `f${family}`, player: `f${family} ${share}`, latencyMs, quality, reward: reward(latencyMs, quality, family) };
      }),
    ),
  ).flat();
}

/** The formula written out, about any centre. */
const formula = (t: readonly number[]) => (latencyMs: number, quality: number): number => {
  const [l, q] = [Math.log(latencyMs / 300), quality - 0.5];
  return t[0]! + t[1]! * l + t[2]! * l * l + q * (t[3]! + t[4]! * l + t[5]! * l * l);
}; // prettier-ignore

describe('a reward surface', () => {
  it('is found again where players keep to it, and says so of held-out ones', () => {
    fc.assert(
      fc.property(
        terms,
        fc.constantFrom(...LATENCIES, 200, 500),
        fc.double({ min: 0.3, max: 0.9, noNaN: true }),
        (t, latencyMs, quality) => {
          const points = played(6, formula(t));
          fc.pre(new Set(points.map(({ reward }) => reward.toFixed(3))).size > 6);
          const surface = fitSurface(points);
          const { value, low, high } = predictReward(surface, { latencyMs, quality });
          expect(value).to.be.closeTo(formula(t)(latencyMs, quality), 1e-3);
          expect(high - low).to.be.below(0.02);
          expect(surface.heldOut).to.include({ by: 'family', groups: 6 });
          expect(surface.heldOut.r2).to.be.above(0.999);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is left for nothing: beyond its range it is what it is at its border, and says what lay beyond', () => {
    const surface = fitSurface(played(6, formula([0, -1, 0.3, 2, 0.1, 0])));
    fc.assert(
      fc.property(fc.double({ min: 1, max: 5000, noNaN: true }), fc.double({ min: -1, max: 2, noNaN: true }), (latencyMs, quality) => {
        const at = clamped(surface, { latencyMs, quality });
        expect(at.latencyMs).to.be.within(150, 650);
        expect(at.quality).to.be.within(0.3 - 1e-12, 0.9 + 1e-12);
        expect(at.outside.includes('latency')).to.equal(latencyMs < 150 || latencyMs > 650);
        expect(predictReward(surface, { latencyMs, quality })).to.deep.equal(predictReward(surface, at));
      }),
    );
  });

  it('gives of two places opposite gains, none of one place over itself, and the difference of the two rewards', () => {
    const surface = fitSurface(played(7, (ms, quality, family) => formula([0, -1, 0.3, 2, 0.1, 0])(ms, quality) + [0.2, -0.1, 0, 0.3, -0.2, 0.1, 0][family]! * Math.log(ms / 300))); // prettier-ignore
    const place = fc.record({ latencyMs: fc.double({ min: 100, max: 900, noNaN: true }), quality: fc.double({ min: 0.2, max: 1, noNaN: true }) }); // prettier-ignore
    fc.assert(
      fc.property(place, place, fc.double({ min: 0, max: 0.1, noNaN: true }), (a, b, error) => {
        const [gain, back] = [rewardGain(surface, a, b, error), rewardGain(surface, b, a, error)];
        expect(gain.value).to.be.closeTo(-back.value, 1e-9);
        expect(gain.low).to.be.closeTo(-back.high, 1e-9);
        expect(gain.value).to.be.closeTo(predictReward(surface, a).value - predictReward(surface, b).value, 1e-9);
        expect(rewardGain(surface, a, b, error + 0.1).high).to.be.at.least(gain.high - 1e-12);
        expect(rewardGain(surface, a, a)).to.deep.equal({ value: 0, low: 0, high: 0 });
      }),
    );
  });

  it('has the covariance of its fits without each family, and the errors of what these predict', () => {
    const points = played(5, (ms, quality, family) => formula([0.1, -1, 0.3, 2, 0.1, 0])(ms, quality) + [0.2, -0.1, 0, 0.3, -0.2][family]!); // prettier-ignore
    const surface = fitSurface(points);
    // Slowly: each family left out by hand, by a plain elimination about the same centre.
    const without = [0, 1, 2, 3, 4].map((family) => solved(points.filter((point) => point.family !== `f${family}`), surface.centre)); // prettier-ignore
    const mean = without[0]!.map((_, i) => without.reduce((sum, each) => sum + each[i]!, 0) / 5);
    surface.covariance.forEach((row, i) =>
      row.forEach((value, j) =>
        expect(value).to.be.closeTo(0.8 * without.reduce((sum, each) => sum + (each[i]! - mean[i]!) * (each[j]! - mean[j]!), 0), 1e-3),
      ),
    );
    const off = points.map((point) => point.reward - surfaceTerms(point, surface.centre).reduce((sum, each, i) => sum + each * without[Number(point.family[1])]![i]!, 0)); // prettier-ignore
    expect(surface.heldOut.error).to.be.closeTo(Math.sqrt(off.reduce((sum, each) => sum + each * each, 0) / off.length), 1e-4);
  });

  it('covers gains of players that are steeper or flatter than others about as often as it says', () => {
    const truth = formula([0, -0.5, 0.1, 1, 0, 0]);
    let covered = 0;
    const rounds = 150;
    for (let round = 0; round < rounds; round++) {
      const stream = new Stream(keyOf(round, 1), 0);
      const noise = (): number => Array.from({ length: 12 }, () => stream.below(1000) / 1000).reduce((a, b) => a + b, -6) * 0.15;
      const own = Array.from({ length: 9 }, () => ({ offset: noise(), slope: noise() }));
      const earns = (family: number, ms: number, quality: number): number => truth(ms, quality) + own[family]!.offset + own[family]!.slope * Math.log(ms / 300); // prettier-ignore
      const surface = fitSurface(played(8, (ms, quality, family) => earns(family, ms, quality)));
      const [fast, slow] = [{ latencyMs: 200, quality: 0.6 }, { latencyMs: 500, quality: 0.6 }]; // prettier-ignore
      const { low, high } = rewardGain(surface, fast, slow);
      const gain = earns(8, 200, 0.6) - earns(8, 500, 0.6);
      if (low <= gain && gain <= high) covered++;
    }
    expect(covered / rounds).to.be.within(0.88, 1);
  });

  it('holds out players where there are too few families, and refuses points that do not tell its terms', () => {
    const truth = formula([0, -1, 0.3, 2, 0.1, 0]);
    expect(fitSurface(played(2, truth, [0, 0.1, 0.2])).heldOut).to.include({ by: 'player', groups: 6 });
    expect(() => fitSurface(played(2, truth))).to.throw(SurfaceError, /^8 points for a surface of 6 terms; accepted: at least 12/);
    expect(() => fitSurface(played(1, truth, [0, 0.1, 0.2]))).to.throw(SurfaceError, /^3 players .*at least 4/);
    const twice = played(6, truth).filter(({ latencyMs }) => latencyMs < 400);
    expect(() => fitSurface(twice)).to.throw(SurfaceError, /^2 different latencies .*at least 3/);
    expect(() => fitSurface(played(6, () => 1))).to.throw(SurfaceError, /every point has the reward 1/);
  });
});

/** Least squares by Gaussian elimination with pivots. */
function solved(points: readonly SurfacePoint[], centre: RewardSurface['centre']): number[] {
  const rows = points.map((point) => surfaceTerms(point, centre));
  const n = 6;
  const matrix = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row, k) => sum + row[i]! * points[k]!.reward, 0),
  ]);
  for (let i = 0; i < n; i++) {
    const pivot = matrix.slice(i).reduce((best, row, k) => (Math.abs(row[i]!) > Math.abs(matrix[best]![i]!) ? i + k : best), i);
    [matrix[i], matrix[pivot]] = [matrix[pivot]!, matrix[i]!];
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = matrix[k]![i]! / matrix[i]![i]!;
      matrix[k] = matrix[k]!.map((value, j) => value - factor * matrix[i]![j]!);
    }
  }
  return matrix.map((row, i) => row[n]! / row[i]!);
}
