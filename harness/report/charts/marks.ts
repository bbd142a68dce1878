/** What a chart's marks are, how they look, and the frame that they stand in: shared by what draws them and what writes beside them. */
import type { FrontierStatus } from '../../../scoring/figures/frontier.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

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

/** A chart's size in pixels, and what lies around its plot. */
export interface ChartFrame {
  width: number;
  height: number;
  grid: { left: number; right: number; top: number; bottom: number };
}

/** Colour-blind safe (Okabe & Ito 2008). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
export const BOT = '#8a8f98';
export const INK = '#1f2430';
export const SOFT = '#5b6270';
export const RULE = '#e6e8ec';

/** A point in its place: milliseconds and quality. */
export interface Mark extends ChartPoint {
  x: number;
  y: number;
  colour: string;
}

/** The frontier's members, fastest first. */
export const membersOf = (marks: readonly Mark[]): Mark[] => marks.filter((mark) => mark.status === 'frontier').sort((a, b) => a.x - b.x);

/** The ends of a mark's two intervals, kept on the chart. */
export function ends(mark: Mark, floorMs: number) {
  const { latency, quality, x, y } = mark;
  return {
    left: latency.low === null ? x : Math.max(latency.low / 1000, floorMs),
    right: latency.high === null ? x : Math.max(latency.high / 1000, floorMs),
    low: quality.low ?? y,
    high: quality.high ?? y,
  };
}

/** How a status looks: on the frontier filled and ringed, tied hollow, dominated small and pale. */
export function look(mark: Pick<Mark, 'status' | 'kind' | 'colour'>) {
  const { status, kind, colour } = mark;
  const symbol = kind === 'bot' ? 'diamond' : 'circle';
  if (status === 'frontier') return { symbol, symbolSize: 15, itemStyle: { color: colour, borderColor: INK, borderWidth: 2 } };
  if (status === 'tied') return { symbol, symbolSize: 12, itemStyle: { color: '#ffffff', borderColor: colour, borderWidth: 2.5 } };
  return { symbol, symbolSize: kind === 'bot' ? 11 : 10, itemStyle: { color: colour, opacity: kind === 'bot' ? 0.8 : 0.55 } };
}
