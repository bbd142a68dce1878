/** Sweeps: which folders there are, and their reports. Only listed folders and known file names are ever opened. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isHeld } from '../../harness/host/folder-lock.js';
import { watchableTaskNames } from '../../harness/match/tasks.js';
import { COURSE_FILE } from '../../harness/sweep/course-form.js';
import type { SweepListing } from './frames.js';

const CHARTS = watchableTaskNames()
  .map((task) => `frontier-${task}`)
  .sort();

/** The reports of a sweep that the page may show, the charts first. */
export const REPORTS: readonly string[] = [
  ...CHARTS.map((name) => `${name}.svg`),
  ...CHARTS.map((name) => `${name}.png`),
  'report.html',
  'figures.csv',
  'cells.csv',
  'cells.json',
  'summary.json',
  COURSE_FILE,
];

/** Folders of `results` that hold at least one report: those that are played into first, then the newest. A `results` folder that is not there (yet) holds none. */
export async function listSweeps(results: string): Promise<SweepListing[]> {
  const listings: SweepListing[] = [];
  for (const entry of await readdir(results, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const inside = await readdir(join(results, entry.name), { withFileTypes: true }).catch(() => []);
    const there = new Set(inside.filter((file) => file.isFile()).map((file) => file.name));
    const files = REPORTS.filter((name) => there.has(name));
    if (files.length === 0) continue;
    // How far it is changes by the second: that makes no sweep another one.
    const dated = files.length > 1 ? files.filter((name) => name !== COURSE_FILE) : files;
    const times = await Promise.all(dated.map((name) => stat(join(results, entry.name, name)).then((s) => s.mtimeMs, () => 0))); // prettier-ignore
    const running = isHeld(join(results, entry.name)) ? { isRunning: true as const } : {};
    listings.push({ name: entry.name, ...running, modified: new Date(Math.max(...times)).toISOString(), files });
  }
  const place = ({ isRunning }: SweepListing): number => (isRunning ? 0 : 1);
  return listings.sort(
    (a, b) => place(a) - place(b) || (a.modified < b.modified ? 1 : a.modified > b.modified ? -1 : a.name < b.name ? -1 : 1),
  );
}

/** The folder of a report, if the sweep and the file are both among those listed; the names themselves are never joined unseen. */
export async function findReport(results: string, sweep: string, file: string): Promise<{ folder: string; file: string } | undefined> {
  const listing = (await listSweeps(results)).find(({ name }) => name === sweep);
  const found = listing?.files.find((name) => name === file);
  return listing && found ? { folder: join(results, listing.name), file: found } : undefined;
}
