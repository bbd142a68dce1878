/** What a failing property says that takes longer to shrink than its test may take. */
import { expect } from 'chai';
import fc from 'fast-check';

describe('a property', () => {
  /** Fails at any text and is slow about it: each step of shrinking is another run. */
  const slowToShrink = fc.asyncProperty(fc.string({ minLength: 200, maxLength: 400 }), async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new Error('the fault');
  });

  it('that shrinks for too long is told with its seed and a counterexample', async () => {
    const { interruptAfterTimeLimit, markInterruptAsFailure } = fc.readConfigureGlobal();
    expect(interruptAfterTimeLimit).to.equal(108_000); // nine tenths of the limit that every test has
    expect(markInterruptAsFailure).to.equal(true);

    const { failed, interrupted, seed, counterexample, errorInstance } = await fc.check(slowToShrink, { interruptAfterTimeLimit: 300 });
    expect({ failed, interrupted }).to.deep.equal({ failed: true, interrupted: true });
    expect((errorInstance as Error).message).to.equal('the fault');
    expect(seed).to.be.a('number');
    expect(counterexample?.[0]).to.be.a('string');
  });

  it('that ends in time is told as ever', async () => {
    const { failed, interrupted, numRuns } = await fc.check(fc.property(fc.nat(), (n) => n >= 0));
    expect({ failed, interrupted, numRuns }).to.deep.equal({ failed: false, interrupted: false, numRuns: 100 });
  });

  describe('in a test of another limit', function () {
    this.timeout(10_000);

    it('is held to that one', () => {
      expect(fc.readConfigureGlobal().interruptAfterTimeLimit).to.equal(9000);
    });
  });
});
