/** A passive market maker: quotes both sides at the touch, smaller on the side it already holds, and never looks at the index. */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView } from '../state.js';

const SIZE = 8;

export function maker(state: SymbolView): Action<HftPlan> {
  const { position, positionLimit, orders, askTicks, bidTicks } = state;
  const atTouch = orders.length === 2 && orders.every((o) => o.at === 0);
  if (atTouch) return { plan: [] };
  const plan: HftPlan = orders.length > 0 ? [{ do: 'cancel' }] : [];
  const better = askTicks - bidTicks >= 3 ? 1 : 0;
  const share = Math.trunc((3 * position) / positionLimit);
  if (share < 2) plan.push({ do: 'bid', size: SIZE, at: share > 0 ? -1 : better });
  if (share > -2) plan.push({ do: 'ask', size: SIZE, at: share < 0 ? 1 : 0 - better });
  return { plan };
}
