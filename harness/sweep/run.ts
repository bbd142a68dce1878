/**
 * A sweep from start to end. What shares this machine's cores is measured alone: embedded configurations play one after another on
 * the virtual clock, and the one to take is confirmed on the wall clock while its engine still runs; then they answer the probe banks and
 * play while the clock waits, side by side, since nothing of that is measured; endpoints elsewhere play in wall-clock time; bots, whose
 * latency is given, come together; and when nothing is being measured any more, the oracle takes all cores.
 */
import { rmSync } from 'node:fs';
import type { Overhead } from '../agents/calibration.js';
import type { BudgetLimits } from '../endpoints/budget.js';
import { ConfigurationError } from '../configuration/configuration.js';
import type { SharedBudget } from '../endpoints/tally.js';
import type { MatchServer } from '../protocol/server.js';
import { taskNamed } from '../match/tasks.js';
import { Seating } from '../seating/seating.js';
import { askBanks } from './asking.js';
import type { Cell, Entrant } from './cells.js';
import { confirmAll, type ConfirmingSweep } from './confirming.js';
import { COST, costOf, costOfAll } from './costs.js';
import { boundedTogether, contentionFault } from './contention/bounds.js';
import type { CellGroup } from './contention/groups.js';
import { playGroups, recalledGroup } from './contention/player.js';
import { contentionReport, type ContentionReport } from './contention/results.js';
import { Course } from './course.js';
import type { Elsewhere, ElsewhereWork } from './elsewhere.js';
import type { MeasuringHost } from './hosts.js';
import { embeddedAmong, isOf, lanesFor, slowestFirst } from './embedded.js';
import { sideBySide } from './lanes.js';
import { overheadHere } from './overhead.js';
import type { Plan } from './plan.js';
import { plannedOf, type Planned } from './planned.js';
import { CellPlayer, type CellResult, type UnplayedCell } from './play.js';
import { Progress, type ProgressOutput } from './progress.js';
import { Reckoning } from './reckoning.js';
import type { Row } from './rows.js';
import type { SweepStore } from './store.js';
import { Standing } from './standing.js';
import type { Unfinished } from './unfinished.js';

export type { CellResult } from './play.js';

export interface SweepSettings {
  plan: Plan;
  store: SweepStore;
  server: MatchServer;
  output: ProgressOutput;
  budget: BudgetLimits;
  /** Threads of the oracle afterwards. */
  workers: number;
  /** Has the cells and banks played on other machines; absent: they are played here. */
  elsewhere?: Elsewhere;
  signal?: AbortSignal;
}

export interface TaskReport extends ContentionReport {
  task: Plan['tasks'][number];
  rows: Row[];
  cells: CellResult[];
  confirmation: CellResult[];
  /** Matches played while the clock waited: their rewards are in no measured figure. */
  patient: CellResult[];
  /** Matches with an injected outage: in no figure but those of recovery. */
  recovery: CellResult[];
  unfinished: Unfinished[];
  /** The hosts that measured it, where they are told: several, or machines with names of their own. */
  hosts: MeasuringHost[];
}

/** What is added to an entrant's name while it plays. */
const PURPOSES: Record<Cell['purpose'], string> = {
  measure: '',
  patient: ' (patient)',
  confirm: ' (wall clock)',
  recovery: ' (outage)',
  contention: ' (contention)',
};

/** A sweep that was stopped: what is on disk stays, and the same command resumes. */
export class SweepStopped extends Error {
  override name = 'SweepStopped';
}

export class Sweep {
  private readonly seating: Seating;
  private readonly player: CellPlayer;
  private readonly progress: Progress;
  private readonly reckoning: Reckoning;
  /** What the harness itself adds to a latency on this host; undefined when no model was measured here. */
  overhead?: Overhead;
  private readonly standing: Standing;
  private readonly course: Course;
  private readonly budget: SharedBudget;

