/**
 * The picture of a frontier: latency against quality, an interval on both axes, models coloured by size and labelled by
 * precision, bots as grey anchors. SVG by echarts on the server, PNG with the shipped font.
 */
import { init, type EChartsOption } from 'echarts';
import type { FrontierStatus } from '../../../scoring/figures/frontier.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { FONT_FAMILY, rasterise, textWidth } from './font.js';
import { placeLabels, type Box, type LabelRequest } from './labels.js';

/** One configuration or bot on the chart. */
export interface ChartPoint {
  /** Beside the mark: a precision label (`w4a7`), a delay (`200 ms`). */
  label: string;
  /** Points of one series share a colour and are named once: a model size (`4M`), a bot (`expert bot`). */
  series: string;
  kind: 'model' | 'bot';
  /** Mean latency in world microseconds. */
  latency: Estimate;
  quality: Estimate;
  status: FrontierStatus['status'];
  /** Delay that was given or added rather than measured: the label says so. */
  injected?: boolean;
}

export interface FrontierChart {
  title: string;
  /** What was run: sample sizes, interval, speed. Up to two lines. */
  subtitle: string;
  /** One world tick, for the axis (a frame, the publishing grid). */
  tick: { us: number; name: string };
  /** What the quality is called on its axis. */
  quality?: string;
  points: readonly ChartPoint[];
}

export interface RenderedChart {
  svg: string;
  png: Uint8Array;
}

const WIDTH = 900;
const HEIGHT = 560;
const GRID = { left: 74, right: 26, top: 118, bottom: 72 };
const LABEL_SIZE = 12;
/** Where the axis is broken, among its ticks. */
const BREAK = '//';

/** Colour-blind safe (Okabe & Ito 2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const BOT = '#8a8f98';
const INK = '#1f2430';
const SOFT = '#5b6270';
const RULE = '#e6e8ec';

interface Mark extends ChartPoint {
  x: number;
  y: number;
  colour: string;
}

/** Renders a chart. @throws FontError when the font is missing, RangeError when no point was measured. */
export function renderFrontier(chart: FrontierChart, fonts?: string): RenderedChart {
  const measured = chart.points.filter((point) => point.latency.value !== null && point.quality.value !== null);
  if (measured.length === 0) throw new RangeError(`${chart.title}: no configuration has both a latency and a quality`);
  const series = [...new Set(measured.filter((point) => point.kind === 'model').map((point) => point.series))];
  const floorMs = floorOf(measured);
  const marks = measured.map((point): Mark => ({
    ...point,
    x: Math.max(point.latency.value! / 1000, floorMs),
    y: point.quality.value!,
    colour: point.kind === 'bot' ? BOT : COLOURS[series.indexOf(point.series) % COLOURS.length]!,
  }));
  const image = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    image.setOption(base(chart, marks, floorMs));
    const pixel = (x: number, y: number) => image.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]) as [number, number];
    image.setOption({ graphic: [...legend(series, marks), ...labels(marks, pixel, floorMs)] });
    const svg = image.renderToSVGString();
    return { svg, png: rasterise(svg, 2, fonts) };
  } finally {
    image.dispose();
  }
}

/** Where a latency of zero is drawn on the logarithmic axis: a little left of the smallest other one. */
function floorOf(points: readonly ChartPoint[]): number {
  const positive = points.map((point) => point.latency.value! / 1000).filter((ms) => ms > 0);
  return positive.length > 0 ? Math.min(...positive) / (positive.length < points.length ? 2 : 1) : 1;
}

/** Axis limits around the marks: a factor of room on the logarithmic side, tenths on the other. */
function limits(marks: readonly Mark[]): { x: [number, number]; y: [number, number] } {
  const xs = marks.map((mark) => mark.x);
  const lows = marks.map((mark) => mark.quality.low ?? mark.y);
  const highs = marks.map((mark) => mark.quality.high ?? mark.y);
  const [worst, best] = [Math.min(...marks.map((mark) => mark.y)), Math.max(...marks.map((mark) => mark.y))];
  // Intervals may reach past what a quality can be, or far away: the axis follows the figures, and bars are cut off at its ends.
  const low = Math.max(worst - 0.35, Math.min(...lows), Math.min(0.02, worst));
  const high = Math.min(best + 0.35, Math.max(...highs), Math.max(0.98, best));
  return {
    x: [Math.min(...xs) / 1.35, Math.max(...xs) * 1.6],
    y: [Math.floor(low * 10 - 0.2) / 10, Math.ceil(high * 10 + 0.2) / 10],
  };
}

