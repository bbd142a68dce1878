/** Mean reversion: trades against moves of the mid away from its mean over the last four seconds, without looking at the index. */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView } from '../state.js';

/** Half ticks away from the mean before it trades, and back to it before it gets out. */
const ENTER2 = 8;
const LEAVE2 = 2;
const SIZE = 10;

export function reversion(view: SymbolView): Action<HftPlan> {
  const { past, bidTicks, askTicks, position, positionLimit } = view;
  const sum = past.reduce((total, { mid2Ticks }) => total + mid2Ticks, 0);
  const away2 = bidTicks + askTicks - Math.trunc(sum / Math.max(1, past.length));
  const most = Math.trunc(positionLimit / 2);
  if (away2 >= ENTER2 && position > -most) return { plan: [{ do: 'sell', size: SIZE }] };
  if (away2 <= -ENTER2 && position < most) return { plan: [{ do: 'buy', size: SIZE }] };
  if (Math.abs(away2) <= LEAVE2 && position !== 0)
    return { plan: [{ do: position > 0 ? 'sell' : 'buy', size: Math.min(SIZE, Math.abs(position)) }] };
  return { plan: [] };
}
