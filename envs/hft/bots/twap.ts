/**
 * TWAP: buys the position limit in equal parts over the first half of the match and sells it in equal parts over the second, whatever the
 * market does. A passive yardstick: it has no view, so its reward is what trading alone costs, plus where the price went.
 */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView } from '../state.js';

/** Shares behind schedule before it trades. */
const STEP = 3;

export function twap({ at, leftUs, position, positionLimit, orderLimit }: SymbolView): Action<HftPlan> {
  const half = Math.max(1, Math.trunc((at + leftUs) / 2));
  const target = Math.min(positionLimit, Math.trunc((positionLimit * Math.min(at, leftUs)) / half));
  const gap = target - position;
  if (Math.abs(gap) < STEP && leftUs > 2_000_000) return { plan: [] };
  if (gap === 0) return { plan: [] };
  return { plan: [{ do: gap > 0 ? 'buy' : 'sell', size: Math.min(orderLimit, Math.abs(gap)) }] };
}
