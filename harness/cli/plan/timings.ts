/** `tickbench plan timings`: gathers timings, fits the latency model to them, says how far it is off, and writes them as a file. */
import { Command } from 'commander';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AS_SAVED } from '../../../fpx/formats/precision.js';
import { fileFault } from '../../host/fault.js';
import { packageRoot } from '../../host/root.js';
import { calibrate, CalibrationError } from '../../planning/calibration.js';
import { loadCatalogue } from '../../planning/catalogue.js';
import { PUBLISHED_TIMINGS } from '../../planning/plan.js';
import { readTimings } from '../../planning/timing-file.js';
import { unfit } from '../../planning/timing.js';
import { figure } from '../../report/figures.js';
import { tableText, wrapped } from '../../report/text.js';
import { timedRequests } from '../fpx/timed-requests.js';
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
  const lines = [...(flags.results === undefined ? [] : await resultLines(flags, flags.results)), ...(flags.check === undefined ? [] : [checkLine(flags, flags.check)])]; // prettier-ignore
  if (flags.out !== undefined && lines.length === 0) throw new UsageError('--out without --results or --check: there is nothing to write');
  const text = `${[COLUMNS, ...lines].join('\n')}\n`;
  if (flags.out !== undefined) write(flags.out, text);
  const rows = [
    ...(flags.published ? readTimings(join(packageRoot(), PUBLISHED_TIMINGS), catalogue) : []),
    ...flags.csv.flatMap((path) => readTimings(path, catalogue)),
    ...(lines.length === 0 ? [] : readLines(text, catalogue)),
  ];
  if (rows.length === 0) throw new UsageError('no timings; accepted: --csv, --results, --check or --published');
  const fit = rows.filter((row) => unfit(row) === undefined);
  const calibration = calibrated(fit);
  const origins = (['measured', 'published'] as const).map((origin) => `${fit.filter((row) => row.origin === origin).length} ${origin}`);
  if (flags.json) return void output.write(`${JSON.stringify({ tickbench: 'planner-calibration.v1', timings: fit.length, passedOver: rows.length - fit.length, ...calibration })}\n`);
  const columns = output.columns();
  const factors = [...Object.entries(calibration.devices), ['all together', calibration.all] as const].map(([name, { factors: own, told, timings: count }]) => {
    const slowdown = (term: 'bf16' | 'fp8' | 'fp4' | 'fp4-tensor' | 'memory', value: number): string => (told.includes(term) ? figure(value) : '-');
    return [name, count, ...(['bf16', 'fp8', 'fp4', 'fp4-tensor'] as const).map((format) => slowdown(format, own.compute[format])), slowdown('memory', own.memory),
      figure(own.layerUs), figure(own.passUs / 1000), figure(own.requestUs / 1000)];
  });
  const head = ['device', 'timings', 'bf16', 'fp8', 'fp4', 'fp4-tensor', 'reading', 'us a layer', 'ms a pass', 'ms a request'];
  const parts = [
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

const COLUMNS = 'device,model,map,batch,prompt_tokens,answer_tokens,first_ms,total_ms';

/** Calls of the results of a sweep: the middle of those that are alike. Maps must be a format's own, since a line names one. */
async function resultLines({ model, device }: Flags, folder: string): Promise<string[]> {
  if (model === undefined || device === undefined) throw new UsageError('--results without --model and --device: whose calls, and on which device?');
  const requests = await timedRequests(folder, { model: basename(model), served: new Map() }).catch(async (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    return timedRequests(folder, { model, served: new Map() });
  });
  const alike = new Map<string, number[]>();
  for (const { map, promptTokens, answerTokens, ms } of requests) {
    if (Object.keys(map.units).length > 0) continue;
    const key = `${device},${model},${map.default},1,${promptTokens},${answerTokens},`;
    alike.set(key, [...(alike.get(key) ?? []), ms]);
  }
  return [...alike].map(([key, all]) => `${key},${all.sort((a, b) => a - b)[all.length >> 1]!.toFixed(3)}`);
} // prettier-ignore

const checkSchema = z.looseObject({ rows: z.array(z.looseObject({ feature: z.string(), detail: z.string(), ms: z.number().optional() })) });

/** The streamed answers of an endpoint's check: tokens in and out, the first token and the last. */
function checkLine({ model, map, device }: Flags, path: string): string {
  if (model === undefined || map === undefined || device === undefined) throw new UsageError('--check without --model, --map and --device: what was served, and on which device?');
  if (map === AS_SAVED || map.includes(',')) throw new UsageError(`--map ${map}: accepted: a format, or a file with a precision map`);
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--check ${path}: ${fileFault(error)}; accepted: what \`tickbench endpoint check --json\` printed`);
  }
  const parsed = checkSchema.safeParse(raw);
  const of = (feature: string) => (parsed.success ? parsed.data.rows.find((row) => row.feature === feature) : undefined);
  const last = / the last after ([\d.]+) ms/.exec(of('streaming')?.detail ?? '')?.[1];
  const tokens = /\((\d+) in, (\d+) out\)/.exec(of('usage')?.detail ?? '');
  const first = of('streaming')?.ms;
  if (first === undefined || last === undefined || !tokens)
    throw new UsageError(`--check ${path}: tells no streamed answer with its tokens and times; accepted: a check of a server that streams and tells its usage`);
  return `${device},${model},${map},1,${tokens[1]},${tokens[2]},${first},${last}`;
} // prettier-ignore

/** Lines that were gathered are read as a file's are, so that they are held to the same rules. */
function readLines(text: string, catalogue: ReturnType<typeof loadCatalogue>): ReturnType<typeof readTimings> {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-timings-'));
  try {
    const path = join(folder, 'gathered.csv');
    writeFileSync(path, text);
    return readTimings(path, catalogue);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`--out ${path}: ${fileFault(error)}; accepted: the name of a new file`);
  }
}
