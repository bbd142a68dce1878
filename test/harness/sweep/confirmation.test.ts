/** The winner's wall-clock confirmation. */
import { expect } from 'chai';
import { missingUs } from '../../../harness/sweep/confirmation.js';

describe('the confirmation of a winner', () => {
  const measured = (realUs: number | null) => ({ speed: 20, summary: { realP50Us: { value: realUs, low: null, high: null, n: 6 } } });

  it('adds what a slower world lacks of the latency that was measured, in whole milliseconds, and nothing where it lacks none', () => {
    // 6.8 ms are 136 ms of a world at 20 times life and 13.6 ms of one at twice life.
    expect(missingUs(measured(6_800), 2)).to.equal(122_000);
    expect(missingUs(measured(6_800), 20)).to.equal(0);
    expect(missingUs(measured(6_800), 40)).to.equal(0);
    expect(missingUs(measured(null), 2)).to.equal(0);
  });
});
