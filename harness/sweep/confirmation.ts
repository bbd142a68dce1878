/**
 * The confirmation of a sweep: its winner on the wall clock, on seeds of their own. A host that ticks in real time plays slower than one that
 * waits, so the same answers would come sooner in the world: what is missing of the latency at which the winner was measured is added.
 */
import { taskNamed } from '../match/tasks.js';
import type { AnyTask, Micros } from '../../envs/environment.js';
import { makeCell, type Cell } from './cells.js';
import type { Plan } from './plan.js';
import type { CellResult } from './play.js';
import { recommendAmong } from './recommended.js';
import type { Row } from './rows.js';

/** Who is confirmed: the configuration that a sweep tells to take, of those whose engine is on this host. */
export function winnerOf(task: AnyTask, rows: readonly Row[], cells: readonly CellResult[]): Row | undefined {
  const able = rows.filter(({ kind }) => kind === 'embedded');
  const { take } = recommendAmong(task, able, cells).recommendation;
  return able.find(({ name }) => name === take);
}

/** The matches that confirm it. */
export async function confirmingCells({ name, plan }: Plan['tasks'][number], winner: Row): Promise<Cell[]> {
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(plan.options);
  const { first, count } = plan.confirmSeeds;
  const addedUs = missingUs(winner, plan.confirmSpeed ?? plan.speed);
  const cells: Cell[] = [];
  for (let seed = first; seed < first + count; seed++)
    cells.push(await makeCell(task, plan, options, winner.entrant, seed, 'confirm', addedUs));
  return cells;
}

/** Added latency is given in whole milliseconds: less is nothing that could be told. */
const STEP_US = 1000;

/** World time to be added so that a configuration measured at its own speed is as late in the median at the confirmation's. */
export function missingUs(
  { summary, speed }: Pick<Row, 'speed'> & { summary: Pick<Row['summary'], 'realP50Us'> },
  confirmSpeed: number,
): Micros {
  const missing = (summary.realP50Us.value ?? 0) * (speed - confirmSpeed);
  return Math.max(0, Math.round(missing / STEP_US) * STEP_US);
}
