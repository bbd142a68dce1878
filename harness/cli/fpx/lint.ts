/** `tickbench fpx lint CONFIG`: what a configuration's precision map says of each unit, what it comes to, and what in it does nothing. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import { bitsOfUnit } from '../../../fpx/assignment/options.js';
import { smallestMap } from '../../../fpx/assignment/smallest-map.js';
import { readModelConfig, type ModelConfig } from '../../../fpx/checkpoint/model-config.js';
import { settlePrecision } from '../../../fpx/checkpoint/saved-formats.js';
import { idleKeys, type IdleKey } from '../../../fpx/formats/idle-keys.js';
import {
  FORMATS,
  formatOf,
  layersFault,
  PrecisionMapError,
  summarizePrecision,
  UNITS,
  unitShape,
  type BlockShape,
  type PrecisionMap,
} from '../../../fpx/formats/precision.js';
import { predictedCost } from '../../../fpx/sensitivity/calibrate.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { predictUs } from '../../../fpx/sensitivity/latency.js';
import { weighed } from '../../../fpx/sensitivity/weighing.js';
import { shortMapNote } from '../../../fpx/formats/short-map.js';
import { configurationFile, findFile, readConfiguration, readYaml } from '../../configuration/configuration.js';
import { modelFolder } from '../../endpoints/start.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { UsageError } from '../values.js';
import { readCalibration } from './calibration-file.js';
import { costText, millisecondsText } from './curve-text.js';
import { mapInFile } from './map-file.js';
import { requireCalibrated } from './model-folder.js';
import { gridText, meaningLines, summaryLines } from './map-text.js';

/** The verb, for the group that assembles them. */
export function lintCommand(): Command {
  return new Command('lint')
    .argument('<configuration>', 'a configuration file (YAML), its name in fpx-configs/, or a file with a precision map alone')
    .description("explain a configuration's precision map: each unit's format, gamma, bits and bytes, and keys that do nothing")
    .option('--model <dir|name>', 'the model it is looked at with, instead of its own; a map alone has none')
    .option('--calibration <file>', 'what the map is predicted to cost by a calibration, which must be of this very model')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExit status: 1 when the map is for another number of layers or a key names a layer that the model lacks, which the engine refuses; 0 otherwise, warnings or not.\n\nExample:\n  $ tickbench fpx lint 1m-mixed',
    )
    .action(lint);
}

interface Flags {
  model?: string;
  calibration?: string;
  json?: boolean;
}

async function lint(name: string, flags: Flags): Promise<void> {
  const path = configurationFile(name);
  const own = isMapAlone(readYaml(path)) ? undefined : embeddedModel(path);
  const folder = flags.model === undefined ? ownFolder(own, path) : modelFolder(flags.model);
  const config = readModelConfig(folder);
  const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = config;
  const shape: BlockShape = { layers, dModel, ffWidth, heads, kvHeads, headWidth };
  const written = mapInFile(path);
  const idle = idleKeys(written, layers);
  // What names nothing is told, and the rest of the map explained without it.
  const named = Object.entries(written.units).filter(([key]) => !idle.some((each) => each.key === key && each.why === 'names nothing'));
  const map: PrecisionMap = { default: written.default, units: Object.fromEntries(named) };
  const fault = layersFault(written, layers) ?? savedFault(map, config);
  if (named.length < Object.keys(written.units).length || fault !== undefined) process.exitCode = 1;
  const calibration = flags.calibration === undefined ? undefined : readCalibration(flags.calibration);
  if (calibration) await requireCalibrated(calibration.model, folder);
  const predicted = calibration && predictionOf(calibration, map);
  const short = shortMapNote({ ...map, layers: written.layers }, layers);
  const units = unitsOf(map, layers);
  const smallest = smallestMap(units.map(({ format }) => format));
  const summary = summarizePrecision(map, shape);
  const figures = { weights: 0, bits: 0 };
  for (const { unit, format } of units) {
    const { rows, depth } = unitShape(shape, unit);
    figures.weights += rows * depth;
    figures.bits += bitsOfUnit(shape, unit, format);
  }
  const bytes = Math.ceil(figures.bits / 8);
  if (flags.json) {
    const explained = {
      path,
      model: folder,
      shape,
      units,
      ...summary,
      weights: figures.weights,
      bytes,
      idle,
      madeFor: written.layers ?? null,
      short: short ?? null,
      smallest,
      ...predicted,
    };
    return void process.stdout.write(`${JSON.stringify(explained)}\n`);
  }
  const columns = terminalColumns();
  const used = FORMATS.filter((format) => units.some((each) => each.format === format));
  const text = [
    `${path}: ${folder}`,
    shapeText(shape, figures.weights),
    '',
    gridText(map, layers, columns),
    '',
    ...summaryLines(summary),
    ...(predicted ? [`predicted  ${predictedText(predicted)}`] : []),
    `bytes      ${bytes.toLocaleString('en-US')} of the linear layers; ${(2 * figures.weights).toLocaleString('en-US')} in BF16`,
    '',
    ...meaningLines(used),
    ...warnings(idle, layers),
    ...(fault === undefined ? [] : ['', `warning: the precision map is refused by the engine: ${fault}`]),
    ...(short === undefined ? [] : ['', `warning: ${short}`]),
    ...shorterLines(map, smallest),
  ].join('\n');
  process.stdout.write(`${wrapped(text, columns)}\n`);
}

