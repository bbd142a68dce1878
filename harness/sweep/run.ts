/**
 * A sweep from start to end. What shares this machine's cores is measured alone: embedded configurations play one after another on
 * the virtual clock; then they answer the probe banks; endpoints elsewhere play in wall-clock time; bots, whose latency is given, come
 * together; the winners are confirmed on the wall clock; and when nothing is being measured any more, the oracle takes all cores.
 */
import type { Trace } from '../../scoring/trace.js';
import type { ProbeResult, ValuedMatch } from '../../scoring/summary.js';
import { Probes } from '../../scoring/probes.js';
import { loadBank } from '../oracle/bank.js';
import { runBotProbes, runProbes, type ProbeRun } from '../oracle/probe.js';
import { valueDecisions, type OracleJob } from '../oracle/pool.js';
import type { BudgetLimits } from '../endpoints/budget.js';
import type { MatchServer } from '../protocol/server.js';
import { monotonicUs } from '../host/clock.js';
import { taskNamed } from '../match/tasks.js';
import { botEntrants, hashOf, makeCell, measuringCells, modelEntrant, type Cell, type Entrant } from './cells.js';
import { Fleet } from '../seating/fleet.js';
import type { Plan } from './plan.js';
import { playCell } from './play.js';
import { Progress, type ProgressOutput } from './progress.js';
import { rowsOf, type Row } from './rows.js';
import type { SweepStore } from './store.js';
import { tradingRows } from './trading.js';

export interface SweepSettings {
  plan: Plan;
  store: SweepStore;
  server: MatchServer;
  output: ProgressOutput;
  budget: BudgetLimits;
  /** Threads of the oracle afterwards. */
  workers: number;
  signal?: AbortSignal;
}

/** One finished cell, as reports need it. */
export interface CellResult {
  cell: Cell;
  trace: Trace;
  /** Void attempts before this one. */
  voided: number;
}

export interface TaskReport {
  task: Plan['tasks'][number];
  rows: Row[];
  cells: CellResult[];
  confirmation: CellResult[];
}

/** Expected real seconds of things, for the time left only. */
const COST = { probe: 0.02, bot: 0.25, oracle: 0.2, overhead: 0.4, unknown: 60 };

/** Unscored calls before a bank is asked. */
const PROBE_WARM_UP = 8;

/** A bank that could not be asked: a failed call says nothing about the model, so no quality may come of it. */
export class ProbesFailed extends Error {
  override name = 'ProbesFailed';
}

/** A sweep that was stopped: what is on disk stays, and the same command resumes. */
export class SweepStopped extends Error {
  override name = 'SweepStopped';
}

export class Sweep {
  private readonly fleet: Fleet;
  private readonly progress: Progress;
  private readonly played = new Map<string, CellResult>();
  private readonly entrants: Entrant[];
  private readonly cells: Map<string, Cell[]>;
  /** The probes of each task that asks any: read before anything is played, since one of other rules is good for nothing. */
  private readonly banks: Map<string, Probes>;

  /** @throws ProbeError when a bank that is to be asked cannot be, OptionsError for a task's options */
  constructor(private readonly settings: SweepSettings) {
    const { plan, server, output, budget } = settings;
    this.banks = new Map(
      plan.tasks
        .filter((task) => task.plan.probes > 0)
        .map(({ name, plan: { probes } }) => [name, new Probes(taskNamed(name), loadBank(name), probes)]),
    );
    this.fleet = new Fleet(server, budget);
    this.entrants = plan.configurations.map(modelEntrant);
    this.cells = new Map(plan.tasks.map((task) => [task.name, measuringCells(task, [...this.entrants, ...botEntrants(task.plan)])]));
    const all = [...this.cells.values()].flat();
    const probes = plan.tasks.reduce((sum, task) => sum + task.plan.probes * COST.probe * this.entrants.length, 0);
    const oracle = all.filter((cell) => cell.entrant.kind !== 'bot').length;
    this.progress = new Progress(output, all.length, all.reduce((sum, cell) => sum + costOf(cell), 0) + probes + oracle * COST.oracle);
  }

