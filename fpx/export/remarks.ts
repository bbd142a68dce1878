/** What stands at the head of everything exported: which formats a deployment has, what a GPU makes of them, and what to beware of. */
import { unitShape } from '../formats/precision.js';
import { DEPLOYABLE, type Deployable, type Deployment, type Fp4Inputs } from '../checkpoint/deployment.js';
import { PROJECTIONS } from '../checkpoint/units.js';

/** Columns of what is exported. */
export const COLUMNS = 80;

/** First compute capability with kernels for FP4 activations, and for FP8 activations. */
const FP4_CAPABILITY = 10;
const FP8_CAPABILITY = 8.9;

/** What runs on a GPU of a compute capability; where none is named, what runs on either kind. */
export function onGpu(format: Deployable, fp4: Fp4Inputs, capability?: number): string {
  const below = (first: number): boolean => capability !== undefined && capability < first;
  switch (format) {
    case 'bf16':
      return 'W16A16';
    case 'fp8':
      return below(FP8_CAPABILITY) ? 'weight-only (W8A16)' : 'W8A8: a scale a row and a token';
    case 'fp4':
      if (fp4 === 'w4a16') return 'weight-only (W4A16)';
      if (capability === undefined) return 'W4A4; below compute capability 10.0 weight-only';
      return below(FP4_CAPABILITY) ? 'weight-only (W4A16)' : 'W4A4: NVFP4, blocks of 16';
  }
}

/** A table of the formats in use: their linear layers, their share of the weights, and what a GPU makes of them. */
export function formatTable({ model, layers, fp4 }: Deployment, capability?: number): string[] {
  const weightsOf = (format: Deployable): number =>
    layers
      .filter((each) => each.format === format)
      .reduce((sum, { unit }) => sum + (unitShape(model, unit).rows * unitShape(model, unit).depth) / PROJECTIONS[unit].names.length, 0);
  const all = DEPLOYABLE.reduce((sum, format) => sum + weightsOf(format), 0);
  const rows = DEPLOYABLE.filter((format) => weightsOf(format) > 0).map((format) => [
    format,
    String(layers.filter((each) => each.format === format).length),
    `${Math.round((100 * weightsOf(format)) / all)} %`,
    onGpu(format, fp4, capability),
  ]);
  const on = capability === undefined ? 'on a GPU' : `on compute capability ${capability.toFixed(1)}`;
  return [['format', 'layers', 'weights', on], ...rows].map(([format, count, share, gpu]) =>
    `${format!.padEnd(7)} ${count!.padStart(6)} ${share!.padStart(7)}  ${gpu}`.trimEnd(),
  );
}

/** What to know before trusting a figure taken with a deployment, a paragraph each. */
export function warnings({ formats, fp4, notes }: Deployment, capability?: number): string[] {
  const told: string[] = [...notes];
  if (formats.includes('fp4') && fp4 === 'w4a16')
    told.push(
      'FP4 layers are weight-only here: their inputs stay 16 bits, and decoding can be slower than FP8. ' +
        (capability === undefined || capability >= FP4_CAPABILITY
          ? 'From compute capability 10.0 on, --fp4 w4a4 rounds inputs as well: another model, and a faster one. Measure both.'
          : 'Measure it.'),
    );
  else if (formats.includes('fp4') && (capability === undefined || capability < FP4_CAPABILITY))
    told.push(
      'Below compute capability 10.0 an FP4 layer is weight-only: its activations stay 16 bits, and decoding can be slower than FP8. ' +
        'Measure it.',
    );
  if (formats.includes('fp8') && capability !== undefined && capability < FP8_CAPABILITY)
    told.push('Below compute capability 8.9 an FP8 layer is weight-only.');
  if (formats.length > 1)
    told.push(
      'A mixed model can be slower than its parts suggest, because kernels that fuse activation and quantisation want one format: ' +
        'measure it.',
    );
  return told;
}

/** Breaks a paragraph at its spaces. */
export function filled(paragraph: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A head in comments: what this is, the table of formats, and what to beware of. */
export function head(deployment: Deployment, about: readonly string[], capability?: number): string {
  const width = COLUMNS - 2;
  const { model, summary } = deployment;
  const lines = [
    ...[`${model.id}: ${summary.bitsPerWeight.toFixed(2)} bits a weight of its linear layers.`, ...about].flatMap((text) =>
      filled(text, width),
    ),
    '',
    ...formatTable(deployment, capability),
    ...warnings(deployment, capability).flatMap((text) => ['', ...filled(text, width)]),
  ];
  return lines.map((line) => `# ${line}`.trimEnd()).join('\n') + '\n';
}
