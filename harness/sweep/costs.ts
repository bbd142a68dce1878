/** How long the parts of a sweep are expected to take, in real seconds: for the time left only. */
import type { Cell } from './cells.js';

/** Expected real seconds of things. */
export const COST = { probe: 0.02, patientDecision: 0.03, bot: 0.25, oracle: 0.2, overhead: 0.4, unknown: 60 };

/** Expected real seconds of a cell: how long its world runs at its speed. */
export function costOf(cell: Cell): number {
  if (cell.entrant.kind === 'bot') return COST.bot;
  const lengthUs = cell.task.lengthUs(cell.options);
  if (cell.purpose === 'patient' && lengthUs !== undefined) {
    // Who has answered is asked again at the next tick.
    const tickUs = cell.task.tick(cell.options).us;
    const decisionUs = Math.ceil(cell.task.patient!.latencyUs / tickUs) * tickUs;
    return (lengthUs / decisionUs) * COST.patientDecision;
  }
  // Those that are played at the same time take the time of one.
  const together = cell.planned.contention?.agents ?? 1;
  return (lengthUs === undefined ? COST.unknown : lengthUs / 1e6 / cell.speed / together) + COST.overhead;
}

/** Expected real seconds of some cells together. */
export function costOfAll(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + costOf(cell), 0);
}