  /** Plays what is not finished yet and returns the report of each task. @throws EndpointError before the first match; SweepStopped */
  async run(): Promise<TaskReport[]> {
    try {
      await this.startExternal();
      await this.recall();
      await this.playAll((cell) => cell.entrant.kind === 'embedded');
      const probes = await this.askProbes();
      await this.playAll((cell) => cell.entrant.kind === 'external');
      await this.playAll((cell) => cell.entrant.kind === 'bot');
      const confirmation = await this.confirm(probes);
      Fleet.takeBack();
      await this.fleet.stop();
      const valued = await this.value();
      const traded = await this.trade();
      return this.settings.plan.tasks.map((task) => ({
        task,
        rows: this.rows(task, probes, valued).map((row) => (taskNamed(task.name).trades ? { ...row, trading: traded.get(row.name) } : row)),
        cells: this.cells.get(task.name)!.flatMap((cell) => this.played.get(cell.id) ?? []),
        confirmation: confirmation.filter(({ cell }) => cell.task.name === task.name),
      }));
    } finally {
      this.progress.stop();
      await this.fleet.stop();
    }
  }

  /** Endpoints elsewhere are looked at first: whoever mistyped an address or a model learns it before the first match. */
  private async startExternal(): Promise<void> {
    for (const { kind, configuration } of this.entrants) if (kind === 'external') await this.fleet.endpoint(configuration!);
  }

  /** Finds the cells that an earlier run finished. */
  private async recall(): Promise<void> {
    for (const cell of [...this.cells.values()].flat()) {
      const trace = await this.settings.store.finished(cell);
      if (!trace) continue;
      this.played.set(cell.id, { cell, trace, voided: 0 });
      this.progress.finish(costOf(cell), true);
    }
    if (this.played.size > 0) this.progress.say(`${this.played.size} cells were finished before and are not played again`);
  }

  /** Plays the unfinished cells that `which` picks, seed by seed over all tasks. */
  private async playAll(which: (cell: Cell) => boolean): Promise<void> {
    for (const cells of this.cells.values()) for (const cell of cells) if (which(cell) && !this.played.has(cell.id)) await this.play(cell);
  }

  private async play(cell: Cell): Promise<void> {
    const { server, store, signal } = this.settings;
    this.stopIfAsked();
    this.progress.at(`${cell.task.name} ${cell.entrant.name} seed ${cell.seed}${cell.purpose === 'confirm' ? ' (wall clock)' : ''}`);
    const { trace, attempts } = await playCell(server, this.fleet, store, cell, signal);
    this.stopIfAsked();
    const verdict = trace.footer?.verdict;
    if (!verdict?.counts)
      this.progress.say(`void: ${cell.task.name} ${cell.entrant.name} seed ${cell.seed}: ${verdict?.reasons.join('; ') ?? 'no footer'}`);
    this.played.set(cell.id, { cell, trace, voided: attempts - 1 });
    this.progress.finish(costOf(cell));
  }

  /** Every configuration's answers to the frozen banks, the world stopped, one request at a time. Keyed by task and entrant. */
  private async askProbes(): Promise<Map<string, ProbeResult>> {
    const results = new Map<string, ProbeResult>();
    for (const { name, plan } of this.settings.plan.tasks) {
      if (plan.probes === 0) continue;
      const probes = this.banks.get(name)!;
      const bank = hashOf(probes.probes.map(({ entry }) => [entry.id, entry.digest, entry.value]));
      for (const entrant of [...this.entrants, ...botEntrants(plan)]) {
        const key = hashOf([bank, entrant.digest]);
        const file = `${name}-${hashOf(entrant.name)}`;
        let run = this.settings.store.cached<ProbeRun>('probes', file, key);
        if (!run) {
          this.stopIfAsked();
          this.progress.at(`${name} ${entrant.name}: ${probes.probes.length} probe states`);
          try {
            run = await this.probe(probes, entrant);
          } catch (error) {
            if (!(error instanceof ProbesFailed)) throw error;
            this.progress.say(`no probe quality on ${name}: ${error.message}`);
            continue;
          }
          this.settings.store.keep('probes', file, key, run);
        }
        if (!entrant.bot) this.progress.spend(plan.probes * COST.probe);
        results.set(`${name} ${entrant.name}`, run);
      }
    }
    return results;
  }

  private async probe(probes: Probes, entrant: Entrant): Promise<ProbeRun> {
    if (entrant.bot) return runBotProbes(probes, { bot: entrant.bot.name, seed: 1, errorPermille: entrant.bot.errorPermille });
    const asker = await this.fleet.asker(entrant.configuration!);
    const text = probes.probes[0]!.text;
    if (entrant.kind === 'embedded') for (let i = 0; i < PROBE_WARM_UP; i++) await asker.ask(probes.task, text);
    return runProbes(probes, async (state) => {
      const startedUs = monotonicUs();
      const { action, rejected, failure } = await asker.ask(probes.task, state, this.settings.signal);
      if (failure !== undefined) throw new ProbesFailed(`${entrant.name}: ${rejected}`);
      return { action, rejected, latencyUs: Math.round(monotonicUs() - startedUs) };
    });
  }

