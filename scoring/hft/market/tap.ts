/** What the recorder needs of a running market, and how it is had: the one file here that knows the market's own classes. */
import type { AnyEnvironment, Micros } from '../../../envs/environment.js';
import { label } from '../../../envs/hft/listing.js';
import { Market } from '../../../envs/hft/market.js';
import type { MarketExecution, Touch } from './record.js';

/** A running market, read without changing it. */
export interface MarketTap {
  seats: number;
  symbols: string[];
  markets: string[];
  /** By symbol. */
  tickMicros: number[];
  startMicros: number;
  durationUs: Micros;
  mid2(symbol: number): number;
  touch(symbol: number): Touch;
  equityMicros(seat: number): number;
  position(seat: number, symbol: number): number;
}

/** Taps a market: `heard` is told of each leg of every trade from now on. undefined for a world that is no market. */
export function tapMarket(env: AnyEnvironment, heard: (execution: MarketExecution) => void): MarketTap | undefined {
  if (!(env instanceof Market)) return undefined;
  const { listings, options } = env;
  listings.forEach((listing, symbol) => {
    const { exchange } = listing;
    const inner = exchange.listener;
    exchange.listener = {
      executed: (execution) => {
        inner?.executed(execution);
        // Executions are told while their order is being worked off: the mid still is the one it found.
        heard({ ...execution, symbol, mid2: exchange.mid2(), indexTicks: listing.index });
      },
      ended: (owner, id, why) => inner?.ended?.(owner, id, why),
    };
  });
  return {
    seats: options.seats,
    symbols: options.symbols.map(({ symbol }) => symbol),
    markets: options.symbols.map(({ market }) => label(market)),
    tickMicros: options.symbols.map(({ tickMicros }) => tickMicros),
    startMicros: options.cashMicros,
    durationUs: options.durationUs,
    mid2: (symbol) => listings[symbol]!.exchange.mid2(),
    touch: (symbol) => {
      const { book } = listings[symbol]!.exchange;
      return { bidTicks: book.bidOrders > 0 ? book.bestBid : null, askTicks: book.askOrders > 0 ? book.bestAsk : null };
    },
    equityMicros: (seat) => env.equity(seat),
    position: (seat, symbol) => listings[symbol]!.exchange.accounts.position[seat]!,
  };
}
