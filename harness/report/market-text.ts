/** A market report as text for people: units beside every figure, and how many fills stand behind it. */
import Table from 'cli-table3';
import type { MarketRow } from '../../scoring/market/comparison.js';
import type { MarketReport, MarketSeatReport, TradingReport } from '../../scoring/market/schema.js';
import type { Estimate } from '../../scoring/statistics.js';
import { figure } from '../sweep/table.js';

const BARE = { head: [], border: [] };
const LINE = { ...BARE, compact: true };

/** One match, seat by seat. @param fault why its trace is not whole, if it is not */
export function renderMarketReport(report: MarketReport, fault?: string): string {
  const verdict = report.counts ? 'counts' : `VOID. ${report.voidReasons.join(' ')}`;
  const digest = fault === undefined ? `digest ${report.digest} confirmed` : `cut off: ${fault}; no digest to compare`;
  return [
    `${report.id}: seed ${report.seed}, ${report.clock} clock, ${figure(report.endedAtUs / 1e6)} s, ${report.trades} trades of everybody; ${digest}`,
    `market: ${report.symbols.map(({ symbol, market }) => (market.startsWith(symbol) ? market : `${symbol}, ${market}`)).join('; ')}`,
    `verdict: ${verdict}`,
    ...report.seats.map((seat) => renderSeat(report, seat)),
    'One match is one sample: intervals are 95 %, over fills of this match, and say nothing about other matches. Compare over matches: report TRACE TRACE...',
  ].join('\n');
}

function renderSeat(report: MarketReport, seat: MarketSeatReport): string {
  const { account, sharpe, drawdown } = seat;
  const time = (us: number | null): string => (us === null ? '-' : `${figure(us / 1e6)} s`);
  const lines = [
    '',
    `seat ${seat.seat}: ${seat.name} (${seat.kind}${seat.injected === '' ? '' : `; injected latency: ${seat.injected}`})`,
    `  yield       ${figure(account.yieldPpm / 10_000)} % of ${money(account.startMicros)}: ${signed(account.grossMicros)} traded less ${money(account.feesMicros)} fees${account.unexplainedMicros === 0 ? '' : `, ${signed(account.unexplainedMicros)} UNEXPLAINED`}${account.liquidations === 0 ? '' : `; LIQUIDATED ${account.liquidations} times`}`,
    sharpe.perSecond === null
      ? `  Sharpe      - (${sharpe.seconds} seconds; equity did not vary)`
      : `  Sharpe      ${figure(sharpe.perMatch!)} for the match, ${figure(sharpe.perSecond)} a second (${sharpe.seconds} changes of equity over 1 s; not annualised)`,
    drawdown.micros === 0
      ? '  drawdown    none'
      : `  drawdown    ${figure(drawdown.ppm / 10_000)} % of the peak (${money(drawdown.micros)}), ${time(drawdown.peakAt)} to ${time(drawdown.troughAt)}; longest under a peak ${time(drawdown.underUs)}; equity each ${report.sampleUs / 1000} ms`,
  ];
  if (seat.symbols.length > 1) lines.push('  all symbols', ...tradingLines(seat.all));
  for (const each of seat.symbols) {
    if (seat.symbols.length > 1) lines.push(`  ${each.symbol}: ${signed(each.grossMicros)} before fees`);
    lines.push(...tradingLines(each), inventoryLine(each.inventory));
  }
  lines.push(...orderLines(seat));
  return lines.join('\n');
}

function tradingLines({ fills, feesMicros, markouts, adverse, stale, races, queue }: TradingReport): string[] {
  const against = Object.entries(fills.counterparties)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  if (fills.count === 0)
    return [
      `  fills       none${races.tries > 0 ? `; ${races.tries} tries for quotes: ${races.lost} lost to others, ${races.withdrawn} withdrawn` : ''}`,
    ];
  const lines = [
    `  fills       ${fills.count} (${fills.maker} making, ${fills.taker} taking), maker share ${share(fills.makerShare)} of ${fills.makerShares + fills.takerShares} shares; ${fills.closingShares} shares at the close${against === '' ? '' : `; against ${against}`}`,
    `  fees        making ${money(feesMicros.maker)} on ${money(fills.makerNotionalMicros)}, taking ${money(feesMicros.taker)} on ${money(fills.takerNotionalMicros)}`,
  ];
  lines.push(
    markoutTable(markouts),
    adverse.fills === 0
      ? '  adverse     no fills of resting orders with a second left'
      : `  adverse     of ${adverse.fills} making fills the mid went against ${adverse.against} (${percent(adverse.against / adverse.fills)}) within 1 s, past the half spread earned by ${adverse.losing} (${percent(adverse.losing / adverse.fills)})`,
    `  stale       taking: ${stale.taking.stale} of ${stale.taking.fills} fills at another price than the one seen${behind(stale.taking.behindTicks, 'against the seat')}; making: ${stale.making.stale} of ${stale.making.fills} at a price the index had passed${behind(stale.making.behindTicks, 'behind')}`,
    `  races       ${races.won} won, ${races.shared} shared, ${races.lost} lost; ${races.uncontested} quotes without a rival, ${races.withdrawn} withdrawn (${races.tries} tries)`,
  );
  if (queue.fills > 0)
    lines.push(
      `  queue       shares ahead at entry: median ${queue.entryMedian}, mean ${figure(queue.entryMean!)}; at the fill: median ${queue.fillMedian}, mean ${figure(queue.fillMean!)}; rested ${figure(queue.restedMedianUs! / 1000)} ms (median of ${queue.fills} fills)`,
    );
  return lines;
}

