/** A grid's fields as configurations: for each model, rule and limit the map that is assigned, once each. */
import { basename, dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { assign, type Rule } from '../../../fpx/assignment/assign.js';
import { AssignmentError, type Measure } from '../../../fpx/assignment/options.js';
import { predict } from '../../../fpx/assignment/prediction.js';
import { readJson } from '../../../fpx/checkpoint/files.js';
import type { Format } from '../../../fpx/formats/precision.js';
import { calibrationHash, parseCalibration, type Calibration } from '../../../fpx/sensitivity/calibration.js';
import {
  ConfigurationError,
  configurationSchema,
  explain,
  findFile,
  loadConfiguration,
  type Configuration,
} from '../../configuration/configuration.js';
import { wrapped } from '../../report/text.js';
import { gridPoints, type ExpandedGrid, type GridConfiguration, type GridPoint, type PlannedGrid } from '../../sweep/grid.js';
import { UsageError } from '../values.js';
import { BY, costsBy, formatsOf, type AssignFlags } from './assign-flags.js';
import { assignmentComment, type Assigned } from './assign-text.js';
import { assignedText, sizeInName } from './configuration-text.js';
import { modelFolderOf, writtenFolder, type ModelFolder } from './model-folder.js';

/** Longest name of a configuration. */
const LONGEST_NAME = 40;
/** Columns of a line of a file's comment. */
const COLUMNS = 138;

/** A field with what was assigned for it. */
export interface GridField extends GridConfiguration {
  assigned: Assigned;
}

/** What a grid came to, with what was assigned. */
export interface GridFields extends ExpandedGrid {
  configurations: GridField[];
}

/** What a plan's grid comes to. @throws ConfigurationError naming the plan and what of its grid cannot be done */
export async function expandGrid(planned: PlannedGrid): Promise<GridFields> {
  try {
    return await fieldsOf(planned);
  } catch (error) {
    if (error instanceof UsageError) throw new ConfigurationError(`${planned.path}: grid: ${error.message}`);
    throw error;
  }
}

async function fieldsOf({ grid, path }: PlannedGrid): Promise<GridFields> {
  const besides = [dirname(path)];
  const formats = formatsOf(grid.formats.join());
  const by = BY.find((each) => each === grid.by);
  if (!by) throw new UsageError(`by: "${grid.by}"; accepted: ${BY.join(', ')}`);
  const base = grid.base === undefined ? undefined : loadConfiguration(grid.base, besides);
  if (base && base.endpoint.kind !== 'embedded') throw new UsageError(`base: ${grid.base} is ${base.endpoint.kind}; accepted: a configuration of the embedded engine`); // prettier-ignore
  if (base?.latency) throw new UsageError(`base: ${grid.base} has latency injected; accepted: one without`);
  const calibrations = grid.calibrations.map((name) => readFrom(name, besides));
  const named = calibrations.map(({ read }) => read.model.name);
  const twice = named.find((name, i) => named.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`calibrations: two are of ${twice}; accepted: one for each model`);
  const unknown = Object.keys(grid.models).find((name) => !named.includes(name));
  if (unknown !== undefined) throw new UsageError(`models.${unknown}: no calibration is of that; accepted: ${named.join(', ')}`);
  const configurations: GridField[] = [];
  const same: ExpandedGrid['same'] = [];
  for (const { file, read } of calibrations) {
    const otherwise =
      "a calibration of a model that is here, or this one's folder under `models` of a plan's grid or by `fpx grid --model`";
    const folder = await modelFolderOf(read, grid.models[read.model.name], { besides, otherwise });
    const own = new Map<string, string>();
    for (const point of gridPoints(grid)) {
      const assigned = assignedAt(read, point, { by, formats, file });
      const name = `${read.model.name.slice(0, LONGEST_NAME - point.label.length - 1)}-${point.label}`;
      const map = assigned.assignment.formats.join();
      const as = own.get(map);
      if (as !== undefined) same.push({ name, as });
      else configurations.push(fieldOf(name, assigned, folder, base));
      own.set(map, as ?? name);
    }
  }
  return { configurations, same };
}

/** @throws UsageError when there is no such file; the calibration's own errors */
function readFrom(name: string, besides: readonly string[]): { file: string; read: Calibration } {
  const file = findFile(name, besides);
  if (file === undefined)
    throw new UsageError(`calibrations: no file "${name}" here or beside the plan; accepted: what \`tickbench fpx calibrate MODEL --task TASK\` wrote`); // prettier-ignore
  return { file, read: parseCalibration(readJson(file), file) };
} // prettier-ignore

/** What is assigned for a field. @throws UsageError naming the calibration */
function assignedAt(
  read: Calibration,
  { rule, limit, value, label }: GridPoint,
  { by, formats, file }: { by: AssignFlags['by']; formats: readonly Format[]; file: string },
): Assigned {
  const { calibration, measure } = costsBy(read, by);
  try {
    const asked: Rule = rule === 'gamma' ? { rule, gamma: value } : { rule, ...budgetOf(calibration, limit, value, formats, measure) };
    const assignment = assign(calibration, asked, formats, measure);
    const chosen = predict(calibration, assignment.formats, measure);
    return { calibration, hash: calibrationHash(read), rule: asked, measure, formats, assignment, chosen };
  } catch (error) {
    if (error instanceof AssignmentError) throw new UsageError(`${file}, ${label}: ${error.message}`);
    throw error;
  }
}

/** A limit as a budget: at a share of FP4 the bits that the published rule takes there. */
function budgetOf(calibration: Calibration, limit: GridPoint['limit'], value: number, formats: readonly Format[], measure: Measure) {
  if (limit !== 'gamma') return { budget: limit, most: value } as const;
  const published = assign(calibration, { rule: 'gamma', gamma: value }, formats, measure);
  return { budget: 'bits', most: predict(calibration, published.formats, measure).bitsPerWeight } as const;
}

function fieldOf(name: string, assigned: Assigned, folder: ModelFolder, base: Configuration | undefined): GridField {
  const text = (besides: string): string =>
    base ? basedText(name, assigned, folder, besides, base) : assignedText(assigned, folder, besides, { name, fileName: name });
  const parsed = configurationSchema.omit({ latency: true }).safeParse(parse(text(process.cwd())));
  if (!parsed.success) throw new ConfigurationError(`${name} would be no configuration:\n${explain(parsed.error)}`);
  const { endpoint, ...rest } = parsed.data;
  const configuration: Configuration = { ...rest, endpoint: { ...endpoint, model: folder.path } as Configuration['endpoint'] };
  return { configuration, text, assigned };
}

/** A file with another configuration's settings. */
function basedText(name: string, assigned: Assigned, { path }: ModelFolder, besides: string, base: Configuration): string {
  const { endpoint, ...settings } = base;
  const model = writtenFolder(path, besides);
  const size = sizeInName(assigned.calibration.model.name) ?? base.size;
  const told = {
    ...settings,
    name,
    ...(size === undefined ? {} : { size }),
    endpoint: { ...endpoint, model, precision: assigned.chosen.map },
  };
  const comment = [...assignmentComment(assigned), `All else is as in ${basename(base.name)}.`];
  return `${comment.flatMap((line) => wrapped(line, COLUMNS).split('\n')).map((line) => `# ${line}\n`).join('')}${stringify(told, { lineWidth: 138 })}`; // prettier-ignore
}
