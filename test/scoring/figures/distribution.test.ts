/** The spread of latencies: its curve against counting by hand, and when its tail is told. */
import { expect } from 'chai';
import fc from 'fast-check';
import { CURVE_SHARES, decisionsNeeded, latencyDistribution } from '../../../scoring/figures/distribution.js';

describe('the spread of latencies', () => {
  const sample = fc.record({ us: fc.integer({ min: 1, max: 1000 }), censored: fc.boolean() });

  it('says by when each share had brought an action, as counting does', () => {
    fc.assert(
      fc.property(fc.array(fc.array(sample, { maxLength: 30 }), { minLength: 1, maxLength: 5 }), (matches) => {
        const all = matches.flat();
        const spread = latencyDistribution(matches);
        if (all.length === 0) {
          expect(spread).to.equal(undefined);
          return;
        }
        const by = (us: number): number => all.filter((each) => !each.censored && each.us <= us).length;
        CURVE_SHARES.forEach((share, i) => {
          const at = spread!.curve[i]!;
          const needed = share * all.length - 1e-9;
          if (at === null) expect(by(1000)).to.be.below(needed);
          else {
            expect(by(at)).to.be.at.least(needed);
            expect(by(at - 1)).to.be.below(needed);
          }
        });
        expect(spread!.unanswered).to.equal(all.filter(({ censored }) => censored).length);
      }),
    );
  });

  it('tells p99 only of a thousand decisions, so that ten lie beyond it', () => {
    expect([0.5, 0.9, 0.99].map(decisionsNeeded)).to.deep.equal([20, 100, 1000]);
    const of = (n: number) => latencyDistribution([Array.from({ length: n }, (_, i) => ({ us: i + 1, censored: false }))])!;
    expect(of(999).p99.value).to.equal(null);
    expect(of(1000).p99.value).to.equal(990);
    expect(of(3).p50.value).to.equal(2);
  });
});