function base({ title, subtitle, tick, quality = 'quality' }: FrontierChart, marks: readonly Mark[], floorMs: number): EChartsOption {
  const { x, y } = limits(marks);
  const tickMs = tick.us / 1000;
  // A tick may be named by its length already (`10 ms of market time`) or not (`frame`).
  const shownTick = /^[0-9]/.test(tick.name) ? `grid of ${tick.name}` : `1 ${tick.name} = ${Number(tickMs.toFixed(1))} ms`;
  const text = { fontFamily: FONT_FAMILY, color: SOFT, fontSize: 12 };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY },
    title: {
      text: title,
      subtext: subtitle,
      left: 20,
      top: 14,
      itemGap: 6,
      textStyle: { ...text, color: INK, fontSize: 18, fontWeight: 'bold' },
      subtextStyle: { ...text, lineHeight: 16 },
    },
    grid: GRID,
    xAxis: {
      type: 'log',
      min: x[0],
      max: x[1],
      name: `mean latency in world time, ms (log)  ·  ${shownTick}  ·  lower is better`,
      nameLocation: 'middle',
      nameGap: 36,
      nameTextStyle: text,
      axisLabel: { show: false },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: SOFT } },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: y[0],
      max: y[1],
      name: `${quality}  ·  higher is better`,
      nameLocation: 'middle',
      nameGap: 46,
      nameTextStyle: text,
      axisLabel: { ...text, formatter: (value: number) => value.toFixed(1) },
      splitLine: { lineStyle: { color: RULE } },
      interval: y[1] - y[0] > 1.2 ? 0.2 : 0.1,
    },
    series: [
      gridLines(x, y, marks),
      frontierLine(marks, x[1]),
      ...botLines(marks),
      bars(marks, floorMs),
      dots(marks),
    ] as EChartsOption['series'],
  };
}

/**
 * Round latencies within the axis (1, 2, 5 x powers of ten), each with a rule and its number. A latency of zero, which has no
 * place on a logarithmic axis, stands apart under a 0, with the axis broken beside it.
 */
function gridLines([from, to]: [number, number], [bottom]: [number, number], marks: readonly Mark[]) {
  const data: { value: [number, number]; name: string }[] = [];
  const zero = marks.find((mark) => mark.latency.value! <= 0);
  const first = zero ? Math.min(...marks.filter((mark) => mark.latency.value! > 0).map((mark) => mark.x)) : from;
  if (zero) data.push({ value: [zero.x, bottom], name: '0' }, { value: [zero.x * 1.25, bottom], name: BREAK });
  for (let decade = 10 ** Math.floor(Math.log10(from)); decade <= to; decade *= 10) {
    for (const step of [1, 2, 5]) {
      const ms = decade * step;
      if (ms < (zero ? first * 0.8 : from) || ms > to) continue;
      data.push({ value: [ms, bottom], name: ms >= 1 ? ms.toLocaleString('en-US') : String(Number(ms.toPrecision(2))) });
    }
  }
  return {
    type: 'custom',
    silent: true,
    z: 0,
    data,
    renderItem: (params: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const { value, name } = data[params.dataIndex]!;
      const [px, py] = api.coord(value) as [number, number];
      if (name === BREAK) {
        const slash = (dx: number) => ({
          type: 'line',
          shape: { x1: px + dx - 3, y1: py + 6, x2: px + dx + 3, y2: py - 6 },
          style: { stroke: SOFT },
        });
        const gap = { type: 'rect', shape: { x: px - 3, y: py - 3, width: 6, height: 6 }, style: { fill: '#ffffff' } };
        return { type: 'group', children: [gap, slash(-3), slash(3)] };
      }
      return {
        type: 'group',
        children: [
          { type: 'line', shape: { x1: px, y1: GRID.top, x2: px, y2: py }, style: { stroke: RULE } },
          { type: 'line', shape: { x1: px, y1: py, x2: px, y2: py + 4 }, style: { stroke: SOFT } },
          { type: 'text', style: { x: px, y: py + 9, text: name, align: 'center', fill: SOFT, font: `12px ${FONT_FAMILY}` } },
        ],
      };
    },
  };
}

/** The frontier's members, fastest first. */
const membersOf = (marks: readonly Mark[]): Mark[] => marks.filter((mark) => mark.status === 'frontier').sort((a, b) => a.x - b.x);

/** The frontier as a staircase: between two members, the faster one's quality is what can be had. */
function frontierLine(marks: readonly Mark[], right: number) {
  const members = membersOf(marks);
  const last = members.at(-1);
  const data = members.map((mark) => [mark.x, mark.y]);
  if (last) data.push([right, last.y]);
  return { type: 'line', step: 'end', symbol: 'none', silent: true, z: 2, data, lineStyle: { color: INK, width: 1.5, opacity: 0.55 } };
}

