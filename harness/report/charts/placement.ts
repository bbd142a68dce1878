/**
 * The picture of stages on devices: a row for each stage with its bar from its beginning to its end, what is handed over between them, and the
 * limit. SVG by echarts, PNG with the shipped font.
 */
import { linesWithin, textWidth } from './font.js';
import type { RenderedChart } from './frontier.js';
import { BOT, COLOURS, INK, RULE, SOFT } from './marks.js';
import { EDGE, heading, LIMIT, LINE, rendered, SIZE, WIDTH, word, type Shape } from './sheet.js';

/** Where a time is from. */
type Origin = 'predicted' | 'measured' | 'published' | 'assumed';

/** A stage on its device. Milliseconds since the request; `low`, `high`: between which its end is, as far as the predictions' error is known. */
export interface StageBar {
  name: string;
  device: string;
  is: Origin;
  begin: number;
  end: number;
  low: number;
  high: number;
  /** Above the bar, and below it: what else was possible. */
  text: string;
  others: string;
}

export interface PlacementChart {
  title: string;
  /** What the figures are and how sure; broken into lines where it does not fit. */
  subtitle: readonly string[];
  limitMs: number;
  stages: readonly StageBar[];
  /** By the stages' numbers, in milliseconds since the request. */
  handovers: readonly { from: number; to: number; begin: number; end: number }[];
  /** From the request to the end of the last stage. */
  whole: { ms: number; low: number; high: number; text: string };
}

const SMALL = 11;
/** Pixels of a row: its text, its bar, and what else was possible. */
const ROW = 60;
const BAR = 16;
const BAR_TOP = 19;
const FILL: Record<Origin, string> = { predicted: COLOURS[0]!, measured: COLOURS[2]!, published: COLOURS[5]!, assumed: BOT };

const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, lineWidth: number, more: object = {}): Shape =>
  ({ type: 'line', silent: true, z: 2, shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth, ...more } }); // prettier-ignore
const rect = (x: number, y: number, width: number, height: number, fill: string): Shape =>
  ({ type: 'rect', silent: true, z: 3, shape: { x, y, width: Math.max(width, 1), height }, style: { fill } }); // prettier-ignore

/** Renders a chart. @throws FontError when the font is missing */
export function renderPlacement(chart: PlacementChart, fonts?: string): RenderedChart {
  const { stages, handovers, limitMs, whole } = chart;
  const head = heading(chart.title, chart.subtitle);
  const left = EDGE + 14 + Math.max(...stages.flatMap(({ name, device }) => [textWidth(name, SIZE) * 1.12, textWidth(device, SMALL)]));
  const right = WIDTH - 24;
  const signs = legend(chart, head.bottom + 8);
  const top = signs.bottom + 26;
  const others = stages.map((stage) => linesWithin(stage.others, SMALL, right - left));
  const tops: number[] = [];
  let down = top;
  for (const own of others) {
    tops.push(down);
    down += ROW + LINE * (own.length - 1);
  }
  const bottom = down + ROW - 8;
  const most = Math.max(limitMs, whole.high, ...stages.map(({ high }) => high)) * 1.04;
  const at = (ms: number): number => left + ((right - left) * ms) / most;
  const middle = (row: number): number => (tops[row] ?? down) + BAR_TOP + BAR / 2;
  /** Where words begin that should stand above a bar. */
  const from = (begin: number, text: string, size: number): number => Math.max(left, Math.min(at(begin), right - textWidth(text, size) * 1.12));
  const whisker = (row: number, low: number, high: number): Shape[] =>
    high - low <= 0 ? [] : [line(at(low), middle(row), at(high), middle(row), INK, 1.5), ...[low, high].map((ms) => line(at(ms), middle(row) - 5, at(ms), middle(row) + 5, INK, 1.5))].map((each) => ({ ...each, z: 5 }));
  const graphic: Shape[] = [
    ...head.shapes,
    ...signs.shapes,
    ...ticksOf(most).flatMap((ms) => [line(at(ms), top, at(ms), bottom, RULE, 1), word(ms.toLocaleString('en-US'), at(ms) - textWidth(ms.toLocaleString('en-US'), SIZE) / 2, bottom + 6, SOFT)]),
    ...handovers.flatMap(({ from: a, to, begin, end }) => [line(at(begin), middle(a), at(end), middle(to), SOFT, 1.2, { lineDash: [3, 3] })]),
    line(at(limitMs), top - 4, at(limitMs), bottom, LIMIT, 1.5, { lineDash: [6, 4] }),
    word(`limit ${limitMs.toLocaleString('en-US')} ms`, from(limitMs, `limit ${limitMs} ms`, SIZE), top - 20, LIMIT),
    ...stages.flatMap(({ name, device, is, begin, end, low, high, text }, i) => [
      word(name, EDGE, tops[i]! + 12, INK, { bold: true }),
      word(device, EDGE, tops[i]! + 28, SOFT, { size: SMALL }),
      word(text, from(begin, text, SIZE), tops[i]! + 2, INK),
      rect(at(begin), tops[i]! + BAR_TOP, at(end) - at(begin), BAR, FILL[is]),
      ...whisker(i, low, high),
      ...(stages[i]!.others === '' ? [] : others[i]!.map((each, n) => word(each, left, tops[i]! + BAR_TOP + BAR + 4 + n * LINE, SOFT, { size: SMALL }))),
    ]),
    word('in all', EDGE, down + 18, INK, { bold: true }),
    word(whole.text, from(0, whole.text, SIZE), down + 2, INK, { bold: true }),
    rect(at(0), down + BAR_TOP + 3, at(whole.ms) - at(0), BAR - 6, INK),
    ...whisker(stages.length, whole.low, whole.high),
    word('ms since the request', (left + right) / 2 - 60, bottom + 26, SOFT),
  ];
  return rendered(bottom + 50, graphic, {}, fonts);
} // prettier-ignore

/** What the bars' colours mean, and the dotted lines where something takes time to be handed over; and where that ends. */
function legend({ stages, handovers, whole }: PlacementChart, top: number): { shapes: Shape[]; bottom: number } {
  const shapes: Shape[] = [];
  let [x, y] = [EDGE, top];
  const add = (text: string, mark: () => Shape): void => {
    const width = 18 + textWidth(text, SIZE);
    if (x + width > WIDTH - EDGE) [x, y] = [EDGE, y + 18];
    shapes.push(mark(), word(text, x + 18, y, SOFT));
    x += width + 20;
  };
  for (const is of new Set(stages.map((stage) => stage.is))) add(`time is ${is}`, () => rect(x, y + 1, 12, 10, FILL[is]));
  if (handovers.some(({ begin, end }) => end > begin)) add('handed over', () => line(x, y + 6, x + 14, y + 6, SOFT, 1.2, { lineDash: [3, 3] }));
  if (whole.high > whole.low) add('median error of predictions', () => line(x, y + 6, x + 14, y + 6, INK, 1.5));
  return { shapes, bottom: y + 18 };
} // prettier-ignore

/** Round times at the axis, about six. */
function ticksOf(most: number): number[] {
  const decade = 10 ** Math.floor(Math.log10(most / 5));
  const step = decade * ([1, 2, 5].find((each) => most / (decade * each) <= 7) ?? 10);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
