/**
 * Reads Databento's market-by-order records as CSV (databento.com, schema `mbo`): one row a record, columns by name.
 *
 * Actions: A adds an order; C cancels `size` shares of one; M changes price or size (a better claim to its place is lost when the price
 * changes or the size grows); R clears the book; T is an aggressor's trade and F the fill of a resting order, neither of which changes the book: the C or M
 * that follows in the same event does, and is then an execution, not a cancellation. What a T traded beyond its F's met hidden orders.
 * Prices are decimals, or integers of 1e-9; times nanoseconds since 1970 or ISO 8601, both UTC.
 */
import { BUY, SELL, type Side } from '../../envs/hft/book.js';
import { HIDDEN_ASK, HIDDEN_BID, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer, type Part } from './composer.js';
import { MarketError } from './errors.js';
import { playedSeconds, timeOfDay } from './lobster.js';
import { RowReader } from './rows.js';

const DAY_US = 86_400_000_000;
/** Flags of a record: the last of its event; part of a snapshot, whose times are those of the orders' own entry. */
const LAST = 128;
const SNAPSHOT = 32;
const NEEDED = ['ts_event', 'action', 'side', 'price', 'size', 'order_id'] as const;
const ROW = 'ts_event, action (A, C, M, R, T, F, N), side (A, B, N), price, size, order_id, flags';
const UNDEFINED_PRICE = '9223372036854775807';

/** Where each column stands; -1 when the file has none. */
type Columns = Record<(typeof NEEDED)[number] | 'flags' | 'symbol' | 'instrument_id', number>;

/** A record as read. */
interface Entry {
  us: number;
  action: string;
  side: Side | undefined;
  /** In ticks, perhaps between two; undefined when the row has none. */
  ticks: number | undefined;
  size: number;
  id: string;
  flags: number;
}

/** Reads the part, cleans it and says what was cleaned. @param market `symbol` picks one of several instruments @throws MarketError naming file and row */
export async function readMbo(
  path: string,
  part: Part,
  market: { symbol?: string; tickMicros: number },
): Promise<{ messages: ReplayMessages; report: Omit<CleaningReport, 'summary'> }> {
  const findings = new Findings();
  const reader = new RowReader(path);
  try {
    if (!(await reader.more())) throw new MarketError(`${path}: no rows; accepted: a header and rows of ${ROW}`);
    const columns = columnsOf(path, reader.next()!);
    const which = columns.symbol >= 0 ? columns.symbol : columns.instrument_id;
    let instrument = columns.symbol >= 0 ? market.symbol : undefined;
    const records = new Records(new Composer(part, findings), findings);
    let over = false;
    let cut = 0;
    let width = 0;
    let dayUs: number | undefined;
    while (!over && (await reader.more())) {
      for (let row = reader.next(); row !== undefined; row = reader.next()) {
        if (cut > 0) throw new MarketError(`${path}: row ${cut} is no record; accepted: ${ROW}`);
        width ||= row.length;
        const entry = row.length < width ? undefined : parseEntry(row, columns, market.tickMicros);
        if (entry === undefined) {
          cut = reader.row;
          continue;
        }
        if (which >= 0) {
          if (columns.symbol < 0 && instrument !== undefined && row[which] !== instrument) {
            throw new MarketError(
              `${path}: row ${reader.row} is of instrument ${row[which]}, those before of ${instrument}; accepted: one instrument, or a symbol column and --symbol`,
            );
          }
          instrument ??= row[which]!;
          if (row[which] !== instrument) {
            findings.add('other', reader.row);
            continue;
          }
        }
        if ((entry.flags & SNAPSHOT) === 0) dayUs ??= Math.floor(entry.us / DAY_US) * DAY_US;
        if (!records.take({ ...entry, us: entry.us - (dayUs ?? 0) }, reader.row)) {
          over = true;
          break;
        }
      }
    }
    if (cut > 0) findings.add('cut', cut);
    records.endEvent();
    const { composer } = records;
    if (dayUs === undefined)
      throw new MarketError(`${path}: no records${instrument === undefined ? '' : ` of ${instrument}`}; accepted: rows of ${ROW}`);
    const startUs = composer.startUs;
    if (startUs === undefined)
      throw new MarketError(`${path}: ends before ${timeOfDay(part.fromUs ?? 0)} UTC, where the part was to start`);
    const messages = composer.finish(path);
    const symbol = market.symbol ?? (columns.symbol >= 0 ? instrument! : 'MBO');
    return {
      messages,
      report: {
        format: 'mbo',
        symbol,
        from: `${new Date(dayUs / 1000).toISOString().slice(0, 10)} ${timeOfDay(startUs)} UTC`,
        seconds: playedSeconds(composer, part, over, findings, reader.row),
        rows: reader.row,
        messages: composer.count - composer.opening,
        opening: composer.opening,
        findings: findings.list(),
      },
    };
  } finally {
    await reader.close();
  }
}

