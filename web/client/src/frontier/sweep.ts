/** What a sweep's folder holds for its pages: asked for once, and again when the folder has changed. */
import type { SweepListing } from '../../../server/frames.js';
import { reportUrl } from '../source.js';
import { readCells, type ReadCells } from './cells.js';
import { readSummary, type ReadSummary } from './summary.js';

/** A file that is not there or cannot be read: why, in words for who looks at the page. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

const kept = new Map<string, Promise<unknown>>();

/** A sweep's summary. @throws Unreadable */
export const summaryOf = (sweep: SweepListing): Promise<ReadSummary> => read(sweep, 'summary.json', readSummary);

/** A sweep's cells. @throws Unreadable */
export const cellsOf = (sweep: SweepListing): Promise<ReadCells> => read(sweep, 'cells.json', readCells);

function read<T>({ name, modified, files }: SweepListing, file: string, parse: (text: string) => T): Promise<T> {
  const url = reportUrl(name, file, modified);
  const key = `${url} ${modified}`;
  if (!kept.has(key)) kept.set(key, files.includes(file) ? fetched(url, file, parse) : Promise.reject(new Unreadable(`${name} has no ${file}`))); // prettier-ignore
  return kept.get(key) as Promise<T>;
}

async function fetched<T>(url: string, file: string, parse: (text: string) => T): Promise<T> {
  const response = await fetch(url).catch(() => undefined);
  if (!response) throw new Unreadable(`${file}: the server is not there`);
  if (!response.ok) throw new Unreadable(`${file}: the server says ${response.status}`);
  try {
    return parse(await response.text());
  } catch (error) {
    throw new Unreadable(`${file} cannot be read: ${(error as Error).message}`);
  }
}
