/** A sweep's folder as evidence: its cells that count, whose configuration each is of, and what is known of that as a whole. */
import { join } from 'node:path';
import { strangeTo, type ListedCell } from './cells.js';
import { matchKeys, readMatch, ResultsError, type ReadMatch } from './matches.js';
import type { SweepSummary } from './summary.js';
import { keptSummary, linkFault, listedCells } from './sweep-folder.js';

/** A match of a configuration. */
export interface ResultCell extends ReadMatch {
  task: string;
  configuration: string;
  identity: string;
  kind: ListedCell['kind'];
  purpose: ListedCell['purpose'];
  seat: number;
}

/** Everything that counts of a folder. */
export interface Results {
  folder: string;
  cells: ResultCell[];
  /** Cells that do not count, and why, a sentence each. */
  left: { task: string; configuration: string; seed: number; purpose: ResultCell['purpose']; why: string }[];
  summary: SweepSummary | undefined;
}

/**
 * Reads a sweep's folder and plays its matches again. Each trace counts for one cell at most.
 * @param purposes of the cells that are read @throws ResultsError for a folder without a report
 */
export async function readResults(folder: string, purposes: readonly ResultCell['purpose'][]): Promise<Results> {
  const records = listedCells(folder);
  if (!records) throw new ResultsError(`${join(folder, 'cells.json')}: no such file; the folder of a sweep that has ended is expected`);
  const summary = keptSummary(folder);
  const cells: ResultCell[] = [];
  const left: Results['left'] = [];
  const seen = new Set<string>();
  for (const record of records) {
    const { task, configuration, identity, kind, purpose, seat, seed, trace: name } = record;
    if (!purposes.includes(purpose)) continue;
    const found = linkFault(folder, name) ?? (await readMatch(join(folder, name)));
    const keys = [name, ...(typeof found === 'string' ? [] : matchKeys(found.trace))];
    const isSecond = keys.some((key) => seen.has(key));
    const why =
      typeof found === 'string' ? found : (strangeTo(record, found.trace.header) ?? (isSecond ? 'it is listed twice' : undefined));
    if (typeof found === 'string' || why !== undefined) {
      left.push({ task, configuration, seed, purpose, why: why! });
      continue;
    }
    for (const key of keys) seen.add(key);
    cells.push({ ...found, task, configuration, identity, kind, purpose, seat });
  }
  return { folder, cells, left, summary };
}
