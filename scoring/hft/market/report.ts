/** Puts a match's report together from its record and its trace. */
import { injectedText } from '../../trace/injected.js';
import type { SeatRecord, Trace } from '../../trace/trace.js';
import { counts } from '../../figures/summary.js';
import { adverseSelection } from './adverse-selection.js';
import { drawdown } from './drawdown.js';
import { inventory } from './inventory.js';
import { markouts } from './markouts.js';
import { notionalOf, symbolProfit } from './profit.js';
import { queueAhead } from './queue.js';
import { RACE_WINDOW_US, races } from './races.js';
import { executionsOf, mid2At, type MarketExecution, type MarketRecord } from './record.js';
import { normalised, orderCounts } from './rejections.js';
import { sharpe } from './returns.js';
import type { MarketReport, MarketSeatReport, TradingReport } from './schema.js';
import { staleMaking, staleTaking } from './stale.js';

/** Most samples of a series. */
const SERIES = 600;

/** The report of a match. `digest` is that of the world played again. */
export function reportMarket(trace: Trace, record: MarketRecord, digest: string): MarketReport {
  const { header, footer } = trace;
  return {
    report: 'market.v1',
    id: header.id,
    rules: header.rules,
    seed: header.seed,
    clock: header.clock,
    digest,
    counts: counts(trace),
    voidReasons: footer?.verdict.reasons ?? ['The match has no end.'],
    endedAtUs: record.endAt,
    sampleUs: record.sampleUs,
    raceWindowUs: RACE_WINDOW_US,
    symbols: record.symbols.map((symbol, i) => ({ symbol, market: record.markets[i]!, tickMicros: record.tickMicros[i]! })),
    trades: record.executions.filter(({ maker }) => maker).length,
    seats: header.seats.map((_, seat) => reportSeat(trace, record, seat)),
  };
}

function reportSeat(trace: Trace, record: MarketRecord, seat: number): MarketSeatReport {
  const { name, kind } = trace.header.seats[seat]!;
  const { startMicros, tickMicros, endAt } = record;
  const own = executionsOf(record, seat);
  const path = record.accounts[seat]!;
  const endMicros = path.equityMicros.at(-1)!;
  const symbols = record.symbols.map((symbol, i) => {
    const fills = own.filter((execution) => execution.symbol === i);
    const { grossMicros } = symbolProfit(fills, mid2At(record.mids[i]!, endAt)!, tickMicros[i]!);
    return { symbol, grossMicros, inventory: inventory(fills, endAt), ...trading(record, seat, fills, i) };
  });
  const grossMicros = symbols.reduce((sum, each) => sum + each.grossMicros, 0);
  const feesMicros = own.reduce((sum, each) => sum + each.feeMicros, 0);
  return {
    seat,
    name,
    kind,
    injected: injectedIn(trace.header.seats[seat]!),
    account: {
      startMicros,
      endMicros,
      yieldPpm: Math.floor(((endMicros - startMicros) * 1_000_000) / startMicros),
      grossMicros,
      feesMicros,
      liquidations: trace.footer?.results.seats[seat]?.liquidations ?? 0,
      unexplainedMicros: endMicros - startMicros - (grossMicros - feesMicros),
    },
    sharpe: sharpe(path),
    drawdown: drawdown(path),
    all: trading(record, seat, own),
    symbols,
    orders: orderCounts(trace, seat),
    series: seriesOf(record, seat),
  };
}

/** The figures of a seat's fills, in one symbol or (absent) in all. */
function trading(record: MarketRecord, seat: number, fills: readonly MarketExecution[], symbol?: number): TradingReport {
  const makers = fills.filter(({ maker }) => maker);
  const takers = fills.filter(({ maker }) => !maker);
  const sum = (list: readonly MarketExecution[], of: (each: MarketExecution) => number): number =>
    list.reduce((total, each) => total + of(each), 0);
  const shares = (list: readonly MarketExecution[]): number => sum(list, ({ size }) => size);
  return {
    fills: {
      count: fills.length,
      maker: makers.length,
      taker: takers.length,
      makerShares: shares(makers),
      takerShares: shares(takers),
      makerShare: fills.length === 0 ? null : shares(makers) / shares(fills),
      makerNotionalMicros: sum(makers, (each) => notionalOf(each, record.tickMicros[each.symbol]!)),
      takerNotionalMicros: sum(takers, (each) => notionalOf(each, record.tickMicros[each.symbol]!)),
      closingShares: shares(fills.filter(({ at }) => at >= record.endAt)),
      why: countsBy(fills, ({ why }) => normalised(why)),
      counterparties: countsBy(fills, ({ counterparty }) => counterparty),
    },
    feesMicros: { maker: sum(makers, ({ feeMicros }) => feeMicros), taker: sum(takers, ({ feeMicros }) => feeMicros) },
    markouts: { maker: markouts(record, makers), taker: markouts(record, takers) },
    adverse: adverseSelection(record, makers),
    stale: { taking: staleTaking(record, seat, symbol), making: staleMaking(makers) },
    races: races(record, seat, symbol),
    queue: queueAhead(record, seat, symbol),
  };
}

/** Latency of a seat that was not measured, in a few words. */
function injectedIn({ givenUs, addedUs, latency }: SeatRecord): string {
  const parts = [givenUs === undefined ? '' : `${givenUs / 1000} ms given`, addedUs > 0 ? `${addedUs / 1000} ms added` : ''];
  return [...parts, injectedText(latency)].filter((part) => part !== '').join(', ');
}

/** How many there are of each kind, the most frequent first. */
function countsBy<Item>(items: readonly Item[], kindOf: (item: Item) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(kindOf(item), (counts.get(kindOf(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

/** Every k-th sample of a seat's account and the mids, and the last. */
function seriesOf(record: MarketRecord, seat: number): MarketSeatReport['series'] {
  const path = record.accounts[seat]!;
  const last = path.at.length - 1;
  const step = Math.max(1, Math.ceil(last / (SERIES - 1)));
  const kept = path.at.map((_, i) => i).filter((i) => i % step === 0 || i === last);
  return {
    at: kept.map((i) => path.at[i]!),
    equityMicros: kept.map((i) => path.equityMicros[i]!),
    symbols: record.symbols.map((symbol, s) => ({
      symbol,
      mid2Ticks: kept.map((i) => mid2At(record.mids[s]!, path.at[i]!)!),
      position: kept.map((i) => path.position[s]![i]!),
    })),
  };
}
