/**
 * The published benchmark's trading rules as arithmetic, in doubles and in the published order of operations (Kang et al., "Win Fast or
 * Lose Slow", arXiv 2505.19481, HFTBench). Doubles are allowed here and in this folder only, and only + - x / min max: those give the
 * same bits on every machine. Money is in dollars, time in seconds.
 */

/** Cash at the start, in dollars. */
export const START_CASH = 10_000;
/** The delay from which a price is the whole day's average alone, in seconds. */
export const FULL_DELAY_S = 1.5;
/** The run ends after the first second later than this at which the agent was asked: 15:30:00, in seconds of the day. */
export const LAST_CALL_S = 15 * 3600 + 30 * 60;
/** The move against the average cost, in per cent, from which the agent is asked: the published code's own default (its paper says 2). */
export const DEFAULT_THRESHOLD = 0.03;
/** Earlier prices shown: at most so many, at least so many seconds apart (the newest is that of the last trade before, however recent). */
export const HISTORY_POINTS = 20;
export const HISTORY_APART_S = 60;

/** What a symbol costs and pays at one second, in dollars. */
export interface Prices {
  buy: number;
  sell: number;
}

/** One symbol's holding. `cost` is the average paid for a share; it is kept when all are sold. */
export interface Holding {
  shares: number;
  cost: number;
}

/** How much of a price is the day's average after a delay of `delayS` seconds: 0 to 1. */
export function alphaOf(delayS: number): number {
  return Math.min(Math.max(delayS, 0) / FULL_DELAY_S, 1);
}

/** A price after a delay. `average` is taken over the whole day, later seconds included: the published look-ahead. */
export function delayed(price: number, average: number, alpha: number): number {
  return price * (1 - alpha) + average * alpha;
}

/** The day's average of a symbol: half of the mean high and the mean low together, each summed in the order of time. */
export function averageOf(highs: ArrayLike<number>, lows: ArrayLike<number>): number {
  return (meanOf(highs) + meanOf(lows)) / 2;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Whether one symbol has the agent asked: nothing is held, or an undelayed price is `threshold` per cent or more off the average cost. */
export function asks({ shares, cost }: Holding, { buy, sell }: Prices, threshold: number): boolean {
  if (shares === 0) return true;
  return (Math.max(Math.abs(sell - cost), Math.abs(buy - cost)) / cost) * 100 >= threshold;
}

/** Most whole shares that the cash pays for. */
export function maxBuyable(cash: number, buy: number): number {
  return Math.floor(cash / buy);
}

/** Buys `shares` whole, or nothing when the cash does not reach. Returns the cash left, or undefined when nothing was bought. */
export function buyShares(cash: number, holding: Holding, shares: number, price: number): number | undefined {
  const paid = shares * price;
  if (paid > cash) return undefined;
  holding.cost = (holding.cost * holding.shares + paid) / (holding.shares + shares);
  holding.shares += shares;
  return cash - paid;
}

/** Sells `shares`, or all that are held when they are fewer. Returns the cash after, and how many were sold. */
export function sellShares(cash: number, holding: Holding, shares: number, price: number): { cash: number; sold: number } {
  const sold = Math.min(shares, holding.shares);
  holding.shares -= sold;
  return { cash: cash + sold * price, sold };
}

/** Cash and shares together at these sell prices, in dollars, symbol by symbol. */
export function worthOf(cash: number, holdings: readonly Holding[], sell: (symbol: number) => number): number {
  let worth = cash;
  holdings.forEach(({ shares }, symbol) => (worth += shares * sell(symbol)));
  return worth;
}

/** The yield in the reward's integer unit, millionths of the starting cash: worth / 10,000 - 1, a half going up. */
export function yieldPpm(worth: number): number {
  return Math.floor((worth / START_CASH - 1) * 1_000_000 + 0.5);
}