  private constructor(
    private readonly settings: SweepSettings,
    private readonly planned: readonly Planned[],
  ) {
    const { server, output, store, signal } = settings;
    this.budget = boundedTogether(settings.budget, settings.plan);
    const say = (line: string): void => this.progress.say(line);
    this.standing = new Standing(store);
    this.seating = new Seating(server, say, { budget: this.budget, signal });
    this.player = new CellPlayer(this.seating, store, say, signal);
    const cells = planned.flatMap((each) => [
      ...each.cells,
      ...each.patient,
      ...each.recovery,
      ...each.contention.flatMap((group) => group.cells),
    ]);
    const probes = planned.reduce(
      (sum, { task, entrants }) => sum + task.plan.probes * COST.probe * entrants.filter(({ bot }) => !bot).length,
      0,
    );
    const oracle = cells.filter((cell) => cell.entrant.kind !== 'bot' && cell.purpose === 'measure').length;
    this.course = new Course(settings.plan.name, planned, this.standing, store);
    const announce: ProgressOutput['announce'] = (frame) => {
      if (frame.type === 'progress') this.course.at(frame);
      output.announce(frame);
    };
    this.progress = new Progress({ ...output, announce }, cells.length, costOfAll(cells) + probes + oracle * COST.oracle);
    this.reckoning = new Reckoning(store, this.progress, { workers: settings.workers, signal: settings.signal });
  }

  /**
   * Reads everything that is to be played.
   * @throws ProbeError when a bank that is to be asked cannot be, OptionsError, ConfigurationError, EndpointError, PromptError
   */
  static async prepare(settings: SweepSettings): Promise<Sweep> {
    const fault = contentionFault(settings.plan, settings.budget, settings.elsewhere !== undefined);
    if (fault !== undefined) throw new ConfigurationError(fault);
    return new Sweep(settings, await plannedOf(settings.plan));
  }

  /**
   * Plays what is not finished yet and returns the report of each task.
   * @throws EndpointError before the first match; SweepStopped, StoreError
   */
  async run(): Promise<TaskReport[]> {
    try {
      await this.recall();
      const { elsewhere } = this.settings;
      const confirmation = elsewhere ? await this.playElsewhere(elsewhere) : await this.playHere();
      await this.playPatientBots();
      await this.seating.stop();
      const { standing, reckoning } = this;
      const valued = await reckoning.values([...standing.played.values()]);
      this.stopIfAsked();
      const traded = await reckoning.trading(this.planned.flatMap((each) => standing.apart(each).results));
      this.stopIfAsked();
      this.course.end();
      return this.planned.map((planned) => {
        const { results: cells, hosts } = standing.apart(planned);
        return {
          task: planned.task,
          rows: standing.rows(planned, valued).map((row) => ({ ...row, trading: traded.get(`${planned.task.name} ${row.entrant.id}`) })),
          cells,
          hosts,
          patient: standing.of(planned.patient),
          recovery: standing.of(planned.recovery),
          ...contentionReport(planned, standing),
          confirmation: confirmation.filter(({ cell }) => cell.task.name === planned.task.name),
          unfinished: standing.unfinished(planned),
        };
      });
    } catch (error) {
      this.course.endEarly(error instanceof SweepStopped ? 'stopped' : 'failed');
      throw error;
    } finally {
      this.progress.stop();
      await this.reckoning.close();
      await this.seating.stop();
      // Its own: who gave a folder of tallies goes on counting in it.
      const { tallies } = this.budget;
      if (tallies !== undefined) rmSync(tallies, { recursive: true, force: true });
    }
  }

  /** Plays everything on this machine. @returns the confirmation's matches */
  private async playHere(): Promise<CellResult[]> {
    await this.startExternal();
    await this.readyEmbedded();
    await this.calibrate();
    await this.playAll('cells', (cell) => cell.entrant.kind === 'embedded');
    // A winner by figures of whole configurations is not known before these are.
    if (this.planned.some(({ score }) => score?.isOfWhole)) {
      await this.playEmbeddedPatient();
      await this.playPatientBots();
    }
    const confirmation = await this.confirm();
    await this.playAll('recovery', (cell) => cell.entrant.kind === 'embedded');
    await this.playEmbeddedPatient();
    await this.askProbes(({ kind }) => kind !== 'embedded');
    await this.playAll('cells', (cell) => cell.entrant.kind === 'external');
    await this.playAll('recovery', (cell) => cell.entrant.kind === 'external');
    await this.playAll('patient', (cell) => cell.entrant.kind === 'external');
    await this.playAll('cells', (cell) => cell.entrant.kind === 'bot');
    await this.playContention();
    return confirmation;
  }

