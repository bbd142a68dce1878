/** The banks of a sweep: whose answers are still wanted, what is kept of them, and whose could not be had. */
import { isTeam } from '../configuration/team.js';
import { EndpointError } from '../endpoints/errors.js';
import type { Processes } from '../seating/processes.js';
import type { Entrant } from './cells.js';
import { COST } from './costs.js';
import type { Planned } from './planned.js';
import type { CellPlayer } from './play.js';
import { probeEntrant, ProbesFailed } from './probing.js';
import type { Progress } from './progress.js';
import type { Standing } from './standing.js';
import type { SweepStore } from './store.js';

/** The sweep that asks. */
export interface AskingSweep {
  standing: Standing;
  progress: Progress;
  player: CellPlayer;
  store: SweepStore;
  signal?: AbortSignal;
  /** @throws where the sweep is to stop */
  stopIfAsked(): void;
}

/**
 * Has the frozen banks answered by the entrants that `which` picks, one after another.
 * @throws StoreError, and what `stopIfAsked` throws: what was answered is kept
 */
export async function askBanks(
  planned: readonly Planned[],
  which: (entrant: Entrant, task: string) => boolean,
  processes: Processes,
  sweep: AskingSweep,
): Promise<void> {
  const { standing, progress, player, store, signal } = sweep;
  const say = (line: string): void => progress.say(line);
  for (const { task, entrants, probes } of planned) {
    if (!probes) continue;
    for (const entrant of entrants) {
      sweep.stopIfAsked();
      // What a team does depends on what it has seen before: a bank of single states says nothing about it.
      if (entrant.configuration && isTeam(entrant.configuration)) continue;
      if (!which(entrant, task.name) || player.reasonGivenUp(entrant) !== undefined) continue;
      progress.at(`${task.name} ${entrant.name}: ${probes.probes.length} probe states`);
      try {
        standing.keepProbes(task.name, entrant, await probeEntrant(probes, entrant, { processes, store, say, signal }));
      } catch (error) {
        sweep.stopIfAsked();
        if (!(error instanceof ProbesFailed || error instanceof EndpointError)) throw error;
        say(`no probe quality on ${task.name}: ${error.message}; what was answered is kept`);
        standing.unprobed.push({ task: task.name, entrant, why: error.message });
      }
      if (!entrant.bot) progress.spend(task.plan.probes * COST.probe);
    }
  }
}
