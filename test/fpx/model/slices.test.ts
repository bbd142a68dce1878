/** Slices of prompts are as long as they may be without holding anybody up. */
import { expect } from 'chai';
import fc from 'fast-check';
import { SliceLength } from '../../../fpx/model/slices.js';

describe('slices of a prompt', () => {
  /** Takes slices of a model that needs so long for a step and for each of its tokens; returns their lengths. */
  const lengths = (slices: SliceLength, steps: number, [stepUs, tokenUs]: [number, number]): number[] =>
    Array.from({ length: steps }, () => {
      const { tokens } = slices;
      slices.took(stepUs + tokens * tokenUs);
      return tokens;
    });

  it('come to take 50 ms at most, unless the shortest take longer, and are no shorter than that asks for', () => {
    fc.assert(
      fc.property(fc.nat(60_000), fc.nat(10_000), fc.constantFrom(64, 128, 300), (stepUs, tokenUs, most) => {
        const slices = new SliceLength(most);
        for (const tokens of lengths(slices, 40, [stepUs, tokenUs]).slice(20)) {
          expect(tokens).to.be.within(8, most);
          if (tokens > 8) expect(stepUs + tokens * tokenUs).to.be.at.most(50_000);
          if (tokens < most) expect(stepUs + 2 * tokens * tokenUs + tokenUs).to.be.above(50_000 / 2);
        }
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it('are as long as before soon after the host was busy for a moment', () => {
    const slices = new SliceLength(64);
    lengths(slices, 3, [200_000, 0]);
    expect(slices.tokens).to.equal(8);
    // A model of 45 ms for 64 tokens.
    expect(lengths(slices, 5, [0, 700])).to.deep.equal([8, 16, 32, 64, 64]);
  });

  it('may be shorter than the shortest from the beginning', () => {
    const slices = new SliceLength(5);
    expect(lengths(slices, 3, [90_000, 0])).to.deep.equal([5, 5, 5]);
  });
});
