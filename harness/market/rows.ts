/** Reads CSV files of any length in batches of whole rows. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import Papa from 'papaparse';
import { fileFault } from '../host/fault.js';
import { MarketError } from './errors.js';

/** Rows in the order of the file; the first of them is row `first` of it, counted from 1. */
export interface Batch {
  first: number;
  rows: string[][];
}

/** A file's rows, batch by batch; `.gz` is unpacked on the way. Empty lines at the end are no rows. @throws MarketError when it cannot be read */
export async function* csvRows(path: string): AsyncGenerator<Batch> {
  if (/\.(zst|zip|7z|xz|bz2|dbn)$/.test(path)) throw new MarketError(`${path}: packed; accepted: CSV, or CSV packed with gzip (.gz)`);
  let first = 1;
  let rest = '';
  const parsed = (text: string): Batch => {
    const { data } = Papa.parse<string[]>(text, { delimiter: ',', skipEmptyLines: false });
    if (data.at(-1)?.length === 1 && data.at(-1)![0] === '') data.pop();
    const batch = { first, rows: data };
    first += data.length;
    return batch;
  };
  try {
    for await (const chunk of textOf(path)) {
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
  } catch (error) {
    if (error instanceof MarketError) throw error;
    throw new MarketError(`${path}: ${fileFault(error)}`);
  }
  if (rest !== '') yield parsed(rest);
}

async function* textOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => bytes.destroy(error));
  const decoder = new TextDecoder();
  for await (const chunk of bytes as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
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

  /** The next row of the batch at hand; undefined when it is used up: `more` then tells whether another has come. */
  next(): string[] | undefined {
    const row = this.batch.rows[this.at];
    if (row !== undefined) this.row = this.batch.first + this.at++;
    return row;
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
