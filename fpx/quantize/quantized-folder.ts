/**
 * Writes a checkpoint quantised under a precision map, in a form that servers load: the codes and scales are those that the engine computes
 * from the original under the same map. A unit is held at a time, never the model.
 *
 * Until it is whole, it is in a folder under another name, without config.json and without a file of weights by the name that readers look
 * for: what a killed run leaves is no checkpoint.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { compressedTensorsConfig } from '../checkpoint/compressed-tensors.js';
import { deploymentOf, type Deployment, type Fp4Inputs } from '../checkpoint/deployment.js';
import { readText } from '../checkpoint/files.js';
import { takeInventory } from '../checkpoint/inventory.js';
import { readModelConfig, type ModelConfig } from '../checkpoint/model-config.js';
import { modelOptConfig } from '../checkpoint/modelopt.js';
import { inputScaleTensor, layoutOf, tensorsOf, type DeployedFormat, type QuantizedForm } from '../checkpoint/quantized-layout.js';
import { Checkpoint } from '../checkpoint/safetensors.js';
import { SafetensorsFile, type TensorPlan } from '../checkpoint/safetensors-writing.js';
import { readUnit } from '../checkpoint/unit-reading.js';
import { modulesOf, unitsOf } from '../checkpoint/units.js';
import { formatOf, UNITS, unitShape, type Format, type PrecisionMap, type Unit } from '../formats/precision.js';
import type { ScaleRule } from './nvfp4.js';

/** A checkpoint that cannot be quantised as asked, or not there. */
export class QuantizeError extends Error {
  override readonly name = 'QuantizeError';
}

/** What to write, and where. */
export interface QuantizeJob {
  /** Folder of the original: F32, F16 or BF16 weights. */
  source: string;
  /** A folder that is new or empty. */
  target: string;
  precision: PrecisionMap;
  form: QuantizedForm;
  scales: ScaleRule;
  /** What becomes of the inputs of FP4 layers; `w4a16` when absent. */
  fp4?: Fp4Inputs;
  /** With `w4a4`: the largest magnitude of each unit's inputs, layer by layer in the order of UNITS. */
  largestInputs?: readonly number[];
  /** Told after each layer. */
  onLayer?: (done: number, layers: number) => void;
}

/** Linear layers of one format, as written. */
export interface WrittenGroup {
  format: Format;
  /** Linear layers as transformers counts them: seven a block. */
  linearLayers: number;
  weights: number;
  /** Bytes of codes and scales. */
  bytes: number;
}

/** What was written. */
export interface QuantizeReport {
  target: string;
  files: string[];
  /** Bytes of all tensors, before and after. */
  bytesBefore: number;
  bytesAfter: number;
  /** Bits a weight of the linear layers, scales included. */
  bitsPerWeight: number;
  groups: WrittenGroup[];
  /** Inputs of FP4 layers. */
  fp4: Fp4Inputs;
  /** What is to be known of the map, in sentences. */
  notes: string[];
}

/** Files beside weights and config.json that belong to a model. */
const COMPANIONS =
  /^(tokenizer.*|special_tokens_map\.json|added_tokens\.json|vocab\.(json|txt)|merges\.txt|generation_config\.json|chat_template\..*|(LICEN[CS]E|NOTICE).*)$/i;

/**
 * Writes the folder. Throws QuantizeError for a target that is taken, a source that is quantised already, and a map that quantises nothing;
 * DeploymentError for one that has no form, ModelConfigError, CheckpointError and PrecisionMapError as a model that is loaded does. What fails leaves nothing behind.
 */
