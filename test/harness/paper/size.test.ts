/** Sizes: read, ordered, and which of ours stands where a published one does. */
import { expect } from 'chai';
import { counterparts, parametersOf, publishedBits, sizesOf } from '../../../harness/paper/size.js';

describe('sizes of models', () => {
  it('are read as people say them', () => {
    expect(['1.5B', '4M', '14b', 'huge', undefined, '7'].map(parametersOf)).to.deep.equal([
      1.5e9,
      4e6,
      14e9,
      undefined,
      undefined,
      undefined,
    ]);
    expect(sizesOf([{ size: '14B' }, { size: '1.5B' }, {}, { size: '4M' }, { size: '14B' }, { size: 'x' }])).to.deep.equal(['4M', '1.5B', '14B']); // prettier-ignore
  });

  it('stand for published ones: by name, or in order, ends first', () => {
    const of = (published: string[], ours: string[]): [string, string][] => [...counterparts(published, ours)];
    expect(of(['7B', '14B'], ['1M', '4M'])).to.deep.equal([['7B', '1M'], ['14B', '4M']]); // prettier-ignore
    expect(of(['1.5B', '3B', '7B'], ['1M', '4M'])).to.deep.equal([['1.5B', '1M'], ['7B', '4M']]); // prettier-ignore
    expect(of(['1.5B', '3B', '7B'], ['1M', '4M', '9M'])).to.deep.equal([['1.5B', '1M'], ['3B', '4M'], ['7B', '9M']]); // prettier-ignore
    expect(of(['1.5B', '3B', '7B'], ['3B', '8B'])).to.deep.equal([['3B', '3B']]);
    expect(of(['7B', '14B'], ['4M'])).to.deep.equal([['14B', '4M']]);
    expect(of(['7B', '14B'], [])).to.deep.equal([]);
  });

  it('have bits as the publication counts them', () => {
    expect(publishedBits({ label: 'bf16', gammaByCount: 0 })).to.equal(16);
    expect(publishedBits({ label: 'fp8', gammaByCount: 0 })).to.equal(8);
    expect(publishedBits({ label: 'fp4-tensor 40% fp8 60%', gammaByCount: 0.25 })).to.equal(7);
    expect(publishedBits({ label: 'fp4 40% bf16 60%', gammaByCount: 0.4 }), 'no such mix was published').to.equal(undefined);
  });
});
