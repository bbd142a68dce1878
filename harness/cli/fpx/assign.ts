/** `tickbench fpx assign CALIBRATION`: from what each format costs each unit to a precision map, and the curve of choices it is one of. */
import { Command, Option } from 'commander';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { assign, RULES } from '../../../fpx/assignment/assign.js';
import { AssignmentError } from '../../../fpx/assignment/options.js';
import { predict } from '../../../fpx/assignment/prediction.js';
import { readJson } from '../../../fpx/checkpoint/files.js';
import { FORMATS } from '../../../fpx/formats/precision.js';
import { calibrationHash, parseCalibration } from '../../../fpx/sensitivity/calibration.js';
import { fileFault } from '../../host/fault.js';
import { makeFolder } from '../../host/folder.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { positive, UsageError, whole } from '../values.js';
import { BY, checkRewardFlags, costsBy, formatsOf, ruleOf, share, tokenCounts, type AssignFlags } from './assign-flags.js';
import { assignmentComment, assignmentText, type Assigned } from './assign-text.js';
import { assignedText, mapFileText } from './configuration-text.js';
import { curvePoints } from './curve-text.js';
import { measuredTimes } from './measured-times.js';
import { rewardBasis, rewarded, rewardJson, rewardOf, worthRule } from './reward.js';
import { modelFolderOf } from './model-folder.js';

/** Points of the curve that are shown unless it is said how many. */
const POINTS = 20;

