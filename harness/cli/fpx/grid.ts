/** `tickbench fpx grid CALIBRATION`: a configuration for each of several budgets, and the sweep plan that plays them. */
import { Command, Option } from 'commander';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { assign, RULES, type Rule } from '../../../fpx/assignment/assign.js';
import { predict } from '../../../fpx/assignment/prediction.js';
import { readJson } from '../../../fpx/checkpoint/files.js';
import { calibrationHash, parseCalibration, type Calibration } from '../../../fpx/sensitivity/calibration.js';
import { findFile, readYaml } from '../../configuration/configuration.js';
import { makeFolder } from '../../host/folder.js';
import { loadPlan } from '../../sweep/plan.js';
import { tableText, terminalColumns } from '../../report/text.js';
import { UsageError } from '../values.js';
import { BY, costsBy, formatsOf, ruleOf, type AssignFlags } from './assign-flags.js';
import { writeConfiguration } from './assign.js';

interface Flags extends Pick<AssignFlags, 'rule' | 'by' | 'formats' | 'model'> {
  gamma?: string;
  bits?: string;
  latency?: string;
  task?: string[];
  base: string;
  to: string;
}

/** The verb, for the group that assembles them. */
export function gridCommand(): Command {
  return new Command('grid')
    .argument('<calibrations...>', 'calibration files, one for each model')
    .description('write a configuration for each of several budgets, and a sweep plan that plays them all')
    .addOption(new Option('--rule <rule>', 'as `assign` has it: gamma with --gamma, else knapsack').choices(RULES))
    .option('--gamma <shares>', 'shares of the linear layers in FP4, such as 0,0.25,0.5,0.75,1')
    .option('--bits <list>', 'bits a weight, such as 5,6,7')
    .option('--latency <list>', 'milliseconds a request, such as 12,15,18')
    .addOption(new Option('--by <measure>', 'what is to be least').choices(BY).default('nats'))
    .option('--formats <list>', 'what a unit may be held in', 'fp8,fp4')
    .option('--base <plan>', 'the plan whose tasks are played', 'quick')
    .option('--task <name...>', 'of these only some')
    .option('--model <dir>', 'the folder of the model, when it is not among models/')
    .requiredOption('--to <dir>', 'a new folder for the configurations and plan.yaml')
    .addHelpText(
      'after',
      '\nExample:\n  $ tickbench fpx grid tb-4m.calibration.json --gamma 0,0.25,0.5,0.75,1 --task hft --to gammas\n  $ tickbench sweep gammas/plan.yaml',
    )
    .action(grid);
}

async function grid(paths: string[], flags: Flags): Promise<void> {
  const { to } = flags;
  const rules = rulesOf(flags);
  const formats = formatsOf(flags.formats);
  if (existsSync(to) && readdirSync(to).length > 0) throw new UsageError(`--to ${to}: is not empty; accepted: a new folder`);
  const tasks = tasksOf(flags);
  const calibrations = paths.map((path) => parseCalibration(readJson(path), path));
  const named = calibrations.map(({ model }) => model.name);
  const twice = named.find((name, i) => named.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`two of the calibrations are of ${twice}; accepted: one for each model`);
  makeFolder(to);
  const files: string[] = [];
  const rows: string[][] = [];
  for (const read of calibrations) {
    const { calibration, measure } = costsBy(read, flags.by);
    for (const { rule, label } of rules) {
      const assignment = assign(calibration, rule, formats, measure);
      const chosen = predict(calibration, assignment.formats, measure);
      const file = `${calibration.model.name}-${label}.yaml`;
      await writeConfiguration(join(to, file), { model: flags.model }, { calibration, hash: calibrationHash(read), rule, measure, formats, assignment, chosen }); // prettier-ignore
      files.push(file);
      rows.push([file, chosen.bitsPerWeight.toFixed(2), `${(100 * chosen.gammaByCount).toFixed(0)} %`, chosen.cost.toPrecision(3), ms(chosen.latencyUs)]); // prettier-ignore
    }
  }
  const plan = join(to, 'plan.yaml');
  writeFileSync(plan, planText(to, files, tasks, calibrations));
  loadPlan(plan); // what is written is a plan
  const table = tableText(['configuration', 'bits', 'gamma', flags.by, 'ms'], rows, terminalColumns(), ['left', 'right', 'right', 'right', 'right']); // prettier-ignore
  process.stdout.write(`${table}\n\nPlay them: tickbench sweep ${relative(process.cwd(), resolve(plan))}\n`);
}

function ms(us: number | undefined): string {
  return us === undefined ? '-' : (us / 1000).toFixed(1);
}

/** The rules of a grid with what each is called in names of files: `gamma-0.25`, `5.5-bits`, `12-ms`. @throws UsageError */
function rulesOf({ rule, gamma, bits, latency }: Flags): { rule: Rule; label: string }[] {
  const given = Object.entries({ gamma, bits, latency }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (given.length !== 1) throw new UsageError('a grid goes over one of --gamma, --bits and --latency; give one of them');
  const [[name, text]] = given as [[string, string]];
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? NaN : Number(part);
    if (!(value >= 0) || !Number.isFinite(value) || (name === 'gamma' && value > 1))
      throw new UsageError(`--${name} ${text}: "${part}"; accepted: ${name === 'gamma' ? 'shares from 0 to 1' : 'numbers above 0'}, with commas between`); // prettier-ignore
    const label = { gamma: `gamma-${value}`, bits: `${value}-bits`, latency: `${value}-ms` }[name]!;
    return { rule: ruleOf({ rule, [name]: value }), label };
  });
}

const rawPlan = z.looseObject({ tasks: z.record(z.string(), z.unknown()) });

/** The tasks of the base plan as they are written there, or some of them. @throws UsageError, ConfigurationError for what is no plan */
function tasksOf({ base, task }: Flags): Record<string, unknown> {
  loadPlan(base);
  const file = /\.ya?ml$/.test(base) ? base : `${base}.yaml`;
  const path = [file, join('fpx-configs', file)].map((each) => findFile(each, [])).find((found) => found !== undefined)!;
  const { tasks } = rawPlan.parse(readYaml(path));
  const unknown = task?.find((name) => !Object.hasOwn(tasks, name));
  if (unknown !== undefined) throw new UsageError(`--task ${unknown}: plan ${base} has ${Object.keys(tasks).join(', ')}`);
  return Object.fromEntries(Object.entries(tasks).filter(([name]) => task === undefined || task.includes(name)));
}

function planText(folder: string, files: readonly string[], tasks: Record<string, unknown>, calibrations: readonly Calibration[]): string {
  const name = basename(resolve(folder)).replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'grid'; // prettier-ignore
  const about = `Precision maps of ${calibrations.map(({ model }) => model.name).join(' and ')}, written by \`tickbench fpx grid\`.`;
  return stringify({ plan: name.slice(0, 60), about, configurations: [...files], tasks }, { lineWidth: 138 });
}