export function quantizeFolder(job: QuantizeJob): QuantizeReport {
  const { source, target, precision, form } = job;
  refuseTaken(target);
  const config = readModelConfig(source);
  if (config.saved !== undefined) {
    throw new QuantizeError(`${source}: its weights are quantised already (${config.saved.form}); accepted are F32, F16 and BF16 weights`);
  }
  const deployment = deploymentOf({ ...config, id: source }, precision, job.fp4);
  refuseUnscaled(deployment, job);
  const checkpoint = Checkpoint.open(source);
  takeInventory(checkpoint, config);
  const parent = dirname(resolve(target));
  mkdirSync(parent, { recursive: true });
  const unfinished = mkdtempSync(join(parent, `${basename(resolve(target))}.unfinished-`));
  // That call keeps everybody else out; a server often runs as another user, so this one has the rights of any new folder.
  chmodSync(unfinished, 0o777 & ~process.umask());
  try {
    const weights = join(unfinished, 'model.safetensors.unfinished');
    const report = writeWeights(job, checkpoint, config, weights);
    const companions = readdirSync(source).filter((name) => COMPANIONS.test(name) && statSync(join(source, name)).isFile());
    for (const name of companions) copyFileSync(join(source, name), join(unfinished, name));
    const modelOpt = form === 'modelopt' ? modelOptConfig(deployment) : undefined;
    if (modelOpt) writeFileSync(join(unfinished, 'hf_quant_config.json'), `${JSON.stringify(modelOpt.file, null, 2)}\n`);
    const quantization = modelOpt?.config ?? compressedTensorsConfig(deployment);
    const text = withQuantization(readText(join(source, 'config.json')), quantization);
    renameSync(weights, join(unfinished, 'model.safetensors'));
    writeFileSync(join(unfinished, 'config.json'), text);
    const files = readdirSync(unfinished).sort();
    place(unfinished, target);
    return { target, files, ...report, fp4: deployment.fp4, notes: deployment.notes };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function refuseTaken(target: string): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) throw new QuantizeError(`${target} is a file; accepted is a folder that is new or empty`);
  const held = readdirSync(target);
  if (held.length > 0) {
    throw new QuantizeError(
      `${target} holds ${held.length} files (${held.slice(0, 3).join(', ')}); accepted is a folder that is new or empty`,
    );
  }
}

