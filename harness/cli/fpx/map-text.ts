/** A precision map as people read it: who is in which format, what it comes to, and what the formats' labels mean. */
import { ACTIVATIONS, formatOf, UNITS, type Format, type PrecisionMap, type PrecisionSummary } from '../../../fpx/formats/precision.js';
import { tableText } from '../../report/text.js';

/** Layers by units; neighbours that are alike are one row. */
export function gridText(map: PrecisionMap, layers: number, columns: number): string {
  const rows: { first: number; last: number; formats: Format[] }[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const formats = UNITS.map((unit) => formatOf(map, layer, unit));
    const before = rows.at(-1);
    if (before?.formats.join() === formats.join()) before.last = layer;
    else rows.push({ first: layer, last: layer, formats });
  }
  const cells = rows.map(({ first, last, formats }) => [first === last ? `${first}` : `${first}-${last}`, ...formats]);
  return tableText(['layers', ...UNITS], cells, columns);
}

/** Label, gamma both ways and true bits, a line each. */
export function summaryLines({ label, activations, gammaByCount, gammaByParameters, bitsPerWeight }: PrecisionSummary): string[] {
  return [
    `format     ${label} (${activations})`,
    `gamma      ${percent(gammaByCount)} of the linear layers in FP4, ${percent(gammaByParameters)} of their weights`,
    `bits       ${bitsPerWeight.toFixed(3)} a weight of the linear layers, scales counted`,
  ];
}

/** A share, to a tenth of a per cent. */
export function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

const MEANINGS: Record<Format, string> = {
  bf16: 'weights as they were trained, activations of 32 bits',
  fp8: 'E4M3 weights with a scale for each output, integer activations of 8 bits with a scale for each token',
  fp4: 'NVFP4: E2M1 weights in blocks of 16 with an E4M3 scale each; integer activations of 7 bits with a scale for each token',
  'fp4-tensor': 'E2M1 weights with one scale a matrix, E2M1 activations with one scale a token, as published work quantises',
};

/** What the label of each format says, a line each. */
export function meaningLines(formats: readonly Format[]): string[] {
  return formats.map((format) => `${ACTIVATIONS[format].padEnd(9)}  ${format}: ${MEANINGS[format]}`);
}
