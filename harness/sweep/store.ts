/**
 * A sweep's folder: one trace per cell, probe and oracle results beside them, and the reports. What is finished is known from
 * the files alone, so running the same command again resumes.
 *
 *     results/NAME/traces/CELL.jsonl.gz      one match each; void attempts stay as CELL.void-N.jsonl.gz, those of another cell as
 *                                            CELL.foreign-N.jsonl.gz
 *     results/NAME/probes/TASK-ENTRANT.jsonl a configuration's answers on the frozen probe bank, a line each
 *     results/NAME/patient/TASK-BOT.json     what a bot earns in patient matches, played in process
 *     results/NAME/oracle/CELL.json          values of the sampled decisions
 *     results/NAME/trading/CELL.json         how its seat traded
 *     results/NAME/verified/CELL.json        that its trace, played again, is as it says
 *     results/NAME/host/overhead.json        what the harness itself adds to a latency on this host
 *     results/NAME/paper/NAME.json           what a published table is compared with beside matches: maps by a rule, likelihoods
 *     results/NAME/configurations/*.yaml     the configurations of a grid, as they were assigned
 *     results/NAME/cells.json, cells.csv, summary.json, figures.csv, contention.csv, frontier-TASK.svg, frontier-TASK.png, report.html
 *     results/NAME/course.json               how far the sweep is, while it runs
 *     results/NAME/queue.json                what the sweep is called in a queue, where workers elsewhere play it
 *     results/NAME/lock                      which process plays into this folder
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Trace } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { readTrace } from '../traces/reader.js';
import { verifyTrace } from '../traces/bots.js';
import { replayFault } from '../traces/replay.js';
import { foreign, type Cell } from './cells.js';

/** What is kept beside the traces, a folder each. */
const KEPT = ['probes', 'patient', 'oracle', 'trading', 'verified', 'host', 'paper'] as const;
type Kept = (typeof KEPT)[number];

/** What came of playing a stored trace again: why it is not as it says, or null. */
const verification = z.object({ wrong: z.string().nullable() });

/** A results folder that cannot be used, or can no longer be written: which, and why. */
export class StoreError extends Error {
  override name = 'StoreError';
}

export class SweepStore {
  /** @throws StoreError when the folder cannot be made or written: before anything is played. */
  constructor(readonly folder: string) {
    this.guarded(() => {
      if (existsSync(folder) && !statSync(folder).isDirectory())
        throw new StoreError(`${folder}: is a file; the results of a sweep need a folder of their own`);
      for (const part of ['traces', ...KEPT]) makeFolder(join(folder, part));
    });
    this.write('.writable', '');
  }

  tracePath(cell: Cell): string {
    return join(this.folder, 'traces', `${cell.id}.jsonl.gz`);
  }

  /** Where a match writes while it runs; it is compressed into `tracePath` at its end. */
  runningPath(cell: Cell): string {
    return join(this.folder, 'traces', `${cell.id}.jsonl`);
  }

  /**
   * The trace of a finished cell that counts, from an earlier run or this one. A void, torn or foreign one is set aside, never deleted.
   * @param say told of foreign ones
   */
  async finished(cell: Cell, say: (line: string) => void): Promise<Trace | undefined> {
    for (const path of [this.tracePath(cell), this.runningPath(cell)]) {
      if (!existsSync(path)) continue;
      const trace = await readTrace(path).catch(() => undefined);
      const other = trace && (foreign(cell, trace.header) ?? this.wrong(cell, path, trace));
      if (other !== undefined) {
        const kept = this.setAside(cell, path, 'foreign');
        say(
          `${cell.task.name} ${cell.entrant.name} seed ${cell.seed} is played again: ` +
            `what lay under its name is not its trace (${other}); kept as ${kept}`,
        );
      } else if (path === this.tracePath(cell) && trace?.footer?.verdict.counts) return trace;
      else this.setAside(cell, path);
    }
    return undefined;
  }

