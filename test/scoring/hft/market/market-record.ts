/** Makes small market records by hand: times in milliseconds, prices in ticks, a tick of 10,000 micro-units unless told otherwise. */
import { BUY, SELL, type Side } from '../../../../envs/hft/exchange/order.js';
import type { MarketRecord, Touch } from '../../../../scoring/hft/market/record.js';

export { BUY, SELL };

/** One trade as the tests write it: `side` is the taker's. */
export interface TradeSpec {
  ms: number;
  side: Side;
  price: number;
  size: number;
  taker: number;
  maker: number;
  symbol?: number;
  /** The taking order's number: trades of one order share it. */
  order?: number;
  mid2?: number;
  index?: number;
  ahead?: number;
  restedMs?: number;
  fees?: [taker: number, maker: number];
}

export class RecordBuilder {
  readonly record: MarketRecord;

  constructor(settings: { seats?: number; tickMicros?: number[]; endMs?: number; startMicros?: number } = {}) {
    const tickMicros = settings.tickMicros ?? [10_000];
    const symbols = tickMicros.map((_, i) => `S${i}`);
    const seats = settings.seats ?? 1;
    this.record = {
      symbols,
      markets: symbols.map(() => 'made by hand'),
      seats,
      tickMicros,
      startMicros: settings.startMicros ?? 1_000_000_000,
      endAt: (settings.endMs ?? 60_000) * 1000,
      sampleUs: 100_000,
      executions: [],
      mids: symbols.map(() => ({ at: [], mid2: [] })),
      accounts: Array.from({ length: seats }, () => ({ at: [], equityMicros: [], position: symbols.map(() => []) })),
      plans: [],
    };
  }

  /** The mids of a symbol: [ms, mid in ticks]. */
  mids(points: [ms: number, mid: number][], symbol = 0): this {
    for (const [ms, mid] of points) {
      this.record.mids[symbol]!.at.push(ms * 1000);
      this.record.mids[symbol]!.mid2.push(mid * 2);
    }
    return this;
  }

  trade({ ms, side, price, size, taker, maker, symbol = 0, order = 0, mid2 = price * 2, index = price, ...more }: TradeSpec): this {
    const { executions, seats } = this.record;
    const common = { at: ms * 1000, symbol, priceTicks: price, size, tradeId: executions.length / 2, why: '', mid2, indexTicks: index };
    const kind = (owner: number): string => (owner < seats ? 'seat' : 'noise');
    const [takerFee, makerFee] = more.fees ?? [0, 0];
    executions.push(
      {
        ...common,
        owner: maker,
        id: 1000 + executions.length,
        side: side === BUY ? SELL : BUY,
        maker: true,
        counterpartyOwner: taker,
        counterparty: kind(taker),
        restedUs: (more.restedMs ?? 0) * 1000,
        aheadAtEntry: more.ahead ?? 0,
        feeMicros: makerFee,
      },
      { ...common, owner: taker, id: order, side, maker: false, counterpartyOwner: maker, counterparty: kind(maker), restedUs: 0, aheadAtEntry: 0, feeMicros: takerFee },
    ); // prettier-ignore
    return this;
  }

  /** A plan of a seat that lands at `ms`, having seen `bid`/`ask` at `sawMs`; the trades it makes are added by `make`. */
  plan(seat: number, sawMs: number, ms: number, [bidTicks, askTicks]: [number | null, number | null], side: Side | null, make?: () => void): this {
    const { executions, plans, symbols } = this.record;
    const from = executions.length;
    make?.();
    const seen: Touch[] = symbols.map(() => ({ bidTicks, askTicks }));
    const tries = side === null ? [] : [{ symbol: 0, side }];
    plans.push({ seat, observedAt: sawMs * 1000, at: ms * 1000, seen, tries, from, to: executions.length });
    return this;
  } // prettier-ignore
}
