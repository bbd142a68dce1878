/** Recorded matches: which traces lie under the results folder. Only what is listed is ever opened. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceListing } from './frames.js';

const TRACE = /\.jsonl(\.gz)?$/;
/** Listed at most, newest first: a folder of sweeps holds thousands. */
const MOST_LISTED = 300;

/** Traces of `results`: in its folders, and in their folders `traces`, newest first. */
export async function listTraces(results: string): Promise<TraceListing[]> {
  const found: TraceListing[] = [];
  for (const folder of await folders(results)) {
    await gather(results, folder, found);
    if ((await folders(join(results, folder))).includes('traces')) await gather(results, `${folder}/traces`, found);
  }
  return found.sort((a, b) => (a.modified < b.modified ? 1 : a.modified > b.modified ? -1 : a.path < b.path ? -1 : 1));
}

/** What the page is told of them. */
export async function newestTraces(results: string): Promise<TraceListing[]> {
  return (await listTraces(results)).slice(0, MOST_LISTED);
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
    if (facts) into.push({ path, bytes: facts.size, modified: facts.mtime.toISOString() });
  }
}
