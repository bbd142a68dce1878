/** `tickbench fpx calibrate MODEL`: what each format costs each unit of a model, on prompts as they come in play. */
import { Command } from 'commander';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { calibrationJsonSchema, CHEAPER, type Calibration, type UnitCosts } from '../../../fpx/sensitivity/calibration.js';
import { calibrateUnits } from '../../../fpx/sensitivity/calibrate.js';
import { randomMaps } from '../../../fpx/sensitivity/random-maps.js';
import { fitLatency } from '../../../fpx/sensitivity/latency.js';
import { qualityDifference } from '../../../scoring/figures/quality.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { makeFolder } from '../../host/folder.js';
import { valuedTaskNames } from '../../match/tasks.js';
import { redraws, terminalColumns } from '../../report/text.js';
import { pictureName, UsageError, whole, writePicture } from '../values.js';
import { calibrationText } from './calibration-text.js';
import { checkSource, middling, promptsHash, sourceOf, type SourceFlags } from './prompts.js';
import { folderOf, Subject } from './subject.js';

interface Flags extends SourceFlags {
  maps: number;
  seed: number;
  latency: boolean;
  out?: string;
  force?: boolean;
  picture?: string;
  json?: boolean;
  schema?: boolean;
}

/** The verb, for the group that assembles them. */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .argument('[model]', 'a model folder, a shipped one by name (tb-4m), or a configuration with an embedded endpoint')
    .description('measure what each format costs each unit of a model, on prompts as they come in play')
    .option('--task <name>', `states of a task (${valuedTaskNames().join(', ')}), and what answers lose by its oracle`)
    .option('--traces <path>', 'what models were shown in recorded matches: a trace, or a folder of them')
    .option('--prompts <file>', 'prompts of your own: text, one a line, or JSON lines {"prompt": "...", "answer": "..."}, or of tokens')
    .option('--prompt-name <name>', "wording of a task's prompts", 'reference')
    .option('--count <n>', 'prompts at most', whole, 64)
    .option('--maps <n>', 'random maps on which it is tried whether costs add up, and the latency model', whole, 12)
    .option('--seed <n>', 'seed of those maps', whole, 1)
    .option('--no-latency', 'do not time requests on this host')
    .option('--out <file>', 'where the calibration goes (default MODEL.calibration.json)')
    .option('--force', 'write over a calibration that is there already')
    .option('--picture <file>', 'draw the costs layer by layer (.svg or .png)', pictureName)
    .option('--json', 'print the calibration instead of a table')
    .option('--schema', 'print the JSON Schema of a calibration file and stop')
    .addHelpText(
      'after',
      `\nEach unit is rounded alone, the others stay in BF16; then each layer as a whole, for reports. An interrupted run goes on where it was (FILE.partial).\n
Example:\n  $ tickbench fpx calibrate tb-4m --task hft\n  $ tickbench fpx assign tb-4m.calibration.json --rule knapsack --bits 5.5`,
    )
    .action(calibrate);
}

