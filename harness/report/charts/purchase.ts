/**
 * The picture of what could be bought: cost against a predicted figure, a line for each kind of machine from many seats a machine to few, the
 * limits, and what was taken. SVG by echarts, PNG with the shipped font.
 */
import { decimalsOf, latencyTicks, limitsOf, type Limits, type ZeroLatency } from './axes.js';
import { fixedGrid, NAME_ROOM, pixelsOf, type Pixel } from './drawing.js';
import { FONT_FAMILY, textWidth } from './font.js';
import type { RenderedChart } from './frontier.js';
import { placeLabels, type Box } from './labels.js';
import { COLOURS, INK, look, RULE, SOFT, type ChartFrame } from './marks.js';
import { gridLines } from './plot.js';
import { heading, LIMIT, LINE, paragraph, rendered, sentences, SIZE, WIDTH, word, type Shape } from './sheet.js';
import { legend, legendLines, type LegendEntry } from './words.js';

/** A possibility. `low`, `high`: between which its figure is, as far as the predictions' error is known. */
export interface PurchasePoint {
  cost: number;
  value: number;
  low: number;
  high: number;
  /** Taken; within the limits by itself; or not. */
  state: 'taken' | 'within' | 'outside';
  /** The words beside one that was taken. */
  taken?: string;
}

/** One kind of machine with more and more seats. */
export interface PurchaseLine {
  /** Lines of one series share a colour. */
  series: string;
  /** Beside its last point, unless one of its points was taken, whose words then tell. */
  label: string;
  points: readonly PurchasePoint[];
}

export interface PurchaseChart {
  title: string;
  /** What the figures are and how sure; broken into lines where it does not fit. */
  subtitle: readonly string[];
  /** The names of the axes; `most` and `least`: the limits. */
  cost: { name: string; most?: number };
  /** A latency has a logarithmic axis and a limit above, any other figure a plain one and a limit below. */
  value: { name: string; is: 'latency' | 'worth'; limit?: number };
  lines: readonly PurchaseLine[];
  /** What was taken as a whole, where it is of several kinds. */
  whole?: { cost: number; value: number; label: string };
  /** What could not be drawn, and why. */
  notes: readonly string[];
}

/** Pixels. */
const PLOT_HEIGHT = 330;

const STATUS = { taken: 'frontier', within: 'dominated', outside: 'tied' } as const;

/** Renders a chart. @throws FontError when the font is missing, RangeError when there is no point */
export function renderPurchase(chart: PurchaseChart, fonts?: string): RenderedChart {
  const points = chart.lines.flatMap((line) => line.points);
  if (points.length === 0) throw new RangeError(`${chart.title}: nothing has a predicted figure`);
  const scale = scaleOf(chart, points);
  const series = [...new Set(chart.lines.map((line) => line.series))];
  const colourOf = (name: string): string => COLOURS[series.indexOf(name) % COLOURS.length]!;
  const entries = legendOf(chart, series.map((name) => [name, colourOf(name)])); // prettier-ignore
  const notes = sentences(chart.notes);
  const head = heading(chart.title, chart.subtitle);
  const sides = { left: NAME_ROOM + nameGapOf(scale), right: 24 };
  const legendRows = 1 + legendLines(entries, { width: WIDTH, height: 0, grid: { ...sides, top: 0, bottom: 0 } }).at(-1)!.line;
  const grid = { ...sides, top: head.bottom + 18 + 18 * legendRows, bottom: 60 + notes.length * LINE };
  const frame: ChartFrame = { width: WIDTH, height: grid.top + PLOT_HEIGHT + grid.bottom, grid };
  const pixel = pixelOf(frame, scale);
  const limits = limitsAt(chart, frame, scale, pixel);
  const shapes = [
    ...head.shapes,
    ...paragraph(notes, frame.height - notes.length * LINE - 6),
    ...legend(entries, frame),
    ...limitShapes(limits),
    ...names(chart, frame, pixel, colourOf, limits),
  ];
  return rendered(frame.height, shapes, base(chart, frame, scale, colourOf), fonts);
}

