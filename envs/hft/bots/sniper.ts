/**
 * An informed sniper: takes quotes that the index has left behind, and nothing else; gets out as soon as that costs no edge. It never
 * quotes, so all that it earns it earns by being there before the quotes are.
 */
import type { Action } from '../../environment.js';
import type { HftPlan, Level, SymbolView } from '../state.js';

/** Ticks of edge that pay the fee and the index's flicker. */
const EDGE = 2;
const MOST = 30;
const CLOSING_US = 3_000_000;

export function sniper(view: SymbolView): Action<HftPlan> {
  const { bidTicks, askTicks, indexTicks, position, positionLimit, leftUs } = view;
  if (leftUs < CLOSING_US) return { plan: position === 0 ? [] : [{ do: 'flat' }] };
  const buyEdge = indexTicks - askTicks;
  const sellEdge = bidTicks - indexTicks;
  const buying = buyEdge >= EDGE ? positionLimit - position : buyEdge >= 0 && position < 0 ? -position : 0;
  const selling = sellEdge >= EDGE ? positionLimit + position : sellEdge >= 0 && position > 0 ? position : 0;
  const buy = Math.min(within(view.asks, buyEdge), buying, MOST);
  const sell = Math.min(within(view.bids, sellEdge), selling, MOST);
  if (buy > 0) return { plan: [{ do: 'buy', size: buy }] };
  if (sell > 0) return { plan: [{ do: 'sell', size: sell }] };
  return { plan: [] };
}

/** Shares up to `reach` ticks from the best price, at most as deep as an order takes. */
function within(levels: readonly Level[], reach: number): number {
  let sum = 0;
  for (const [at, size] of levels) if (Math.abs(at) <= Math.min(3, reach)) sum += size;
  return sum;
}
