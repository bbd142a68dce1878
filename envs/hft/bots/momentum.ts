/** Follows the mid of the last second with market orders, and turns round when it turns. */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView } from '../state.js';

const TRIGGER_HALF_TICKS = 6;
const SIZE = 10;

export function momentum(state: SymbolView): Action<HftPlan> {
  const before = state.past.find((p) => p.agoUs === 1_000_000);
  const move2 = before === undefined ? 0 : state.bidTicks + state.askTicks - before.mid2Ticks;
  const most = Math.trunc(state.positionLimit / 2);
  if (move2 >= TRIGGER_HALF_TICKS && state.position < most) return { plan: [{ do: 'buy', size: SIZE }] };
  if (move2 <= -TRIGGER_HALF_TICKS && state.position > -most) return { plan: [{ do: 'sell', size: SIZE }] };
  return { plan: [] };
}
