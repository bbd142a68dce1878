/** The picture of a calibration. */
import { expect } from 'chai';
import { renderSensitivity } from '../../../../harness/report/charts/sensitivity.js';

describe('the picture of a calibration', () => {
  const chart = {
    title: 'tb-4m: what a format costs',
    subtitle: '64 prompts of hft',
    rows: ['0 qkv', '0 o', '1 down'],
    columns: ['fp8', 'fp4'],
    values: [
      [-0.0125, 0.5],
      [0.25, 1.5],
      [0, 12.375],
    ],
  };

  it('has a field for every unit and format, each with its figure, the first unit on top', () => {
    const { svg, png } = renderSensitivity(chart);
    const text = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, inner]) => inner!);
    expect(text).to.include.members([chart.title, chart.subtitle, ...chart.rows, ...chart.columns, '-0.013', '0.500', '0.250', '1.500', '0.000', '12.375']); // prettier-ignore
    const top = (name: string): number => Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${name}<`).exec(svg)![1]);
    expect(top('0 qkv')).to.be.below(top('0 o')).and.below(top('1 down'));
    expect([...png.subarray(1, 4)]).to.deep.equal([0x50, 0x4e, 0x47]);
  });

  it('is darker where a format costs more, and palest where it costs nothing or less', () => {
    const { svg } = renderSensitivity(chart);
    const fills = [...svg.matchAll(/<path d="M[^"]*" fill="(rgb\([^"]+\)|#[0-9a-f]{6})" stroke="#ffffff"/g)].map(([, fill]) => fill!);
    expect(fills).to.have.length(6);
    expect(fills[0]).to.equal(fills[4]);
    expect(new Set(fills).size).to.equal(5);
  });
});