  /** Has everything played on other machines, but for what bots do with the world stopped. @returns the confirmation's matches */
  private async playElsewhere(elsewhere: Elsewhere): Promise<CellResult[]> {
    const { planned } = this;
    const cells = this.standing.missing(planned.flatMap((each) => [...each.cells, ...each.patient, ...each.recovery]));
    const banks = planned.flatMap((each) => each.entrants.filter((entrant) => this.standing.isUnasked(each, entrant)).map((entrant) => ({ planned: each, entrant }))); // prettier-ignore
    await this.haveDone(elsewhere, { planned, cells, banks });
    await this.askProbes((entrant, task) => !this.standing.unprobed.some((each) => each.entrant === entrant && each.task === task));
    return this.confirm(elsewhere);
  }

  private async haveDone(elsewhere: Elsewhere, work: ElsewhereWork): Promise<void> {
    this.stopIfAsked();
    await elsewhere.play(work, {
      played: (result) => this.keep(result),
      unplayed: (cell) => this.keep(cell),
      asked: ({ planned: { task } }) => this.progress.spend(task.plan.probes * COST.probe),
      unasked: ({ planned: { task }, entrant }, why) => this.standing.unprobed.push({ task: task.name, entrant, why }),
      at: (label) => this.progress.at(label),
      say: (line) => this.progress.say(line),
    });
    this.stopIfAsked();
  }

  /** Finds the cells that an earlier run finished. */
  private async recall(): Promise<void> {
    for (const { cells, patient, recovery, contention } of this.planned) {
      for (const cell of [...cells, ...patient, ...recovery]) await this.recallCell(cell);
      for (const group of contention) {
        const found = await recalledGroup(group, this.settings.store, (line) => this.progress.say(line));
        for (const result of found ?? []) this.keepEarlier(result);
      }
    }
    this.course.begin();
    const { size } = this.standing.played;
    if (size > 0) this.progress.say(`${size} cells were finished before and are not played again`);
  }

  private async recallCell(cell: Cell): Promise<void> {
    const trace = await this.settings.store.finished(cell, (line) => this.progress.say(line));
    if (!trace) return;
    this.keepEarlier({ cell, trace, voided: 0 });
  }

  private keepEarlier(result: CellResult): void {
    this.standing.played.set(result.cell.id, result);
    this.progress.finish(costOf(result.cell), true);
  }

  /** Endpoints elsewhere that are still to be asked are looked at first: who mistyped an address or a model learns it before any match. */
  private async startExternal(): Promise<void> {
    for (const planned of this.planned) {
      const missing = this.standing.missing([...planned.cells, ...planned.patient, ...planned.recovery]);
      for (const entrant of planned.entrants) {
        if (entrant.kind !== 'external') continue;
        if (!missing.some((cell) => cell.entrant === entrant) && !this.standing.isUnasked(planned, entrant)) continue;
        await this.seating.processes.endpointsOf(entrant.configuration!).catch((error: unknown) => {
          this.stopIfAsked();
          throw error;
        });
        this.stopIfAsked();
      }
    }
  }

  /** Starts the embedded configurations that are still to be measured, and warms them up: side by side, since nothing of that is measured. */
  private async readyEmbedded(): Promise<void> {
    const missing = this.standing.missing(this.planned.flatMap(({ cells }) => cells));
    const models = embeddedAmong(missing.map(({ entrant }) => entrant));
    await sideBySide([...models], lanesFor(models.values(), this.settings.workers), async ([key, configuration]) => {
      for (const { task, cells } of this.planned) {
        const cell = cells.find(({ entrant }) => isOf(key, entrant));
        if (!cell) continue;
        this.stopIfAsked();
        this.progress.at(`${configuration.name} is started`);
        try {
          await this.seating.ready(taskNamed(task.name), cell.options, configuration);
        } catch {
          return; // its first match tries again, tells why, and gives it up
        }
      }
    });
  }

  /** Measures what the harness itself adds to a latency here, before a model is measured. */
  private async calibrate(): Promise<void> {
    const first = this.standing.missing(this.planned.flatMap((each) => each.cells)).find((cell) => cell.entrant.kind !== 'bot');
    this.overhead = await overheadHere(this.settings.store, first?.task);
  }

  /**
   * Plays the unfinished ones of these cells that `which` picks, seed by seed over all tasks, one at a time. @param part measured ones, those with an
   * outage, which are played as what they are compared with, or patient ones, in which nothing is measured
   */
  private async playAll(part: 'cells' | 'recovery' | 'patient', which: (cell: Cell) => boolean, seating = this.seating): Promise<void> {
    for (const planned of this.planned)
      for (const cell of this.standing.missing(planned[part])) if (which(cell)) await this.play(cell, seating);
  }

