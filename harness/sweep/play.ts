/**
 * Plays cells, each until its match counts, a few times at most. A match that a busy host disturbed is played again at once; one whose
 * endpoint failed is no measurement of the model, and when the endpoint is dead or its budget spent, the configuration is given up for
 * this run: the cells that are left are unfinished, and the same command plays them later.
 */
import { existsSync } from 'node:fs';
import type { Trace } from '../../scoring/trace/trace.js';
import { hashOf } from '../configuration/hash.js';
import { EndpointError } from '../endpoints/errors.js';
import { FAILED_SHARE } from '../match/verdict.js';
import { AgentError } from '../protocol/line.js';
import type { Seating } from '../seating/seating.js';
import { callsOf, type CallAccount } from './calls.js';
import { foreign, type Cell, type Entrant } from './cells.js';
import { StoreError, type SweepStore } from './store.js';

/** A host that was busy for a moment voids a match; one that is always busy should say so instead of trying for ever. */
const ATTEMPTS = 3;

/** One played cell, as reports need it. */
export interface CellResult {
  cell: Cell;
  trace: Trace;
  /** Void attempts before this one. */
  voided: number;
  /** Why the match does not count (calls failed, the host was busy...), so that the next run plays the cell again; absent when it counts. */
  unfinished?: string;
}

/** A cell that was not played. */
export interface UnplayedCell {
  cell: Cell;
  why: string;
}

export class CellPlayer {
  private readonly givenUp = new Map<string, string>();

  /** @param machine what this machine is called in traces, where a sweep is played on several */
  constructor(
    private readonly seating: Seating,
    private readonly store: SweepStore,
    private readonly say: (line: string) => void,
    private readonly signal?: AbortSignal,
    private readonly machine?: string,
  ) {}

  /** Why an entrant is not played any more by this run; undefined while it is. */
  reasonGivenUp(entrant: Entrant): string | undefined {
    return this.givenUp.get(keyOf(entrant));
  }

  /** Gives an entrant up for the rest of this run, on every task, in words. Of several machines one does not speak for the sweep: what came of the cell is told. */
  giveUp(entrant: Entrant, why: string): void {
    if (this.givenUp.has(keyOf(entrant))) return;
    this.givenUp.set(keyOf(entrant), why);
    if (this.machine === undefined) this.say(`${entrant.name} is given up for this run: ${why}. The same command goes on with it later`);
  }

  /**
   * Plays a cell.
   * @param seating where it is played, for cells that are played side by side @param attempts matches at most until one counts
   * @throws StoreError when its trace cannot be kept; what `Seating.play` throws about anything but the entrant's own processes
   */
  async play(cell: Cell, seating = this.seating, attempts = ATTEMPTS): Promise<CellResult | UnplayedCell> {
    for (let [attempt, voided] = [1, 0]; ; voided++) {
      const why = this.reasonGivenUp(cell.entrant);
      if (why !== undefined) return { cell, why };
      const trace = await this.attempt(cell, seating);
      if (!trace) continue;
      const { verdict } = trace.footer!;
      const result: CellResult = { cell, trace, voided };
      if (verdict.counts) this.store.vouch(cell);
      if (verdict.counts || this.signal?.aborted) return result;
      const { configuration } = cell.entrant;
      if (configuration && (await seating.processes.hasDied(configuration))) {
        this.store.setAside(cell); // no attempt of the match's: its server is started again, a few times at most
        continue;
      }
      const calls = callsOf(trace, cell.seat);
      // A few failed calls beside another reason are no failure of the endpoint's.
      const isFailure = calls.failed > FAILED_SHARE * calls.decisions || calls.dead;
      const failed = isFailure ? failureText(calls) : undefined;
      if (calls.spent) this.giveUp(cell.entrant, 'its budget for calls is spent');
      else if (calls.dead) this.giveUp(cell.entrant, `its endpoint is dead: ${failed}`);
      // Where anybody else who plays may call no more, another attempt would end as this one.
      const isSpent = cell.players.some((_, seat) => callsOf(trace, seat).spent);
      const last = attempt === attempts || isSpent || calls.dead;
      if (last) return { ...result, unfinished: failed ?? verdict.reasons.join(' ') };
      this.store.setAside(cell);
      attempt++;
    }
  }

  /** One match of a cell; undefined when its entrant could not be started, which gives it up. */
  private async attempt(cell: Cell, seating: Seating): Promise<Trace | undefined> {
    const { id, task, options, seed, clock, speed, players, planned } = cell;
    const { timeoutUs, patient } = planned;
    const tracePath = this.store.tracePath(cell);
    const match = {
      id,
      task: task.name,
      options,
      seed,
      clock,
      speed,
      timeoutUs,
      ...(patient ? { patient } : {}),
      players,
      tracePath,
      ...(this.machine === undefined ? {} : { machine: this.machine }),
      signal: this.signal,
    };
    let trace: Trace;
    try {
      trace = await seating.play(match);
    } catch (error) {
      if (this.signal?.aborted || !(error instanceof EndpointError || error instanceof AgentError)) throw error;
      this.giveUp(cell.entrant, error.message);
      return undefined;
    }
    if (!existsSync(tracePath) && !this.signal?.aborted)
      throw new StoreError(
        `the trace of ${task.name} ${cell.entrant.name} seed ${seed} could not be kept: ${trace.footer!.verdict.reasons.join(' ')} ` +
          'Finished cells are kept; the same command goes on once there is room',
      );
    const other = foreign(cell, trace.header);
    if (other !== undefined)
      throw new StoreError(
        `${task.name} ${cell.entrant.name} changed while the sweep ran (${other}); the same command plays it as it is now`,
      );
    return trace;
  }
}

/** What became of an entrant's calls in a match that says nothing about it. */
function failureText({ failed, decisions, silent, reason }: CallAccount): string {
  if (silent && failed === 0) return 'no call was answered with any text in the whole match';
  return `${failed} of ${decisions} calls failed, the last: ${reason}`;
}

function keyOf({ configuration, id }: Entrant): string {
  return configuration ? hashOf(configuration) : id;
}
