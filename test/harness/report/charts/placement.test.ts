/** The picture of stages on devices. */
import { expect } from 'chai';
import { renderPlacement, type PlacementChart, type StageBar } from '../../../../harness/report/charts/placement.js';
import { textsOf, whereIs } from './drawn.js';

const stage = (name: string, begin: number, end: number, more: Partial<StageBar> = {}): StageBar => ({
  ...{ name, device: `${name}'s device`, is: 'predicted', begin, end, low: end - 10, high: end + 10 },
  ...{ text: `${end - begin} ms predicted`, others: '', ...more },
});
const chart: PlacementChart = {
  title: 'PREDICTED: two stages',
  subtitle: ['All prices are ASSUMED.'],
  limitMs: 200,
  stages: [
    stage('prompt', 0, 50),
    stage('answer', 60, 160, { is: 'published', low: 160, high: 160, others: 'not taken: slow one 300 ms at 1' }),
  ],
  handovers: [{ from: 0, to: 1, begin: 50, end: 60 }],
  whole: { ms: 160, low: 150, high: 170, text: 'in all 160 ms, 4 USD an hour' },
};

/** The bars of a colour: where they begin and how wide they are. */
function bars(svg: string, fill: string): { x: number; width: number }[] {
  return [...svg.matchAll(/<path d="M([\d.]+) [\d.]+l([\d.]+) 0l0 [\d.]+l-[\d.]+ 0Z" fill="([^"]+)"/g)]
    .filter(([, , , own]) => own === fill)
    .map(([, x, width]) => ({ x: Number(x), width: Number(width) }));
}

describe('the picture of a placement', () => {
  it('has each stage with its device as long as it takes, one after the other, and the limit in words', () => {
    const { svg, png } = renderPlacement(chart);
    expect(textsOf(svg)).to.include.members(['PREDICTED: two stages', 'All prices are ASSUMED.', 'limit 200 ms', 'prompt', '50 ms predicted', 'answer', 'not taken: slow one 300 ms at 1', 'in all 160 ms, 4 USD an hour', 'time is predicted', 'time is published', 'handed over', 'median error of predictions']); // prettier-ignore
    const prompt = bars(svg, '#0072b2').at(-1)!;
    const answer = bars(svg, '#56b4e9').at(-1)!;
    const whole = bars(svg, '#1f2430').at(-1)!;
    expect(answer.width / prompt.width).to.be.closeTo(2, 0.01);
    expect((answer.x - prompt.x) / prompt.width).to.be.closeTo(1.2, 0.01);
    expect(whole.width / prompt.width).to.be.closeTo(3.2, 0.01);
    expect(whereIs(svg, 'answer').y).to.be.above(whereIs(svg, 'prompt').y);
    expect([...png.subarray(1, 4)]).to.deep.equal([0x50, 0x4e, 0x47]);
  });

  it('says nothing of predictions, and of handing over, where there are none', () => {
    const { svg } = renderPlacement({ ...chart, stages: [stage('all', 0, 160, { is: 'measured', low: 160, high: 160 })], handovers: [], whole: { ...chart.whole, low: 160, high: 160 } }); // prettier-ignore
    expect(textsOf(svg)).to.include('time is measured').and.not.to.include.oneOf(['time is predicted', 'handed over', 'median error of predictions']); // prettier-ignore
  });
});
