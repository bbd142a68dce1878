/** Plays the confirmation of each task: whom, and on which matches, harness/sweep/confirmation.ts says. */
import type { Cell } from './cells.js';
import { confirmationOf, confirmingFault } from './confirmation.js';
import { costOfAll } from './costs.js';
import type { Elsewhere } from './elsewhere.js';
import { isOn } from './hosts.js';
import type { Planned } from './planned.js';
import type { CellResult } from './play.js';
import type { Progress } from './progress.js';
import type { Standing } from './standing.js';

/** Matches at most until one of a confirmation counts: a host too busy for two in a row is seldom quiet for a third, and each takes real time. */
const CONFIRM_ATTEMPTS = 2;

/** The sweep that confirms. */
export interface ConfirmingSweep {
  standing: Standing;
  progress: Progress;
  /** Finds a match that an earlier run finished. */
  recall(cell: Cell): Promise<void>;
  play(cell: Cell, attempts: number): Promise<void>;
  /** Has matches played by a machine of this name, or by any. */
  playThere(cells: readonly Cell[], machine?: string): Promise<void>;
}

/**
 * The embedded configuration to take for each task, in wall-clock matches on seeds of their own. A host that was too busy for every
 * attempt at one seed gets one at each of the others. @param elsewhere has them played on the machine that measured the winner
 * @throws what playing throws
 */
export async function confirmAll(planned: readonly Planned[], sweep: ConfirmingSweep, elsewhere?: Elsewhere): Promise<CellResult[]> {
  const { standing, progress } = sweep;
  const results: CellResult[] = [];
  for (const each of planned) {
    const sayNone = (why: string): void => progress.say(`no wall-clock confirmation on ${each.task.name}: ${why}`);
    const chosen = await confirmationOf(each, standing);
    if (!chosen) continue;
    if ('why' in chosen) {
      sayNone(chosen.why);
      continue;
    }
    const { entrant, cells, host } = chosen;
    progress.add(cells.length, costOfAll(cells));
    for (const cell of cells) await sweep.recall(cell);
    const missing = standing.missing(cells);
    const fault = await confirmingFault({ ...chosen, cells: missing }, elsewhere);
    if (fault !== undefined) sayNone(fault);
    else if (elsewhere && missing.length > 0) await sweep.playThere(missing, host?.name);
    for (let [i, isBusy] = [0, false]; !elsewhere && fault === undefined && i < missing.length; i++) {
      await sweep.play(missing[i]!, isBusy ? 1 : CONFIRM_ATTEMPTS);
      isBusy ||= standing.played.get(missing[i]!.id)?.unfinished !== undefined;
    }
    for (const result of standing.of(cells)) {
      if (!host || isOn(host, result.trace.header)) results.push({ ...result, cell: { ...result.cell, entrant } });
      else sayNone(`seed ${result.cell.seed} was played on another host than ${host.name}, which measured ${entrant.name}`);
    }
  }
  return results;
}
