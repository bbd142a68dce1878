/** Where a seat's profit came from, exactly: what each symbol earned, less fees, is the change of equity to the last micro-unit. */
import { BUY } from '../../../envs/hft/exchange/order.js';
import type { MarketExecution } from './record.js';

/** A symbol's profit of one seat. Integers. */
export interface SymbolProfit {
  /** Cash received for shares sold less cash paid for shares bought, and the position left, marked at the mid. Fees are not in it. */
  grossMicros: number;
  feesMicros: number;
  /** Position at the end. */
  position: number;
}

/** +1 for shares bought, -1 for shares sold. */
export function signOf(execution: Pick<MarketExecution, 'side'>): 1 | -1 {
  return execution.side === BUY ? 1 : -1;
}

/** What an execution was worth, in micro-units. */
export function notionalOf(execution: Pick<MarketExecution, 'priceTicks' | 'size'>, tickMicros: number): number {
  return execution.priceTicks * execution.size * tickMicros;
}

/**
 * Profit of a seat in one symbol, from its executions there. The position left is marked as accounts mark it: at half of
 * `mid2`, rounded down to whole micro-units.
 */
export function symbolProfit(executions: readonly MarketExecution[], mid2: number, tickMicros: number): SymbolProfit {
  let cash = 0;
  let position = 0;
  let feesMicros = 0;
  for (const execution of executions) {
    cash -= signOf(execution) * notionalOf(execution, tickMicros);
    position += signOf(execution) * execution.size;
    feesMicros += execution.feeMicros;
  }
  return { grossMicros: cash + Math.floor((position * mid2 * tickMicros) / 2), feesMicros, position };
}
