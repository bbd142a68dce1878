/** What a sweep knows so far: which cells were played and what came of them, what models answered to the banks, and the rows that this makes. */
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import { isTeam } from '../configuration/team.js';
import { taskNamed } from '../match/tasks.js';
import type { ProbeRun } from '../oracle/probe.js';
import type { Cell, Entrant } from './cells.js';
import { apartByHost, isOn, type Apart } from './hosts.js';
import { rewardsOf, type PatientBots } from './patient.js';
import type { Planned } from './planned.js';
import type { CellResult, UnplayedCell } from './play.js';
import { answersOf } from './probing.js';
import { rowsOf, type Row } from './rows.js';
import type { SweepStore } from './store.js';
import { unfinishedOf, type Unfinished, type Unprobed } from './unfinished.js';

export class Standing {
  /** By a cell's id. */
  readonly played = new Map<string, CellResult>();
  readonly unplayed: UnplayedCell[] = [];
  /** Of each task what its bots earn when the clock waits. */
  patient = new Map<string, PatientBots>();
  /** Why a bank was not asked to its end, by task and entrant. */
  readonly unprobed: Unprobed[] = [];
  private readonly probed = new Map<string, ProbeRun>();

  constructor(private readonly store: SweepStore) {}

  /** Those of a task's cells that were played. */
  of(cells: readonly Cell[]): CellResult[] {
    return cells.flatMap((cell) => this.played.get(cell.id) ?? []);
  }

  /** Those of cells that are still to be played. */
  missing(cells: readonly Cell[]): Cell[] {
    return cells.filter(({ id }) => !this.played.has(id));
  }

  /** Keeps an entrant's answers to a task's bank. */
  keepProbes(task: string, entrant: Entrant, run: ProbeRun): void {
    this.probed.set(`${task} ${entrant.id}`, run);
  }

  /** Whether a model has states of a bank before it that it was not asked yet. What a team does depends on what it saw before: it is asked none. */
  isUnasked({ probes }: Planned, entrant: Entrant): boolean {
    if (!probes || !entrant.configuration || isTeam(entrant.configuration)) return false;
    return answersOf(probes, entrant, this.store).size < probes.probes.length;
  }

  /** What was measured of a task, hosts told apart. */
  apart({ entrants, cells }: Planned): Apart {
    return apartByHost(entrants, this.of(cells));
  }

  /** A task's rows, a row for each entrant and host. */
  rows(planned: Planned, valued: readonly ValuedMatch[]): Row[] {
    const { task, cells, patient, recovery, score } = planned;
    const { entrants, results, hosts, hostOf } = this.apart(planned);
    const bots = this.patient.get(task.name);
    return rowsOf(taskNamed(task.name), entrants, (entrant) => {
      const whole = entrant.measured ?? entrant;
      const { clock, speed } = cells.find((cell) => cell.entrant === whole)!; // a plan has at least one seed
      const host = hostOf.get(entrant);
      const measuredBy = hosts.find(({ name }) => name === host);
      const own = (): Cell[] => patient.filter((cell) => cell.entrant === whole);
      const rewards = bots && (bots.entrants.get(whole.id) ?? rewardsOf(this.of(own())));
      return {
        results: results.filter(({ cell }) => cell.entrant === entrant),
        valued,
        ...(host === undefined ? {} : { host }),
        probes: this.probed.get(`${task.name} ${whole.id}`),
        clock,
        speed,
        ...(score ? { score } : {}),
        disturbed: this.of(recovery).filter((each) => each.cell.entrant === whole && (!measuredBy || isOn(measuredBy, each.trace.header))),
        ...(bots && rewards ? { patient: { own: rewards, scale: bots.scale } } : {}),
      };
    });
  }

  /** What of a task was not played, or does not count, and why. */
  unfinished({ task, entrants }: Planned): Unfinished[] {
    const { unplayed, unprobed } = this;
    return unfinishedOf(task.name, entrants, { played: [...this.played.values()], unplayed, unprobed });
  }
}