/** A thin dotted line through each bot's delays. */
function botLines(marks: readonly Mark[]) {
  const bots = [...new Set(marks.filter((mark) => mark.kind === 'bot').map((mark) => mark.series))];
  return bots.map((bot) => ({
    type: 'line',
    symbol: 'none',
    silent: true,
    z: 1,
    data: marks
      .filter((mark) => mark.kind === 'bot' && mark.series === bot)
      .sort((a, b) => a.x - b.x)
      .map((mark) => [mark.x, mark.y]),
    lineStyle: { color: BOT, width: 1, type: 'dotted' },
  }));
}

/** The ends of a mark's two intervals, kept on the chart. */
function ends(mark: Mark, floorMs: number) {
  const { latency, quality, x, y } = mark;
  return {
    left: latency.low === null ? x : Math.max(latency.low / 1000, floorMs),
    right: latency.high === null ? x : Math.max(latency.high / 1000, floorMs),
    low: quality.low ?? y,
    high: quality.high ?? y,
  };
}

/** Interval bars on both axes. */
function bars(marks: readonly Mark[], floorMs: number) {
  return {
    type: 'custom',
    silent: true,
    z: 3,
    clip: true,
    data: marks.map((mark) => [mark.x, mark.y]),
    renderItem: (params: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const mark = marks[params.dataIndex]!;
      const { left, right, low, high } = ends(mark, floorMs);
      const [x1, y0] = api.coord([left, mark.y]) as [number, number];
      const [x2] = api.coord([right, mark.y]) as [number, number];
      const [x0, y1] = api.coord([mark.x, low]) as [number, number];
      const [, y2] = api.coord([mark.x, high]) as [number, number];
      const style = { stroke: mark.colour, lineWidth: mark.kind === 'bot' ? 1 : 1.5, opacity: mark.kind === 'bot' ? 0.45 : 0.6 };
      const line = (a: number, b: number, c: number, d: number) => ({ type: 'line', shape: { x1: a, y1: b, x2: c, y2: d }, style });
      const cap = 3;
      const children = [line(x0, y1, x0, y2), line(x0 - cap, y1, x0 + cap, y1), line(x0 - cap, y2, x0 + cap, y2)];
      if (x2 - x1 > 1) children.push(line(x1, y0, x2, y0), line(x1, y0 - cap, x1, y0 + cap), line(x2, y0 - cap, x2, y0 + cap));
      return { type: 'group', children };
    },
  };
}

/** How a status looks: on the frontier filled and ringed, tied hollow, dominated small and pale. */
function look(mark: Pick<Mark, 'status' | 'kind' | 'colour'>) {
  const { status, kind, colour } = mark;
  const symbol = kind === 'bot' ? 'diamond' : 'circle';
  if (status === 'frontier') return { symbol, symbolSize: 15, itemStyle: { color: colour, borderColor: INK, borderWidth: 2 } };
  if (status === 'tied') return { symbol, symbolSize: 12, itemStyle: { color: '#ffffff', borderColor: colour, borderWidth: 2.5 } };
  return { symbol, symbolSize: kind === 'bot' ? 11 : 10, itemStyle: { color: colour, opacity: kind === 'bot' ? 0.8 : 0.55 } };
}

function dots(marks: readonly Mark[]) {
  return { type: 'scatter', silent: true, z: 4, data: marks.map((mark) => ({ value: [mark.x, mark.y], ...look(mark) })) };
}

const graphicText = (text: string, x: number, y: number, fill: string, bold = false) => ({
  type: 'text' as const,
  silent: true,
  z: 10,
  style: { text, x, y, fill, font: `${bold ? 'bold ' : ''}${LABEL_SIZE}px ${FONT_FAMILY}`, verticalAlign: 'middle' as const },
});

