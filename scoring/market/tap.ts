/** What the recorder needs of a running market, and how it is had: the one file here that knows the market's own classes. */
import type { AnyEnvironment, Micros } from '../../envs/environment.js';
import { BUY, SELL } from '../../envs/hft/book.js';
import { Market } from '../../envs/hft/market.js';
import type { MarketExecution, Touch } from './record.js';

/** A running market, read without changing it. */
export interface MarketTap {
  seats: number;
  symbols: string[];
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
    let trade = 0;
    const fills: { id: number; maker: number; price: number; size: number; fee: number; mfee: number }[] = [];
    exchange.witness = {
      filled: (id, maker, price, size) =>
        fills.push({ id, maker, price, size, fee: exchange.accounts.takerFeeMicros, mfee: exchange.accounts.makerFeeMicros }),
      cancelled: () => undefined,
      sent: (owner, side) => {
        for (const { id, maker, price, size, fee, mfee } of fills.splice(0)) {
          const common = {
            at: exchange.now, symbol, priceTicks: price, size, why: '', restedUs: 0, aheadAtEntry: 0, tradeId: trade,
            mid2: exchange.mid2(), indexTicks: listing.index,
          }; // prettier-ignore
          heard({ ...common, owner: maker, id, side: side === BUY ? SELL : BUY, maker: true, counterparty: exchange.kinds[owner] ?? '?', feeMicros: mfee }); // prettier-ignore
          heard({ ...common, owner, id: 0, side, maker: false, counterparty: exchange.kinds[maker] ?? '?', feeMicros: fee }); // prettier-ignore
          trade++;
        }
      },
    };
  });
  return {
    seats: options.seats,
    symbols: options.symbols.map(({ symbol }) => symbol),
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
