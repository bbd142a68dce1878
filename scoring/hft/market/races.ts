/**
 * Races: whether a seat was the first to take the quote it had seen.
 *
 * A seat tries for a quote when a plan of its means to take from the best price in the observation it answers. A **rival** is anybody else
 * who took at that price or a better one on the same side, after the observation and up to `RACE_WINDOW_US` after the landing; or another
 * seat that landed in that time, had seen the same price and tried for it in vain. (Background agents that come too late leave no trace.)
 *
 * - `won`: the seat took at the price it had seen, or a better one, before any rival did, and there was a rival.
 * - `shared`: a rival took first, and the seat still got some at that price.
 * - `lost`: a rival took, and the seat got nothing at that price.
 * - `uncontested`, `withdrawn`: nobody else took or tried, and the seat got some; nobody took, and there was nothing to get any more (its
 *   owner was faster). These two are no races.
 */
import type { Micros } from '../../../envs/environment.js';
import { BUY, type Side } from '../../../envs/hft/exchange/order.js';
import type { LandedPlan, MarketRecord } from './record.js';
import { seenPrice } from './stale.js';

/** A rival counts up to this long after the seat's own landing. */
export const RACE_WINDOW_US: Micros = 100_000;

/** Tries of one seat, by what came of them. `won + shared + lost` are races. */
export interface Races {
  tries: number;
  won: number;
  shared: number;
  lost: number;
  uncontested: number;
  withdrawn: number;
}

type Outcome = Exclude<keyof Races, 'tries'>;

/** Races of a seat, in one symbol or (absent) in all. Tries for a side that was empty when observed are not counted. */
export function races(record: MarketRecord, seat: number, symbol?: number): Races {
  const counts: Races = { tries: 0, won: 0, shared: 0, lost: 0, uncontested: 0, withdrawn: 0 };
  for (const plan of record.plans) {
    if (plan.seat !== seat) continue;
    for (const attempt of plan.tries) {
      if (symbol !== undefined && attempt.symbol !== symbol) continue;
      const seen = seenPrice(plan, attempt.symbol, attempt.side);
      if (seen === null) continue;
      counts.tries++;
      counts[outcomeOf(record, plan, attempt.symbol, attempt.side, seen)]++;
    }
  }
  return counts;
}

function outcomeOf(record: MarketRecord, plan: LandedPlan, symbol: number, side: Side, seen: number): Outcome {
  const { executions, plans } = record;
  const asGood = (price: number): boolean => (side === BUY ? price <= seen : price >= seen);
  /** Position of the first own fill at the price seen or better. */
  let own = Infinity;
  for (let i = plan.from; i < plan.to && own === Infinity; i++) {
    const e = executions[i]!;
    if (e.owner === plan.seat && !e.maker && e.symbol === symbol && e.side === side && asGood(e.priceTicks)) own = i;
  }
  const until = plan.at + RACE_WINDOW_US;
  const took = own !== Infinity;
  for (let i = firstAfter(executions, plan.observedAt); i < executions.length && executions[i]!.at <= until; i++) {
    const e = executions[i]!;
    if (e.owner === plan.seat || e.maker || e.symbol !== symbol || e.side !== side || !asGood(e.priceTicks)) continue;
    if (!took) return 'lost';
    return i < own ? 'shared' : 'won';
  }
  if (!took) return 'withdrawn';
  for (let i = firstAfter(plans, plan.observedAt); i < plans.length && plans[i]!.at <= until; i++) {
    const other = plans[i]!;
    if (other.seat === plan.seat || seenPrice(other, symbol, side) !== seen) continue;
    if (other.tries.some((each) => each.symbol === symbol && each.side === side)) return 'won';
  }
  return 'uncontested';
}

/** Position of the first entry later than `at`, in a list whose times never fall. */
function firstAfter(list: readonly { at: Micros }[], at: Micros): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