/** What the colours and marks mean, in one line above the plot. */
function legend(series: readonly string[], marks: readonly Mark[]) {
  const items: { text: string; look: Pick<Mark, 'status' | 'kind' | 'colour'> }[] = [];
  series.forEach((name, i) =>
    items.push({ text: name, look: { status: 'dominated', kind: 'model', colour: COLOURS[i % COLOURS.length]! } }),
  );
  const used = (test: (mark: Mark) => boolean) => marks.some(test);
  if (used((mark) => mark.status === 'frontier'))
    items.push({ text: 'frontier', look: { status: 'frontier', kind: 'model', colour: '#ffffff' } });
  if (used((mark) => mark.status === 'tied')) items.push({ text: 'tied with it', look: { status: 'tied', kind: 'model', colour: SOFT } });
  if (used((mark) => mark.kind === 'bot')) {
    const injected = used((mark) => mark.kind === 'bot' && mark.injected === true);
    items.push({
      text: injected ? 'scripted bot (injected delay)' : 'scripted bot',
      look: { status: 'dominated', kind: 'bot', colour: BOT },
    });
  }
  const y = GRID.top - 18;
  let x = GRID.left;
  return items.flatMap((item) => {
    const { symbol, itemStyle } = look(item.look);
    const size = 10;
    const style = {
      fill: itemStyle.color,
      stroke: 'borderColor' in itemStyle ? itemStyle.borderColor : undefined,
      lineWidth: 'borderWidth' in itemStyle ? itemStyle.borderWidth : 0,
    };
    const mark =
      symbol === 'circle'
        ? { type: 'circle' as const, shape: { cx: x + size / 2, cy: y, r: size / 2 }, style, silent: true }
        : {
            type: 'polygon' as const,
            shape: { points: [[x, y], [x + size / 2, y - size / 2], [x + size, y], [x + size / 2, y + size / 2]] },
            style,
            silent: true,
          }; // prettier-ignore
    const text = graphicText(item.text, x + size + 6, y, SOFT);
    x += size + 6 + textWidth(item.text, LABEL_SIZE) + 20;
    return [mark, text];
  });
}

/** The words beside a mark: its series once (models: always), its own label, and what was injected. */
function wording(mark: Mark, first: boolean): string {
  if (mark.kind === 'model') return `${mark.series} ${mark.label}${mark.injected ? ' (injected)' : ''}`;
  return first ? `${mark.series} ${mark.label}${mark.injected ? ' (injected)' : ''}` : mark.label;
}

function labels(marks: readonly Mark[], pixel: (x: number, y: number) => [number, number], floorMs: number) {
  const area: Box = {
    x: GRID.left + 2,
    y: GRID.top + 2,
    width: WIDTH - GRID.left - GRID.right - 4,
    height: HEIGHT - GRID.top - GRID.bottom - 4,
  };
  const boxes: Box[] = [];
  const lines: Box[] = [];
  for (const mark of marks) {
    const [px, py] = pixel(mark.x, mark.y);
    const size = look(mark).symbolSize;
    boxes.push({ x: px - size / 2, y: py - size / 2, width: size, height: size });
    const { left, right, low, high } = ends(mark, floorMs);
    const [x1] = pixel(left, mark.y);
    const [x2] = pixel(right, mark.y);
    const [, top] = pixel(mark.x, high);
    const [, bottom] = pixel(mark.x, low);
    lines.push({ x: px - 3, y: top, width: 6, height: bottom - top }, { x: x1, y: py - 2, width: x2 - x1, height: 4 });
  }
  const corners = membersOf(marks).map((mark) => pixel(mark.x, mark.y));
  corners.forEach(([x, y], i) => {
    const [right, next] = corners[i + 1] ?? [area.x + area.width, y];
    lines.push({ x, y: y - 2, width: right - x, height: 4 }, { x: right - 2, y: next, width: 4, height: y - next });
  });
  const named = new Set<string>();
  // Models first: when room is short, it is theirs.
  const order = [...marks].sort((a, b) => (a.kind === b.kind ? a.x - b.x : a.kind === 'model' ? -1 : 1));
  const texts = order.map((mark) => {
    const first = mark.kind === 'bot' && !named.has(mark.series);
    named.add(mark.series);
    return wording(mark, first);
  });
  const requests = order.map((mark, i): LabelRequest => {
    const [x, y] = pixel(mark.x, mark.y);
    const bold = mark.status === 'frontier' ? 1.12 : 1;
    return { x, y, width: textWidth(texts[i]!, LABEL_SIZE) * bold, height: LABEL_SIZE + 3, clear: look(mark).symbolSize / 2 + 4 };
  });
  const placed = placeLabels(requests, area, boxes, lines);
  return order.flatMap((mark, i) => {
    const { x, y, width, height, far } = placed[i]!;
    const label = graphicText(texts[i]!, x, y + height / 2, mark.kind === 'bot' ? SOFT : INK, mark.status === 'frontier');
    if (!far) return [label];
    const from = requests[i]!;
    const near = { x: Math.min(Math.max(from.x, x), x + width), y: Math.min(Math.max(from.y, y), y + height) };
    const leader = {
      type: 'line' as const,
      silent: true,
      z: 9,
      shape: { x1: from.x, y1: from.y, x2: near.x, y2: near.y },
      style: { stroke: mark.colour, lineWidth: 0.8, opacity: 0.7 },
    };
    return [leader, label];
  });
}