function inventoryLine(inventory: MarketSeatReport['symbols'][number]['inventory']): string {
  const { shortest, longest, mean, meanSize, flatShare, turns, traded, beforeClose } = inventory;
  if (traded === 0) return '  inventory   none';
  return `  inventory   ${shortest} to ${longest} shares, mean ${figure(mean)}, mean size ${figure(meanSize)}; flat ${percent(flatShare)} of the time; ${turns} turns; ${traded} shares traded; ${beforeClose} left for the close`;
}

function behind(ticks: number | null, how: string): string {
  return ticks === null ? '' : ` (mean ${figure(ticks)} ticks ${how})`;
}

function markoutTable(markouts: TradingReport['markouts']): string {
  const table = new Table({
    head: ['fills', 'after', 'mid moved, ticks', 'markout, ticks', 'markout, ppm', 'fills', 'left out'],
    style: LINE,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const [side, rows] of [
    ['making', markouts.maker],
    ['taking', markouts.taker],
  ] as const) {
    for (const row of rows) {
      if (row.fills + row.leftOut === 0) continue;
      table.push([
        side,
        `${row.horizonUs / 1e6} s`,
        withInterval(row.moveTicks),
        withInterval(row.markoutTicks),
        withInterval(row.markoutPpm),
        row.fills,
        row.leftOut,
      ]);
    }
  }
  const text = table.toString().replace(/^/gm, '  ');
  return `  markouts    in favour of the seat, before fees: the mid against the mid at the fill (moved) and against the fill price; means over fills\n${text}`;
}

function orderLines({ orders }: MarketSeatReport): string[] {
  const list = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const frames = Object.keys(orders.frames).length > 0 ? `; refused frames: ${list(orders.frames)}` : '';
  return [
    `  answers     ${orders.plans} landed (${orders.refusedPlans} refused whole), ${orders.unread} were no action, ${orders.missed} missed${frames}; orders: ${list(orders.orders)}`,
    ...orders.rejections.map(({ kind, reason, count }) => `    ${String(count).padStart(5)} ${kind}: ${reason}`),
  ];
}

/** Several matches, one row a name: what it earned, and how it traded. */
export function renderComparison(rows: readonly MarketRow[]): string {
  const grid = (head: string[], cells: (row: MarketRow) => string[]): string => {
    const table = new Table({ head, style: { ...BARE, 'padding-left': 0, 'padding-right': 1 } });
    for (const row of rows) table.push([row.name, ...cells(row)]);
    return table.toString();
  };
  const earned = grid(
    [
      'name',
      'matches',
      'yield, %',
      'Sharpe\nof a match',
      'drawdown, %',
      'fees, ppm\nof cash',
      'fills\na match',
      'maker\nshare, %',
      'refused\norders, %',
      'no action,\nmissed, %',
    ],
    (row) => [
      `${row.matches}${row.voided > 0 ? `\n+${row.voided} void` : ''}`,
      cell(row.yieldPercent),
      cell(row.sharpePerMatch),
      cell(row.drawdownPercent),
      cell(row.feesPpm),
      cell(row.fills),
      cell(row.makerShare, 100),
      cell(row.refused, 100),
      `${cell(row.unread, 100)}\n${cell(row.missed, 100)}`,
    ],
  );
  const traded = grid(
    [
      'name',
      'making: markout\n1 s, ticks',
      'mid against\nwithin 1 s, %',
      'behind the\nindex, %',
      'queue ahead\nat entry',
      'taking: markout\n1 s, ticks',
      'not the price\nseen, %',
      'races\nwon, %',
    ],
    (row) => [
      cell(row.makerMarkout1s),
      cell(row.adverse, 100),
      cell(row.staleMaking, 100),
      cell(row.queueAtEntry),
      cell(row.takerMarkout1s),
      cell(row.staleTaking, 100),
      cell(row.racesWon, 100),
    ],
  );
  return [
    earned,
    traded,
    'Below each figure: 95 % interval over matches, and the number of matches it comes from. Void matches are left out. Sharpe: of changes of equity over 1 s, not annualised.',
  ].join('\n');
}

function cell({ value, low, high, n }: Estimate, factor = 1): string {
  if (value === null) return '-';
  const interval = low === null || high === null ? 'no interval' : `${figure(low * factor)} to ${figure(high * factor)}`;
  return `${figure(value * factor)}\n${interval} (${n})`;
}

function withInterval({ value, low, high }: Estimate): string {
  if (value === null) return '-';
  return low === null || high === null ? figure(value) : `${figure(value)} (${figure(low)} to ${figure(high)})`;
}

function percent(value: number): string {
  return `${figure(value * 100)} %`;
}

function share(value: number | null): string {
  return value === null ? '-' : percent(value);
}

/** Micro-units as currency, with as many decimals as are there at most four. */
function money(micros: number): string {
  return `$${(micros / 1e6).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`.replace('$-', '-$');
}

function signed(micros: number): string {
  return micros < 0 ? money(micros) : `+${money(micros)}`;
}
