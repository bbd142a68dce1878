/** Two measures of quality that contradict each other. */
import { expect } from 'chai';
import { disagreements } from '../../../scoring/figures/disagreement.js';

/** Sums of eight clusters around a quality, the same noise for everybody. */
const parts = (quality: number, spread = 0) =>
  Array.from({ length: 8 }, (_, i) => ({
    numerator: quality * 100 + spread * ((i % 4) - 1.5) * (quality > 0.5 ? 1 : -1),
    denominator: 100,
  }));

describe('disagreement of two measures', () => {
  it('is told of a pair that one of them separates and the other orders the other way, whichever comes first', () => {
    const keen = { name: 'keen', first: parts(0.9, 1), second: parts(0.4, 1) };
    const calm = { name: 'calm', first: parts(0.6, 1), second: parts(0.7, 1) };
    for (const pair of [
      [keen, calm],
      [calm, keen],
    ]) {
      const [found, ...others] = disagreements(pair);
      expect(others).to.deep.equal([]);
      expect(found).to.include({ byFirst: 'keen', bySecond: 'calm' });
      expect(found!.first.value).to.be.closeTo(0.3, 1e-9);
      expect(found!.second.value).to.be.closeTo(-0.3, 1e-9);
    }
  });

  it('is none where the best player of the scale earned less than the random one, which would turn every difference round', () => {
    const turned = (quality: number) => parts(quality).map(({ numerator, denominator }) => ({ numerator, denominator: -denominator }));
    const keen = { name: 'keen', first: turned(0.9), second: parts(0.8) };
    const calm = { name: 'calm', first: turned(0.6), second: parts(0.7) };
    expect(disagreements([keen, calm])).to.deep.equal([]);
  });

  it('is none where both agree, where neither separates, and where the two did not answer the same', () => {
    const a = { name: 'a', first: parts(0.9), second: parts(0.8) };
    expect(disagreements([a, { name: 'b', first: parts(0.7), second: parts(0.75) }])).to.deep.equal([]);
    expect(
      disagreements([
        { ...a, first: parts(0.6, 60), second: parts(0.45, 60) },
        { name: 'b', first: parts(0.45, 60), second: parts(0.6, 60) },
      ]),
    ).to.deep.equal([]);
    expect(disagreements([a, { name: 'b', first: parts(0.7), second: parts(0.9).slice(1) }])).to.deep.equal([]);
  });
});
