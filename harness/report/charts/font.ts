/** The shipped font, and SVG to PNG with it: the rasteriser draws no text at all, and says nothing, unless it is given fonts. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';

/** What charts name in `font-family`. */
export const FONT_FAMILY = 'DejaVu Sans';

/** A font file that is not where it should be: pictures without text must not pass for pictures. */
export class FontError extends Error {
  override name = 'FontError';
}

/** The folder of the installed font package. */
function fontFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
}

/**
 * Draws an SVG as PNG.
 * @param zoom device pixels for each SVG pixel.
 * @throws FontError when a font file is missing, or the SVG names another family than the shipped one.
 */
export function rasterise(svg: string, zoom: number, folder = fontFolder()): Uint8Array {
  const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(folder, file));
  for (const file of fontFiles) if (!existsSync(file)) throw new FontError(`${file}: no such font; without it charts would have no text`);
  for (const [, family] of svg.matchAll(/font-family[:=]\s*["']?([^;"',]+)/g)) {
    if (family!.replace(/&quot;/g, '').trim() !== FONT_FAMILY)
      throw new FontError(`the chart asks for the font "${family}"; "${FONT_FAMILY}" is shipped`);
  }
  const image = new Resvg(spelledOut(svg), {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT_FAMILY },
  });
  return image.render().asPng();
}

/** The rasteriser passes over the short form `font: bold 12px NAME`, sizes and weights with it. */
function spelledOut(svg: string): string {
  return svg.replace(/style="font: (?:(bold|normal) )?(\d+(?:\.\d+)?px) ([^";]+);?"/g, (_, weight: string | undefined, size: string, family: string) => `style="font-weight:${weight ?? 'normal'};font-size:${size};font-family:${family}"`); // prettier-ignore
}

/** Advance widths of DejaVu Sans in thousandths of the font size, by class of character: enough to keep labels apart. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) {
    if ("iljI.,:;'|!".includes(character)) width += 330;
    else if (' ()ftr-'.includes(character)) width += 400;
    else if ('mwMW%@'.includes(character)) width += 960;
    else if (character >= 'A' && character <= 'Z') width += 690;
    else width += 630;
  }
  return (width * size) / 1000;
}

/** A text in lines of a width, broken between words. @param size of the font @param bold bold letters are wider */
export function linesWithin(text: string, size: number, width: number, bold = false): string[] {
  const fits = (line: string): boolean => textWidth(line, size) * (bold ? 1.12 : 1) <= width;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && !fits(longer)) lines.push(word);
    else lines[Math.max(0, lines.length - 1)] = longer;
  }
  return lines;
}
