/**
 * Reads Databento's market-by-order records as CSV (databento.com, schema `mbo`): one row a record, columns by name.
 *
 * Actions: A adds an order; C cancels `size` shares of one; M changes price or size (a better claim to its place is lost when the price
 * changes or the size grows); R clears the book; T is an aggressor's trade and F the fill of a resting order, neither of which changes the book: the C or M
 * that follows in the same event does, and is then an execution, not a cancellation. What a T traded beyond its F's met hidden orders.
 * A top-of-book record (flag 64, F_TOB) shows one side's best price and nothing else: it stands for all of that side.
 * How cells are written is mbo-rows.ts's business, whose rows are played instruments.ts's.
 */
import { BUY, SELL, type Side } from '../../envs/hft/book.js';
import { HIDDEN_ASK, HIDDEN_BID, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer, type Part } from './composer.js';
import { MarketError, refusal, type Fault } from './errors.js';
import { Instruments, type Choice } from './instruments.js';
import { playedSeconds } from './lobster.js';
import { LAST, MAYBE_BAD_BOOK, MboRows, SNAPSHOT, TOP_OF_BOOK, type Entry } from './mbo-rows.js';
import { timeOfDay } from './numbers.js';
import { RowReader } from './rows.js';
import { CENT_MICROS, onTick, tickFor, tickText } from '../../envs/hft/tick.js';

const DAY_US = 86_400_000_000;

/** What to read of a file, and how. */
export interface MboChoice extends Choice {
  /** Micro-units of currency in a tick; chosen for the prices when absent: a cent, or what they need. */
  tickMicros?: number;
  /** The day on whose clock the part is, YYYY-MM-DD; the file's first when absent. */
  date?: string;
}

/** Reads the part, cleans it and says what was cleaned. @throws MarketError naming file, row, column, value and what is accepted */
export async function readMbo(
  path: string,
  part: Part,
  choice: MboChoice,
): Promise<{ messages: ReplayMessages; tickMicros: number; report: Omit<CleaningReport, 'summary'> }> {
  const reader = new RowReader(path);
  try {
    return await new MboFile(path, part, choice, reader).read();
  } finally {
    await reader.close();
  }
}

/** One reading of one file. */
class MboFile {
  private readonly findings = new Findings();
  private readonly records: Records;
  private readonly dated: boolean;
  private dayUs: number | undefined;
  private tickMicros: number | undefined;
  private rows!: MboRows;
  private instruments!: Instruments;
  /** The row before, to know it again. */
  private before: readonly string[] = [];
  /** The last row, when it is no record: perhaps it was cut off. */
  private cut: { row: number; fault: Fault } | undefined;

  constructor(
    private readonly path: string,
    private readonly part: Part,
    private readonly choice: MboChoice,
    private readonly reader: RowReader,
  ) {
    this.dated = choice.date !== undefined;
    this.dayUs = choice.date === undefined ? undefined : Date.parse(`${choice.date}T00:00:00Z`) * 1000;
    this.tickMicros = choice.tickMicros;
    this.records = new Records(new Composer(this.dated ? { notBeforeUs: 0, ...part } : part, this.findings), this.findings);
  }

  async read(): Promise<Awaited<ReturnType<typeof readMbo>>> {
    const { path, reader, findings, choice, part } = this;
    const { composer } = this.records;
    const header = (await reader.more()) ? reader.next() : undefined;
    if (header === undefined) throw new MarketError(`${path}: is empty; accepted: CSV with a header and a row for each record`);
    this.rows = new MboRows(path, header, findings);
    this.instruments = new Instruments(path, choice, {
      symbol: this.rows.has('symbol'),
      instrument: this.rows.has('instrument_id'),
      publisher: this.rows.has('publisher_id'),
    });
    let over = false;
    while (!over && (await reader.more())) over = await this.batch();
    if (this.cut !== undefined) {
      if (this.dayUs === undefined || this.records.taken === 0) throw refusal(path, this.cut.row, this.cut.fault);
      findings.add('cut', this.cut.row);
    }
    this.records.endEvent();
    const { chosen } = this.instruments;
    if (chosen === undefined) {
      if (reader.row <= 1) throw new MarketError(`${path}: has a header and no rows; accepted: a row for each record`);
      throw this.instruments.missing();
    }
    if (this.dayUs === undefined)
      throw new MarketError(`${path}: holds a snapshot or clears and nothing after them; accepted: records of a session`);
    const last = composer.lastTime === undefined ? '' : `, at ${this.moment(composer.lastTime)}`;
    const startUs = composer.startUs;
    if (startUs === undefined)
      throw new MarketError(
        `${path}: ends before ${this.moment(part.fromUs ?? 0)}, where the part was to start${last}; accepted: a part of what it holds (--from, --date)`,
      );
    const tickMicros = this.tickMicros ?? CENT_MICROS;
    const messages = composer.finish(path, tickMicros, ' UTC');
    return {
      messages,
      tickMicros,
      report: {
        format: 'mbo',
        symbol: this.rows.has('symbol') ? chosen : (choice.symbol ?? 'MBO'),
        from: this.moment(startUs),
        seconds: playedSeconds(composer, part, over, findings, reader.row),
        ...(tickMicros === CENT_MICROS ? {} : { tick: tickText(tickMicros) }),
        rows: reader.row,
        messages: composer.count - composer.opening,
        opening: composer.opening,
        findings: findings.list(),
      },
    };
  }

