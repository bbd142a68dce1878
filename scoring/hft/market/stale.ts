/**
 * Stale fills: trades at prices that the market had already left.
 *
 * - **Taking**: the best price that an order met at its landing was not the best price in the observation it answers. Then all fills of
 *   that order count as stale, for better or worse; how far the price had moved is told with its sign.
 * - **Making**: when a resting order was filled, the public index was already beyond its price by a tick or more (above an ask that was
 *   bought, below a bid that was sold to): whoever took it knew a better price.
 */
import { BUY } from '../../../envs/hft/exchange/order.js';
import { signOf } from './profit.js';
import type { LandedPlan, MarketExecution, MarketRecord } from './record.js';

export interface StaleFills {
  /** Fills that can be judged, those of them that were stale, and the mean over the stale ones of how far behind, in ticks. */
  fills: number;
  stale: number;
  /** Taking: positive when the price had moved against the seat. Making: ticks by which the index was beyond the price, always positive. */
  behindTicks: number | null;
  /** Fills left out: not of an answer's landing (a stop's, the close's), or of a side that was empty when observed. */
  unjudged: number;
}

/** An order's fills in one landing: the same plan, symbol and side. */
interface TakingOrder {
  plan: LandedPlan;
  fills: MarketExecution[];
}

/** A seat's taking fills grouped by landing, symbol and side, in order. */
function takingOrders(record: MarketRecord, seat: number): TakingOrder[] {
  const orders: TakingOrder[] = [];
  for (const plan of record.plans) {
    if (plan.seat !== seat) continue;
    const groups = new Map<string, TakingOrder>();
    for (let i = plan.from; i < plan.to; i++) {
      const fill = record.executions[i]!;
      if (fill.owner !== seat || fill.maker) continue;
      const key = `${fill.symbol} ${fill.side}`;
      const group = groups.get(key) ?? { plan, fills: [] };
      group.fills.push(fill);
      groups.set(key, group);
    }
    orders.push(...groups.values());
  }
  return orders;
}

/** The price a seat saw on the side that buying or selling takes from; null when there was none. */
export function seenPrice(plan: LandedPlan, symbol: number, side: MarketExecution['side']): number | null {
  const touch = plan.seen[symbol];
  return (side === BUY ? touch?.askTicks : touch?.bidTicks) ?? null;
}

/** Stale taking fills of a seat, in one symbol or (absent) in all. */
export function staleTaking(record: MarketRecord, seat: number, symbol?: number): StaleFills {
  const total = record.executions.filter((e) => e.owner === seat && !e.maker && (symbol === undefined || e.symbol === symbol)).length;
  let fills = 0;
  const behind: number[] = [];
  for (const order of takingOrders(record, seat)) {
    const [first] = order.fills;
    if (symbol !== undefined && first!.symbol !== symbol) continue;
    const seen = seenPrice(order.plan, first!.symbol, first!.side);
    if (seen === null) continue;
    fills += order.fills.length;
    const moved = signOf(first!) * (first!.priceTicks - seen);
    if (moved !== 0) for (let i = 0; i < order.fills.length; i++) behind.push(moved);
  }
  return { fills, stale: behind.length, behindTicks: meanOf(behind), unjudged: total - fills };
}

/** Stale making fills among these. */
export function staleMaking(fills: readonly MarketExecution[]): StaleFills {
  const makers = fills.filter(({ maker }) => maker);
  // A buyer whose bid lies above the index paid too much; a seller whose ask lies below it got too little.
  const behind = makers.map((fill) => signOf(fill) * (fill.priceTicks - fill.indexTicks)).filter((ticks) => ticks > 0);
  return { fills: makers.length, stale: behind.length, behindTicks: meanOf(behind), unjudged: 0 };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
