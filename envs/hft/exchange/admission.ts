/** What an exchange takes for an order: everything else is refused before it has any effect, with a reason that says what is accepted. */
import {
  BUY,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  MAX_PRICE_TICKS,
  MAX_SIZE,
  POST_ONLY,
  SELF_TRADE_PREVENTIONS,
  SELL,
  type OrderRequest,
} from './order.js';

/** Orders may rest at most this many ticks from the mid: the book keeps an array over all prices between them. */
export const REACH_TICKS = 0x80000;

/** Why this is no order; undefined where it is one. @param mid2 twice the mid, in ticks */
export function fault(request: OrderRequest, mid2: number): string | undefined {
  const { side, kind, size, priceTicks, display, trigger, pair, selfTrade } = request;
  const rests = kind === LIMIT || kind === POST_ONLY;
  if (side !== BUY && side !== SELL) return `side ${String(side)}; accepted: ${BUY} (buy) or ${SELL} (sell)`;
  if (!rests && kind !== IOC && kind !== FOK && kind !== MARKET) {
    return `kind ${String(kind)}; accepted: ${LIMIT} limit, ${IOC} immediate or cancel, ${POST_ONLY} post-only, ${FOK} fill or kill, ${MARKET} market`;
  }
  if (sizeFault(size) !== undefined) return sizeFault(size);
  if (kind !== MARKET) {
    const reason = priceFault(priceTicks, mid2, rests);
    if (reason !== undefined) return reason;
  }
  if (display !== undefined) {
    if (!rests) return 'an order that never rests shows nothing; display is accepted for limit and post-only orders';
    if (!between(display, 1, size)) return `${display} shares shown of ${size}; accepted: a whole number from 1 to ${size}`;
  }
  if (trigger !== undefined && !between(trigger, 1, MAX_PRICE_TICKS)) {
    return `trigger ${trigger}; accepted: whole ticks from 1 to ${MAX_PRICE_TICKS}`;
  }
  if (pair !== undefined) {
    if (!between(pair, 0, MAX_SIZE)) return `pair ${pair}; accepted: a whole number from 0 to ${MAX_SIZE}`;
    if (!rests && trigger === undefined) return 'an order that neither rests nor waits cannot be one of a pair';
  }
  if (selfTrade !== undefined && !SELF_TRADE_PREVENTIONS.includes(selfTrade)) {
    return `self-trade prevention ${String(selfTrade)}; accepted: ${SELF_TRADE_PREVENTIONS.join(', ')}`;
  }
  return undefined;
}

/** Why no order can have this price. @param rests whether it may come to rest there */
export function priceFault(priceTicks: number, mid2: number, rests: boolean): string | undefined {
  if (!between(priceTicks, 1, MAX_PRICE_TICKS)) return `price ${priceTicks}; accepted: whole ticks from 1 to ${MAX_PRICE_TICKS}`;
  if (rests && Math.abs(priceTicks * 2 - mid2) > REACH_TICKS * 2) {
    return `price ${priceTicks} is too far from the market at ${mid2 / 2}; accepted: at most ${REACH_TICKS} ticks away`;
  }
  return undefined;
}

/** Why no order can have this size. */
export function sizeFault(size: number): string | undefined {
  return between(size, 1, MAX_SIZE) ? undefined : `${size} shares; accepted: a whole number from 1 to ${MAX_SIZE}`;
}

function between(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