/** The axes' ends; both in the figures' own units. */
interface Scale extends Limits {
  isLog: boolean;
  /** Where a cost of nothing is drawn, where there is one. */
  zero: ZeroLatency | undefined;
  place(cost: number): number;
}

function scaleOf({ cost, value, whole }: PurchaseChart, points: readonly PurchasePoint[]): Scale {
  const costs = [...points.map((point) => point.cost), ...(whole ? [whole.cost] : []), ...(cost.most === undefined ? [] : [cost.most])];
  const first = Math.min(...costs.filter((each) => each > 0));
  const zero = costs.some((each) => each <= 0) ? { x: Number.isFinite(first) ? first / 2 : 1, first } : undefined;
  const place = (each: number): number => (each > 0 ? each : zero!.x);
  const exact = [...(whole ? [whole.value] : []), ...(value.limit === undefined ? [] : [value.limit])];
  const figures = [...points, ...exact.map((each) => ({ value: each, low: each, high: each }))];
  const isLog = value.is === 'latency';
  const { y, step } = limitsOf(figures.map((each) => ({ x: 1, y: each.value, quality: each })), 'free');
  const lows = figures.map(({ low }) => low).filter((low) => low > 0);
  return {
    ...{ place, isLog, step, zero },
    x: [Math.min(...costs.map(place)) / 1.35, Math.max(...costs.map(place)) * 1.5],
    y: isLog ? [Math.min(...lows) / 1.15, Math.max(...figures.map(({ high }) => high)) * 1.15] : y,
  };
} // prettier-ignore

/** Where a cost and a figure are drawn. */
function pixelOf(frame: ChartFrame, { x, y, isLog, place }: Scale): Pixel {
  const on = (value: number): number => (isLog ? Math.log(value) : value);
  const pixel = pixelsOf(frame, x, [on(y[0]), on(y[1])]);
  return (cost, value) => pixel(place(cost), on(value));
}

/** Round figures at the y axis. */
function levelsOf({ y, step, isLog }: Scale): { value: number; name: string }[] {
  if (isLog) return latencyTicks(y).map(({ ms, name }) => ({ value: ms, name }));
  const levels: { value: number; name: string }[] = [];
  for (let i = Math.ceil(y[0] / step - 1e-9); i * step <= y[1] + step * 1e-9; i++)
    levels.push({ value: i * step, name: (i * step).toFixed(decimalsOf(step)) });
  return levels;
}

const nameGapOf = (scale: Scale): number => Math.ceil(14 + Math.max(...levelsOf(scale).map(({ name }) => textWidth(name, SIZE)), 0));

function legendOf({ lines, whole }: PurchaseChart, series: readonly (readonly [name: string, colour: string])[]): LegendEntry[] {
  const has = (state: PurchasePoint['state']): boolean => lines.some(({ points }) => points.some((point) => point.state === state));
  const entry = (text: string, status: 'frontier' | 'dominated' | 'tied', colour: string, kind: 'model' | 'bot' = 'model'): LegendEntry =>
    ({ text, look: { status, kind, colour } }); // prettier-ignore
  return [
    ...series.map(([name, colour]) => entry(name, 'dominated', colour)),
    ...(has('taken') ? [entry(whole ? 'part of the plan' : 'the plan', 'frontier', '#ffffff')] : []),
    ...(whole ? [entry('the whole plan', 'frontier', INK, 'bot')] : []),
    ...(has('outside') ? [entry('outside of a limit by itself', 'tied', SOFT)] : []),
  ];
}

/** The limits' places: their lines, and their words by the left upper corner. */
interface LimitPlaces {
  rules: Box[];
  words: { text: string; x: number; y: number }[];
}

