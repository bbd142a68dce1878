/** What was found in a file of market data and what was done about it: everything that is not played as it stands is counted here. */

/** One kind of finding. `row` is the first row it was found in, counted from 1. */
export interface Finding {
  what: string;
  /** What was done about it. */
  done: string;
  count: number;
  row: number;
}

/** The kinds of findings, and what is done about each. */
const KINDS = {
  crossed: ['orders that crossed the book', 'the orders they crossed were taken for stale and removed'],
  unknown: ['cancellations of orders that never came', 'skipped'],
  unknownFill: ['executions of orders that never came', 'taken from the front of the queue at their price, or printed on the tape'],
  duplicate: ['orders whose number already rested', 'skipped'],
  excess: ['messages about more shares than the order had', 'cut to what it had'],
  mismatch: ["messages that named another price or side than their order's", "the order's own were used"],
  backwards: ['times that ran backwards', 'set to the time of the row before'],
  offTick: ['orders at prices off the tick', 'left out, with all messages about them'],
  offTickPrint: ['trades at prices off the tick', 'printed at the nearest tick'],
  far: ['orders too far from the best price to matter', 'left out, with all messages about them'],
  hidden: ['executions of hidden orders', 'printed on the tape'],
  cross: ['auction trades', 'printed on the tape'],
  halt: ['trading halts', 'cut out: the clock stands still in them'],
  clear: ['times the venue cleared the book', 'played'],
  before: ['messages about orders from before the file', 'applied to the anonymous shares of the opening book'],
  view: ['levels that came into the view of the order-book file', 'corrected to it with anonymous shares'],
  corrected: ['levels that differed from the order-book file', 'corrected to it, with anonymous shares or by the youngest orders'],
  unchecked: ['messages without a row in the order-book file', 'played unchecked'],
  cut: ['last rows that were cut off', 'left out'],
  short: ['files that end before the part asked for', 'the part was shortened'],
  other: ['rows of other instruments', 'skipped'],
  noCancel: ['fills that no cancellation followed', 'printed on the tape'],
  opens: ['clears before the first order', 'passed over: the part starts at the first order'],
  zoneless: ['times without a time zone', 'taken as UTC'],
  received: ['missing ts_event columns', 'the time of receipt, ts_recv, was used instead'],
  top: ['top-of-book rows', 'each stands for all of its side'],
  gap: ['records after messages that the feed lost', 'played as they stand'],
  repeated: ['rows that repeat the row before', 'skipped'],
  modifyUnknown: ['changes of orders that never came', 'taken for new orders'],
} as const;
export type FindingKind = keyof typeof KINDS;

export class Findings {
  private readonly found = new Map<FindingKind, { count: number; row: number }>();

  /** Counts one more of a kind, found in `row`. */
  add(kind: FindingKind, row: number, count = 1): void {
    const before = this.found.get(kind);
    if (before === undefined) this.found.set(kind, { count, row });
    else before.count += count;
  }

  count(kind: FindingKind): number {
    return this.found.get(kind)?.count ?? 0;
  }

  /** The first row a kind was found in; 0 when it was not. */
  first(kind: FindingKind): number {
    return this.found.get(kind)?.row ?? 0;
  }

  /** All findings, most frequent first. */
  list(): Finding[] {
    return [...this.found]
      .map(([kind, { count, row }]) => ({ what: KINDS[kind][0], done: KINDS[kind][1], count, row }))
      .sort((a, b) => b.count - a.count);
  }
}

/** What a file gave, for the user. */
export interface CleaningReport {
  format: 'lobster' | 'mbo';
  symbol: string;
  /** The part played: where it starts in the file's own clock, and how long it is. */
  from: string;
  seconds: number;
  /** The tick in units of currency, where the prices asked for another than a cent. */
  tick?: string;
  /** Rows read up to the end of the part, messages played in it, orders in the book it opens on. */
  rows: number;
  messages: number;
  opening: number;
  findings: Finding[];
  /** Rows of the order-book file compared with the replayed book; how many differed, and the first of them (0: none). */
  checked?: { rows: number; differing: number; firstRow: number };
  /** The report as lines of text. */
  summary: string;
}

/** The report in words. */
export function summarize(report: Omit<CleaningReport, 'summary'>): string {
  const { symbol, from, seconds, tick, rows, messages, opening, findings, checked } = report;
  const lines = [
    `${symbol} from ${from}, ${seconds} s${tick === undefined ? '' : ` in ticks of ${tick}`}: ${messages} messages on an opening book of ${opening} orders; ${rows} rows read`,
    ...findings.map(({ what, done, count, row }) => `  ${count} ${what} (first in row ${row}): ${done}`),
  ];
  if (checked) {
    lines.push(
      checked.differing === 0
        ? `  the replayed book agrees with all ${checked.rows} rows of the order-book file`
        : `  the replayed book differs from ${checked.differing} of ${checked.rows} rows of the order-book file, first in row ${checked.firstRow}`,
    );
  }
  return lines.join('\n');
}
