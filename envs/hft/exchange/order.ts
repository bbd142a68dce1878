/** The words of an order: sides, kinds, self-trade prevention; what one asks for, what it is told at once, and what an execution says. */

export const BUY = 0;
export const SELL = 1;
export type Side = typeof BUY | typeof SELL;

/** Rests what is not filled at once. */
export const LIMIT = 0;
/** Immediate or cancel: fills what it can at once; the rest is dropped. */
export const IOC = 1;
/** Rests, or is refused when it would take. */
export const POST_ONLY = 2;
/** Fill or kill: fills whole at once, or nothing happens at all. */
export const FOK = 3;
/** Immediate or cancel at whatever price there is. */
export const MARKET = 5;
/** Odd kinds never rest. */
export type Kind = typeof LIMIT | typeof IOC | typeof POST_ONLY | typeof FOK | typeof MARKET;

/** Self-trade prevention, the book's numbers: what happens when an order meets a resting one of its own owner. */
export const CANCEL_RESTING = 0;
export const CANCEL_TAKING = 1;
export const CANCEL_BOTH = 2;
export const DECREMENT = 3;
export type Prevention = typeof CANCEL_RESTING | typeof CANCEL_TAKING | typeof CANCEL_BOTH | typeof DECREMENT;

/**
 * Self-trade prevention by name, in the order of its numbers. `cancel-resting` (the default) takes the resting order out and goes on;
 * `cancel-taking` drops what is left of the arriving one; `cancel-both` does both; `decrement` takes the smaller of the two sizes off
 * both (of an iceberg, off what it shows), without a trade, and goes on.
 */
export const SELF_TRADE_PREVENTIONS = ['cancel-resting', 'cancel-taking', 'cancel-both', 'decrement'] as const;
export type SelfTradePrevention = (typeof SELF_TRADE_PREVENTIONS)[number];

/** Prices are at most this many ticks: above it arithmetic on 32-bit integers ends. */
export const MAX_PRICE_TICKS = 0x3fffffff;
/** Shares of one order are at most this many. */
export const MAX_SIZE = 0x3fffffff;

/** An order as it is sent. */
export interface OrderRequest {
  /** Account number of who sends it. */
  owner: number;
  side: Side;
  kind: Kind;
  /** Worst price accepted, in ticks; passed over by MARKET. */
  priceTicks: number;
  /** Shares. */
  size: number;
  /** Iceberg: shares shown at a time; the rest is hidden behind them. Only for what can rest (LIMIT, POST_ONLY). */
  display?: number;
  /**
   * Stop: the order waits until a trade happens at this price or beyond it (at or above for a buy, at or below for a sell), then
   * enters as its kind: MARKET makes a stop, LIMIT a stop-limit. Where the last trade already satisfies it, it enters at once.
   */
  trigger?: number;
  /**
   * One-cancels-other: two live orders of an owner with the same number are a pair. When one executes, even in part, or is triggered,
   * the other is cancelled, before anyone else's order. Cancelling one leaves the other.
   */
  pair?: number;
  selfTrade?: SelfTradePrevention;
}

/**
 * What became of an order by the time `submit` returns. `resting`: shares of it are in the book; `waiting`: a stop that was not triggered;
 * `filled`: whole; `cancelled`: (the rest of) it was dropped; `refused`: nothing happened.
 */
export type OrderStatus = 'resting' | 'filled' | 'cancelled' | 'waiting' | 'refused';

/** The acknowledgement of an order. */
export interface Ack {
  /** The order's id for as long as it lives, also through a trigger or `modify`; 0 when refused. */
  id: number;
  status: OrderStatus;
  /** Shares executed. */
  filled: number;
  /** Shares in the book, hidden ones included. */
  resting: number;
  /**
   * Shares shown at its price ahead of it when it came to rest: what has to trade or be cancelled there before it. Hidden parts of
   * icebergs are not ahead: what they refill goes behind. 0 when nothing rests.
   */
  aheadShares: number;
  /** Why not, or what was dropped. */
  reason?: string;
}

/** One side of one execution. */
export interface Execution {
  /** Market time in microseconds. */
  at: number;
  /** The order's id; 0 for a taking order of `limit`, `take` or `send` that does not come to rest. */
  id: number;
  owner: number;
  side: Side;
  priceTicks: number;
  size: number;
  /** Whether this side rested (made) or arrived (took). */
  maker: boolean;
  /** Account number and class of the other side: 'seat', the kind of background agent, or 'exchange' where it settled what no book took. */
  counterpartyOwner: number;
  counterparty: string;
  /** In short, why it happened: `took the best ask`, `front of the queue at 10003`, `stop triggered at 10010, took the best bid`. */
  why: string;
  /** How long it had rested, in microseconds, since it got its place in the queue; 0 for a taker. */
  restedUs: number;
  /** Shares ahead of it when it came to rest; 0 for a taker. */
  aheadAtEntry: number;
  /** Fee paid, in micro-units of cash; negative: a rebate. */
  feeMicros: number;
  /** The trade's number on the tape, the same for both sides. */
  tradeId: number;
}

/** Told what happens to orders, when it happens; it must not send orders itself. */
export interface ExchangeListener {
  executed(execution: Execution): void;
  /** An order ended without having filled and without its owner asking for it: `why` says what took it out. */
  ended?(owner: number, id: number, why: string): void;
}
