/** Recorded matches as evidence: read from files, checked by playing them again, void ones left out and told. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OptionsError } from '../../envs/environment.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { taskNames } from '../match/tasks.js';
import { verifyTrace } from '../traces/bots.js';
import { readTraceFile, TraceError } from '../traces/reader.js';
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

/** A path without traces, or a folder that is not as a sweep leaves it: which file, why, and what is accepted. */
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
      .filter((name) => /\.jsonl(\.gz)?$/.test(name) && !SET_ASIDE.test(name) && basename(dirname(join(path, name))) !== 'probes')
      .map((name) => join(path, name));
  } catch (error) {
    throw new ResultsError(`${path}: ${fileFault(error)}; trace files or folders of them are expected`);
  }
}

/**
 * Reads matches; each counts once, under whatever names it was copied. One that was moved may have been played on from its checkpoint more than once:
 * of its ends the first that is read counts. @throws ResultsError
 */
export async function readMatches(paths: readonly string[]): Promise<ReadMatches> {
  const matches: ReadMatch[] = [];
  const left: string[] = [];
  const seen = new Map<string, string>();
  for (const path of paths.flatMap(traceFiles)) {
    const read = await readMatch(path);
    if (typeof read === 'string') {
      left.push(`${path}: ${read}`);
      continue;
    }
    const { header } = read.trace;
    const keys = matchKeys(read.trace);
    const earlier = keys.map((key) => seen.get(key)).find((each) => each !== undefined);
    if (earlier !== undefined) left.push(`${path}: the match ${header.id} was read before, from ${earlier}`);
    else matches.push(read);
    for (const key of keys) seen.set(key, earlier ?? path);
  }
  return { matches, left };
}

/** What one match has whatever it is copied to, and whatever it was played on to: matches that share any of it are one. */
export function matchKeys({ header, footer }: Pick<Trace, 'header' | 'footer'>): string[] {
  return [...(footer ? [`${header.id} ${footer.digest}`] : []), `${header.id} ${header.startedAt}`];
}

/** The match in a file that counts and is as it says; or why there is none, in words. */
export async function readMatch(path: string): Promise<ReadMatch | string> {
  try {
    const { trace } = await readTraceFile(path);
    return faultOf(trace) ?? { path, trace: trace as ReadMatch['trace'] };
  } catch (error) {
    if (!(error instanceof TraceError || error instanceof OptionsError)) throw error;
    const { message } = error;
    return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
  }
}

/**
 * Why a trace is no evidence; undefined when it is. Every one is played again here: what a folder keeps of an earlier replay was written by
 * whoever wrote the trace.
 * @throws TraceError, OptionsError for one of other rules than this program's
 */
function faultOf(trace: Trace): string | undefined {
  const { header, footer } = trace;
  if (!taskNames().includes(header.task)) return `its task is "${header.task}"; this program has ${taskNames().join(', ')}`;
  if (!footer) return 'it was cut off';
  if (!footer.verdict.counts) return `void: ${footer.verdict.reasons.join(' ')}`;
  if (!footer.results.over) return 'it was not played to its end';
  return replayFault(verifyTrace(trace)) ?? undefined;
}
