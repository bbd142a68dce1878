/** The picture of a calibration: a field for each unit and format, darker where the format costs more. SVG by echarts, PNG with the shipped font. */
import { svgOf, type EChartsOption } from './drawing.js';
import { FONT_FAMILY, rasterise } from './font.js';
import type { RenderedChart } from './frontier.js';

export interface SensitivityChart {
  title: string;
  subtitle: string;
  /** Units, the first on top, and formats. */
  rows: readonly string[];
  columns: readonly string[];
  /** What each costs, row by row. */
  values: readonly (readonly number[])[];
}

const WIDTH = 640;
const ROW = 22;
const TOP = 84;
const INK = '#1f2430';
const SOFT = '#5b6270';
/** Costs up to this share of the largest are drawn apart by their square roots, so that small ones are seen beside large ones. */
const shade = (value: number, most: number): number => (most <= 0 ? 0 : Math.sqrt(Math.max(0, value) / most));

/** Renders a chart. @throws FontError when the font is missing */
export function renderSensitivity({ title, subtitle, rows, columns, values }: SensitivityChart, fonts?: string): RenderedChart {
  const height = TOP + rows.length * ROW + 24;
  const most = Math.max(...values.flat());
  const data = values.flatMap((row, y) => row.map((value, x) => ({ value: [x, y, shade(value, most)], shown: value })));
  const option: EChartsOption = {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY, color: INK },
    title: [
      { text: title, left: 16, top: 12, textStyle: { fontSize: 15, color: INK, fontFamily: FONT_FAMILY } },
      { text: subtitle, left: 16, top: 34, textStyle: { fontSize: 11, color: SOFT, fontWeight: 'normal', fontFamily: FONT_FAMILY } },
    ],
    grid: { left: 96, right: 24, top: TOP, bottom: 16 },
    xAxis: { type: 'category', data: [...columns], position: 'top', axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: INK } },
    yAxis: { type: 'category', data: [...rows], inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: INK, interval: 0 } },
    visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: ['#f3f5f8', '#f6c177', '#d55e00', '#7a1f00'] } },
    series: [
      {
        type: 'heatmap',
        data,
        itemStyle: { borderColor: '#ffffff', borderWidth: 1 },
        label: {
          show: true,
          fontSize: 11,
          formatter: (point) => (point.data as { shown: number }).shown.toFixed(3),
        },
      },
    ],
  }; // prettier-ignore
  const svg = svgOf({ width: WIDTH, height }, option);
  return { svg, png: rasterise(svg, 2, fonts) };
}
