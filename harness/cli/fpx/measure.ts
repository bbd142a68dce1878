/** `tickbench fpx measure MODEL MAP...`: what whole precision maps cost, measured, beside random maps of the same bits and a calibration's prediction. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readModelConfig } from '../../../fpx/checkpoint/model-config.js';
import { AS_SAVED, FORMATS, isFp4, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { shortMapNote } from '../../../fpx/formats/short-map.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { predictedCost } from '../../../fpx/sensitivity/calibrate.js';
import { weighed } from '../../../fpx/sensitivity/weighing.js';
import { randomMapsUnder } from '../../../fpx/sensitivity/random-maps.js';
import { predictUs, requestUs } from '../../../fpx/sensitivity/latency.js';
import { hear, type Prompt } from '../../../fpx/sensitivity/answers.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { qualityDifference } from '../../../scoring/figures/quality.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { valuedTaskNames } from '../../match/tasks.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { UsageError, whole } from '../values.js';
import { readCalibration } from './calibration-file.js';
import { readMap } from './map-file.js';
import { checkSource, middling, promptsHash, sourceOf, type PromptSource, type SourceFlags } from './prompts.js';
import { folderOf, Subject } from './subject.js';

interface Flags extends SourceFlags {
  calibration?: string;
  random: number;
  seed: number;
  time?: boolean;
  json?: boolean;
}

/** What was measured of a map. */
export interface MeasuredMap {
  name: string;
  label: string;
  bitsPerWeight: number;
  /** Natural logarithm by which BF16's answers (or the given ones) are less likely than under BF16, mean over prompts with its 95 % interval. */
  nats: Estimate;
  /** What its answers win less than BF16's by the task's oracle, of what is to be won or lost, with its 95 % interval over matches; on states of a task. */
  qualityLost?: Estimate;
  /** exp of the mean negative log-probability of an answer's token. */
  perplexity: number;
  /** The calibration's sum of unit costs, weighed, in nats. */
  predicted?: number;
  /** Median time of the middling prompt's request here, and the calibration's prediction, milliseconds. */
  requestMs?: number;
  predictedMs?: number;
}

/** The verb, for the group that assembles them. */
export function measureCommand(): Command {
  return new Command('measure')
    .argument('<model>', 'a model folder, a shipped one by name, or a configuration with an embedded endpoint')
    .argument(
      '<maps...>',
      `what is measured: files with a precision map, configurations, formats (${FORMATS.join(', ')}), or folders that quantize wrote`,
    )
    .description('measure what whole precision maps cost, on prompts that a calibration has not seen')
    .option('--task <name>', `states of a task (${valuedTaskNames().join(', ')}) beyond those that calibrate`)
    .option('--traces <path>', 'what models were shown in recorded matches: a trace, or a folder of them')
    .option('--prompts <file>', 'prompts of your own, as `calibrate` takes them')
    .option('--prompt-name <name>', "wording of a task's prompts", 'reference')
    .option('--count <n>', 'prompts at most', whole, 64)
    .option('--calibration <file>', 'print its prediction beside what is measured')
    .option('--random <n>', "random maps of FP8 and the last map's FP4 at its bits, measured as well", whole, 0)
    .option('--seed <n>', 'seed of those', whole, 1)
    .option('--time', 'time a request under each map on this host')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ tickbench fpx measure tb-4m fp8 fp4 my-map.yaml --task hft --random 20 --calibration tb-4m.calibration.json',
    )
    .action(measure);
}

async function measure(model: string, maps: string[], flags: Flags): Promise<void> {
  checkSource(flags);
  const calibration = flags.calibration === undefined ? undefined : weighed(readCalibration(flags.calibration));
  const folder = folderOf(model);
  // Maps and folders are looked at before anything takes time.
  const asked = maps.map((name) => ({
    name,
    ...(isCheckpoint(name) ? savedIn(name, folder) : { map: readMap(name, 'map'), saved: undefined }),
  }));
  const subject = await Subject.load(folder);
  const identity = await subject.identity();
  if (calibration && calibration.model.identity !== identity)
    throw new UsageError(
      `--calibration ${flags.calibration}: is of ${calibration.model.name} with other files (${calibration.model.identity}, these are ${identity}); accepted: one of this model`,
    );
  const named: NamedMap[] = [];
  for (const { name, map, saved } of asked)
    named.push([name, map, saved === undefined ? undefined : await Transformer.load(saved, AS_SAVED)]);
  for (const [name, map] of named) {
    const note = shortMapNote(map, subject.model.config.layers);
    if (note !== undefined) process.stderr.write(`${wrapped(`note: ${name}: ${note}`, terminalColumns(process.stderr))}\n`);
  }
  const source = await sourceOf(flags, { later: true });
  const prompts = subject.prompts(source.prompts);
  const isSeen = calibration?.prompts.hash === promptsHash(prompts);
  const { qualityParts } = source;
  const measured = measureMaps(subject, prompts, named, { calibration, time: flags.time, qualityParts });
  const last = named.at(-1)![1];
  const { bitsPerWeight } = subject.model.use(last);
  const fp4 = [last.default, ...Object.values(last.units)].find(isFp4) ?? 'fp4';
  const drawn = randomMapsUnder(subject.model.config, { bitsPerWeight, fp4, count: flags.random, seed: flags.seed });
  const random = measureMaps(subject, prompts, drawn.map((map, i): NamedMap => [`random ${i + 1}`, map]), { calibration, qualityParts }); // prettier-ignore
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ tickbench: 'measured.v1', prompts: { source: source.name, count: prompts.length, calibratedOn: isSeen }, maps: measured, random })}\n`); // prettier-ignore
  else
    process.stdout.write(
      `${report(subject.name, `${source.name}${isSeen ? ' (THE SAME that were calibrated on)' : ''}`, prompts.length, measured, random)}\n`,
    );
}

/** A map by its name; with a model of its own where it is measured as a checkpoint holds it. */
export type NamedMap = readonly [name: string, map: PrecisionMap, saved?: Transformer];

function isCheckpoint(name: string): boolean {
  return existsSync(join(name, 'config.json'));
}

/** The map of a checkpoint that was quantised. @throws UsageError for one that was not, or is of a model of another shape */
function savedIn(folder: string, original: string): { map: PrecisionMap; saved: string } {
  const [config, own] = [readModelConfig(folder), readModelConfig(original)];
  if (config.saved === undefined)
    throw new UsageError(`map ${folder}: its weights are not quantised; accepted: a folder that \`quantize\` wrote of ${original}`);
  const differing = (['layers', 'dModel', 'ffWidth', 'heads', 'kvHeads', 'headWidth', 'vocabSize'] as const).find(
    (key) => config[key] !== own[key],
  );
  if (differing !== undefined)
    throw new UsageError(`map ${folder}: is of another model: ${differing} is ${config[differing]}, that of ${original} ${own[differing]}; accepted: a folder that \`quantize\` wrote of it`); // prettier-ignore
  return { map: config.saved.map, saved: folder };
}