  /**
   * Keeps a trace under another name, so that its cell can be played again and nothing recorded is lost.
   * @returns that name; undefined when there was none
   */
  setAside(cell: Cell, path = this.tracePath(cell), why: 'void' | 'foreign' = 'void'): string | undefined {
    if (!existsSync(path)) return undefined;
    const ending = path.endsWith('.gz') ? '.jsonl.gz' : '.jsonl';
    for (let n = 1; ; n++) {
      const name = `${cell.id}.${why}-${n}${ending}`;
      const to = join(this.folder, 'traces', name);
      if (existsSync(to)) continue;
      this.guarded(() => renameSync(path, to));
      return name;
    }
  }

  /**
   * Takes a trace that was played elsewhere: it is on disk, read and played again before it counts. One that is not the cell's is set aside.
   * @returns the trace, or in words why it is not the cell's @throws StoreError when it cannot be written
   */
  async accept(cell: Cell, bytes: Uint8Array, machine: string | null): Promise<{ trace: Trace } | { wrong: string }> {
    const path = this.tracePath(cell);
    this.setAside(cell);
    this.write(join('traces', `${cell.id}.jsonl.gz`), bytes, true);
    const trace = await readTrace(path).catch(() => undefined);
    const said = (trace?.header.host as { machine?: unknown } | undefined)?.machine ?? null;
    const wrong = !trace?.footer
      ? 'it is no whole trace'
      : said !== machine
        ? `it says that it was played on ${String(said)}, and ${machine} handed it in`
        : (foreign(cell, trace.header) ?? this.wrong(cell, path, trace));
    if (wrong === undefined) return { trace: trace! };
    this.setAside(cell, path, 'foreign');
    return { wrong };
  }

  /** What a counting trace says that playing it again does not bear out; reckoned once for a file's content, undefined when nothing. */
  private wrong(cell: Cell, path: string, trace: Trace): string | undefined {
    if (!trace.footer?.verdict.counts) return undefined;
    const key = contentHash(path);
    const known = this.cached('verified', cell.id, key, verification);
    if (known) return known.wrong ?? undefined;
    const wrong = replayFault(verifyTrace(trace, cell.task));
    this.keep('verified', cell.id, key, { wrong } satisfies z.infer<typeof verification>);
    return wrong ?? undefined;
  }

  /** Takes it that a cell's trace is as it says: it was written just now, by this process. */
  vouch(cell: Cell): void {
    this.keep('verified', cell.id, contentHash(this.tracePath(cell)), { wrong: null } satisfies z.infer<typeof verification>);
  }

  /** Where something of an earlier run is kept. */
  keptPath(part: Kept, name: string, ending: 'json' | 'jsonl' = 'json'): string {
    return join(this.folder, part, `${name}.${ending}`);
  }

  /** A JSON result of an earlier run, if it is there, whole, of the right form, and made under the same key. Anything else is made again. */
  cached<T>(part: Kept, name: string, key: string, form: z.ZodType<T>): T | undefined {
    const path = this.keptPath(part, name);
    if (!existsSync(path)) return undefined;
    try {
      const stored = JSON.parse(readFileSync(path, 'utf8')) as { key?: unknown; result?: unknown } | null;
      if (stored?.key !== key) return undefined;
      const parsed = form.safeParse(stored.result);
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined; // torn, or a folder
    }
  }

  /** @throws StoreError when it cannot be written */
  keep(part: Kept, name: string, key: string, result: unknown): void {
    this.write(join(part, `${name}.json`), JSON.stringify({ key, result }));
  }

  /** Writes a whole file or none: a killed process leaves the old one. @param flush waits until it is on the disk itself @throws StoreError when it cannot be written */
  write(name: string, data: string | Uint8Array, flush = false): void {
    const path = join(this.folder, name);
    this.guarded(() => {
      writeFileSync(`${path}.partial`, data, { flush });
      renameSync(`${path}.partial`, path);
    });
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const { path } = error as NodeJS.ErrnoException;
      throw new StoreError(`the results in ${this.folder}: ${path === undefined ? '' : `${path}: `}${fileFault(error)}`);
    }
  }
}

function contentHash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
