/** `tickbench fpx quantize MODEL_FOLDER --map CONFIG --to DIR`: a checkpoint in mixed precision that stock servers load. */
import { Command, Option } from 'commander';
import { QUANTIZED_FORMS, type QuantizedForm } from '../../../fpx/checkpoint/quantized-layout.js';
import { deploy, type DeploymentReport } from '../../../fpx/quantize/deployment.js';
import { SCALE_RULES, type ScaleRule } from '../../../fpx/quantize/nvfp4.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { readMap } from './map-file.js';

interface QuantizeOptions {
  map: string;
  to: string;
  form: QuantizedForm;
  scales: ScaleRule;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function quantizeCommand(): Command {
  return new Command('quantize')
    .argument('<model>', 'folder of a checkpoint in F32, F16 or BF16: config.json and safetensors')
    .description('write a checkpoint quantised under a precision map, in a form that vLLM and transformers load')
    .requiredOption('--map <format|file>', 'fp8 or fp4 for every linear layer, or a YAML file that is a precision map or holds one')
    .requiredOption('--to <dir>', 'where it goes: a folder that is new or empty')
    .addOption(
      new Option('--form <form>', 'how its tensors and config.json are laid out').choices(QUANTIZED_FORMS).default('compressed-tensors'),
    )
    .addOption(
      new Option(
        '--scales <rule>',
        "scales of FP4 blocks: the largest weight over 6 (written), or of that one and eight near it the one that errs least, as the embedded engine's",
      )
        .choices(SCALE_RULES)
        .default('least-error'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
FP8 has a scale for each output channel and rounds activations by token; FP4 is NVFP4 and weight-only. The scales that least-error tries
include those under which a block's largest weight becomes 4 rather than 6, the two that "Four Over Six" (arXiv 2512.02010) tries.
Embeddings, norms and the output layer stay as they are. With --form modelopt, FP8 beside FP4 needs a server that knows
FP8_PER_CHANNEL_PER_TOKEN in a mix.

Example:
  $ tickbench fpx quantize models/tb-4m --map fpx-configs/4m-mixed.yaml --to /tmp/tb-4m-mixed`,
    )
    .action(quantize);
}

function quantize(source: string, { map, to: target, form, scales, json }: QuantizeOptions): void {
  const progress = process.stderr.isTTY ? (text: string) => void process.stderr.write(`\r${text}`) : undefined;
  const onLayer = (done: number, layers: number) => progress?.(`layer ${done} of ${layers}${done === layers ? '\n' : ''}`);
  const report = deploy({ source, target, precision: readMap(map), form, scales, onLayer });
  for (const note of report.notes) process.stderr.write(`${wrapped(`note: ${note}`, terminalColumns(process.stderr))}\n`);
  process.stdout.write(json ? `${JSON.stringify({ form, scales, ...report })}\n` : `${described(report)}\n`);
}

function described({ target, files, bytesBefore, bytesAfter, bitsPerWeight, groups }: DeploymentReport): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  return [
    `${target}: ${megabytes(bytesBefore)} of weights before, ${megabytes(bytesAfter)} after (${((100 * bytesAfter) / bytesBefore).toFixed(1)} %)`,
    `linear layers: ${bitsPerWeight.toFixed(2)} bits a weight, scales included`,
    ...groups.map(
      ({ format, linearLayers, weights, bytes }) =>
        `  ${format.padEnd(5)} ${linearLayers} layers, ${weights} weights, ${megabytes(bytes)}, ${((8 * bytes) / weights).toFixed(2)} bits a weight`,
    ),
    `files: ${files.join(', ')}`,
  ].join('\n');
}
