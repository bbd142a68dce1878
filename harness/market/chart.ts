/**
 * The picture of a match as one seat played it: the mid of a symbol with the seat's fills on it, its position there, and its equity,
 * one under the other over the same time. SVG by echarts on the server, PNG with the shipped font.
 */
import { BUY } from '../../envs/hft/exchange/order.js';
import { type MarketExecution, type MarketRecord } from '../../scoring/hft/market/record.js';
import type { MarketReport } from '../../scoring/hft/market/schema.js';
import { svgOf, type EChartsOption } from '../report/charts/drawing.js';
import { FONT_FAMILY, rasterise, textWidth } from '../report/charts/font.js';
import type { RenderedChart } from '../report/charts/frontier.js';

const WIDTH = 900;
const HEIGHT = 620;
const LEFT = 78;
const RIGHT = 26;
/** Top and height of each panel. */
const PANELS = [
  { top: 116, height: 222 },
  { top: 370, height: 80 },
  { top: 480, height: 90 },
] as const;
/** Most points of a line: more than there are pixels would not be seen. */
const POINTS = 1600;

/** Colour-blind safe (Okabe & Ito 2008). */
const BOUGHT = '#0072b2';
const SOLD = '#d55e00';
const INK = '#1f2430';
const SOFT = '#5b6270';
const RULE = '#e6e8ec';

/** Draws a match for one seat and one symbol (positions in the report and the record). @throws FontError when the font is missing */
export function renderMatchChart(report: MarketReport, record: MarketRecord, seat: number, symbol: number, fonts?: string): RenderedChart {
  const svg = svgOf({ width: WIDTH, height: HEIGHT }, options(report, record, seat, symbol));
  return { svg, png: rasterise(svg, 2, fonts) };
}

function options(report: MarketReport, record: MarketRecord, seat: number, symbol: number): EChartsOption {
  const { name, account, injected } = report.seats.find((each) => each.seat === seat)!;
  const fills = record.executions.filter((execution) => execution.owner === seat && execution.symbol === symbol);
  const path = record.accounts[seat]!;
  const text = { fontFamily: FONT_FAMILY, color: SOFT, fontSize: 12 };
  const seconds = (us: number): number => us / 1e6;
  const equity = thinned(path.at).map((i): [number, number] => [
    seconds(path.at[i]!),
    ((path.equityMicros[i]! - record.startMicros) * 100) / record.startMicros,
  ]);
  const mids = record.mids[symbol]!;
  const mid = thinned(mids.at).map((i): [number, number] => [seconds(mids.at[i]!), mids.mid2[i]! / 2]);
  const xAxis = PANELS.map((_, i) => ({
    type: 'value' as const,
    gridIndex: i,
    min: 0,
    max: seconds(record.endAt),
    axisLabel: { ...text, show: i === PANELS.length - 1, hideOverlap: true },
    axisTick: { show: i === PANELS.length - 1 },
    axisLine: { onZero: false, lineStyle: { color: SOFT } },
    splitLine: { lineStyle: { color: RULE } },
    ...(i === PANELS.length - 1 ? { name: 'world time, s', nameLocation: 'middle' as const, nameGap: 28, nameTextStyle: text } : {}),
  }));
  const names = [`${record.symbols[symbol]!} mid, ticks`, 'position, shares', 'equity, %'];
  const yAxis = PANELS.map((_, i) => ({
    type: 'value' as const,
    gridIndex: i,
    scale: true,
    splitNumber: i === 0 ? 5 : 2,
    name: names[i]!,
    nameLocation: 'middle' as const,
    nameGap: 54,
    nameTextStyle: text,
    axisLabel: text,
    splitLine: { lineStyle: { color: RULE } },
  }));
  const line = (panel: number, data: [number, number][], step?: 'end') => ({
    type: 'line' as const,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data,
    symbol: 'none',
    silent: true,
    ...(step ? { step } : {}),
    lineStyle: { color: panel === 0 ? SOFT : INK, width: panel === 0 ? 1.1 : 1.4 },
    ...(panel === 1 ? { areaStyle: { color: INK, opacity: 0.08, origin: 0 } } : {}),
  });
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY },
    title: {
      text: `${name}: ${(account.yieldPpm / 10_000).toFixed(2)} % in ${seconds(record.endAt).toFixed(0)} s`,
      subtext: [
        `${report.id}, seed ${report.seed}, ${report.clock} clock${report.counts ? '' : ', VOID'}; ${fills.length} fills of ${record.symbols[symbol]!}; fees in all $${(account.feesMicros / 1e6).toFixed(2)}`,
        `${record.markets[symbol]!}${injected === '' ? '' : `; injected latency: ${injected}`}`,
      ].join('\n'),
      left: 20,
      top: 14,
      itemGap: 6,
      textStyle: { ...text, color: INK, fontSize: 18, fontWeight: 'bold' },
      subtextStyle: { ...text, lineHeight: 16 },
    },
    grid: PANELS.map((panel) => ({ left: LEFT, right: RIGHT, ...panel })),
    xAxis,
    yAxis,
    graphic: legend(fills),
    series: [
      line(0, mid, 'end'),
      ...marks(fills),
      line(1, positions(fills, record.endAt), 'end'),
      line(2, equity),
    ] as EChartsOption['series'],
  };
}

