/** The picture of what could be bought. */
import { expect } from 'chai';
import { renderPurchase, type PurchaseChart, type PurchasePoint } from '../../../../harness/report/charts/purchase.js';
import { textsOf, whereIs } from './drawn.js';

const point = (cost: number, value: number, state: PurchasePoint['state'] = 'within'): PurchasePoint => ({ cost, value, low: value * 0.9, high: value * 1.1, state }); // prettier-ignore
const chart: PurchaseChart = {
  title: 'PREDICTED: seats',
  subtitle: ['All prices are ASSUMED.'],
  cost: { name: 'USD an hour', most: 9 },
  value: { name: 'predicted latency, ms', is: 'latency', limit: 150 },
  lines: [
    { series: '8B', label: 'old', points: [point(20, 80, 'outside'), point(10, 100, 'outside'), point(5, 170, 'outside')] },
    { series: '8B', label: 'new', points: [point(12, 50, 'outside'), { ...point(6, 60, 'taken'), taken: '8B on 1 new: 12 seats' }] },
    { series: '70B', label: 'huge', points: [point(0, 300, 'outside')] },
  ],
  notes: ['70B on old: does not fit into its memory'],
};

/** How many circles among the marks are filled with a colour; those of the legend are drawn in another way. */
function marks(svg: string, fill: string): number {
  return [...svg.matchAll(/<path d="M1 0A1 1[^>]*>/g)].filter(([each]) => each.includes(`fill="${fill}"`)).length;
}

describe('the picture of a purchase', () => {
  it('has every possibility as a mark, hollow where it is outside of a limit, and names what was taken, the limits and what has no place', () => {
    const { svg, png } = renderPurchase(chart);
    const texts = textsOf(svg);
    expect(texts).to.include.members(['PREDICTED: seats', 'All prices are ASSUMED.', 'old', 'huge', '8B on 1 new: 12 seats', 'limit 9', 'limit 150 ms', 'outside of a limit by itself', 'the plan', ...chart.notes]); // prettier-ignore
    expect(texts).not.to.include('new').and.not.to.include('the whole plan');
    expect(marks(svg, '#ffffff')).to.equal(5);
    expect(marks(svg, '#0072b2')).to.equal(1);
    expect([...png.subarray(1, 4)]).to.deep.equal([0x50, 0x4e, 0x47]);
  });

  it('puts what costs nothing apart at the left, and the latency limit between what keeps it and what does not', () => {
    const { svg } = renderPurchase(chart);
    expect(textsOf(svg)).to.include('0');
    expect(whereIs(svg, '0').x).to.be.below(whereIs(svg, '5').x);
    expect(whereIs(svg, '100').y).to.be.above(whereIs(svg, 'limit 150 ms').y);
    expect(whereIs(svg, '200').y).to.be.below(whereIs(svg, 'limit 150 ms').y);
  });

  it('draws rewards of any sign upwards, and a purchase of several kinds as one more mark', () => {
    const lines = [{ series: 'a', label: 'x', points: [point(5, -40), point(3, -90, 'taken')] }, { series: 'b', label: 'y', points: [point(4, 20, 'taken')] }]; // prettier-ignore
    const { svg } = renderPurchase({ ...chart, lines, cost: { name: 'USD' }, value: { name: 'reward', is: 'worth', limit: -50 }, whole: { cost: 7, value: -35, label: '7 in all' } }); // prettier-ignore
    expect(textsOf(svg)).to.include.members(['at least -50', 'part of the plan', 'the whole plan', '7 in all']);
    expect(whereIs(svg, '0.0').y).to.be.below(whereIs(svg, '-60.0').y);
  });

  it('draws nothing without a figure', () => {
    expect(() => renderPurchase({ ...chart, lines: [] })).to.throw(RangeError, /nothing has a predicted figure/);
  });
});