  /** The winner of each task, by reward among the frontier's members, in wall-clock matches on seeds of their own. */
  private async confirm(probes: ReadonlyMap<string, ProbeResult>): Promise<CellResult[]> {
    const results: CellResult[] = [];
    for (const planned of this.settings.plan.tasks) {
      const rows = this.rows(planned, probes, []).filter(
        (row) => row.kind === 'embedded' && (row.status === 'frontier' || row.status === 'tied'),
      );
      const winner = rows.sort((a, b) => (b.summary.reward.value ?? -Infinity) - (a.summary.reward.value ?? -Infinity))[0];
      if (!winner) continue;
      const { first, count } = planned.plan.confirmSeeds;
      const cells = Array.from({ length: count }, (_, i) =>
        makeCell(taskNamed(planned.name), planned.plan, winner.entrant, first + i, 'confirm'),
      );
      this.progress.add(
        cells.length,
        cells.reduce((sum, cell) => sum + costOf(cell), 0),
      );
      for (const cell of cells) {
        const earlier = await this.settings.store.finished(cell);
        if (earlier) {
          this.played.set(cell.id, { cell, trace: earlier, voided: 0 });
          this.progress.finish(costOf(cell), true);
        } else await this.play(cell);
        results.push(this.played.get(cell.id)!);
      }
    }
    return results;
  }

  /** The oracle's values of a sample of every model match's decisions. */
  private async value(): Promise<ValuedMatch[]> {
    const { store, workers, signal } = this.settings;
    const wanted = [...this.played.values()].filter(
      ({ cell, trace }) => cell.entrant.kind !== 'bot' && cell.purpose === 'measure' && trace.footer?.verdict.counts,
    );
    const results: ValuedMatch[] = [];
    const jobs: { job: OracleJob; cell: Cell; key: string }[] = [];
    for (const { cell, trace } of wanted) {
      const sample = cell.taskPlan.oracleDecisions;
      if (sample === 0) continue;
      const key = hashOf([cell.task.rules, trace.footer!.digest, sample, cell.task.oracle.futures, cell.task.oracle.horizonUs]);
      const earlier = store.cached<ValuedMatch>('oracle', cell.id, key);
      if (earlier) results.push(earlier);
      else jobs.push({ job: { trace, seat: cell.seat, sample }, cell, key });
    }
    if (jobs.length > 0)
      this.progress.say(
        `valuing ${jobs.reduce((sum, { job }) => sum + job.sample, 0)} sampled decisions of ${jobs.length} matches on ${workers} threads`,
      );
    const onProgress = (done: number, total: number): void => {
      this.progress.spend(COST.oracle);
      this.progress.at(`oracle: ${done}/${total} matches`);
    };
    const valued = await valueDecisions(
      jobs.map(({ job }) => job),
      { workers, onProgress, signal },
    );
    this.stopIfAsked();
    valued.forEach((match, i) => {
      if (!match) return;
      store.keep('oracle', jobs[i]!.cell.id, jobs[i]!.key, match);
      results.push(match);
    });
    return results;
  }

  /** How the entrants of the market traded. */
  private async trade(): Promise<Awaited<ReturnType<typeof tradingRows>>> {
    const { store, workers, signal } = this.settings;
    const onProgress = (done: number, total: number): void => this.progress.at(`market matches played again: ${done}/${total}`);
    const rows = await tradingRows([...this.played.values()], store, (line) => this.progress.say(line), { workers, onProgress, signal });
    this.stopIfAsked();
    return rows;
  }

  private rows(planned: Plan['tasks'][number], probes: ReadonlyMap<string, ProbeResult>, valued: readonly ValuedMatch[]): Row[] {
    const entrants = [...this.entrants, ...botEntrants(planned.plan)];
    const cells = this.cells.get(planned.name)!;
    return rowsOf(taskNamed(planned.name), entrants, (entrant) => {
      const results = cells.filter((cell) => cell.entrant.name === entrant.name).flatMap((cell) => this.played.get(cell.id) ?? []);
      return { results, valued, probes: probes.get(`${planned.name} ${entrant.name}`) };
    });
  }

  private stopIfAsked(): void {
    if (this.settings.signal?.aborted) throw new SweepStopped('stopped; finished cells are kept, and the same command goes on from here');
  }
}

/** Expected real seconds of a cell: how long its world runs at its speed. */
function costOf(cell: Cell): number {
  if (cell.entrant.kind === 'bot') return COST.bot;
  const lengthUs = cell.task.lengthUs(cell.options);
  return (lengthUs === undefined ? COST.unknown : lengthUs / 1e6 / cell.speed) + COST.overhead;
}
