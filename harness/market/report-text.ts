/** A market report as text for people: units beside every figure, and how many fills stand behind it. */
import type { MarketRow } from '../../scoring/hft/market/comparison.js';
import type { MarketReport, MarketSeatReport, TradingReport } from '../../scoring/hft/market/schema.js';
import { figure, inCell, inLine } from '../report/figures.js';
import { tableText, wrapped } from '../report/text.js';

/** One match, seat by seat. @param columns how wide the terminal is @param fault why its trace is not whole, if it is not */
export function renderMarketReport(report: MarketReport, columns: number, fault?: string): string {
  const verdict = report.counts ? 'counts' : `VOID. ${report.voidReasons.join(' ')}`;
  const digest = fault === undefined ? `digest ${report.digest} confirmed` : `cut off: ${fault}; no digest to compare`;
  const text = [
    `${report.id}: seed ${report.seed}, ${report.clock} clock, ${figure(report.endedAtUs / 1e6)} s, ${report.trades} trades of everybody; ${digest}`,
    `market: ${report.symbols.map(({ symbol, market }) => (market.startsWith(symbol) ? market : `${symbol}, ${market}`)).join('; ')}`,
    `verdict: ${verdict}`,
    ...report.seats.map((seat) => renderSeat(report, seat, columns)),
    'One match is one sample: intervals are 95 %, over fills of this match, and say nothing about other matches. Compare over matches: report TRACE TRACE...',
  ].join('\n');
  return wrapped(text, columns);
}

function renderSeat(report: MarketReport, seat: MarketSeatReport, columns: number): string {
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
  if (seat.symbols.length > 1) lines.push('  all symbols', ...tradingLines(seat.all, columns));
  for (const each of seat.symbols) {
    if (seat.symbols.length > 1) lines.push(`  ${each.symbol}: ${signed(each.grossMicros)} before fees`);
    lines.push(...tradingLines(each, columns), inventoryLine(each.inventory));
  }
  lines.push(...orderLines(seat));
  return lines.join('\n');
}

function tradingLines({ fills, feesMicros, markouts, adverse, stale, races, queue }: TradingReport, columns: number): string[] {
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
    markoutTable(markouts, columns),
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

function markoutTable(markouts: TradingReport['markouts'], columns: number): string {
  const rows = (
    [
      ['making', markouts.maker],
      ['taking', markouts.taker],
    ] as const
  ).flatMap(([side, each]) =>
    each
      .filter((row) => row.fills + row.leftOut > 0)
      .map((row) => [
        `${side}, after ${row.horizonUs / 1e6} s`,
        inLine(row.moveTicks),
        inLine(row.markoutTicks),
        inLine(row.markoutPpm),
        row.fills,
        row.leftOut,
      ]),
  );
  const head = ['fills', 'mid moved, ticks', 'markout, ticks', 'markout, ppm', 'fills', 'left out'];
  const text = tableText(head, rows, columns - 2, ['left', 'right', 'right', 'right', 'right', 'right']).replace(/^(?=.)/gm, '  ');
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
export function renderComparison(rows: readonly MarketRow[], columns: number): string {
  const grid = (head: string[], cells: (row: MarketRow) => string[]): string =>
    tableText(
      head,
      rows.map((row) => [row.name, ...cells(row)]),
      columns,
    );
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
      inCell(row.yieldPercent),
      inCell(row.sharpePerMatch),
      inCell(row.drawdownPercent),
      inCell(row.feesPpm),
      inCell(row.fills),
      inCell(row.makerShare, 100),
      inCell(row.refused, 100),
      `${inCell(row.unread, 100)}\n${inCell(row.missed, 100)}`,
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
      inCell(row.makerMarkout1s),
      inCell(row.adverse, 100),
      inCell(row.staleMaking, 100),
      inCell(row.queueAtEntry),
      inCell(row.takerMarkout1s),
      inCell(row.staleTaking, 100),
      inCell(row.racesWon, 100),
    ],
  );
  return [
    earned,
    '',
    traded,
    '',
    wrapped(
      'Below each figure: 95 % interval over matches, and the number of matches it comes from. Void matches are left out. Sharpe: of changes of equity over 1 s, not annualised.',
      columns,
    ),
  ].join('\n');
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
