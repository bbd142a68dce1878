/** `tickbench plan`: hardware for a task: which size, formats, device and seats a device, or where each stage of several runs. */
import { Command } from 'commander';
import { dirname } from 'node:path';
import { predictReward } from '../../../scoring/reward/surface.js';
import { findFile } from '../../configuration/configuration.js';
import { catalogueJsonSchema } from '../../planning/catalogue.js';
import { chooseHardware } from '../../planning/choosing.js';
import { checkAvailable, groundOf } from '../../planning/plan.js';
import { printable } from '../../protocol/printable.js';
import { readRequirement, requirementJsonSchema } from '../../planning/requirement.js';
import { placeStages } from '../../planning/staging.js';
import type { PlacementChart } from '../../report/charts/placement.js';
import type { PurchaseChart } from '../../report/charts/purchase.js';
import { figure } from '../../report/figures.js';
import { wrapped } from '../../report/text.js';
import { readSurface } from '../fpx/surface-file.js';
import { pictureName, UsageError, writePicture } from '../values.js';
import { placementChart, purchaseChart } from './chart.js';
import { TERMINAL, type Output } from './output.js';
import { timingsCommand } from './timings.js';
import { choiceText, groundText, placementText } from './text.js';

const HELP = `
Every latency here is PREDICTED, by a roofline that is calibrated on timings; its error where it was not fitted is printed. Prices and
whatever else the catalogue calls assumed are to be checked. docs/planning.md has the formulae and the file's keys.
Exit status: 0 when there is a plan, 1 when nothing meets the requirement or something is wrong.

Example:
  $ tickbench plan examples/planning/seats.yaml
  $ tickbench plan examples/planning/stages.yaml --json
  $ tickbench plan examples/planning/seats.yaml --chart plan.png
  $ tickbench plan timings --csv my-rows.csv
  $ tickbench plan --schema > plan.schema.json`;

/** The verb, for the program that assembles them. @param output where it goes; tests pass their own */
export function planCommand(output: Output = TERMINAL): Command {
  return new Command('plan')
    .enablePositionalOptions() // both have --json
    .argument('[requirement]', 'a YAML file: what is to be served, how fast, for how much')
    .option('--schema', 'print the JSON Schemas of requirements and of catalogues')
    .option('--chart <file>', 'draw the plan and what else was considered (.svg or .png)', pictureName)
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .addCommand(timingsCommand(output))
    .action((path: string | undefined, flags: Flags) => plan(path, flags, output));
}

interface Flags {
  schema?: boolean;
  chart?: string;
  json?: boolean;
}

async function plan(path: string | undefined, { schema, chart, json }: Flags, output: Output): Promise<void> {
  const print = (what: object): void => output.write(jsonText(what));
  if (schema) {
    const schemas = { requirement: requirementJsonSchema(), catalogue: catalogueJsonSchema() };
    return void output.write(`${JSON.stringify(schemas, null, 2)}\n`);
  }
  if (path === undefined) throw new UsageError('no requirement; accepted: a YAML file such as examples/planning/seats.yaml, or --schema');
  const requirement = readRequirement(path);
  const ground = groundOf(path, requirement);
  checkAvailable(ground.catalogue, requirement, path);
  const { title, choose, stages } = requirement;
  const columns = output.columns();
  const titled = title === undefined ? [] : [printable(title), ''];
  if (choose) {
    const head = [...titled, ...groundText(ground, columns), ''];
    const worth = worthOf(choose.reward, choose.speed, path);
    const found = await chooseHardware(ground, requirement, choose, path, worth);
    if (json) print({ ...jsonOf(ground), requirement, ...found });
    else output.write(`${wrapped([...head, ...choiceText(ground, choose, found, columns)].join('\n'), columns)}\n`);
    const isDrawn = chart === undefined || (await drawPurchase(chart, purchaseChart(ground, requirement, choose, found, worth)));
    return ended(found.best, 'no purchase', isDrawn ? undefined : chart);
  }
  const found = await placeStages(ground, requirement, stages!, path);
  // Where every time is given, nothing is said of predictions.
  const predicts = found.problem.stages.some(({ options }) => options.some(({ is }) => is === 'predicted'));
  const head = [...titled, ...(predicts ? [...groundText(ground, columns), ''] : [])];
  if (json) print({ ...jsonOf(ground), requirement, ...found });
  else output.write(`${wrapped([...head, ...placementText(ground, stages!, found, columns)].join('\n'), columns)}\n`);
  const isDrawn = chart === undefined || (await drawPlacement(chart, placementChart(ground, requirement, stages!, found)));
  return ended(found.best, 'no placement', isDrawn ? undefined : chart);
}

/** Draws what was considered. The charts are loaded here, for the library takes longer than a plan. @returns whether there was anything to draw */
async function drawPurchase(path: string, chart: PurchaseChart | undefined): Promise<boolean> {
  if (chart) writePicture(path, (await import('../../report/charts/purchase.js')).renderPurchase(chart));
  return chart !== undefined;
}

/** The same of a placement. */
async function drawPlacement(path: string, chart: PlacementChart | undefined): Promise<boolean> {
  if (chart) writePicture(path, (await import('../../report/charts/placement.js')).renderPlacement(chart));
  return chart !== undefined;
}

/**
 * What a seat earns: the surface's reward, or the quality itself where only a deadline counts. Slower or worse than anybody whom the surface
 * was measured on: why that is not known, since what it says at its border would be too much.
 */
function worthOf(reward: string | undefined, speed: number, path: string): (latencyMs: number, quality: number) => number | string {
  if (reward === undefined) return (_, quality) => quality;
  const file = findFile(reward, [dirname(path)]);
  if (file === undefined) throw new UsageError(`${path}: choose.reward: no file "${reward}" here or beside it`);
  const { surface } = readSurface(file);
  const { range } = surface;
  return (latencyMs, quality) => {
    const place = { latencyMs: latencyMs * speed, quality };
    if (place.latencyMs > range.latencyMs.high) return `${Math.ceil(place.latencyMs)} ms of world time, slower than the surface was measured (${Math.floor(range.latencyMs.high)} ms)`; // prettier-ignore
    if (quality < range.quality.low)
      return `quality ${figure(quality)}, less than the surface was measured with (${figure(range.quality.low)})`;
    return predictReward(surface, place).value;
  };
}

/** @param notDrawn the picture that there is nothing for @throws UsageError where nothing meets the requirement */
function ended(best: object | 'impossible' | 'gave up', what: string, notDrawn?: string): void {
  const drawn = notDrawn === undefined ? '' : `; ${notDrawn} is not drawn`;
  if (best === 'impossible') throw new UsageError(`${what} meets the requirement: more time, more money, more machines or another model are needed${drawn}`); // prettier-ignore
  if (best === 'gave up') throw new UsageError(`${what} was found within the solver's time; fewer possibilities are needed${drawn}`);
}

function jsonText(what: object): string {
  return `${JSON.stringify(what, (_, value: unknown) => (value === Infinity ? null : value))}\n`;
}

function jsonOf({ catalogue, calibration, timings }: ReturnType<typeof groundOf>): object {
  return { tickbench: 'hardware-plan.v1', latencies: 'predicted, not measured', currency: catalogue.currency, calibration, timings };
}
