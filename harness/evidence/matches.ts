/** Recorded matches as evidence: read from files, checked by playing them again, void ones left out and told. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Trace } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { verifyTrace } from '../traces/bots.js';
import { readTraceFile } from '../traces/reader.js';
import { replayFault } from '../traces/replay.js';

/** A match that counts and is as it says. */
export interface ReadMatch {
  path: string;
  trace: Trace & Required<Pick<Trace, 'footer'>>;
}

/** Matches, and why others were left out, a sentence each. */
export interface ReadMatches {
  matches: ReadMatch[];
  left: string[];
}

/** A path without traces. */
export class ResultsError extends Error {
  override name = 'ResultsError';
}

/** Attempts that a sweep set aside: they are kept, and count for nothing. */
const SET_ASIDE = /\.(void|foreign)-\d+\.jsonl(\.gz)?$/;

/** The trace files that a path names: a file, or a folder with those below it. @throws ResultsError */
export function traceFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    return names
      .filter((name) => /\.jsonl(\.gz)?$/.test(name) && !SET_ASIDE.test(name) && basename(dirname(name)) !== 'probes')
      .map((name) => join(path, name));
  } catch (error) {
    throw new ResultsError(`${path}: ${fileFault(error)}; trace files or folders of them are expected`);
  }
}

/** Reads matches; each counts once. @throws TraceError for a file that is no trace, ResultsError */
export async function readMatches(paths: readonly string[]): Promise<ReadMatches> {
  const matches: ReadMatch[] = [];
  const left: string[] = [];
  const seen = new Set<string>();
  for (const path of paths.flatMap(traceFiles)) {
    const { trace } = await readTraceFile(path);
    const key = `${trace.header.id} ${trace.footer?.digest}`;
    const fault = seen.has(key) ? `the match ${trace.header.id} was read before` : faultOf(path, trace);
    seen.add(key);
    if (fault === undefined) matches.push({ path, trace: trace as ReadMatch['trace'] });
    else left.push(`${path}: ${fault}`);
  }
  return { matches, left };
}

/** Why a trace is no evidence; undefined when it is. */
export function faultOf(path: string, trace: Trace): string | undefined {
  const { footer } = trace;
  if (!footer) return 'it was cut off';
  if (!footer.verdict.counts) return `void: ${footer.verdict.reasons.join(' ')}`;
  if (!footer.results.over) return 'it was not played to its end';
  if (isVouched(path)) return undefined;
  return replayFault(verifyTrace(trace)) ?? undefined;
}

const vouched = z.object({ key: z.string(), result: z.object({ wrong: z.null() }) });

/** Whether a sweep has played this very file again before, and kept that it is as it says. */
function isVouched(path: string): boolean {
  const kept = join(dirname(path), '..', 'verified', `${basename(path).replace(/\.jsonl(\.gz)?$/, '')}.json`);
  if (!existsSync(kept)) return false;
  try {
    const { key } = vouched.parse(JSON.parse(readFileSync(kept, 'utf8')));
    return key === createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return false; // torn: it is played again
  }
}
