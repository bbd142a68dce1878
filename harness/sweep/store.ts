/**
 * A sweep's folder: one trace per cell, probe and oracle results beside them, and the reports. What is finished is known from
 * the files alone, so running the same command again resumes.
 *
 *     results/NAME/traces/CELL.jsonl.gz      one match each; void attempts stay as CELL.void-N.jsonl.gz
 *     results/NAME/probes/TASK-ENTRANT.json  a configuration's answers on the frozen probe bank
 *     results/NAME/oracle/CELL.json          values of the sampled decisions
 *     results/NAME/trading/CELL.json         how its seat traded (market)
 *     results/NAME/cells.json, cells.csv, summary.json, frontier-TASK.svg, frontier-TASK.png
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '../../scoring/trace.js';
import { readTrace } from '../traces/reader.js';
import type { Cell } from './cells.js';

/** What is kept beside the traces, a folder each. */
const KEPT = ['probes', 'oracle', 'trading'] as const;
type Kept = (typeof KEPT)[number];

/** Writes a whole file or none: a killed process leaves the old one. */
export function writeWhole(path: string, data: string | Uint8Array): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, data);
  renameSync(partial, path);
}

export class SweepStore {
  /** @throws when the folder cannot be made or written: before anything is played. */
  constructor(readonly folder: string) {
    for (const part of ['traces', ...KEPT]) mkdirSync(join(folder, part), { recursive: true });
    writeWhole(join(folder, '.writable'), '');
  }

  tracePath(cell: Cell): string {
    return join(this.folder, 'traces', `${cell.id}.jsonl.gz`);
  }

  /** Where a match writes while it runs; it is compressed into `tracePath` at its end. */
  runningPath(cell: Cell): string {
    return join(this.folder, 'traces', `${cell.id}.jsonl`);
  }

  /** The trace of a finished cell that counts, from an earlier run or this one. A void or torn one is set aside, never deleted. */
  async finished(cell: Cell): Promise<Trace | undefined> {
    for (const path of [this.tracePath(cell), this.runningPath(cell)]) {
      if (!existsSync(path)) continue;
      const trace = await readTrace(path).catch(() => undefined);
      if (path === this.tracePath(cell) && trace?.footer?.verdict.counts) return trace;
      this.setAside(cell, path);
    }
    return undefined;
  }

  /** Keeps a void attempt under another name, so that the cell can be played again and nothing recorded is lost. */
  setAside(cell: Cell, path = this.tracePath(cell)): void {
    if (!existsSync(path)) return;
    const ending = path.endsWith('.gz') ? '.jsonl.gz' : '.jsonl';
    for (let n = 1; ; n++) {
      const to = join(this.folder, 'traces', `${cell.id}.void-${n}${ending}`);
      if (existsSync(to)) continue;
      renameSync(path, to);
      return;
    }
  }

  /** A JSON result of an earlier run, if it is there, whole, and was made under the same key. */
  cached<T>(part: Kept, name: string, key: string): T | undefined {
    const path = join(this.folder, part, `${name}.json`);
    if (!existsSync(path)) return undefined;
    try {
      const stored = JSON.parse(readFileSync(path, 'utf8')) as { key: string; result: T };
      return stored.key === key ? stored.result : undefined;
    } catch {
      return undefined; // a torn file is made again
    }
  }

  keep(part: Kept, name: string, key: string, result: unknown): void {
    writeWhole(join(this.folder, part, `${name}.json`), JSON.stringify({ key, result }));
  }

  write(name: string, data: string | Uint8Array): void {
    writeWhole(join(this.folder, name), data);
  }
}
