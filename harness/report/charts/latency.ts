/** The picture of latencies: for each configuration, which share of its decisions had brought an action by when, with its quantiles marked. */
import { CURVE_SHARES } from '../../../scoring/figures/distribution.js';
import { fixedGrid, NAME_ROOM, pixelsOf, svgOf, type EChartsOption } from './drawing.js';
import { FONT_FAMILY } from './font.js';
import { frameOf, type ChartPlace, type DrawnChart } from './frontier.js';
import { BOT, COLOURS, RULE, SOFT, type Mark } from './marks.js';
import { gridLines } from './plot.js';
import { legend, type LegendEntry } from './words.js';

/** One configuration's latencies in world microseconds. */
export interface LatencyCurve {
  name: string;
  /** Its latency is given rather than measured. */
  isInjected: boolean;
  /** By which latency each of `CURVE_SHARES` had brought an action; null where never. */
  curve: readonly (number | null)[];
  /** Quantiles to mark: the share, and its latency. */
  quantiles: readonly { share: number; us: number }[];
}

/** Where a latency of zero is drawn, in milliseconds: the axis is logarithmic. */
const FLOOR_MS = 0.1;

/** Pixels from the y axis to its name. */
const NAME_GAP = 40;

/** Draws the curves. The spots are the quantiles, curve by curve. @throws RangeError when no curve has a latency */
export function drawLatencies(place: Exclude<ChartPlace, 'picture'>, curves: readonly LatencyCurve[]): DrawnChart {
  const looks = looksOf(curves);
  const inMs = (us: number): number => Math.max(us / 1000, FLOOR_MS);
  const all = curves.flatMap(({ curve, quantiles }) => [...curve.flatMap((us) => us ?? []), ...quantiles.map(({ us }) => us)]).map(inMs);
  if (all.length === 0) throw new RangeError('no configuration has a latency');
  const entries = curves.map(({ name, isInjected }, i): LegendEntry => ({
    text: isInjected ? `${name} (given)` : name,
    look: { status: 'dominated', kind: isInjected ? 'bot' : 'model', colour: looks[i]!.colour } satisfies Pick<Mark, 'status' | 'kind' | 'colour'>,
  })); // prettier-ignore
  const frame = frameOf(place, entries, NAME_GAP + NAME_ROOM);
  const x: [number, number] = [Math.min(...all) / 1.2, Math.max(...all) * 1.2];
  const text = { fontFamily: FONT_FAMILY, color: SOFT, fontSize: 12 };
  const option = {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY },
    grid: fixedGrid(frame),
    xAxis: {
      type: 'log', min: x[0], max: x[1], name: 'latency in world time, ms (log)', nameLocation: 'middle', nameGap: 36, nameTextStyle: text,
      axisLabel: { show: false }, axisTick: { show: false }, axisLine: { lineStyle: { color: SOFT } }, splitLine: { show: false },
    },
    yAxis: {
      type: 'value', min: 0, max: 100, name: 'decisions that had brought an action, %', nameLocation: 'middle', nameGap: NAME_GAP, nameTextStyle: text,
      axisLabel: text, splitLine: { lineStyle: { color: RULE } }, interval: 10,
    },
    series: [
      gridLines(frame, x, 0),
      ...curves.flatMap(({ curve, quantiles }, i) => [
        {
          type: 'line', symbol: 'none', silent: true, z: 2,
          data: curve.flatMap((us, at) => (us === null ? [] : [[inMs(us), CURVE_SHARES[at]! * 100]])),
          lineStyle: { color: looks[i]!.colour, width: 1.8, type: looks[i]!.line },
        },
        {
          type: 'scatter', silent: true, z: 3, symbolSize: 8, itemStyle: { color: looks[i]!.colour, borderColor: '#ffffff', borderWidth: 1 },
          data: quantiles.map(({ share, us }) => [inMs(us), share * 100]),
        },
      ]),
    ],
    graphic: legend(entries, frame),
  } as EChartsOption; // prettier-ignore
  const pixel = pixelsOf(frame, x, [0, 100]);
  const spots = curves.flatMap(({ quantiles }) =>
    quantiles.map(({ share, us }) => {
      const [px, py] = pixel(inMs(us), share * 100);
      return { x: px, y: py };
    }),
  );
  return { svg: svgOf(frame, option), width: frame.width, height: frame.height, spots };
}

/** A colour for each measured curve, dashed once the colours are used up; given ones are grey. */
function looksOf(curves: readonly LatencyCurve[]): { colour: string; line: 'solid' | 'dashed' | 'dotted' }[] {
  let measured = 0;
  return curves.map(({ isInjected }) => {
    if (isInjected) return { colour: BOT, line: 'dotted' };
    const n = measured++;
    return { colour: COLOURS[n % COLOURS.length]!, line: n < COLOURS.length ? 'solid' : 'dashed' };
  });
}
