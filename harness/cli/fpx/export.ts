/** `tickbench fpx export`: a precision map as files that servers and quantisation tools take, for models whose weights are elsewhere. */
import { Command, Option } from 'commander';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deploymentOf, type Fp4Inputs } from '../../../fpx/checkpoint/deployment.js';
import { exportFor, remarksBeside, TARGETS, type ExportedFile, type Target } from '../../../fpx/export/export.js';
import { modelShape, type ModelShape } from '../../../fpx/export/model-shapes.js';
import { FORMATS } from '../../../fpx/formats/precision.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { packageRoot } from '../../host/root.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { UsageError } from '../values.js';
import { readCalibration } from './calibration-file.js';
import { readMap } from './map-file.js';
import { fp4Option } from './quantize.js';
import { requireCalibrated } from './model-folder.js';

/** The verb, for the group that assembles them. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a precision map for a server or a quantisation tool')
    .addOption(new Option('--for <tool>', 'who reads it').choices(TARGETS).makeOptionMandatory())
    .requiredOption('--model <id>', "a Hugging Face model's name, a folder with its config.json, or a shipped model's name")
    .requiredOption('--map <map>', `a file with a precision map, a configuration, or a format: ${FORMATS.join(', ')}`)
    .addOption(fp4Option())
    .option('--calibration <file>', 'what the map was assigned by: refused unless it is of this very model')
    .option('--to <dir>', 'write files there; without it the chief one is printed')
    .option('--force', 'overwrite what is there')
    .option('--script', 'with llm-compressor: a Python script that quantises and calibrates on a GPU host')
    .option('--capability <x.y>', "the GPU's compute capability, such as 9.0: what its formats come to there", capability)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `\nExamples:
  $ tickbench fpx export --for vllm --model Qwen/Qwen2.5-7B-Instruct --map fp8
  $ tickbench fpx export --for llm-compressor --script --to quantised \\
      --model Qwen/Qwen3-8B --map map.yaml --capability 10.0`,
    )
    .action(runExport);
}

interface Flags {
  for: Target;
  model: string;
  map: string;
  fp4: Fp4Inputs;
  calibration?: string;
  to?: string;
  force?: boolean;
  script?: boolean;
  capability?: number;
  json?: boolean;
}

/** A compute capability as NVIDIA writes it. */
function capability(text: string): number {
  if (!/^\d{1,2}\.\d$/.test(text)) throw new UsageError(`--capability ${text}: accepted: a compute capability such as 8.9, 9.0 or 10.0`);
  return Number(text);
}

async function runExport(flags: Flags): Promise<void> {
  if (flags.force && flags.to === undefined) throw new UsageError('--force: only files are overwritten; name their folder with --to');
  const shape = modelShape(shippedFolder(flags.model) ?? flags.model);
  if (flags.calibration !== undefined) await requireOwn(readCalibration(flags.calibration), shape, flags.calibration);
  const deployment = deploymentOf(shape, readMap(flags.map), flags.fp4);
  for (const note of deployment.notes) process.stderr.write(`${wrapped(`note: ${note}`, terminalColumns(process.stderr))}\n`);
  const files = exportFor(flags.for, deployment, flags);
  const remarks = remarksBeside(flags.for, deployment, flags);
  const written = flags.to === undefined ? [] : writeFiles(files, flags.to, flags.force ?? false);
  if (flags.json) {
    const { name, summary, fp4 } = deployment;
    const told = { model: flags.model, name, ...summary, fp4, files: flags.to === undefined ? files : written };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    return;
  }
  if (remarks !== undefined) process.stderr.write(remarks);
  process.stdout.write(flags.to === undefined ? files[0]!.text : `${written.join('\n')}\n`);
}

/** The folder of a model that is shipped with the package, by its name; undefined for any other, and where a folder of that name is here. */
function shippedFolder(name: string): string | undefined {
  const folder = join(packageRoot(), 'models', name);
  return existsSync(name) || !/^[\w.-]+$/.test(name) || !existsSync(join(folder, 'config.json')) ? undefined : folder;
}

/** Files can be compared where there are any: a model that is only known by name has to be the one that the calibration names. @throws UsageError */
async function requireOwn({ model }: Calibration, shape: ModelShape, path: string): Promise<void> {
  if (existsSync(join(shape.id, 'config.json'))) return requireCalibrated(model, shape.id);
  const isOwn =
    model.name === shape.id && (Object.keys(model.shape) as (keyof typeof model.shape)[]).every((key) => model.shape[key] === shape[key]);
  if (!isOwn)
    throw new UsageError(
      `--calibration ${path}: is of ${model.name} with ${model.shape.layers} layers; accepted: one of ${shape.id} (${shape.layers} layers), or --model with its folder`,
    );
}

/** Writes all files or none. @throws UsageError naming those that are there already */
function writeFiles(files: readonly ExportedFile[], folder: string, force: boolean): string[] {
  const paths = files.map(({ name }) => join(folder, name));
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 0 && !force) throw new UsageError(`${there.join(', ')}: there already; --force overwrites`);
  mkdirSync(folder, { recursive: true });
  files.forEach(({ name, text }, i) => writeFileSync(paths[i]!, text, { mode: name.endsWith('.sh') ? 0o755 : 0o644 }));
  return paths;
}
