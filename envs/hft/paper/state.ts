/** What an agent sees, does, and what spectators may see, under the published rules. Dollars are doubles here. */

/** One symbol as the agent is shown it. Prices are the undelayed ones. */
export interface PaperSymbol {
  symbol: string;
  /** The second's low: what a share costs now. */
  buy: number;
  /** The second's high: what a share pays now. */
  sell: number;
  shares: number;
  /** Average cost of a share held; 0 before the first was bought. */
  cost: number;
  /** Most shares the cash pays for at `buy`. */
  maxBuyable: number;
  /** Earlier middles of low and high, newest first: of its own last trade, then at least a minute apart. */
  history: { time: string; price: number }[];
}

/** One question: the second at which it is asked. That second stays until the answer is there. */
export interface PaperState {
  /** HH:MM:SS of the published day. */
  time: string;
  cash: number;
  symbols: PaperSymbol[];
}

/**
 * Whole shares to buy (positive) or sell (negative), by symbol; nothing named is nothing traded. `*` stands for the first symbol, so that
 * an answer about a single symbol need not name it.
 */
export type PaperPlan = Record<string, number>;

/** The plan's name for the first symbol. */
export const FIRST_SYMBOL = '*';

/** What a spectator may see. */
export interface PaperScene {
  task: 'hft-paper';
  label: string;
  time: string;
  cash: number;
  worth: number;
  over: boolean;
  symbols: { symbol: string; buy: number; sell: number; shares: number; cost: number }[];
}
