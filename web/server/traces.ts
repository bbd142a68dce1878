/**
 * Recorded matches: which traces lie under the results folder. Only what is listed is ever opened, and only what has ended is listed: the trace of
 * a match that runs says its seed, and with it the future. One without its end that nobody has written to for an hour was broken off.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFacts } from '../../harness/traces/facts.js';
import type { MatchFacts } from '../../harness/traces/match-facts.js';
import type { TraceListing } from './frames.js';

const TRACE = /\.jsonl(\.gz)?$/;
/** How long a trace without its end has to be left alone until its match cannot be running. */
const BROKEN_OFF_MS = 3_600_000;
/** Longest last line that is looked at, in bytes. */
const MOST_FOOTER = 1 << 20;
/** Listed at most, newest first: a folder of sweeps holds thousands. */
const MOST_LISTED = 1000;
/** Matches that are looked into at once. */
const AT_ONCE = 4;

/** Traces of `results`: in its folders, and in their folders `traces`, newest first. */
export async function listTraces(results: string): Promise<TraceListing[]> {
  const found: TraceListing[] = [];
  for (const folder of await folders(results)) {
    await gather(results, folder, found);
    if ((await folders(join(results, folder))).includes('traces')) await gather(results, `${folder}/traces`, found);
  }
  return found.sort((a, b) => (a.modified < b.modified ? 1 : a.modified > b.modified ? -1 : a.path < b.path ? -1 : 1));
}

/** What the newest matches say of themselves, kept as long as their files are as they were. */
export class MatchList {
  private known = new Map<string, { as: string; facts: MatchFacts | undefined }>();

  constructor(private readonly results: string) {}

  /** What the page is told of them. */
  async newest(): Promise<TraceListing[]> {
    const listed = (await listTraces(this.results)).slice(0, MOST_LISTED);
    const known = new Map<string, { as: string; facts: MatchFacts | undefined }>();
    const left = [...listed].reverse();
    const read = async (): Promise<void> => {
      for (let each = left.pop(); each; each = left.pop()) {
        const as = `${each.bytes} ${each.modified}`;
        const before = this.known.get(each.path);
        known.set(each.path, before?.as === as ? before : { as, facts: await readFacts(join(this.results, each.path)) });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, read));
    this.known = known;
    return listed.map((each) => {
      const match = known.get(each.path)?.facts;
      return match ? { ...each, match } : each;
    });
  }
}

/** The path of a trace below `results`, if it is one of those there are; names are never joined unseen. */
export async function findTrace(results: string, path: string): Promise<string | undefined> {
  return (await listTraces(results)).find((trace) => trace.path === path)?.path;
}

async function folders(at: string): Promise<string[]> {
  const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

async function gather(results: string, folder: string, into: TraceListing[]): Promise<void> {
  const entries = await readdir(join(results, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.startsWith('.') || !TRACE.test(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    const facts = await stat(join(results, path)).catch(() => undefined);
    if (facts && (Date.now() - facts.mtimeMs > BROKEN_OFF_MS || (await hasEnd(join(results, path), facts.size))))
      into.push({ path, bytes: facts.size, modified: facts.mtime.toISOString() });
  }
}

/** Whether a trace's last line is its footer. A compressed one was finished before it was compressed. */
async function hasEnd(path: string, bytes: number): Promise<boolean> {
  if (path.endsWith('.gz')) return true;
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const from = Math.max(0, bytes - MOST_FOOTER);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes - from), 0, bytes - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return lines.at(-1) === '' && /^\{"previous":"[0-9a-f]{64}","footer":/.test(lines.at(-2) ?? '');
  } catch {
    return false; // gone, or not to be read: not listed
  } finally {
    await file.close();
  }
}
