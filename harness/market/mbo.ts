/**
 * Reads Databento's market-by-order records as CSV (databento.com, schema `mbo`): one row a record, columns by name.
 *
 * Actions: A adds an order; C cancels `size` shares of one; M changes price or size (a better claim to its place is lost when the price
 * changes or the size grows); R clears the book; T is an aggressor's trade and F the fill of a resting order, neither of which changes the book: the C or M
 * that follows in the same event does, and is then an execution, not a cancellation. What a T traded beyond its F's met hidden orders.
 * A top-of-book record (flag 64, F_TOB) shows one side's best price and nothing else: it stands for all of that side.
 * How cells are written is mbo-rows.ts's business, whose rows are played instruments.ts's.
 */
import type { ReplayMessages } from '../../envs/hft/replay/messages.js';
import { CENT_MICROS, onTick, tickFor, tickText } from '../../envs/hft/exchange/tick.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer } from './composer.js';
import { MarketError, refusal, type Fault } from './errors.js';
import { Instruments, type Choice } from './instruments.js';
import { Records } from './mbo-records.js';
import { MboRows, SNAPSHOT, type Entry } from './mbo-rows.js';
import { timeOfDay } from './numbers.js';
import { playedSeconds, type Part } from './part.js';
import { RowReader } from './rows.js';

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
        seconds: playedSeconds(composer.lastUs, part, over, findings, reader.row),
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