/** Measures maps one after the other; the model is left in BF16. */
export function measureMaps(
  subject: Subject,
  prompts: readonly Prompt[],
  maps: readonly NamedMap[],
  { calibration, time, qualityParts }: { calibration?: Calibration; time?: boolean } & Pick<PromptSource, 'qualityParts'>,
): MeasuredMap[] {
  const { model, end } = subject;
  const plain: PrecisionMap = { default: 'bf16', units: {} };
  const under = (map: PrecisionMap, as: Transformer) => {
    as.use(map);
    const heard = prompts.map((prompt) => hear(as, prompt, qualityParts && end));
    const parts = qualityParts?.(heard.map(({ own }) => subject.text(own)));
    return { likely: heard.map(({ logProbability }) => logProbability), parts };
  };
  const before = under(plain, model);
  const tokens = prompts.reduce((sum, { answer }) => sum + answer.length, 0);
  const measured = maps.map(([name, map, saved]): MeasuredMap => {
    const as = saved ?? model;
    const { likely, parts } = under(map, as);
    const { label, bitsPerWeight } = as.use(map);
    return {
      ...{ name, label, bitsPerWeight },
      nats: meanInterval(likely.map((each, i) => before.likely[i]! - each)),
      ...(parts && before.parts ? { qualityLost: qualityDifference(before.parts, parts) } : {}),
      perplexity: Math.exp(-likely.reduce((sum, each) => sum + each, 0) / tokens),
      ...(calibration ? { predicted: predictedCost(calibration, map, 'nats') } : {}),
      ...(time ? { requestMs: requestUs(as, middling(prompts), map) / 1000 } : {}),
      ...(time && calibration?.latency ? { predictedMs: predictUs(calibration.latency, map, model.config.layers) / 1000 } : {}),
    };
  });
  model.use(plain);
  return measured;
}

function report(model: string, source: string, count: number, maps: readonly MeasuredMap[], random: readonly MeasuredMap[]): string {
  const columns = terminalColumns();
  const [hasPrediction, hasTime] = [
    maps.some(({ predicted }) => predicted !== undefined),
    maps.some(({ requestMs }) => requestMs !== undefined),
  ];
  const hasQuality = maps.some(({ qualityLost }) => qualityLost !== undefined);
  const heads = ['map', 'bits', 'nats (95 %)', ...(hasQuality ? ['quality lost (95 %)'] : ['perplexity']), ...(hasPrediction ? ['predicted'] : []), ...(hasTime ? ['request, ms'] : [])]; // prettier-ignore
  const rows = maps.map(({ name, bitsPerWeight, nats, qualityLost, perplexity, predicted, requestMs, predictedMs }) => [
    name,
    bitsPerWeight.toFixed(2),
    withInterval(nats, 4),
    hasQuality ? (qualityLost ? withInterval(qualityLost, 3) : '-') : perplexity.toFixed(4),
    ...(hasPrediction ? [predicted!.toFixed(4)] : []),
    ...(hasTime ? [`${requestMs!.toFixed(1)}${predictedMs === undefined ? '' : ` (predicted ${predictedMs.toFixed(1)})`}`] : []),
  ]);
  const lines = [
    `${model}, ${count} prompts of ${source}; nats: how much less likely an answer is than under BF16`,
    '',
    tableText(heads, rows, columns),
    ...(random.length > 0 ? ['', randomText(maps.at(-1)!, random)] : []),
  ];
  return lines.map((line) => (line.includes('\n') ? line : wrapped(line, columns))).join('\n');
}

function withInterval({ value, low, high }: Estimate, digits: number): string {
  if (value === null) return '-';
  return `${value.toFixed(digits)}${low === null ? '' : ` (${low.toFixed(digits)} to ${high!.toFixed(digits)})`}`;
}

function randomText(last: MeasuredMap, random: readonly MeasuredMap[]): string {
  const values = random.map(({ nats }) => nats.value!);
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const meanPerplexity = random.reduce((sum, { perplexity }) => sum + perplexity, 0) / random.length;
  const better = values.filter((each) => each < last.nats.value!).length;
  return `${random.length} random maps of FP8 and FP4 at ${last.bitsPerWeight.toFixed(2)} bits or just below: nats ${mean.toFixed(4)} in the mean (${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}), perplexity ${meanPerplexity.toFixed(4)}; ${better} of them lose less than ${last.name}.`;
}
