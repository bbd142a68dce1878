/** The confirmation of a sweep: its winner on the wall clock, on seeds of their own. */
import { taskNamed } from '../match/tasks.js';
import { makeCell, type Cell, type Entrant } from './cells.js';
import type { Plan } from './plan.js';
import type { Row } from './rows.js';

/** Who is confirmed: of the embedded configurations on the frontier, or tied with one on it, the one that earned most. */
export function winnerOf(rows: readonly Row[]): Entrant | undefined {
  const able = rows.filter((row) => row.kind === 'embedded' && (row.status === 'frontier' || row.status === 'tied'));
  const earned = ({ summary }: Row): number => summary.reward.value ?? -Infinity;
  return able.sort((a, b) => earned(b) - earned(a))[0]?.entrant;
}

/** The matches that confirm it. */
export async function confirmingCells({ name, plan }: Plan['tasks'][number], winner: Entrant): Promise<Cell[]> {
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(plan.options);
  const { first, count } = plan.confirmSeeds;
  const cells: Cell[] = [];
  for (let seed = first; seed < first + count; seed++) cells.push(await makeCell(task, plan, options, winner, seed, 'confirm'));
  return cells;
}