/** Lets records happen, event by event. */
class Records {
  /** Shares of resting orders that were filled and wait for the record that takes them out, with side and price. */
  private readonly filled = new Map<string, { size: number; side: Side | undefined; ticks: number; row: number }>();
  /** Shares of the event's trade that no fill has accounted for. */
  private trade: { size: number; side: Side | undefined; ticks: number } | undefined;
  private eventUs = -1;

  constructor(
    readonly composer: Composer,
    private readonly findings: Findings,
  ) {}

  /** The next record. @returns false when the part is over */
  take(entry: Entry, row: number): boolean {
    if (entry.us !== this.eventUs && (entry.flags & SNAPSHOT) === 0) {
      this.endEvent();
      this.eventUs = entry.us;
    }
    // Records of a snapshot bear the times at which their orders came, long ago: they belong to the moment at hand.
    if ((entry.flags & SNAPSHOT) === 0 && !this.composer.at(entry.us, row)) return false;
    this.record(entry, row);
    if ((entry.flags & LAST) !== 0) this.endEvent();
    return true;
  }

  /** What is left of the event: trades against hidden orders, fills whose shares nobody took out. */
  endEvent(): void {
    if (this.trade !== undefined && this.trade.size > 0) {
      this.findings.add('hidden', this.tradeRow);
      this.print(this.trade.side, this.trade.ticks, this.trade.size, this.tradeRow);
    }
    this.trade = undefined;
    for (const { size, side, ticks, row } of this.filled.values()) {
      this.findings.add('noCancel', row);
      this.print(side === undefined ? undefined : side === BUY ? SELL : BUY, ticks, size, row);
    }
    if (this.filled.size > 0) this.filled.clear();
  }
  private tradeRow = 0;

  private record({ action, side, ticks, size, id }: Entry, row: number): void {
    const { composer } = this;
    switch (action) {
      case 'A':
        this.add(id, side!, ticks!, size, row);
        return;
      case 'C': {
        const fill = this.filled.get(id);
        const executed = Math.min(size, fill?.size ?? 0);
        if (executed > 0) this.used(id, executed);
        if (executed > 0) composer.take(id, { side, price: ticks }, executed, true, row);
        if (size > executed) composer.take(id, { side, price: ticks }, size - executed, false, row);
        return;
      }
      case 'M':
        this.modify(id, side!, ticks!, size, row);
        return;
      case 'R':
        composer.clear(row);
        return;
      case 'T':
        this.endTrade();
        this.trade = { size, side, ticks: ticks! };
        this.tradeRow = row;
        return;
      case 'F': {
        const before = this.filled.get(id);
        this.filled.set(id, { size: size + (before?.size ?? 0), side, ticks: ticks!, row });
        if (this.trade !== undefined) this.trade.size -= size;
        return;
      }
      default:
      // N: nothing happened.
    }
  }

  /** A second trade in the same event: what the first left over met hidden orders. */
  private endTrade(): void {
    if (this.trade === undefined || this.trade.size <= 0) return;
    this.findings.add('hidden', this.tradeRow);
    this.print(this.trade.side, this.trade.ticks, this.trade.size, this.tradeRow);
  }

  private add(id: string, side: Side, ticks: number, size: number, row: number): void {
    if (Number.isInteger(ticks)) this.composer.add(id, side, ticks, size, row);
    else {
      this.findings.add('offTick', row);
      this.composer.ignore(id);
    }
  }

