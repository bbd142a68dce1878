/** Words in pictures: how they are broken into lines, and that the rasteriser draws them as the SVG says. */
import { expect } from 'chai';
import fc from 'fast-check';
import { linesWithin, rasterise, textWidth } from '../../../../harness/report/charts/font.js';

describe('words in a picture', () => {
  it('have the size and the weight of the short form too', () => {
    const drawn = (style: string): Buffer => Buffer.from(rasterise(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text style="${style}" x="4" y="30">Words</text></svg>`, 1)); // prettier-ignore
    const bold = drawn('font: bold 24px DejaVu Sans');
    expect(bold.equals(drawn('font-weight:bold;font-size:24px;font-family:DejaVu Sans'))).to.equal(true);
    expect(bold.equals(drawn('font: 24px DejaVu Sans'))).to.equal(false);
    expect(drawn('font: 24px DejaVu Sans').equals(drawn('font: 12px DejaVu Sans'))).to.equal(false);
  });

  it('are all kept when they are broken into lines, none of which is too wide but a word by itself', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 40, max: 300 }), (own, width) => {
        const lines = linesWithin(own.join(' '), 12, width);
        expect(lines.join(' ')).to.equal(own.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(textWidth(line, 12)).to.be.at.most(width);
      }),
    );
  });
});