const KINDS = [
  { side: BUY, maker: false, label: 'bought, taking' },
  { side: BUY, maker: true, label: 'bought, making' },
  { side: 1 - BUY, maker: false, label: 'sold, taking' },
  { side: 1 - BUY, maker: true, label: 'sold, making' },
] as const;

function look({ side, maker }: { side: number; maker: boolean }) {
  const colour = side === BUY ? BOUGHT : SOLD;
  return { color: maker ? '#ffffff' : colour, borderColor: colour, borderWidth: 1.4 };
}

/** Fills at their prices: up for bought, down for sold, filled for taking, hollow for making. */
function marks(fills: readonly MarketExecution[]) {
  return KINDS.map((kind) => ({
    type: 'scatter',
    xAxisIndex: 0,
    yAxisIndex: 0,
    z: 4,
    silent: true,
    symbol: 'triangle',
    symbolRotate: kind.side === BUY ? 0 : 180,
    symbolSize: 8,
    itemStyle: look(kind),
    data: fills.filter(({ side, maker }) => side === kind.side && maker === kind.maker).map(({ at, priceTicks }) => [at / 1e6, priceTicks]),
  }));
}

/** The position as a staircase, exact. */
function positions(fills: readonly MarketExecution[], endAt: number): [number, number][] {
  let position = 0;
  const steps: [number, number][] = [[0, 0]];
  for (const { at, side, size } of fills) {
    position += side === BUY ? size : -size;
    steps.push([at / 1e6, position]);
  }
  steps.push([endAt / 1e6, position]);
  return steps;
}

function legend(fills: readonly MarketExecution[]) {
  const y = PANELS[0].top - 16;
  let x = LEFT;
  return KINDS.flatMap((kind) => {
    const count = fills.filter(({ side, maker }) => side === kind.side && maker === kind.maker).length;
    const label = `${kind.label} (${count})`;
    const { color, borderColor } = look(kind);
    const tip = kind.side === BUY ? -5 : 5;
    const mark = {
      type: 'polygon' as const,
      silent: true,
      shape: { points: [[x, y - tip], [x + 5, y + tip], [x + 10, y - tip]] },
      style: { fill: color, stroke: borderColor, lineWidth: 1.4 },
    }; // prettier-ignore
    const words = {
      type: 'text' as const,
      silent: true,
      style: { text: label, x: x + 16, y, fill: SOFT, font: `12px ${FONT_FAMILY}`, verticalAlign: 'middle' as const },
    };
    x += 16 + textWidth(label, 12) + 22;
    return [mark, words];
  });
}

/** Positions of at most `POINTS` evenly chosen entries, the first and the last among them. */
function thinned(list: readonly unknown[]): number[] {
  const step = Math.max(1, Math.ceil(list.length / POINTS));
  return list.map((_, i) => i).filter((i) => i % step === 0 || i === list.length - 1);
}
