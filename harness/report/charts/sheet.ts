/** What charts of many words share: a sheet of one width with a title and sentences above, and words that lines may run behind. */
import { svgOf, type EChartsOption } from './drawing.js';
import { FONT_FAMILY, linesWithin, rasterise } from './font.js';
import type { RenderedChart } from './frontier.js';
import { INK, SOFT } from './marks.js';

/** Pixels: of a sheet's width, from its edge to what is written, of letters and from line to line. */
export const WIDTH = 760;
export const EDGE = 20;
export const SIZE = 12;
export const LINE = 16;
const TITLE_SIZE = 16;
const TITLE_LINE = 21;

/** Limits' colour. */
export const LIMIT = '#b00020';

/** Something drawn, as echarts takes it. */
export type Shape = Record<string, unknown>;

/** Words with a white rim. @param x, y of the left upper corner, in pixels */
export function word(text: string, x: number, y: number, fill: string, more: { size?: number; bold?: boolean } = {}): Shape {
  const { size = SIZE, bold = false } = more;
  const font = `${bold ? 'bold ' : ''}${size}px ${FONT_FAMILY}`;
  return { type: 'text', silent: true, z: 10, style: { text, x, y, fill, font, stroke: '#ffffff', lineWidth: 3 } };
}

/** Sentences, each in as many lines as it needs. */
export function sentences(texts: readonly string[]): string[] {
  return texts.flatMap((text) => (text === '' ? [] : linesWithin(text, SIZE, WIDTH - 2 * EDGE)));
}

/** Lines of soft words below each other. */
export function paragraph(lines: readonly string[], y: number): Shape[] {
  return lines.map((text, i) => word(text, EDGE, y + i * LINE, SOFT));
}

/** A title and sentences at the top of a sheet, and where they end. */
export function heading(title: string, subtitle: readonly string[]): { shapes: Shape[]; bottom: number } {
  const titles = linesWithin(title, TITLE_SIZE, WIDTH - 2 * EDGE, true);
  const below = EDGE + titles.length * TITLE_LINE;
  const lines = sentences(subtitle);
  return {
    shapes: [
      ...titles.map((text, i) => word(text, EDGE, EDGE - 4 + i * TITLE_LINE, INK, { size: TITLE_SIZE, bold: true })),
      ...paragraph(lines, below),
    ],
    bottom: below + lines.length * LINE,
  };
}

/** A sheet as SVG and PNG. @throws FontError when the font is missing */
export function rendered(height: number, shapes: readonly Shape[], more: object = {}, fonts?: string): RenderedChart {
  const option = { animation: false, backgroundColor: '#ffffff', textStyle: { fontFamily: FONT_FAMILY }, ...more, graphic: shapes };
  const svg = svgOf({ width: WIDTH, height }, option as EChartsOption);
  return { svg, png: rasterise(svg, 2, fonts) };
}
