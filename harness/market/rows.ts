/** Reads CSV files of any length in batches of whole rows. */
import Papa from 'papaparse';
import { MarketError } from './errors.js';
import { textOf } from './text-file.js';

/** Rows in the order of the file; the first of them is row `first` of it, counted from 1. */
export interface Batch {
  first: number;
  rows: string[][];
}

/** What may stand between two cells. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter of a line: what stands in it most often outside quotes; a comma when nothing does. */
export function delimiterOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length - 1;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best), DELIMITERS[0]);
}

/** What stands above a table and is none of it. */
export interface Preamble {
  /** Its lines, and how many characters they are. */
  lines: number;
  length: number;
  /** What stands between cells, where a spreadsheet says so in a first line `sep=;`. */
  delimiter?: string;
}

/** The lines above a table: a spreadsheet's `sep=;`, remarks after `#` (but for a header that begins with it), and empty ones. */
export function preambleOf(text: string): Preamble {
  const [found] = /^\ufeff?(?:(?:[ \t]*|"?sep=[^\r\n]"?|[ \t]*#(?![^\r\n]*\bopen\b)[^\r\n]*)\r?\n)*/i.exec(text)!;
  const delimiter = /^\ufeff?"?sep=(.)/i.exec(found)?.[1];
  return { lines: found.split('\n').length - 1, length: found.length, ...(delimiter === undefined ? {} : { delimiter }) };
}

/**
 * A file's rows, batch by batch; gzip is unpacked on the way. Cells stand between commas, semicolons, tabs or bars, whichever the first row uses.
 * Empty lines at the end are no rows, nor is what stands above the table. @throws MarketError when it cannot be read
 */
export async function* csvRows(path: string): AsyncGenerator<Batch> {
  let first = 1;
  let rest = '';
  let delimiter: string | undefined;
  let said: string | undefined;
  const parsed = (text: string): Batch => {
    let table = text;
    // What stands above the table may be longer than one piece of the file.
    if (delimiter === undefined) {
      const above = preambleOf(text);
      table = text.slice(above.length);
      first += above.lines;
      said ??= above.delimiter;
      if (table === '') return { first, rows: [] };
      delimiter = said ?? delimiterOf(/^[^\r\n]*/.exec(table)![0]);
    }
    const { data } = Papa.parse<string[]>(table, { delimiter, skipEmptyLines: false });
    if (data.at(-1)?.length === 1 && data.at(-1)![0] === '') data.pop();
    const batch = { first, rows: data };
    first += data.length;
    return batch;
  };
  for await (const chunk of textOf(path, 'CSV')) {
    const text = rest + chunk;
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      if (text.length > 1_000_000) throw new MarketError(`${path}: row ${first} is over a million characters long; accepted: CSV`);
      rest = text;
      continue;
    }
    rest = text.slice(end + 1);
    yield parsed(text.slice(0, end + 1));
  }
  if (rest !== '') yield parsed(rest);
}

/** One row after another, without waiting while a batch lasts. */
export class RowReader {
  /** Number of the row last given, from 1. */
  row = 0;
  private batch: Batch = { first: 1, rows: [] };
  private at = 0;
  private readonly batches: AsyncGenerator<Batch>;

  constructor(readonly path: string) {
    this.batches = csvRows(path);
  }

  /** The next row of the batch at hand, empty lines passed over; undefined when it is used up: `more` then tells whether another has come. */
  next(): string[] | undefined {
    for (;;) {
      const row = this.batch.rows[this.at];
      if (row === undefined) return undefined;
      this.row = this.batch.first + this.at++;
      if (row.length > 1 || row[0]!.trim() !== '') return row;
    }
  }

  /** Rows of the batch at hand that are still to come, to look at before they are read. */
  ahead(): readonly string[][] {
    return this.batch.rows.slice(this.at);
  }

  /** Reads the next batch that has rows. @returns false at the end of the file */
  async more(): Promise<boolean> {
    if (this.at < this.batch.rows.length) return true;
    for (;;) {
      const { value, done } = await this.batches.next();
      if (done === true) return false;
      this.batch = value;
      this.at = 0;
      if (value.rows.length > 0) return true;
    }
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.batches.return(undefined);
  }
}
