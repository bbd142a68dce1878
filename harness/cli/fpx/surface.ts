/** `tickbench fpx surface SOURCE`: what a task pays at which latency and quality, fitted to players that were measured. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { fitSurface, SurfaceError, type SurfacePoint } from '../../../scoring/reward/surface-fit.js';
import { predictReward, SURFACE_FORMULA } from '../../../scoring/reward/surface.js';
import { fileFault } from '../../host/fault.js';
import { taskNamed, valuedTaskNames } from '../../match/tasks.js';
import { figure } from '../../report/figures.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { UsageError } from '../values.js';
import { surfaceLines, type SurfaceFile, type SurfacePlayer } from './surface-file.js';
import { surfacePoints } from './surface-points.js';

interface Flags {
  task: string;
  out?: string;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function surfaceCommand(): Command {
  return new Command('surface')
    .argument('<source>', 'the results folder of a sweep, or the JSON of a ladder that was played with --probes')
    .description('fit what a task pays over latency and quality to players that were measured, for `assign --reward`')
    .requiredOption('--task <name>', `whose reward: ${valuedTaskNames().join(' or ')}`)
    .option('-o, --out <file>', 'where the surface goes (JSON); without it only what it comes to is printed')
    .option('--json', 'print the surface instead of a table')
    .addHelpText(
      'after',
      `
${SURFACE_FORMULA}, l the logarithm of the latency and q the probe quality, each less its mean, by least squares.
Each family of players (a bot at all shares of random decisions, a model's size at all precisions) is left out once and predicted from the
others; where there are fewer than 4 families, each player.

Example:
  $ tickbench ladder fighter --bot expert mixed search rush turtle random --errors 0,25,50 \\
      --delays 150,300,430,650 --matches 40 --probes 96 --options '{"rounds":1,"roundSeconds":10}' \\
      --opponent bot:expert:20%@200ms --json > ladder.json
  $ tickbench fpx surface ladder.json --task fighter -o fighter-surface.json`,
    )
    .action(surface);
}

function surface(path: string, { task: name, out, json }: Flags): void {
  const task = taskNamed(name);
  const { source, speed, players, leftOut } = surfacePoints(path, task);
  const file: SurfaceFile = {
    ...{ tickbench: 'surface.v1', task: task.name, rules: task.rules, rewardUnit: task.reward.unit },
    ...{ axis: 'probe quality', speed, source, formula: SURFACE_FORMULA },
    surface: fitted(path, players),
    players,
  };
  if (out !== undefined) write(out, file);
  if (json) return void process.stdout.write(`${JSON.stringify(file)}\n`);
  process.stdout.write(`${textOf(file, leftOut, out, terminalColumns())}\n`);
}

/** @throws UsageError for points that no surface can be fitted to */
function fitted(path: string, players: readonly SurfacePlayer[]): SurfaceFile['surface'] {
  try {
    return fitSurface(players.map(pointOf));
  } catch (error) {
    if (error instanceof SurfaceError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** A player's name tells its delay last: `expert 20% random @100 ms`, `expert, 20% random at 100 ms`. */
function pointOf({ name, kind, family, latencyMs, quality, reward }: SurfacePlayer): SurfacePoint {
  const player = kind === 'bot' ? name.replace(/ (?:@|at )\S+ ms.*$/, '') : name;
  return { family, player, latencyMs, quality, reward };
}

function write(path: string, file: SurfaceFile): void {
  try {
    writeFileSync(path, `${JSON.stringify(file, null, 1)}\n`);
  } catch (error) {
    throw new UsageError(`--out ${path}: ${fileFault(error)}`);
  }
}

function textOf(file: SurfaceFile, leftOut: readonly string[], out: string | undefined, columns: number): string {
  const { players, surface: fit, rewardUnit, task, rules, source } = file;
  const rows = players.map((each) => {
    return [each.name, figure(each.latencyMs), figure(each.quality), figure(each.reward), figure(predictReward(fit, each).value)];
  }); // prettier-ignore
  const lines = [
    `Reward of ${task} (${rules}) over latency and probe quality, from ${players.length} points of ${source}`,
    '',
    tableText(['player', 'latency, ms', 'quality', `reward, ${rewardUnit}`, 'fitted'], rows, columns, ['left', 'right', 'right', 'right', 'right']),
    '',
    ...surfaceLines(file),
    ...(leftOut.length > 0 ? [`left out   ${leftOut.join('; ')}`] : []),
    ...(out === undefined ? [] : [`written to ${out}`]),
  ]; // prettier-ignore
  return lines.map((line) => (line.includes('\n') ? line : wrapped(line, columns))).join('\n');
}
