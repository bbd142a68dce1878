/** What lies in a sweep's folder: its list of cells, its summary and its traces. Everything else that reads such a folder reads it through this. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { z } from 'zod';
import { fileFault } from '../host/fault.js';
import { cellsForm, type ListedCell } from './cells.js';
import { ResultsError } from './matches.js';
import { summaryForm, type SweepSummary } from './summary.js';

/** Whether this path is a folder, and so perhaps a sweep's results. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether a path is a sweep's folder with a report in it. */
export function isResults(path: string): boolean {
  return existsSync(join(path, 'cells.json'));
}

/** The cells of a sweep's folder; undefined where no list is there. @throws ResultsError for one that is not as a sweep writes it */
export function listedCells(folder: string): ListedCell[] | undefined {
  return readForm(folder, 'cells.json', cellsForm)?.cells;
}

/** The summary of a sweep's last whole run; undefined where there was none. @throws ResultsError for one that is not as a sweep writes it */
export function keptSummary(folder: string): SweepSummary | undefined {
  return readForm(folder, 'summary.json', summaryForm);
}

/** Names of the finished traces of a sweep's folder, in order. Matches that are being played tell their seed, and are left out. @throws ResultsError */
export function finishedTraces(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'traces')).filter((name) => name.endsWith('.jsonl.gz') && !name.startsWith('.')).sort(); // prettier-ignore
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // no folder of traces
    throw new ResultsError(`${join(folder, 'traces')}: ${fileFault(error)}; accepted: a folder of traces, or none`);
  }
}

/**
 * Why a file is not read although it is there; undefined when it is read, or is not there. A folder may come from somebody else: a link in it could
 * lead to any file of who reads it, and a site would show that to everybody.
 */
export function linkFault(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  return realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`)
    ? undefined
    : 'a link that leads out of the folder; accepted: a file in it';
}

/** A JSON file of the folder in its form; undefined where there is none. */
function readForm<T>(folder: string, name: string, form: z.ZodType<T>): T | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  const link = linkFault(folder, name);
  if (link !== undefined) throw new ResultsError(`${path}: ${link}`);
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ResultsError(`${path}: ${error instanceof SyntaxError ? `no JSON (${error.message})` : fileFault(error)}`);
  }
  const parsed = form.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ResultsError(`${path}: not as a sweep writes it: ${issue!.path.join('.') || 'the whole'}: ${issue!.message}`);
}