  /** A time on the day's clock with its date: 2024-08-05 13:30:00 UTC. */
  private moment(us: number): string {
    const days = Math.floor(us / DAY_US);
    const date = new Date((this.dayUs! + days * DAY_US) / 1000).toISOString().slice(0, 10);
    return `${date} ${timeOfDay(us - days * DAY_US)} UTC`;
  }

  /** Reads the rows at hand. @returns whether the part is over */
  private async batch(): Promise<boolean> {
    const { reader, rows, instruments, findings, path } = this;
    const orders = rows.look(reader.ahead().filter((row) => this.named(row)));
    if (this.tickMicros === undefined && orders.length > 0) {
      this.tickMicros = tickFor(orders, onTick, CENT_MICROS);
      if (this.tickMicros === undefined)
        throw new MarketError(
          `${path}: its prices are finer than a millionth of a unit of currency; accepted: prices with six decimals at most`,
        );
    }
    for (let row = reader.next(); row !== undefined; row = reader.next()) {
      if (this.cut !== undefined) throw refusal(path, this.cut.row, this.cut.fault);
      if (row.length < this.rows.width) {
        this.cut = { row: reader.row, fault: rows.tooShort(row) };
        continue;
      }
      if (!instruments.takes(rows.source(row))) {
        findings.add('other', reader.row);
        continue;
      }
      if (instruments.undecided) {
        throw await instruments.refuse(reader.row, async () => {
          const next = reader.next() ?? ((await reader.more()) ? reader.next() : undefined);
          return next && rows.source(next);
        });
      }
      if (rows.has('sequence') && row.length === this.before.length && row.every((cell, i) => cell === this.before[i])) {
        findings.add('repeated', reader.row);
        continue;
      }
      this.before = row;
      const entry = rows.read(row, this.tickMicros ?? CENT_MICROS, reader.row);
      if ('accepted' in entry) {
        this.cut = { row: reader.row, fault: entry };
        continue;
      }
      if (!this.happen(entry, reader.row)) return true;
    }
    return false;
  }

  /** Whether a row is of the instrument named, as far as its own cells say. */
  private named(row: readonly string[]): boolean {
    const { symbol } = this.choice;
    if (symbol === undefined || !this.rows.has('symbol')) return true;
    return this.rows.cell(row, 'symbol') === symbol || this.rows.cell(row, 'instrument_id') === symbol;
  }

  /** Lets a record happen. @returns false when the part is over */
  private happen(entry: Entry, row: number): boolean {
    const { composer } = this.records;
    // Venues clear their books long before a session: without a time to start at, the first order is where the part starts.
    const waits = this.part.fromUs === undefined && composer.startUs === undefined && (entry.action === 'R' || entry.action === 'N');
    if (waits) {
      if (entry.action === 'R') this.findings.add('opens', row);
      this.records.clear(row);
      return true;
    }
    if ((entry.flags & SNAPSHOT) === 0) this.dayUs ??= Math.floor(entry.us / DAY_US) * DAY_US;
    return this.records.take({ ...entry, us: entry.us - (this.dayUs ?? 0) }, row);
  }
}

/** Lets records happen, event by event. */
class Records {
  /** Shares of resting orders that were filled and wait for the record that takes them out, with side and price. */
  private readonly filled = new Map<string, { size: number; side: Side | undefined; ticks: number; row: number }>();
  /** Shares of the event's trade that no fill has accounted for. */
  private trade: { size: number; side: Side | undefined; ticks: number } | undefined;
  private eventUs = -1;
  /** Records that happened. */
  taken = 0;

  constructor(
    readonly composer: Composer,
    private readonly findings: Findings,
  ) {}

  /** The next record. @returns false when the part is over */
  take(entry: Entry, row: number): boolean {
    this.taken++;
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

  /** The book is emptied before the part starts. */
  clear(row: number): void {
    this.endEvent();
    this.composer.clear(row);
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

  private record({ action, side, ticks, size, id, flags }: Entry, row: number): void {
    const { composer } = this;
    if ((flags & MAYBE_BAD_BOOK) !== 0) this.findings.add('gap', row);
    if ((flags & TOP_OF_BOOK) !== 0 && side !== undefined && /[AMC]/.test(action)) {
      this.top(side, action === 'C' ? undefined : ticks, size, row);
      return;
    }
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
    else this.composer.offTick(id, row);
  }

  /** A side's best price: all that is known of it. Without a price nothing is shown. */
  private top(side: Side, ticks: number | undefined, size: number, row: number): void {
    this.findings.add('top', row);
    if (ticks !== undefined && !Number.isInteger(ticks)) this.composer.offTick(`top ${side}`, row);
    else this.composer.showTop(side, ticks ?? 0, ticks === undefined ? 0 : size, row);
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