function limitsAt({ cost, value, lines }: PurchaseChart, { width, height, grid }: ChartFrame, { y, x }: Scale, pixel: Pixel): LimitPlaces {
  const places: LimitPlaces = { rules: [], words: [] };
  const marks = lines
    .flatMap(({ points }) => points.map((point) => pixel(point.cost, point.value)))
    .map(([across, down]) => ({ x: across, y: down }));
  const shown = (limit: number): number => Number(limit.toPrecision(4));
  if (cost.most !== undefined) {
    const [at] = pixel(cost.most, y[0]);
    places.rules.push({ x: at, y: grid.top, width: 0, height: height - grid.bottom - grid.top });
    places.words.push({ text: `limit ${shown(cost.most)}`, x: at + 4, y: height - grid.bottom - SIZE - 5 });
  }
  if (value.limit !== undefined) {
    const [, at] = pixel(x[1], value.limit);
    const text = value.is === 'latency' ? `limit ${shown(value.limit)} ms` : `at least ${shown(value.limit)}`;
    places.rules.push({ x: grid.left, y: at, width: width - grid.right - grid.left, height: 0 });
    // At the end of the line where fewer marks are under the words.
    const [left, right] = [grid.left + 4, width - grid.right - 4 - textWidth(text, SIZE)];
    const under = (from: number): number =>
      marks.filter((mark) => mark.x > from - 8 && mark.x < from + textWidth(text, SIZE) + 8 && Math.abs(mark.y - at + SIZE / 2) < 16)
        .length;
    places.words.push({ text, x: under(right) < under(left) ? right : left, y: at - SIZE - 4 });
  }
  return places;
}

function limitShapes({ rules, words }: LimitPlaces): Shape[] {
  const style = { stroke: LIMIT, lineWidth: 1.5, lineDash: [6, 4] };
  return [
    ...rules.map(({ x, y, width, height }): Shape => ({ type: 'line', silent: true, z: 2, shape: { x1: x, y1: y, x2: x + width, y2: y + height }, style })),
    ...words.map(({ text, x, y }) => word(text, x, y, LIMIT)),
  ];
} // prettier-ignore

/** Names of the lines beside their last points, of what was taken beside that, placed without overlap as far as there is room. */
function names({ lines, whole }: PurchaseChart, { width, height, grid }: ChartFrame, pixel: Pixel, colourOf: (series: string) => string, { rules, words }: LimitPlaces): Shape[] {
  const area: Box = { x: grid.left + 2, y: grid.top + 2, width: width - grid.left - grid.right - 4, height: height - grid.top - grid.bottom - 4 };
  const at = ({ cost, value }: { cost: number; value: number }): [number, number] => pixel(cost, value);
  const marks = lines.flatMap(({ points }) => points.map(at)).map(([x, y]): Box => ({ x: x - 4, y: y - 4, width: 8, height: 8 }));
  const limit = words.map(({ text, x, y }): Box => ({ x, y, width: textWidth(text, SIZE), height: SIZE + 3 }));
  const wanted = lines.flatMap(({ label, points, series }) => {
    const taken = points.filter((point) => point.taken !== undefined);
    const named = taken.length > 0 ? taken : [points.at(-1)!];
    return named.map((point) => ({ text: point.taken ?? label, bold: point.taken !== undefined, colour: colourOf(series), at: at(point) }));
  });
  if (whole) wanted.unshift({ text: whole.label, bold: true, colour: INK, at: at(whole) });
  // What was taken first: when room is short, it is theirs.
  wanted.sort((a, b) => Number(b.bold) - Number(a.bold));
  const requests = wanted.map(({ text, bold, at: [x, y] }) => ({ x, y, width: textWidth(text, SIZE) * (bold ? 1.12 : 1), height: SIZE + 3, clear: bold ? 12 : 8 }));
  const placed = placeLabels(requests, area, [...marks, ...limit], rules.map((rule) => ({ x: rule.x - 2, y: rule.y - 2, width: rule.width + 4, height: rule.height + 4 })));
  return wanted.flatMap(({ text, bold, colour, at: [x, y] }, i): Shape[] => {
    const box = placed[i]!;
    const own = word(text, box.x, box.y, bold ? INK : colour, { bold });
    if (!box.far) return [own];
    const [x2, y2] = [Math.min(Math.max(x, box.x), box.x + box.width), Math.min(Math.max(y, box.y), box.y + box.height)];
    return [{ type: 'line', silent: true, z: 9, shape: { x1: x, y1: y, x2, y2 }, style: { stroke: colour, lineWidth: 0.8, opacity: 0.7 } }, own];
  });
} // prettier-ignore

