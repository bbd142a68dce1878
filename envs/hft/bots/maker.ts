/**
 * A passive market maker after Avellaneda and Stoikov (High-frequency trading in a limit order book, Quantitative Finance 8, 2008):
 * it quotes around a reservation price that leans against its inventory, r = mid - q gamma sigma^2 tau, half a spread of
 * gamma sigma^2 tau / 2 + ln(1 + gamma / k) / gamma away, and never looks at the index. tau is a rolling four seconds (or what is left),
 * sigma^2 tau the sum of squared moves of the mid over the last four seconds. All in integers: the second term of the spread is a constant.
 */
import type { Action } from '../../environment.js';
import type { HftPlan, SymbolView } from '../state.js';

const SIZE = 6;
/** gamma: lean in half ticks for a full position, per squared half tick of variance over tau: 1 / LEAN_PER. */
const LEAN_PER = 40;
/** Squared half ticks for each half tick added to the half spread. */
const WIDEN_PER = 160;
/** The constant part of the half spread, in half ticks. */
const BASE2 = 3;
/** Quotes are moved when they are this far from where they should be, in ticks: less would give up their place in the queue for nothing. */
const TOLERANCE = 1;
const CLOSING_US = 2_000_000;

export function maker(view: SymbolView): Action<HftPlan> {
  const { position, positionLimit, orders, bidTicks, askTicks, leftUs } = view;
  const clearing: HftPlan = orders.length > 0 ? [{ do: 'cancel' }] : [];
  if (leftUs < CLOSING_US) return { plan: position === 0 ? clearing : [{ do: 'flat' }] };
  const variance = varianceOver4s(view);
  const mid2 = bidTicks + askTicks;
  const reservation2 = mid2 - Math.trunc((position * variance) / (positionLimit * LEAN_PER));
  const half2 = BASE2 + Math.trunc(variance / WIDEN_PER);
  const bid = Math.min(Math.floor((reservation2 - half2) / 2), askTicks - 1);
  const ask = Math.max(Math.ceil((reservation2 + half2) / 2), bidTicks + 1);
  const wantBid = position + SIZE <= positionLimit;
  const wantAsk = position - SIZE >= -positionLimit;
  if (stands(view, 'bid', wantBid ? bid : undefined) && stands(view, 'ask', wantAsk ? ask : undefined)) return { plan: [] };
  const plan = clearing;
  if (wantBid) plan.push({ do: 'bid', size: SIZE, at: bid - bidTicks });
  if (wantAsk) plan.push({ do: 'ask', size: SIZE, at: ask - askTicks });
  return { plan };
}

/** Sum of squared moves of the mid over the last four seconds, in half ticks squared. */
function varianceOver4s({ past, bidTicks, askTicks }: SymbolView): number {
  let sum = 0;
  let last = bidTicks + askTicks;
  for (const { mid2Ticks } of past) {
    sum += (last - mid2Ticks) * (last - mid2Ticks);
    last = mid2Ticks;
  }
  return sum;
}

/** Whether the one order of a side is where it should be (or rightly absent). */
function stands({ orders }: SymbolView, side: 'bid' | 'ask', price: number | undefined): boolean {
  const own = orders.filter((order) => order.side === side);
  if (price === undefined) return own.length === 0;
  return own.length === 1 && Math.abs(own[0]!.priceTicks - price) <= TOLERANCE;
}
