/**
 * The picture of a frontier: latency against quality, an interval on both axes, models coloured by size and labelled by
 * precision, bots as grey anchors. SVG by echarts on the server, PNG with the shipped font.
 */
import { decimalsOf, floorOf, limitsOf, zeroOf, type Limits } from './axes.js';
import { fixedGrid, NAME_ROOM, pixelsOf, svgOf, type EChartsOption } from './drawing.js';
import { FONT_FAMILY, rasterise, textWidth } from './font.js';
import { BOT, COLOURS, INK, RULE, SOFT, type ChartFrame, type ChartPoint, type Mark } from './marks.js';
import { bars, botLines, dots, frontierLine, gridLines } from './plot.js';
import { labels, legend, legendLines, legendOf } from './words.js';

export type { ChartPoint } from './marks.js';

export interface FrontierChart {
  title: string;
  /** What was run: sample sizes, interval, speed. Up to two lines. */
  subtitle: string;
  /** One world tick, for the axis (a frame, the publishing grid). */
  tick: { us: number; name: string };
  /** What the quality is called on its axis. */
  quality?: string;
  /** A share lies about 0 to 1, in tenths; anything else gets an axis of its own. */
  scale?: 'share' | 'free';
  /** Whether the frontier is drawn as a line; not where the other axis is none of its own. */
  staircase?: boolean;
  points: readonly ChartPoint[];
}

export interface RenderedChart {
  svg: string;
  png: Uint8Array;
}

/** For whom a chart is drawn: a picture by itself; or a page, which says its title beside it, in its whole width, in half of it, or on a phone. */
export type ChartPlace = 'picture' | 'page' | 'half' | 'phone';

/** A chart as SVG, and where its marks are: pixels, in the order of the chart's points; null for those that were not measured. */
export interface DrawnChart {
  svg: string;
  width: number;
  height: number;
  spots: ({ x: number; y: number } | null)[];
}

/** Pixels of a line of the legend that had no room beside the others. */
const MORE_LEGEND = 18;

const FRAMES: Record<ChartPlace, ChartFrame> = {
  picture: { width: 900, height: 560, grid: { left: 74, right: 26, top: 118, bottom: 72 } },
  page: { width: 900, height: 470, grid: { left: 74, right: 26, top: 36, bottom: 64 } },
  half: { width: 560, height: 420, grid: { left: 64, right: 18, top: 36, bottom: 60 } },
  phone: { width: 400, height: 420, grid: { left: 58, right: 14, top: 36, bottom: 58 } },
};

/** The frame of a chart. @param entries of its legend @param left pixels that the y axis needs, if the frame's usual ones are too few */
export function frameOf(place: ChartPlace, entries: Parameters<typeof legendLines>[0], left = 0): ChartFrame {
  const usual = FRAMES[place];
  const frame = { ...usual, grid: { ...usual.grid, left: Math.max(usual.grid.left, left) } };
  const more = MORE_LEGEND * (legendLines(entries, frame).at(-1)?.line ?? 0);
  return { ...frame, height: frame.height + more, grid: { ...frame.grid, top: frame.grid.top + more } };
}

/** Renders a chart as a picture. @throws FontError when the font is missing, RangeError when no point was measured. */
export function renderFrontier(chart: FrontierChart, fonts?: string): RenderedChart {
  const { svg } = drawFrontierAs('picture', chart);
  return { svg, png: rasterise(svg, 2, fonts) };
}

/** Draws a chart. @throws RangeError when no point was measured. */
export function drawFrontierAs(place: ChartPlace, chart: FrontierChart): DrawnChart {
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
  const entries = legendOf(series, marks);
  const around = limitsOf(marks, chart.scale);
  const nameGap = nameGapOf(around);
  const frame = frameOf(place, entries, nameGap + NAME_ROOM);
  const pixel = pixelsOf(frame, around.x, around.y);
  const graphic = [...legend(entries, frame), ...labels(marks, pixel, floorMs, frame)];
  const svg = svgOf(frame, { ...base(place, frame, chart, around, nameGap, marks, floorMs), graphic });
  const spots = chart.points.map((point) => {
    const mark = marks[measured.indexOf(point)];
    if (!mark) return null;
    const [x, y] = pixel(mark.x, mark.y);
    return { x, y };
  });
  return { svg, width: frame.width, height: frame.height, spots };
}

/** Pixels from the y axis to its name: the numbers stand between. */
function nameGapOf({ y, step }: Limits): number {
  return Math.ceil(14 + Math.max(...y.map((value) => textWidth(value.toFixed(decimalsOf(step)), 12))));
}

function base(
  place: ChartPlace,
  frame: ChartFrame,
  { title, subtitle, tick, quality = 'quality', staircase = true }: FrontierChart,
  { x, y, step }: Limits,
  nameGap: number,
  marks: readonly Mark[],
  floorMs: number,
): EChartsOption {
  const tickMs = tick.us / 1000;
  // A tick may be named by its length already (`10 ms of market time`) or not (`frame`).
  const shownTick = /^[0-9]/.test(tick.name) ? `grid of ${tick.name}` : `1 ${tick.name} = ${Number(tickMs.toFixed(1))} ms`;
  const text = { fontFamily: FONT_FAMILY, color: SOFT, fontSize: 12 };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY },
    title: {
      show: place === 'picture',
      text: title,
      subtext: subtitle,
      left: 20,
      top: 14,
      itemGap: 6,
      textStyle: { ...text, color: INK, fontSize: 18, fontWeight: 'bold' },
      subtextStyle: { ...text, lineHeight: 16 },
    },
    grid: fixedGrid(frame),
    xAxis: {
      type: 'log',
      min: x[0],
      max: x[1],
      name:
        place === 'phone' || place === 'half'
          ? `mean latency in world time, ms (log)`
          : `mean latency in world time, ms (log)  ·  ${shownTick}  ·  lower is better`,
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
      nameGap,
      nameTextStyle: text,
      axisLabel: { ...text, formatter: (value: number) => value.toFixed(decimalsOf(step)) },
      splitLine: { lineStyle: { color: RULE } },
      interval: step,
    },
    series: [
      gridLines(frame, x, y[0], zeroOf(marks)),
      ...(staircase ? [frontierLine(marks, x[1])] : []),
      ...botLines(marks),
      bars(marks, floorMs),
      dots(marks),
    ] as EChartsOption['series'],
  };
}
