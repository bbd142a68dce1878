/** Charts as SVG. */
import type { EChartsOption } from 'echarts';
// One file: to load the three hundred of the library's source takes longer than to draw with it.
import { init } from 'echarts/dist/echarts.esm.min';
import { seen } from '../unseen.js';
import type { ChartFrame } from './marks.js';

export type { EChartsOption };

/** Draws a chart. @param size in pixels */
export function svgOf({ width, height }: { width: number; height: number }, option: EChartsOption): string {
  const image = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    image.setOption(option);
    return seen(image.renderToSVGString());
  } finally {
    image.dispose();
  }
}

/** Pixels that the name of a y axis takes, its distance to the picture's edge with it. */
export const NAME_ROOM = 18;

/** The plot of a frame where the frame says, whatever stands at its axes: the library would make it smaller. */
export function fixedGrid({ grid }: ChartFrame): object {
  return { ...grid, outerBoundsMode: 'none' };
}

/** Where a pair of values is drawn, in pixels. */
export type Pixel = (x: number, y: number) => [number, number];

/**
 * The places of a fixed plot whose axes go from one limit to the other, the x axis logarithmic. Words have to be placed before anything is drawn:
 * the library could tell the same, but only of a chart that it has drawn once already.
 */
export function pixelsOf({ width, height, grid }: ChartFrame, [left, right]: [number, number], [low, high]: [number, number]): Pixel {
  const across = width - grid.left - grid.right;
  const down = height - grid.top - grid.bottom;
  return (x, y) => [
    grid.left + (across * Math.log(x / left)) / Math.log(right / left),
    height - grid.bottom - (down * (y - low)) / (high - low),
  ];
}
