/** `tickbench fpx quantize MODEL_FOLDER --map CONFIG --to DIR`: a checkpoint in mixed precision that stock servers load. */
import { Command, Option } from 'commander';
import { deploymentOf, FP4_INPUTS, type Fp4Inputs } from '../../../fpx/checkpoint/deployment.js';
import { readModelConfig } from '../../../fpx/checkpoint/model-config.js';
import { QUANTIZED_FORMS, type QuantizedForm } from '../../../fpx/checkpoint/quantized-layout.js';
import type { PrecisionMap } from '../../../fpx/formats/precision.js';
import { quantizeFolder, type QuantizeReport } from '../../../fpx/quantize/quantized-folder.js';
import { SCALE_RULES, type ScaleRule } from '../../../fpx/quantize/nvfp4.js';
import { largestInputs } from '../../../fpx/sensitivity/largest-inputs.js';
import { modelFolder } from '../../endpoints/start.js';
import { valuedTaskNames } from '../../match/tasks.js';
import { redraws, terminalColumns, wrapped } from '../../report/text.js';
import { UsageError, whole } from '../values.js';
import { readMap } from './map-file.js';
import { checkSource, sourceOf, type SourceFlags } from './prompts.js';
import { Subject } from './subject.js';

interface QuantizeOptions extends SourceFlags {
  map: string;
  to: string;
  form: QuantizedForm;
  scales: ScaleRule;
  fp4: Fp4Inputs;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function quantizeCommand(): Command {
  return new Command('quantize')
    .argument('<model>', 'folder of a checkpoint in F32, F16 or BF16 (config.json and safetensors), or a shipped one by name')
    .description('write a checkpoint quantised under a precision map, in a form that vLLM and transformers load')
    .requiredOption('--map <format|file>', 'fp8 or fp4 for every linear layer, or a YAML file that is a precision map or holds one')
    .requiredOption('--to <dir>', 'where it goes: a folder that is new or empty')
    .addOption(
      new Option('--form <form>', 'how its tensors and config.json are laid out').choices(QUANTIZED_FORMS).default('compressed-tensors'),
    )
    .addOption(
      new Option(
        '--scales <rule>',
        "scales of FP4 blocks: the one that makes the largest weight 6 (written), of those that make it 4 or 6 the one that errs less (four-over-six), or of the first and eight near it the one that errs least (least-error, the embedded engine's)",
      )
        .choices(SCALE_RULES)
        .default('least-error'),
    )
    .addOption(fp4Option())
    .option('--task <name>', `with w4a4: prompts that scale inputs, states of a task (${valuedTaskNames().join(', ')})`)
    .option('--traces <path>', 'with w4a4: or what models were shown in recorded matches')
    .option('--prompts <file>', 'with w4a4: or prompts of your own, as `calibrate` takes them')
    .option('--prompt-name <name>', "wording of a task's prompts", 'reference')
    .option('--count <n>', 'prompts at most', whole, 64)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
FP8 has a scale for each output channel and rounds activations by token; FP4 is NVFP4. four-over-six is the published rule of that name
(arXiv 2512.02010, by squared error). The file of weights names its rule in its header (fp4_scales). A layer's weights err less
under least-error than under the others, but what a model loses by that has to be measured: \`fpx measure MODEL fp4 DIR\`.
FP4 is weight-only unless --fp4 w4a4 says otherwise: servers then round the inputs of FP4 layers to FP4 too, by a scale for each unit that
is taken here from the largest input that prompts bring; for that the model is held in memory. \`export\` has the same flag.
Embeddings, norms and the output layer stay as they are. With --form modelopt, FP8 beside FP4 needs a server that knows
FP8_PER_CHANNEL_PER_TOKEN in a mix.

Example:
  $ tickbench fpx quantize models/tb-4m --map fpx-configs/4m-mixed.yaml --to /tmp/tb-4m-mixed
  $ tickbench fpx quantize models/tb-4m --map fp4 --fp4 w4a4 --task hft --to /tmp/tb-4m-w4a4`,
    )
    .action(quantize);
}

/** What becomes of the inputs of FP4 layers: the same flag, and the same default, wherever a deployment is written. */
export function fp4Option(): Option {
  return new Option('--fp4 <inputs>', 'inputs of FP4 layers: 16 bits (w4a16), or rounded to FP4 as well (w4a4)')
    .choices(FP4_INPUTS)
    .default('w4a16');
}

async function quantize(model: string, flags: QuantizeOptions): Promise<void> {
  const source = modelFolder(model);
  const { to: target, form, scales, fp4, json } = flags;
  const precision = readMap(flags.map);
  const scaled = { fp4, largestInputs: await inputsOf(source, precision, flags) };
  const progress = redraws(process.stderr) ? (text: string) => void process.stderr.write(`\r${text}`) : undefined;
  const onLayer = (done: number, layers: number) => progress?.(`layer ${done} of ${layers}${done === layers ? '\n' : ''}`);
  const report = quantizeFolder({ source, target, precision, form, scales, ...scaled, onLayer });
  for (const note of report.notes) process.stderr.write(`${wrapped(`note: ${note}`, terminalColumns(process.stderr))}\n`);
  const text = json ? JSON.stringify({ form, scales, ...report }) : wrapped(described(report, scales), terminalColumns());
  process.stdout.write(`${text}\n`);
}

/** What scales FP4 inputs, where the map has any and they are to be rounded. @throws UsageError for prompts that nothing needs, or none */
async function inputsOf(source: string, precision: PrecisionMap, flags: QuantizeOptions): Promise<number[] | undefined> {
  const { fp4, task, traces, prompts } = flags;
  const given = Object.entries({ task, traces, prompts }).find(([, value]) => value !== undefined);
  const { formats } = deploymentOf({ ...readModelConfig(source), id: source }, precision, fp4);
  const isNeeded = fp4 === 'w4a4' && formats.includes('fp4');
  if (given && !isNeeded)
    throw new UsageError(`--${given[0]} ${given[1]}: nothing is scaled by prompts here; accepted: with --fp4 w4a4 and a map that has fp4`);
  if (!isNeeded) return undefined;
  if (!given)
    throw new UsageError('--fp4 w4a4: scales of inputs need prompts; accepted: one of --task, --traces and --prompts beside it, or --fp4 w4a16'); // prettier-ignore
  checkSource(flags);
  const subject = await Subject.load(source);
  return largestInputs(subject.model, subject.prompts((await sourceOf(flags)).prompts));
}

function described({ target, files, bytesBefore, bytesAfter, bitsPerWeight, groups, fp4 }: QuantizeReport, scales: ScaleRule): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const inputs = groups.some(({ format }) => format === 'fp4') ? [`scales of fp4 blocks: ${scales}`, `inputs of fp4 layers: ${fp4 === 'w4a4' ? 'FP4 as well (w4a4), scaled by the largest of the prompts' : '16 bits (w4a16)'}`] : []; // prettier-ignore
  return [
    `${target}: ${megabytes(bytesBefore)} of weights before, ${megabytes(bytesAfter)} after (${((100 * bytesAfter) / bytesBefore).toFixed(1)} %)`,
    `linear layers: ${bitsPerWeight.toFixed(2)} bits a weight, scales included`,
    ...groups.map(
      ({ format, linearLayers, weights, bytes }) =>
        `  ${format.padEnd(5)} ${linearLayers} layers, ${weights} weights, ${megabytes(bytes)}, ${((8 * bytes) / weights).toFixed(2)} bits a weight`,
    ),
    ...inputs,
    `files: ${files.join(', ')}`,
  ].join('\n');
}
