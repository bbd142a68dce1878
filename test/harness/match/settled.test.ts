/** The decisions that late spectators are told. */
import { expect } from 'chai';
import fc from 'fast-check';
import { MOST_SETTLED, SettledDecisions } from '../../../harness/match/settled.js';

describe('settled decisions', () => {
  it('are the latest ones, oldest first, however many there were', () => {
    const decision = fc.record({
      from: fc.nat(),
      at: fc.nat(),
      outcome: fc.constantFrom('act' as const, 'reject' as const, 'miss' as const),
    });
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 3 * MOST_SETTLED, size: 'max' }), (decisions) => {
        const settled = new SettledDecisions();
        for (const { from, at, outcome } of decisions) settled.add(from, at, outcome);
        expect(settled.list()).to.deep.equal(decisions.slice(-MOST_SETTLED));
      }),
      { numRuns: 50 },
    );
  });
});
