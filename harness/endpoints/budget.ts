/**
 * A bound on what calls may cost: how many, and how much money. A call that could go over is not made.
 */
import { fileFault } from '../host/fault.js';
import { CallTally } from './tally.js';

export interface BudgetLimits {
  maxCalls?: number;
  /** In the currency of the prices. */
  maxCost?: number;
  /** Price of 1,000 tokens in and out. */
  inputPer1k?: number;
  outputPer1k?: number;
  /** A file that counts calls for all who share the bound (see tally.ts); without one a budget counts its own. Money is counted by each. */
  tally?: string;
}

/** What was spent so far. Plain data: it can be carried from one process to the next. */
export interface BudgetSpent {
  calls: number;
  cost: number;
  inputTokens: number;
  outputTokens: number;
  /** Calls whose cost is an upper estimate, because the server told no token counts (a cancelled stream tells none). */
  estimatedCalls: number;
}

/** The hold on the budget of a call under way. */
export interface Reservation {
  inputTokens: number;
  outputTokens: number;
}

/** Counts calls and their cost against limits. Before a call its worst case is held back, so that the limit holds with calls under way. */
export class CallBudget {
  private held = 0;
  readonly spent: BudgetSpent;

  constructor(
    readonly limits: BudgetLimits = {},
    spent?: BudgetSpent,
  ) {
    this.spent = spent ? { ...spent } : { calls: 0, cost: 0, inputTokens: 0, outputTokens: 0, estimatedCalls: 0 };
  }

  /**
   * Asks for one call. Tokens of the prompt are not known before, so they are bounded by its UTF-8 bytes.
   * @returns the hold to settle afterwards, or one sentence saying which limit is reached
   */
  reserve(promptBytes: number, maxTokens: number): Reservation | string {
    const { maxCalls = Infinity, maxCost = Infinity } = this.limits;
    if (this.spent.calls >= maxCalls) return `the budget of ${maxCalls} calls is spent`;
    const reservation = { inputTokens: promptBytes, outputTokens: maxTokens };
    const worst = this.cost(reservation.inputTokens, reservation.outputTokens);
    const committed = this.spent.cost + this.held;
    if (committed + worst > maxCost) {
      return `the budget of ${maxCost} does not hold another call: ${committed.toFixed(6)} is spent or held, and one may cost up to ${worst.toFixed(6)}`;
    }
    const fault = this.uncounted(maxCalls);
    if (fault !== undefined) return fault;
    this.spent.calls++;
    this.held += worst;
    return reservation;
  }

  /** Replaces a hold by what the server counted; without its counts by an estimate: bytes / 3 for the prompt, received pieces for the answer. */
  settle(reservation: Reservation, counted: { inputTokens?: number; outputTokens?: number; receivedPieces: number }): void {
    this.held = Math.max(0, this.held - this.cost(reservation.inputTokens, reservation.outputTokens));
    const estimated = counted.inputTokens === undefined || counted.outputTokens === undefined;
    const inputTokens = counted.inputTokens ?? Math.ceil(reservation.inputTokens / 3);
    const outputTokens = counted.outputTokens ?? counted.receivedPieces;
    this.spent.inputTokens += inputTokens;
    this.spent.outputTokens += outputTokens;
    this.spent.cost += this.cost(inputTokens, outputTokens);
    if (estimated) this.spent.estimatedCalls++;
  }

  /** Counts a call for all who share the bound; why it may not be made, else undefined. */
  private uncounted(maxCalls: number): string | undefined {
    const { tally } = this.limits;
    if (tally === undefined || maxCalls === Infinity) return undefined;
    try {
      return new CallTally(tally).take(maxCalls) ? undefined : `the budget of ${maxCalls} calls is spent`;
    } catch (error) {
      return `its calls cannot be counted, and are bounded: ${fileFault(error)}`;
    }
  }

  private cost(inputTokens: number, outputTokens: number): number {
    const { inputPer1k = 0, outputPer1k = 0 } = this.limits;
    return (inputTokens * inputPer1k + outputTokens * outputPer1k) / 1000;
  }
}