  private modify(id: string, side: Side, ticks: number, size: number, row: number): void {
    const { composer } = this;
    const order = composer.order(id);
    if (order === undefined) {
      if (Number.isInteger(ticks)) this.findings.add('modifyUnknown', row);
      this.add(id, side, ticks, size, row);
      return;
    }
    if (order.side === side && order.price === ticks && size <= order.size) {
      const less = order.size - size;
      const executed = Math.min(less, this.filled.get(id)?.size ?? 0);
      if (executed > 0) this.used(id, executed);
      if (executed > 0) composer.take(id, {}, executed, true, row);
      if (less > executed) composer.take(id, {}, less - executed, false, row);
      return;
    }
    composer.take(id, {}, undefined, false, row);
    this.add(id, side, ticks, size, row);
  }

  /** Filled shares have been taken out. */
  private used(id: string, shares: number): void {
    const fill = this.filled.get(id)!;
    fill.size -= shares;
    if (fill.size === 0) this.filled.delete(id);
  }

  /** A trade without a visible order; a side the venue does not tell is guessed from the side of the mid it lies on. */
  private print(taker: Side | undefined, ticks: number, size: number, row: number): void {
    if (!Number.isInteger(ticks)) this.findings.add('offTickPrint', row);
    const { ladder } = this.composer;
    const side = taker ?? (ticks * 2 >= ladder.best(BUY) + ladder.best(SELL) ? BUY : SELL);
    this.composer.print(side === BUY ? HIDDEN_ASK : HIDDEN_BID, Math.max(1, Math.floor(ticks + 0.5)), size);
  }
}

function columnsOf(path: string, header: string[]): Columns {
  const at = (name: string): number => header.findIndex((text) => text.trim() === name);
  const missing = NEEDED.filter((name) => at(name) < 0);
  if (missing.length > 0)
    throw new MarketError(`${path}: row 1 names no ${missing.join(', ')}; accepted: a header with ${NEEDED.join(', ')}`);
  return Object.fromEntries([...NEEDED, 'flags', 'symbol', 'instrument_id'].map((name) => [name, at(name)])) as Columns;
}

/** A row as a record; undefined when it is none. */
function parseEntry(row: string[], columns: Columns, tickMicros: number): Entry | undefined {
  const us = microsOf(row[columns.ts_event]!.trim());
  const action = row[columns.action]!.trim();
  const sideText = row[columns.side]!.trim();
  const size = Number(row[columns.size]);
  const id = row[columns.order_id]!.trim();
  const flags = columns.flags < 0 ? 0 : Number(row[columns.flags]);
  const ticks = ticksOf(row[columns.price]!.trim(), tickMicros);
  if (us === undefined || !/^[ACMRTFN]$/.test(action) || !/^[ABN]$/.test(sideText) || !/^\d+$/.test(id)) return undefined;
  if (!Number.isInteger(size) || size < 0 || !Number.isInteger(flags) || ticks === null) return undefined;
  const side = sideText === 'B' ? BUY : sideText === 'A' ? SELL : undefined;
  if ((action === 'A' || action === 'M') && (side === undefined || ticks === undefined || size < 1)) return undefined;
  if ((action === 'T' || action === 'F') && (ticks === undefined || size < 1)) return undefined;
  return { us, action, side, ticks, size, id, flags };
}

/** Nanoseconds since 1970, or ISO 8601 in UTC, as whole microseconds since 1970. */
function microsOf(text: string): number | undefined {
  if (/^\d{16,19}$/.test(text)) return Number(text.slice(0, -3));
  const iso = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:?00)$/.exec(text);
  if (iso === null) return undefined;
  const ms = Date.parse(`${iso[1]!.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number((iso[2] ?? '').slice(0, 6).padEnd(6, '0'));
}

/** A decimal price, or an integer of 1e-9, in ticks; undefined where there is none, null when this is no price. */
function ticksOf(text: string, tickMicros: number): number | undefined | null {
  if (text === '' || text === UNDEFINED_PRICE || text === 'NaN' || text === 'nan') return undefined;
  const decimal = /^(\d{1,6})\.(\d{1,9})$/.exec(text);
  const nanos = decimal
    ? Number(decimal[1]) * 1_000_000_000 + Number(decimal[2]!.padEnd(9, '0'))
    : /^\d{1,15}$/.test(text)
      ? Number(text)
      : NaN;
  const ticks = nanos / (tickMicros * 1000);
  return Number.isNaN(nanos) || ticks <= 0 ? null : ticks;
}
