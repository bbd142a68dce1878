/** The grid of `tickbench sweep`: `--gamma` and `--bits`, and what becomes of a plan's `grid:`. */
import { basename, join } from 'node:path';
import { ConfigurationError, explain, findFile } from '../configuration/configuration.js';
import { embeddedMembers } from '../configuration/team.js';
import { makeFolder } from '../host/folder.js';
import { gridSchema, type ExpandedGrid, type GRID_RULES, type GridExpander } from '../sweep/grid.js';
import type { Plan } from '../sweep/plan.js';
import type { SweepStore } from '../sweep/store.js';
import { numberList } from './values.js';

/** The flags of a grid. */
export interface GridFlags {
  gamma?: string;
  bits?: string;
  rule?: (typeof GRID_RULES)[number][];
  formats?: string;
  calibration?: string[];
}

/** The grid's fields, loaded only where there is one: it takes the engine's own code to say what a rule comes to. */
export const expandGrid: GridExpander = async (grid) => (await import('./fpx/grid-configurations.js')).expandGrid(grid);

/** The plan with the grid that its flags ask for. @throws UsageError, ConfigurationError */
export function withGrid(plan: Plan, { gamma, bits, rule, formats, calibration }: GridFlags): Plan {
  if (gamma === undefined && bits === undefined) {
    const alone = Object.entries({ rule, formats, calibration }).find(([, value]) => value !== undefined);
    if (alone) throw new ConfigurationError(`--${alone[0]} needs --gamma or --bits: it says how these are met`);
    return plan;
  }
  if (plan.grid)
    throw new ConfigurationError(`${plan.grid.path} has a grid of its own; accepted: that, or --gamma and --bits with a plan without one`);
  const limits = {
    ...(gamma === undefined ? {} : { gamma: numberList('--gamma', gamma, 'shares') }),
    ...(bits === undefined ? {} : { bits: numberList('--bits', bits, 'amounts') }),
  };
  const parsed = gridSchema.safeParse({
    calibrations: calibration ?? usualCalibrations(plan),
    ...limits,
    ...(rule ? { rules: rule } : {}),
    ...(formats === undefined ? {} : { formats: formats.split(',').map((each) => each.trim()) }),
  });
  if (!parsed.success) throw new ConfigurationError(`--gamma, --bits or their settings:\n${explain(parsed.error)}`);
  return { ...plan, grid: { grid: parsed.data, path: `plan ${plan.name} with --${gamma === undefined ? 'bits' : 'gamma'}` } };
}

/** The calibrations of the plan's embedded models, by the names that `fpx calibrate` gives them. @throws ConfigurationError telling how one is made */
function usualCalibrations({ name, configurations, tasks }: Plan): string[] {
  const endpoints = configurations.flatMap(embeddedMembers).map(({ configuration }) => configuration.endpoint);
  const models = [...new Set(endpoints.flatMap((each) => (each.kind === 'embedded' ? [basename(each.model)] : [])))];
  if (models.length === 0)
    throw new ConfigurationError(`plan ${name} has no embedded model; accepted: --calibration with a calibration file`);
  const files = models.map((model) => `${model}.calibration.json`);
  const missing = models.filter((_, i) => findFile(files[i]!, []) === undefined);
  if (missing.length > 0)
    throw new ConfigurationError(
      `no ${missing.map((model) => `${model}.calibration.json`).join(' and no ')} here; make ${missing.length === 1 ? 'it' : 'them'} with ` +
        `${missing.map((model) => `\`tickbench fpx calibrate ${model} --task ${tasks[0]!.name}\``).join(' and ')}, or name files with --calibration`,
    );
  return files;
}

/** The grid's configurations as files beside the results, to be copied and edited. */
export function keepConfigurations(store: SweepStore, { configurations }: ExpandedGrid): void {
  if (configurations.length === 0) return;
  const folder = join(store.folder, 'configurations');
  makeFolder(folder);
  for (const { configuration, text } of configurations) store.write(join('configurations', `${configuration.name}.yaml`), text(folder));
}