/** The verb, for the group that assembles them. */
export function assignCommand(): Command {
  return new Command('assign')
    .argument('<calibration>', 'a calibration file (JSON): what each format costs each unit')
    .description('choose the format of each unit by what it costs, show the curve of choices, and write a configuration')
    .addOption(
      new Option(
        '--rule <rule>',
        'gamma (as published), greedy (cost per byte), knapsack (exact); gamma with --gamma, else knapsack',
      ).choices(RULES),
    )
    .option('--gamma <share>', 'share of the linear layers in FP4, from 0 to 1: those of the smallest relative error', share)
    .option('--bits <b>', 'at most so many bits a weight of the linear layers, scales counted', positive)
    .option('--latency <ms>', 'at most so many milliseconds a request, by the times in the calibration', positive)
    .option('--reward <surface>', 'the map that is predicted to earn most on a task, by a surface that `fpx surface` wrote')
    .option('--quality <q|name>', "with --reward: the model's own probe quality in BF16, or its configuration in the surface")
    .option('--speed <n>', "with --reward: world time for real time (default: the surface's, or as its configuration was late)", positive)
    .option(
      '--measured <file>',
      'times of requests on a server (CSV, or the results folder of a sweep) in place of those in the calibration',
    )
    .option('--served <name=map...>', 'with a results folder: the maps of configurations that a server has')
    .option('--tokens <prompt,answer>', 'with --measured: tokens of the requests that are predicted (default: the medians)', tokenCounts)
    .addOption(
      new Option('--by <measure>', 'what is to be least: nats of the answer (weighed, or as measured), error of outputs, loss of quality')
        .choices(BY)
        .default('nats'),
    )
    .option('--formats <list>', `what a unit may be held in, of ${FORMATS.join(',')}`, 'fp8,fp4')
    .option('--points <n>', `how many points of the curve to show, 0 for all (default: ${POINTS}; with --json all)`, whole)
    .option('--out <file>', 'write a configuration (YAML) of the embedded engine with the chosen map')
    .option('--map-out <file>', 'write the chosen map alone (YAML), as export and quantize take it; needs no weights here')
    .option('--name <name>', "the configuration's name, its file's name when absent")
    .option('--model <dir>', "the model's folder as --out is to name it, when it is not among models/")
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
The rule gamma takes units in the order of their relative output error in FP4 (equal ones: in the model's order) until the next would lift
their share of the linear layers over gamma; qkv counts as three layers, o as one, gate_up as two, down as one, and none is divided.
The predicted cost of a map is the sum of its units' costs, each measured with all others in BF16; what is below 0 counts as 0. By nats, each
unit's are first drawn towards what its output's error lets expect, the more the larger their own error is: else whoever looked least dear by
chance would be chosen. --by nats-alone takes them as they were measured.
--reward takes a map's latency as the request's milliseconds times the speed, and its quality as BF16's less what units lose by the task's oracle;
what lies outside of the surface is taken as at its border, marked with *.
--measured fits ms = a constant + for each format so much a byte that is read and so much a computation, none below 0. A CSV file has the columns
map,prompt_tokens,answer_tokens,ms (a format or a map's file; tokens that were computed); of a sweep's folder the model's own calls are taken.

Example:
  $ tickbench fpx assign tb-4m.calibration.json --bits 5 --out my-5-bits.yaml
  $ tickbench fpx assign tb-4m.calibration.json --rule gamma --gamma 0.5 --formats fp8,fp4-tensor
  $ tickbench fpx assign tb-4m.calibration.json --reward hft-surface.json --quality 0.77 --speed 25
  $ tickbench fpx assign Qwen3-8B-calibration.json --bits 6 --map-out qwen3-8b-6-bits.yaml
  $ tickbench fpx export --for vllm --model Qwen/Qwen3-8B --map qwen3-8b-6-bits.yaml`;

async function run(path: string, flags: AssignFlags): Promise<void> {
  checkRewardFlags(flags);
  const asked = flags.reward === undefined ? ruleOf(flags) : undefined;
  const formats = formatsOf(flags.formats);
  if (flags.out === undefined && (flags.name ?? flags.model) !== undefined)
    throw new UsageError(`--${flags.name === undefined ? 'model' : 'name'} without --out: it is of the configuration that --out writes`);
  const read = parseCalibration(readJson(path), path);
  const times = await measuredTimes(flags, read.model);
  const timed = times ? { ...read, latency: times.latency.model } : read;
  const { calibration, measure } = costsBy(timed, asked ? flags.by : 'quality');
  const basis = flags.reward === undefined ? undefined : within(path, () => rewardBasis(flags.reward!, flags, calibration));
  const rule = asked ?? worthRule(basis!);
  const assignment = within(path, () => assign(calibration, rule, formats, measure));
  const chosen = predict(calibration, assignment.formats, measure);
  const reward = basis && rewardOf(basis, calibration, assignment);
  const assigned: Assigned = { calibration, hash: calibrationHash(read), rule, measure, formats, assignment, chosen, times, reward };
  const written = [flags.out, flags.mapOut].filter((each) => each !== undefined);
  if (new Set(written).size < written.length) throw new UsageError(`--out and --map-out are both ${flags.out}; accepted: two files`);
  for (const [name, out] of [['out', flags.out], ['map-out', flags.mapOut]] as const) if (out !== undefined) checkNew(name, out); // prettier-ignore
  if (flags.out !== undefined) await writeConfiguration(flags.out, flags, assigned);
  if (flags.mapOut !== undefined) writeNew('map-out', flags.mapOut, mapFileText(assignmentComment(assigned), chosen.map));
  const shown = curvePoints(calibration, assignment, measure, flags.points ?? (flags.json ? 0 : POINTS));
  const points = basis ? shown.map((each) => ({ ...each, rewarded: rewarded(basis, each.latencyUs! / 1000, each.cost) })) : shown;
  if (flags.json)
    return void process.stdout.write(
      `${JSON.stringify({ ...json(assigned), out: flags.out ?? null, mapOut: flags.mapOut ?? null, curve: points })}\n`,
    );
  const columns = terminalColumns();
  const told = written.length === 0 ? [] : ['', `Written: ${written.join(', ')}`];
  process.stdout.write(`${wrapped([assignmentText(assigned, points, columns), ...told].join('\n'), columns)}\n`);
}

/** What an assignment lacks is told with the file that lacks it. */
function within<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof AssignmentError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** What can be refused of a file before anything is written. @throws UsageError */
function checkNew(flag: string, path: string): void {
  if (!/\.ya?ml$/.test(path)) throw new UsageError(`--${flag} ${path}: accepted: the name of a new file that ends in .yaml`);
  if (existsSync(path)) throw new UsageError(`--${flag} ${path}: it is there already; accepted: the name of a new file`);
}

/** Writes the configuration. @throws UsageError, ConfigurationError */
async function writeConfiguration(path: string, { name, model }: Pick<AssignFlags, 'name' | 'model'>, assigned: Assigned): Promise<void> {
  const folder = await modelFolderOf(assigned.calibration, model, { mapAlone: '--map-out, which needs none' });
  const text = assignedText(assigned, folder, dirname(path), { name, fileName: basename(path).replace(/\.ya?ml$/, '') });
  writeNew('out', path, text);
}

/** Writes a file; one that another program made meanwhile is left as it is. @throws UsageError */
function writeNew(flag: string, path: string, text: string): void {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`--${flag} ${path}: ${fileFault(error)}`);
  }
}

function json({ calibration, hash, rule, measure, formats, assignment, chosen, times, reward }: Assigned): Record<string, unknown> {
  const { name, identity } = calibration.model;
  const measured = times && { path: times.path, ...times.latency, heldOutError: times.latency.model.heldOutError };
  return {
    calibration: hash,
    model: { name, identity },
    ...rule,
    by: measure,
    formats,
    onCurve: assignment.onFront,
    chosen,
    ...(measured ? { times: measured } : {}),
    ...(reward ? { reward: rewardJson(reward) } : {}),
  };
}