async function calibrate(model: string | undefined, flags: Flags): Promise<void> {
  if (flags.schema) return void process.stdout.write(`${JSON.stringify(calibrationJsonSchema(), null, 2)}\n`);
  if (model === undefined) throw new UsageError('no model; accepted: a model folder, a shipped one by name (tb-4m), a configuration with an embedded endpoint, or --schema'); // prettier-ignore
  checkSource(flags);
  const { picture } = flags;
  const folder = folderOf(model);
  const out = flags.out ?? `${basename(resolve(folder))}.calibration.json`;
  if (existsSync(out) && !flags.force)
    throw new UsageError(
      `${out} is there already; accepted: another file as --out, or --force to write over it once the new one is measured`,
    );
  // What cannot be written is told before anything is measured.
  for (const path of [out, picture]) if (path !== undefined) makeFolder(dirname(path));
  const subject = await Subject.load(folder);
  const shown = progressLine();
  const source = await sourceOf(flags, { onMatch: (done, total) => shown('states', done, total) });
  const prompts = subject.prompts(source.prompts, (done) => shown('answers', done, source.prompts.length));
  const identity = await subject.identity();
  const hash = promptsHash(prompts);
  const partial = new PartialCosts(`${out}.partial`, hashOf([identity, hash, source.name]));
  const { qualityParts } = source;
  const partsOf = (answers: readonly (readonly number[])[]) => qualityParts!(answers.map((tokens) => subject.text(tokens)));
  const answers = qualityParts && partsOf(prompts.map(({ answer }) => answer));
  const plain = answers && qualityDifference(answers, answers).value !== null ? answers : undefined;
  if (answers && !plain)
    process.stderr.write(
      `note: in none of these states is anything to be won or lost, so what formats cost in quality is not known; take more (--count)\n`,
    );
  const measured = calibrateUnits(subject.model, {
    prompts,
    end: subject.end,
    ...(plain && { judge: (answers) => lossOf(qualityDifference(plain, partsOf(answers))) }),
    known: partial.known,
    measured: (key, costs) => partial.add(key, costs),
    progress: shown,
    maps: flags.maps,
    seed: flags.seed,
  });
  const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = subject.model.config;
  if (flags.latency) shown('latency', 0, 1);
  const calibration: Calibration = {
    tickbench: 'calibration.v1',
    model: { name: subject.name, identity, shape: { layers, dModel, ffWidth, heads, kvHeads, headWidth } },
    prompts: { source: source.name, count: prompts.length, tokens: prompts.reduce((sum, { tokens }) => sum + tokens.length, 0), hash },
    ...measured,
    ...(flags.latency ? { latency: fitLatency(subject.model, middling(prompts), randomMaps(layers, flags.maps, flags.seed + 1)) } : {}),
  };
  shown();
  writeFileSync(out, `${JSON.stringify(calibration, null, 1)}\n`);
  partial.remove();
  if (picture !== undefined) await draw(calibration, picture);
  process.stdout.write(
    `${flags.json ? JSON.stringify(calibration) : `${calibrationText(calibration, terminalColumns())}\nwritten to ${out}`}\n`,
  );
}

/** Quantile of the normal distribution that a 95 % interval goes out to: Student's is larger, so that an error taken from an interval is not too small. */
const INTERVAL = 1.96;

/** A loss of quality as a calibration keeps it; none where nothing is at stake, since nothing is known then. */
export function lossOf({ value, low, high }: Estimate): Pick<UnitCosts, 'quality' | 'qualityError'> {
  if (value === null) return {};
  return { quality: value, ...(low === null || high === null ? {} : { qualityError: (high - low) / (2 * INTERVAL) }) };
}

/** Each unit's costs as coloured fields, layer by layer. */
async function draw(calibration: Calibration, path: string): Promise<void> {
  const { renderSensitivity } = await import('../../report/charts/sensitivity.js');
  const { model, prompts, units } = calibration;
  const chart = renderSensitivity({
    title: `${model.name}: what a format costs each unit, in nats an answer`,
    subtitle: `${prompts.count} prompts of ${prompts.source}; one unit rounded at a time, the others in BF16`,
    rows: units.map(({ layer, unit }) => `${layer} ${unit}`),
    columns: CHEAPER,
    values: units.map(({ formats }) => CHEAPER.map((format) => formats[format].nats)),
  });
  writePicture(path, chart);
}

/** What an interrupted run measured: JSON lines under a key, so that another model's or other prompts' are never taken for it. */
class PartialCosts {
  readonly known = new Map<string, UnitCosts>();

  constructor(
    private readonly path: string,
    private readonly key: string,
  ) {
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      try {
        const { of, name, costs } = JSON.parse(line) as { of: string; name: string; costs: UnitCosts };
        if (of === key) this.known.set(name, costs);
      } catch {
        // a line that was cut off: its unit is measured again
      }
    }
  }

  add(name: string, costs: UnitCosts): void {
    appendFileSync(this.path, `${JSON.stringify({ of: this.key, name, costs })}\n`);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** A line on a terminal that says how far it is; called without words it ends. */
function progressLine(): (what?: string, done?: number, total?: number) => void {
  const { stderr } = process;
  return (what, done, total) => {
    if (!redraws(stderr)) return;
    stderr.write(what === undefined ? '\r\x1b[K' : `\r\x1b[K${what}: ${done}/${total}`);
  };
}