/** What of a map a checkpoint that was quantised before does not hold so; undefined where it holds all so, or was not quantised. */
function savedFault(map: PrecisionMap, config: ModelConfig): string | undefined {
  try {
    settlePrecision(map, config);
    return undefined;
  } catch (error) {
    if (error instanceof PrecisionMapError) return error.message.replace(/^precision map: /, '');
    throw error;
  }
}

/** The model that a configuration names. @throws ConfigurationError, UsageError for one of another endpoint */
function embeddedModel(path: string): string {
  const { endpoint } = readConfiguration(path);
  if (endpoint.kind === 'embedded') return endpoint.model;
  throw new UsageError(`${path}: endpoint.kind ${endpoint.kind}: what it serves says its server; accepted: embedded`);
}

/** The folder of that model. @throws UsageError where none is named, or none is there */
function ownFolder(model: string | undefined, path: string): string {
  if (model === undefined) throw new UsageError(`${path} is a precision map and names no model; accepted: --model with a model's folder or name beside it`); // prettier-ignore
  const folder = findFile(model, [resolve(path, '..')]);
  if (folder === undefined) throw new UsageError(`${path}: endpoint.model: no folder "${model}"; accepted: --model with the folder of a model`); // prettier-ignore
  return folder;
}

/** Whether a file holds a map, alone or under `precision` beside what says where it came from, and no configuration. */
function isMapAlone(raw: unknown): boolean {
  return typeof raw === 'string' || (typeof raw === 'object' && raw !== null && ('default' in raw || 'precision' in raw));
}

function unitsOf(map: PrecisionMap, layers: number) {
  return Array.from({ length: layers }, (_, layer) => UNITS.map((unit) => ({ layer, unit, format: formatOf(map, layer, unit) }))).flat();
}

function shapeText({ layers, dModel, ffWidth, heads, kvHeads, headWidth }: BlockShape, weights: number): string {
  const linearLayers = layers * UNITS.reduce((sum, unit) => sum + unitShape({ layers, dModel, ffWidth, heads, kvHeads, headWidth }, unit).linearLayers, 0); // prettier-ignore
  return `${layers} layers of width ${dModel}, feed-forward ${ffWidth}, ${heads} heads of ${headWidth} (${kvHeads} of keys and values): ${weights.toLocaleString('en-US')} weights in ${linearLayers} linear layers of ${layers * UNITS.length} units`;
}

/** Why a key does nothing, in words. */
function warnings(idle: readonly IdleKey[], layers: number): string[] {
  const words: Record<IdleKey['why'], string> = {
    'names nothing': `names nothing: the model has layers 0 to ${layers - 1}, and the engine refuses the map`,
    shadowed: 'is shadowed: more specific keys name all that it names',
    'changes nothing': 'changes nothing: every unit has the same format without it',
  };
  return idle.length === 0 ? [] : ['', ...idle.map(({ key, why }) => `warning: ${key} ${words[why]}`)];
}

/** The same map in fewer keys, where there is one. */
function shorterLines(map: PrecisionMap, smallest: PrecisionMap): string[] {
  if (Object.keys(smallest.units).length >= Object.keys(map.units).length) return [];
  const units = Object.entries(smallest.units).map(([key, format]) => `${key}: ${format}`);
  return [
    '',
    `the same in fewer keys: { default: ${smallest.default}${smallest.layers === undefined ? '' : `, layers: ${smallest.layers}`}${units.length === 0 ? '' : `, units: { ${units.join(', ')} }`} }`,
  ];
}

/** What a calibration predicts of a map. */
interface Predicted {
  /** Sum of its units' nats, each weighed against what is known of all. */
  predictedNats: number;
  /** Of a whole request, milliseconds; absent where the calibration has no times. */
  predictedMs?: number;
}

function predictionOf(calibration: Calibration, map: PrecisionMap): Predicted {
  const { latency, model } = calibration;
  const predictedNats = predictedCost(weighed(calibration), map, 'nats');
  return { predictedNats, ...(latency ? { predictedMs: predictUs(latency, map, model.shape.layers) / 1000 } : {}) };
}

function predictedText({ predictedNats, predictedMs }: Predicted): string {
  return `${costText(predictedNats)} nats of the answer${predictedMs === undefined ? '' : `; ${millisecondsText(1000 * predictedMs)} ms a request`}, by the calibration`;
}
