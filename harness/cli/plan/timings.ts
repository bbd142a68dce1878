/** `tickbench plan timings`: gathers timings, fits the latency model to them, says how far it is off, and writes them as a file. */
import { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AS_SAVED } from '../../../fpx/formats/precision.js';
import { fileFault } from '../../host/fault.js';
import { packageRoot } from '../../host/root.js';
import { calibrate, CalibrationError } from '../../planning/calibration.js';
import { deviceNamed, loadCatalogue } from '../../planning/catalogue.js';
import { PUBLISHED_TIMINGS } from '../../planning/plan.js';
import { knownShape, parseTimings, readTimings } from '../../planning/timing-file.js';
import { unfit } from '../../planning/timing.js';
import { figure } from '../../report/figures.js';
import { tableText, wrapped } from '../../report/text.js';
import { sweptRequests } from '../fpx/timed-requests.js';
import { UsageError } from '../values.js';
import type { Output } from './output.js';
import { errorText } from './text.js';

interface Flags {
  csv: string[];
  results?: string;
  check?: string;
  model?: string;
  map?: string;
  device?: string;
  catalogue?: string;
  published: boolean;
  out?: string;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function timingsCommand(output: Output): Command {
  return new Command('timings')
    .description('fit the latency model to timings of yours and say how far it is off on rows, models and devices left out')
    .option('--csv <files...>', 'files of timings (docs/planning.md has the columns)', [])
    .option('--results <folder>', "a sweep's results: the calls of an embedded model, with --model and --device")
    .option('--check <file>', 'what `tickbench endpoint check --json` printed, with --model, --map and --device')
    .option('--model <name>', 'whose timings those are: a known model, or a folder')
    .option('--map <map>', 'with --check: the format or the precision map that is served')
    .option('--device <name>', 'on which device of the catalogue they ran')
    .option('--catalogue <file>', 'a catalogue of your own')
    .option('--published', 'the published timings that ship with the project too', false)
    .option('--out <file>', 'write what --results and --check bring as a file of timings')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ tickbench plan timings --published\n  $ tickbench plan timings --results results/quick --model models/tb-4m --device tickbench-thread --out my-rows.csv')
    .action((flags: Flags) => timings(flags, output));
} // prettier-ignore

async function timings(flags: Flags, output: Output): Promise<void> {
  const catalogue = loadCatalogue(flags.catalogue);
  if (flags.device !== undefined) deviceNamed(catalogue, flags.device, '--device');
  if (flags.model !== undefined) knownShape(flags.model, '--model');
  if (flags.out !== undefined && existsSync(flags.out)) throw new UsageError(`--out ${flags.out}: is there already; accepted: the name of a new file`);
  const swept = flags.results === undefined ? undefined : await resultRows(flags, flags.results);
  const lines = [...(swept?.rows ?? []), ...(flags.check === undefined ? [] : [checkRow(flags, flags.check)])]; // prettier-ignore
  if (flags.out !== undefined && lines.length === 0) throw new UsageError('--out without --results or --check: there is nothing to write');
  const text = stringify(lines, { header: true, columns: COLUMNS });
  // Held to the rules of a file's lines before anything is written.
  const gathered = lines.length === 0 ? [] : parseTimings(text, 'what --results and --check brought', [], catalogue);
  const rows = [
    ...(flags.published ? readTimings(join(packageRoot(), PUBLISHED_TIMINGS), catalogue) : []),
    ...flags.csv.flatMap((path) => readTimings(path, catalogue)),
    ...gathered,
  ];
  if (rows.length === 0) throw new UsageError('no timings; accepted: --csv, --results, --check or --published');
  const fit = rows.filter((row) => unfit(row) === undefined);
  const calibration = calibrated(fit);
  if (flags.out !== undefined) write(flags.out, text);
  const origins = (['measured', 'published'] as const).map((origin) => `${fit.filter((row) => row.origin === origin).length} ${origin}`);
  if (flags.json) return void output.write(`${JSON.stringify({ tickbench: 'planner-calibration.v1', timings: fit.length, passedOver: rows.length - fit.length, ...(swept ? { calls: swept.calls, mixedCalls: swept.mixed } : {}), ...calibration })}\n`);
  const columns = output.columns();
  const factors = [...Object.entries(calibration.devices), ['all together', calibration.all] as const].map(([name, { factors: own, told, timings: count }]) => {
    const slowdown = (term: 'bf16' | 'fp8' | 'fp4' | 'fp4-tensor' | 'memory', value: number): string => (told.includes(term) ? figure(value) : '-');
    return [name, count, ...(['bf16', 'fp8', 'fp4', 'fp4-tensor'] as const).map((format) => slowdown(format, own.compute[format])), slowdown('memory', own.memory),
      figure(own.layerUs), figure(own.passUs / 1000), figure(own.requestUs / 1000)];
  });
  const head = ['device', 'timings', 'bf16', 'fp8', 'fp4', 'fp4-tensor', 'reading', 'us a layer', 'ms a pass', 'ms a request'];
  const parts = [
    ...(swept ? [`${swept.calls} calls of ${flags.model!} in ${swept.rows.length} rows, the middle one of those alike${swept.mixed > 0 ? `; ${swept.mixed} more under mixed maps, which a row cannot name, are passed over` : ''}`] : []),
    `${fit.length} timings (${origins.join(', ')}); ${rows.length - fit.length} more say nothing that the model could be held against`,
    '', tableText(head, factors, columns, ['left', ...head.slice(1).map(() => 'right' as const)]),
    'Times as long as by the data sheet, and overheads; -: the timings do not tell it.',
    '', errorText(calibration.errors, columns), ...(flags.out === undefined ? [] : ['', `Written: ${flags.out}`]),
  ];
  output.write(`${wrapped(parts.join('\n'), columns)}\n`);
} // prettier-ignore

function calibrated(fit: Parameters<typeof calibrate>[0]): ReturnType<typeof calibrate> {
  try {
    return calibrate(fit);
  } catch (error) {
    if (error instanceof CalibrationError) throw new UsageError(error.message);
    throw error;
  }
}

/** A line of a file of timings. */
type TimingRow = Record<string, string | number>;
const COLUMNS = ['device', 'model', 'map', 'batch', 'prompt_tokens', 'cached_tokens', 'answer_tokens', 'first_ms', 'total_ms'];

/** What a sweep's results bring: rows of so many calls, and how many more calls no row can be of. */
interface SweptRows {
  rows: TimingRow[];
  calls: number;
  mixed: number;
}

/** Calls of the results of a sweep: of those that are alike the middle one of each figure. Maps must be a format's own, since a line names one. */
async function resultRows({ model, device }: Flags, folder: string): Promise<SweptRows> {
  if (model === undefined || device === undefined) throw new UsageError('--results without --model and --device: whose calls, and on which device?');
  // A sweep names a reference model by its folder alone.
  const requests = await sweptRequests(folder, { model: basename(model), served: new Map() }, '--results').catch(async (error: unknown) => {
    if (!(error instanceof UsageError) || basename(model) === model) throw error;
    return sweptRequests(folder, { model, served: new Map() }, '--results');
  });
  const whole = requests.filter(({ map }) => Object.keys(map.units).length === 0);
  if (whole.length === 0)
    throw new UsageError(`--results ${folder}: ${model} was played under mixed maps alone, which a line of timings cannot name; accepted: results in which it was played in one format`); // prettier-ignore
  const alike = new Map<string, typeof whole>();
  for (const request of whole) {
    const key = JSON.stringify([request.map.default, request.promptTokens, request.cachedTokens, request.answerTokens]);
    alike.set(key, [...(alike.get(key) ?? []), request]);
  }
  const rows = [...alike.values()].map((all) => {
    const { map, promptTokens, cachedTokens, answerTokens } = all[0]!;
    const lengths = { prompt_tokens: promptTokens, cached_tokens: cachedTokens, answer_tokens: answerTokens };
    return { device, model, map: map.default, batch: 1, ...lengths, first_ms: middle(all.flatMap(({ firstMs }) => firstMs ?? [])), total_ms: middle(all.map(({ lastMs }) => lastMs)) };
  });
  return { rows, calls: whole.length, mixed: requests.length - whole.length };
} // prettier-ignore

/** The middle one; empty of none. */
function middle(values: readonly number[]): string {
  return values.length === 0 ? '' : [...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(3);
}

const streamed = z.looseObject({ promptTokens: z.int(), answerTokens: z.int(), firstMs: z.number(), lastMs: z.number() });
const checkSchema = z.looseObject({ rows: z.array(z.looseObject({ feature: z.string(), streamed: streamed.optional() })) });

/** The streamed answer of an endpoint's check: tokens in and out, the first token and the last. */
function checkRow({ model, map, device }: Flags, path: string): TimingRow {
  if (model === undefined || map === undefined || device === undefined) throw new UsageError('--check without --model, --map and --device: what was served, and on which device?');
  if (map === AS_SAVED) throw new UsageError(`--map ${map}: accepted: a format, or a file with a precision map`);
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--check ${path}: ${fileFault(error)}; accepted: what \`tickbench endpoint check --json\` printed`);
  }
  const answer = checkSchema.safeParse(raw).data?.rows.find((row) => row.feature === 'streaming')?.streamed;
  if (!answer)
    throw new UsageError(`--check ${path}: tells no streamed answer with its tokens and times; accepted: what \`tickbench endpoint check --json\` printed of a server that streams and tells its usage`);
  const { promptTokens, answerTokens, firstMs, lastMs } = answer;
  return { device, model, map, batch: 1, prompt_tokens: promptTokens, cached_tokens: 0, answer_tokens: answerTokens, first_ms: firstMs, total_ms: lastMs };
} // prettier-ignore

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`--out ${path}: ${fileFault(error)}; accepted: the name of a new file`);
  }
}