function base(chart: PurchaseChart, frame: ChartFrame, scale: Scale, colourOf: (series: string) => string): object {
  const { lines, whole, cost, value } = chart;
  const { x, y, isLog, place } = scale;
  const text = { fontFamily: FONT_FAMILY, color: SOFT, fontSize: SIZE };
  const quiet = { axisLabel: { show: false }, axisTick: { show: false }, axisLine: { lineStyle: { color: SOFT } }, splitLine: { show: false } };
  const named = (name: string, nameGap: number): object => ({ name, nameLocation: 'middle', nameGap, nameTextStyle: text });
  return {
    grid: fixedGrid(frame),
    xAxis: { type: 'log', min: x[0], max: x[1], ...quiet, ...named(cost.name, 36) },
    yAxis: { type: isLog ? 'log' : 'value', min: y[0], max: y[1], ...quiet, ...named(value.name, nameGapOf(scale)) },
    series: [
      gridLines(frame, x, y[0], scale.zero),
      levelLines(frame, scale),
      ...lines.map(({ series, points }) => ({
        ...{ type: 'line', symbol: 'none', silent: true, z: 2 },
        data: points.map((point) => [place(point.cost), point.value]),
        lineStyle: { color: colourOf(series), width: 1, opacity: 0.5 },
      })),
      ...lines.map((line) => errorBars(line, scale, colourOf(line.series))),
      ...lines.map(({ series, points }) => ({
        ...{ type: 'scatter', silent: true, z: 4 },
        data: points.map((point) => {
          const { symbol, symbolSize, itemStyle } = look({ status: STATUS[point.state], kind: 'model', colour: colourOf(series) });
          return { value: [place(point.cost), point.value], symbol, symbolSize: symbolSize * (point.state === 'taken' ? 1 : 0.7), itemStyle };
        }),
      })),
      ...(whole ? [{ type: 'scatter', silent: true, z: 5, data: [{ value: [place(whole.cost), whole.value], ...look({ status: 'frontier', kind: 'bot', colour: INK }) }] }] : []),
    ],
  };
} // prettier-ignore

/** A rule and a number for every round figure. */
function levelLines({ width, grid }: ChartFrame, scale: Scale): object {
  const levels = levelsOf(scale);
  return {
    ...{ type: 'custom', silent: true, z: 0 },
    data: levels.map(({ value }) => [scale.x[0], value]),
    renderItem: ({ dataIndex }: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const { value, name } = levels[dataIndex]!;
      const [px, py] = api.coord([scale.x[0], value]) as [number, number];
      const style = { x: px - 8, y: py, text: name, align: 'right', verticalAlign: 'middle', fill: SOFT, font: `${SIZE}px ${FONT_FAMILY}` };
      const rule = { type: 'line', shape: { x1: px, y1: py, x2: width - grid.right, y2: py }, style: { stroke: RULE } };
      return { type: 'group', children: [rule, { type: 'text', style }] };
    },
  };
}

/** How far the figures may be off: strongest where something was taken. */
function errorBars({ points }: PurchaseLine, { place, y: [bottom] }: Scale, colour: string): object {
  return {
    ...{ type: 'custom', silent: true, z: 3, clip: true },
    data: points.map((point) => [place(point.cost), point.value]),
    renderItem: ({ dataIndex }: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const { cost, low, high, state } = points[dataIndex]!;
      const [x, y1] = api.coord([place(cost), Math.max(low, bottom)]) as [number, number];
      const [, y2] = api.coord([place(cost), high]) as [number, number];
      const style = { stroke: colour, lineWidth: state === 'taken' ? 2 : 1, opacity: state === 'taken' ? 0.9 : 0.4 };
      const line = (dx: number, from: number, to: number): object => ({ type: 'line', shape: { x1: x - dx, y1: from, x2: x + dx, y2: to }, style });
      return { type: 'group', children: [line(0, y1, y2), line(3, y1, y1), line(3, y2, y2)] };
    },
  };
} // prettier-ignore
