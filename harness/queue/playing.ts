/** Does a worker's jobs, one at a time, in the process that ticks: it knows no database. Models stay loaded from one job of a sweep to the next. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Probes } from '../../scoring/oracle/probes.js';
import { EndpointError } from '../endpoints/errors.js';
import { CallTally, tallyFile, type SharedBudget } from '../endpoints/tally.js';
import { taskNamed } from '../match/tasks.js';
import { loadBank } from '../oracle/bank.js';
import type { MatchServer } from '../protocol/server.js';
import { Seating } from '../seating/seating.js';
import type { Plan } from '../sweep/plan.js';
import { CellPlayer } from '../sweep/play.js';
import { probeEntrant, ProbesFailed } from '../sweep/probing.js';
import { SweepStore } from '../sweep/store.js';
import { cellOf, entrantOf, JobRefused, paidMembers, readPlan } from './job.js';
import type { Outcome, Work } from './work.js';

/** What is to be done, and for which sweep. */
export interface Task {
  sweep: string;
  plan: string;
  work: Work;
}

/** What came of a job: a file with its result; or this build would play another one, it could not be done, or it was stopped. */
export type Answer =
  | { kind: 'done'; path: string; outcome: Outcome }
  | { kind: 'refused'; why: string }
  /** This worker may make no more calls to one of its endpoints; others may. */
  | { kind: 'spent'; why: string }
  /** `gaveUp`: the entrant's endpoint could not be started, or is dead. */
  | { kind: 'failed'; why: string; gaveUp: boolean }
  | { kind: 'stopped' };

export interface PlayingSettings {
  machine: string;
  /** Where results lie until they are handed in. */
  folder: string;
  mayCommand: boolean;
  budget: SharedBudget;
}

/** A sweep whose jobs are being done. */
interface Current {
  sweep: string;
  text: string;
  plan: Plan;
  seating: Seating;
  store: SweepStore;
  banks: Map<string, Probes>;
}

export class JobPlayer {
  private current: Current | undefined;

  constructor(
    private readonly server: MatchServer,
    private readonly settings: PlayingSettings,
    private readonly say: (line: string) => void,
  ) {}

  /** Does one job. Only what is wrong with this program itself is thrown. */
  async do({ sweep, plan, work }: Task, signal: AbortSignal): Promise<Answer> {
    try {
      const current = await this.of(sweep, plan);
      const before = this.spentOn(current.plan, work);
      if (before !== undefined) return { kind: 'spent', why: before };
      const answer = work.kind === 'match' ? await this.play(current, work, signal) : await this.ask(current, work, signal);
      // What failed when nothing more may be called says nothing of the endpoint, nor of what other workers may call.
      const isWhole = answer.kind === 'done' && answer.outcome.unfinished === undefined;
      const after = isWhole || answer.kind === 'stopped' ? undefined : this.spentOn(current.plan, work);
      return after === undefined ? answer : { kind: 'spent', why: after };
    } catch (error) {
      if (error instanceof JobRefused) return { kind: 'refused', why: error.message };
      if (signal.aborted) return { kind: 'stopped' };
      return { kind: 'failed', why: (error as Error).message, gaveUp: error instanceof EndpointError };
    }
  }

  /** Ends every process that was started. */
  async stop(): Promise<void> {
    await this.current?.seating.stop();
    this.current = undefined;
  }

  /** Which of a job's endpoints may not be called any more, in words; undefined when all may be. */
  private spentOn(plan: Plan, work: Work): string | undefined {
    const { budget } = this.settings;
    const { maxCalls = Infinity } = budget;
    const spent = paidMembers(plan, work).find(({ endpoint }) => {
      const file = tallyFile(budget, endpoint);
      return file !== undefined && new CallTally(file).count >= maxCalls;
    });
    return spent && `${spent.name}: its ${maxCalls} calls of this worker are made (--max-calls)`;
  }

  private async of(sweep: string, text: string): Promise<Current> {
    if (this.current?.sweep === sweep && this.current.text === text) return this.current;
    await this.stop();
    const { budget, folder } = this.settings;
    const seating = new Seating(this.server, this.say, { budget });
    this.current = { sweep, text, plan: readPlan(text), seating, store: new SweepStore(join(folder, sweep)), banks: new Map() };
    return this.current;
  }

  private async play({ plan, seating, store }: Current, work: Extract<Work, { kind: 'match' }>, signal: AbortSignal): Promise<Answer> {
    const cell = await cellOf(plan, work, this.settings.mayCommand);
    const traces = join(store.folder, 'traces');
    for (const name of readdirSync(traces)) rmSync(join(traces, name)); // of earlier jobs: handed in, or of no use
    const player = new CellPlayer(seating, store, this.say, signal, this.settings.machine);
    const result = await player.play(cell);
    if (signal.aborted) return { kind: 'stopped' };
    if ('why' in result) return { kind: 'failed', why: result.why, gaveUp: true };
    const { voided, unfinished } = result;
    const why = player.reasonGivenUp(cell.entrant);
    // A dead endpoint of this machine's says nothing of another machine's.
    if (why !== undefined) return { kind: 'failed', why, gaveUp: true };
    return { kind: 'done', path: store.tracePath(cell), outcome: { voided, ...(unfinished === undefined ? {} : { unfinished }) } };
  }

  private async ask({ plan, seating, store, banks }: Current, work: Work, signal: AbortSignal): Promise<Answer> {
    const { entrant, name, taskPlan } = await entrantOf(plan, work, this.settings.mayCommand);
    const probes = banks.get(name) ?? new Probes(taskNamed(name), loadBank(name), taskPlan.probes);
    banks.set(name, probes);
    try {
      await probeEntrant(probes, entrant, { processes: seating.processes, store, say: this.say, signal });
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped' };
      if (!(error instanceof ProbesFailed)) throw error;
      return { kind: 'failed', why: error.message, gaveUp: false };
    }
    return { kind: 'done', path: store.keptPath('probes', `${name}-${entrant.id}`, 'jsonl'), outcome: { voided: 0 } };
  }
}
