/**
 * The expert: a fixed rule over what one observation shows, no memory, no chance. It takes quotes that the index has left behind, more of
 * them the further behind they are and the less they add to its position; sheds a position where the index says it costs nothing;
 * otherwise quotes on the sides where a fill would be worth having, and clears quotes that have gone stale.
 */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView, Level } from '../state.js';

/** Sizes it trades in. */
const SIZES = [30, 20, 12, 6, 3] as const;
const QUOTE_SIZE = 6;
const SHED_FROM = 12;
/** The last seconds: it quotes no more, and gets out. */
const CLOSING_US = 3_000_000;

export function expert(state: SymbolView): Action<HftPlan> {
  const { position, positionLimit: limit, bidTicks: bid, askTicks: ask, indexTicks: index, leftUs } = state;
  const closing = leftUs < CLOSING_US;
  // Ticks of extra edge it wants for each third of the limit already held.
  const lean = Math.trunc((3 * position) / limit);
  const buyEdge = index - ask;
  const sellEdge = bid - index;
  // The index flickers by a tick, so an edge of one is enough only for getting rid of a position.
  const buyNeeds = position < 0 ? 1 : 2 + Math.max(0, lean);
  const sellNeeds = position > 0 ? 1 : 2 + Math.max(0, -lean);
  if (!closing || position < 0) {
    const size = graded(within(state.asks, buyEdge - buyNeeds), closing ? -position : limit - position);
    if (buyEdge >= buyNeeds && size > 0) return { plan: [...clearing(state), { do: 'buy', size }] };
  }
  if (!closing || position > 0) {
    const size = graded(within(state.bids, sellEdge - sellNeeds), closing ? position : limit + position);
    if (sellEdge >= sellNeeds && size > 0) return { plan: [...clearing(state), { do: 'sell', size }] };
  }
  if (closing) return position === 0 ? cancelled(state) : { plan: [...clearing(state), { do: 'flat' }] };
  // A position of some size is worth shedding at the index itself.
  if (position >= SHED_FROM && sellEdge >= 0)
    return { plan: [...clearing(state), { do: 'sell', size: graded(within(state.bids, 0), position) || 3 }] };
  if (position <= -SHED_FROM && buyEdge >= 0)
    return { plan: [...clearing(state), { do: 'buy', size: graded(within(state.asks, 0), -position) || 3 }] };
  return quoting(state, lean);
}

/** Quotes where a fill is a tick or more better than the index; leaves good quotes where they are. */
function quoting(state: SymbolView, lean: number): Action<HftPlan> {
  const { bidTicks: bid, askTicks: ask, indexTicks: index, orders } = state;
  const spread = ask - bid;
  const wantBid = quotePlace(index - bid - 1 - Math.max(0, lean), spread, lean < 2);
  const wantAsk = quotePlace(ask - index - 1 - Math.max(0, -lean), spread, lean > -2);
  const bids = orders.filter((o) => o.side === 'bid');
  const asks = orders.filter((o) => o.side === 'ask');
  const bidStands =
    bids.length === 1 && wantBid !== undefined && bids[0]!.at >= Math.min(0, wantBid) && bids[0]!.at <= Math.max(0, wantBid);
  const askStands =
    asks.length === 1 && wantAsk !== undefined && asks[0]!.at <= Math.max(0, -wantAsk) && asks[0]!.at >= Math.min(0, -wantAsk);
  const bidRight = wantBid === undefined ? bids.length === 0 : bidStands;
  const askRight = wantAsk === undefined ? asks.length === 0 : askStands;
  if (bidRight && askRight) return { plan: [] };
  const plan: HftPlan = orders.length > 0 ? [{ do: 'cancel' }] : [];
  if (wantBid !== undefined) plan.push({ do: 'bid', size: quoteSize(-state.position), at: wantBid });
  if (wantAsk !== undefined) plan.push({ do: 'ask', size: quoteSize(state.position), at: 0 - wantAsk });
  return { plan };
}

/** How many ticks better than the best price to quote (0 or 1), or not at all. `slack`: ticks the best price leaves to the index. */
function quotePlace(slack: number, spread: number, wanted: boolean): number | undefined {
  if (!wanted) return undefined;
  if (slack >= 1 && spread >= 2) return 1;
  return slack >= 0 ? 0 : undefined;
}

/** Small where a fill adds to the position, larger where it sheds `held` shares of it. */
function quoteSize(held: number): number {
  return Math.max(QUOTE_SIZE, graded(held, held));
}

/** Own orders go before it takes, so that it never meets them. */
function clearing(state: SymbolView): HftPlan {
  return state.orders.length > 0 ? [{ do: 'cancel' }] : [];
}

function cancelled(state: SymbolView): Action<HftPlan> {
  return { plan: clearing(state) };
}

/** Shares resting within `reach` ticks of the best price. */
function within(levels: readonly Level[], reach: number): number {
  let sum = 0;
  for (const [at, size] of levels) if (Math.abs(at) <= Math.min(3, reach)) sum += size;
  return sum;
}

/** The largest of its sizes that both the book and the room allow. */
function graded(available: number, room: number): number {
  const most = Math.min(available, room);
  return SIZES.find((size) => size <= most) ?? 0;
}