  /** The banks, and then the patient matches, of embedded models: a model a lane, as many lanes as there are cores for them. */
  private async playEmbeddedPatient(): Promise<void> {
    const { server, workers } = this.settings;
    const models = embeddedAmong(this.planned.flatMap(({ entrants }) => entrants));
    const lanes = lanesFor(models.values(), workers);
    const others = Array.from(
      { length: lanes - 1 },
      () => new Seating(server, (line) => this.progress.say(line), { beside: this.seating }),
    );
    await sideBySide(slowestFirst(models.keys(), this.standing.played.values()), lanes, async (key, lane) => {
      const seating = [this.seating, ...others][lane]!;
      await this.askProbes((entrant) => isOf(key, entrant), seating);
      await this.playAll('patient', ({ entrant }) => isOf(key, entrant), seating);
    });
  }

  /** The matches that are played at the same time: nothing else is asked or computed meanwhile. */
  private async playContention(): Promise<void> {
    const isMissing = ({ cells }: CellGroup): boolean => this.standing.missing(cells).length > 0;
    const { server, store, signal } = this.settings;
    const how = { server, store, budget: this.budget, say: (line: string) => this.progress.say(line), signal };
    if (this.planned.some(({ contention }) => contention.some(isMissing))) await this.seating.stop(); // its engines answer one at a time
    for (const { task, contention } of this.planned)
      await playGroups(contention.filter(isMissing), task.plan.contention!, how, {
        next: ({ entrant }, told) => {
          this.stopIfAsked();
          this.progress.at(`${task.name} ${entrant.name}${PURPOSES.contention}`, ` ${told}`);
        },
        played: (result) => {
          this.stopIfAsked();
          this.keep(result);
        },
      });
  }

  private async playPatientBots(): Promise<void> {
    this.standing.patient = (await this.reckoning.patientBots(this.planned)) ?? this.standing.patient;
    this.stopIfAsked();
  }

  private async play(cell: Cell, seating = this.seating, attempts?: number): Promise<void> {
    this.stopIfAsked();
    this.progress.at(`${cell.task.name} ${cell.entrant.name}${PURPOSES[cell.purpose]}`, ` seed ${cell.seed}`);
    const result = await this.player.play(cell, seating, attempts).catch((error: unknown) => {
      this.stopIfAsked();
      throw error;
    });
    this.stopIfAsked();
    this.keep(result);
  }

  /** Keeps what came of a cell. */
  private keep(result: CellResult | UnplayedCell): void {
    const { cell } = result;
    this.progress.finish(costOf(cell), 'why' in result);
    if ('why' in result) {
      this.standing.unplayed.push(result);
      this.course.through(cell);
      return;
    }
    this.standing.played.set(cell.id, result);
    this.course.through(cell);
    const { verdict } = result.trace.footer!;
    if (!verdict.counts) this.progress.say(`void: ${cell.task.name} ${cell.entrant.name} seed ${cell.seed}: ${verdict.reasons.join(' ')}`);
  }

  /** The answers to the frozen banks of the entrants that `which` picks. */
  private async askProbes(which: (entrant: Entrant, task: string) => boolean, { processes } = this.seating): Promise<void> {
    const { standing, progress, player } = this;
    const { store, signal } = this.settings;
    const stopIfAsked = (): void => this.stopIfAsked();
    await askBanks(this.planned, which, processes, { standing, progress, player, store, signal, stopIfAsked });
  }

  /** The wall-clock matches of the configurations to take. @param elsewhere has them played on the machine that measured them */
  private async confirm(elsewhere?: Elsewhere): Promise<CellResult[]> {
    const { planned, standing, progress } = this;
    const sweep: ConfirmingSweep = {
      ...{ standing, progress },
      recall: (cell) => this.recallCell(cell),
      play: (cell, attempts) => this.play(cell, this.seating, attempts),
      playThere: (cells, machine) =>
        this.haveDone(elsewhere!, { planned, cells, banks: [], ...(machine === undefined ? {} : { machine }) }),
    };
    return confirmAll(planned, sweep, elsewhere);
  }

  private stopIfAsked(): void {
    if (this.settings.signal?.aborted) throw new SweepStopped('stopped; finished cells are kept, and the same command goes on from here');
  }
}
