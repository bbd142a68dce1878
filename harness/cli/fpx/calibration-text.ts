/** A calibration as people read it: what each format costs each unit and each layer, and what the checks say. */
import { unitShape, UNITS } from '../../../fpx/formats/precision.js';
import { CHEAPER, type Calibration, type Cheaper, type UnitCosts } from '../../../fpx/sensitivity/calibration.js';
import { spearman } from '../../../scoring/statistics/ranks.js';
import { tableText, wrapped } from '../../report/text.js';

/** The costs as tables, unit by unit and layer by layer, and what the checks say, to so many columns. */
export function calibrationText(calibration: Calibration, columns: number): string {
  const { model, prompts, units, layers, additivity, latency } = calibration;
  const hasQuality = units.some(({ formats }) => formats.fp8.quality !== undefined);
  // Of one prompt nothing tells how far others lie from it.
  const shown = { hasQuality, hasError: prompts.count > 1 };
  const lines = [
    `${model.name}, ${prompts.count} prompts of ${prompts.source}: each unit rounded alone, all others in BF16`,
    '',
    costTable('unit', units.map(({ layer, unit, formats }) => [`${layer} ${unit}`, formats]), shown, columns), // prettier-ignore
    '',
    "error: of the unit's output on the same input, relative (the published measure). nats: how much less likely the answer of BF16 is.",
    ...(hasQuality ? ["quality lost: what the answers win less than BF16's, by the task's oracle, of what is to be won or lost."] : []),
    ...(layers
      ? [
          '',
          'Layer by layer, all four units of a layer rounded and all other layers in BF16:',
          '',
          costTable('layer', layers.map(({ layer, formats }) => [`${layer}`, formats]), shown, columns), // prettier-ignore
          '',
          "error: of the outputs of the layer's units together, each on the input that it has in BF16.",
        ]
      : []),
    ...(additivity ? [additivityText(additivity.maps)] : []),
    ...(latency ? [latencyText(latency, model.shape)] : []),
  ];
  return lines.map((line) => wrapped(line, columns)).join('\n');
}

/** A row for each name and format. */
function costTable(
  what: string,
  costs: readonly (readonly [name: string, formats: Record<Cheaper, UnitCosts>])[],
  { hasQuality, hasError }: { hasQuality: boolean; hasError: boolean },
  columns: number,
): string {
  const rows = costs.flatMap(([name, formats]) =>
    CHEAPER.map((format) => {
      const { error, snrDb, nats, natsError, quality, qualityError } = formats[format];
      return [
        format === CHEAPER[0] ? name : '',
        format,
        error.toFixed(4),
        snrDb === null ? '-' : snrDb.toFixed(1),
        `${nats.toFixed(4)} (${hasError ? natsError.toFixed(4) : '-'})`,
        ...(hasQuality
          ? [quality === undefined ? '-' : `${quality.toFixed(3)}${qualityError === undefined ? '' : ` (${qualityError.toFixed(3)})`}`]
          : []),
      ];
    }),
  );
  const heads = [what, 'format', 'error', 'SNR dB', 'nats (s.e.)', ...(hasQuality ? ['quality lost (s.e.)'] : [])];
  return tableText(heads, rows, columns, ['left', 'left', 'right', 'right', 'right', 'right']);
}

function additivityText(maps: readonly { predicted: number; measured: number }[]): string {
  const ratios = maps.filter(({ measured }) => measured > 0).map(({ predicted, measured }) => predicted / measured);
  const sorted = ratios.sort((a, b) => a - b);
  const rank = spearman(maps.map(({ predicted }) => predicted), maps.map(({ measured }) => measured)); // prettier-ignore
  const middle = sorted.length > 0 ? `; the sum is ${sorted[sorted.length >> 1]!.toFixed(2)} times what was measured (median)` : '';
  return `Do costs add up? On ${maps.length} random maps the sum of the units' nats ranks them at ${rank.toFixed(2)} (Spearman)${middle}.`;
}

function latencyText(
  { promptTokens, answerTokens, fixedUs, unitUs, heldOutError }: NonNullable<Calibration['latency']>,
  shape: Calibration['model']['shape'],
): string {
  const whole = (format: 'bf16' | 'fp8' | 'fp4' | 'fp4-tensor'): string => `${format} ${((fixedUs + shape.layers * UNITS.reduce((sum, unit) => sum + unitUs[unit][format], 0)) / 1000).toFixed(1)}`; // prettier-ignore
  const weights = shape.layers * UNITS.reduce((sum, unit) => sum + unitShape(shape, unit).rows * unitShape(shape, unit).depth, 0);
  const held = heldOutError === undefined ? '' : `; off by ${(100 * heldOutError).toFixed(1)} % (median) on random maps`;
  return `Latency here of ${promptTokens} prompt and ${answerTokens} answer tokens, ms: ${(['bf16', 'fp8', 'fp4', 'fp4-tensor'] as const).map(whole).join(', ')}, of which ${(fixedUs / 1000).toFixed(1)} whatever the format of its ${(weights / 1e6).toFixed(1)}M weights${held}.`;
}
