/** `tickbench fpx grid CALIBRATION`: a configuration for each of several budgets, and the sweep plan that plays them. */
import { Command, Option } from 'commander';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { readJson } from '../../../fpx/checkpoint/files.js';
import { parseCalibration } from '../../../fpx/sensitivity/calibration.js';
import { explain, findFile, readYaml } from '../../configuration/configuration.js';
import { makeFolder } from '../../host/folder.js';
import { GRID_RULES, gridSchema, type Grid } from '../../sweep/grid.js';
import { loadPlan } from '../../sweep/plan.js';
import { tableText, terminalColumns } from '../../report/text.js';
import { numberList, UsageError } from '../values.js';
import { BY, formatsOf, type AssignFlags } from './assign-flags.js';
import { expandGrid } from './grid-configurations.js';

interface Flags extends Pick<AssignFlags, 'by' | 'formats' | 'model'> {
  rule?: (typeof GRID_RULES)[number][];
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
    .addOption(
      new Option(
        '--rule <rules...>',
        'as `assign` has them: gamma with --gamma, else knapsack; with --gamma others keep to its bits',
      ).choices(GRID_RULES),
    )
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
  const asked = gridOf(paths, flags);
  if (existsSync(to) && readdirSync(to).length > 0) throw new UsageError(`--to ${to}: is not empty; accepted: a new folder`);
  const tasks = tasksOf(flags);
  const plan = join(to, 'plan.yaml');
  const { configurations, same } = await expandGrid({ grid: asked, path: plan });
  makeFolder(to);
  const files = configurations.map(({ configuration, text }) => {
    const file = `${configuration.name}.yaml`;
    writeFileSync(join(to, file), text(to), { flag: 'wx' });
    return file;
  });
  const models = [...new Set(configurations.map(({ assigned }) => assigned.calibration.model.name))];
  writeFileSync(plan, planText(to, files, tasks, models));
  loadPlan(plan); // what is written is a plan
  const rows = configurations.map(({ configuration, assigned: { chosen } }) => [
    `${configuration.name}.yaml`,
    chosen.bitsPerWeight.toFixed(2),
    `${(100 * chosen.gammaByCount).toFixed(0)} %`,
    chosen.cost.toPrecision(3),
    ms(chosen.latencyUs),
  ]);
  const table = tableText(['configuration', 'bits', 'gamma', flags.by, 'ms'], rows, terminalColumns(), ['left', 'right', 'right', 'right', 'right']); // prettier-ignore
  const told = same.map(({ name, as }) => `${name} has the map of ${as}, and is left out.\n`).join('');
  process.stdout.write(`${table}\n\n${told}Play them: tickbench sweep ${relative(process.cwd(), resolve(plan))}\n`);
}

function ms(us: number | undefined): string {
  return us === undefined ? '-' : (us / 1000).toFixed(1);
}

/** The flags as a plan's grid. @throws UsageError */
function gridOf(paths: readonly string[], { rule, by, formats, gamma, bits, latency, model }: Flags): Grid {
  const given = Object.entries({ gamma, bits, latency }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw new UsageError('a grid goes over one of --gamma, --bits and --latency; give one of them');
  if (model !== undefined && paths.length > 1) throw new UsageError('--model with several calibrations; accepted: with one');
  const parsed = gridSchema.safeParse({
    calibrations: paths,
    ...(rule ? { rules: rule } : {}),
    ...(gamma === undefined ? {} : { gamma: numberList('--gamma', gamma, 'shares') }),
    ...(bits === undefined ? {} : { bits: numberList('--bits', bits, 'amounts') }),
    ...(latency === undefined ? {} : { latency: numberList('--latency', latency, 'amounts') }),
    ...{ by, formats: formatsOf(formats) },
    ...(model === undefined ? {} : { models: { [parseCalibration(readJson(paths[0]!), paths[0]!).model.name]: model } }),
  });
  if (!parsed.success) throw new UsageError(`the grid of these flags:\n${explain(parsed.error)}`);
  return parsed.data;
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

function planText(folder: string, files: readonly string[], tasks: Record<string, unknown>, models: readonly string[]): string {
  const name = basename(resolve(folder)).replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'grid'; // prettier-ignore
  const about = `Precision maps of ${models.join(' and ')}, written by \`tickbench fpx grid\`.`;
  return stringify({ plan: name.slice(0, 60), about, configurations: [...files], tasks }, { lineWidth: 138 });
}
