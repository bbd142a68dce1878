/**
 * The confirmation of a sweep: its winner on the wall clock, on seeds of their own. A host that ticks in real time plays slower than one that
 * waits, so the same answers would come sooner in the world: what is missing of the latency at which the winner was measured is added.
 */
import { taskNamed } from '../match/tasks.js';
import type { Micros } from '../../envs/environment.js';
import { makeCell, type Cell } from './cells.js';
import type { Plan } from './plan.js';
import type { Row } from './rows.js';

/** Who is confirmed: of the embedded configurations on the frontier, or tied with one on it, the one that earned most. */
export function winnerOf(rows: readonly Row[]): Row | undefined {
  const able = rows.filter((row) => row.kind === 'embedded' && (row.status === 'frontier' || row.status === 'tied'));
  const earned = ({ summary }: Row): number => summary.reward.value ?? -Infinity;
  return able.sort((a, b) => earned(b) - earned(a))[0];
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