/** A rename onto an empty folder replaces it; onto one that was filled meanwhile it fails. */
function place(unfinished: string, target: string): void {
  try {
    renameSync(unfinished, target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw cause;
    throw new QuantizeError(`${target} was filled by another program meanwhile; nothing of it was replaced`, { cause });
  }
}

/** @throws QuantizeError for a map that quantises nothing, and for FP4 inputs of which no scale is known */
function refuseUnscaled({ formats, fp4 }: Deployment, { largestInputs }: QuantizeJob): void {
  if (formats.length === 0)
    throw new QuantizeError('the map leaves every unit in bf16: there is nothing to quantise; accepted are fp8 and fp4 somewhere');
  if (formats.includes('fp4') && fp4 === 'w4a4' && largestInputs === undefined)
    throw new QuantizeError('FP4 inputs (w4a4) need scales, which only prompts tell; accepted are prompts, or w4a16');
}

/** One tensor or unit to come, and what writes it. */
interface Part {
  plan: TensorPlan[];
  layer: number;
  write: (file: SafetensorsFile) => void;
}

function writeWeights(
  job: QuantizeJob,
  checkpoint: Checkpoint,
  config: ModelConfig,
  path: string,
): Omit<QuantizeReport, 'target' | 'files' | 'fp4' | 'notes'> {
  const { precision, form, scales, onLayer } = job;
  const kept = new Set(checkpoint.names);
  const units: Part[] = [];
  for (const { layer, unit } of unitsOf(config)) {
    const format = formatOf(precision, layer, unit);
    if (format === 'bf16') continue;
    for (const { name } of modulesOf(config, layer, unit)) kept.delete(`${name}.weight`);
    units.push(unitPart(checkpoint, config, job, layer, unit, format as DeployedFormat));
  }
  const parts = [...[...kept].map((name) => keptPart(checkpoint, name)), ...units].sort((a, b) => a.layer - b.layer);
  const plan = parts.flatMap((part) => part.plan);
  const file = new SafetensorsFile(path, plan, { quantized_by: 'tickbench', fp4_scales: scales });
  try {
    parts.forEach((part, i) => {
      part.write(file);
      if (part.layer >= 0 && part.layer !== parts[i + 1]?.layer) onLayer?.(part.layer + 1, config.layers);
    });
    file.finish();
  } finally {
    file.close();
  }
  const sizes = new Map(plan.map(({ name, size }) => [name, size]));
  return {
    bytesBefore: checkpoint.names.reduce((sum, name) => sum + checkpoint.describe(name).size, 0),
    bytesAfter: plan.reduce((sum, { size }) => sum + size, 0),
    ...tally(precision, config, form, sizes),
  };
}

/** A tensor that stays as it is, byte for byte. Those of no layer come first. */
function keptPart(checkpoint: Checkpoint, name: string): Part {
  return {
    plan: [{ name, ...checkpoint.describe(name) }],
    layer: Number(/^model\.layers\.(\d+)\./.exec(name)?.[1] ?? -1),
    write: (file) => {
      for (const piece of checkpoint.pieces(name)) file.write(name, piece);
    },
  };
}

function unitPart(
  checkpoint: Checkpoint,
  config: ModelConfig,
  { form, scales, fp4, largestInputs }: QuantizeJob,
  layer: number,
  unit: Unit,
  format: DeployedFormat,
): Part {
  const { depth } = unitShape(config, unit);
  const modules = modulesOf(config, layer, unit);
  const largest = fp4 === 'w4a4' && format === 'fp4' ? largestInputs![layer * UNITS.length + UNITS.indexOf(unit)]! : undefined;
  const inputs = largest === undefined ? [] : modules.map((module) => inputScaleTensor(form, module, largest));
  const size = (dtype: string, shape: readonly number[]) => shape.reduce((product, n) => product * n, dtype === 'F32' ? 4 : 1);
  return {
    plan: [...modules.flatMap((module) => layoutOf(form, format, module, depth)), ...inputs].map(({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      size: size(dtype, shape),
    })),
    layer,
    write: (file) => {
      const matrix = readUnit(checkpoint, config, layer, unit, format, scales);
      if (matrix.format !== 'fp8' && matrix.format !== 'fp4') throw new TypeError(`${matrix.format} has no form`);
      for (const { name, bytes } of [...tensorsOf(form, matrix, modules, depth), ...inputs]) file.write(name, bytes);
    },
  };
}

function tally(
  precision: PrecisionMap,
  config: ModelConfig,
  form: QuantizedForm,
  sizes: ReadonlyMap<string, number>,
): Pick<QuantizeReport, 'bitsPerWeight' | 'groups'> {
  const groups = new Map<Format, WrittenGroup>();
  for (const { layer, unit } of unitsOf(config)) {
    const format = formatOf(precision, layer, unit);
    const { rows, depth } = unitShape(config, unit);
    const group = groups.get(format) ?? { format, linearLayers: 0, weights: 0, bytes: 0 };
    for (const module of modulesOf(config, layer, unit)) {
      const names =
        format === 'bf16' ? [`${module.name}.weight`] : layoutOf(form, format as DeployedFormat, module, depth).map(({ name }) => name);
      group.linearLayers++;
      group.bytes += names.reduce((sum, name) => sum + sizes.get(name)!, 0);
    }
    group.weights += rows * depth;
    groups.set(format, group);
  }
  const all = [...groups.values()];
  const sum = (of: (group: WrittenGroup) => number) => all.reduce((total, group) => total + of(group), 0);
  return { bitsPerWeight: (8 * sum(({ bytes }) => bytes)) / sum(({ weights }) => weights), groups: all };
}

/**
 * config.json with `quantization_config` at its end. The rest stays letter by letter: written anew, 10000.0 would become 10000, which
 * strict readers do not take for a float.
 */
function withQuantization(text: string, quantization: Record<string, unknown>): string {
  const config = JSON.parse(text) as Record<string, unknown>;
  const end = text.lastIndexOf('}');
  if ('quantization_config' in config) return `${JSON.stringify({ ...config, quantization_config: quantization }, null, 2)}\n`;
  const block = JSON.stringify(quantization, null, 2).replaceAll('\n', '\n  ');
  return `${text.slice(0, end).trimEnd()},\n  "quantization_config": ${block}\n}\n`;
}
