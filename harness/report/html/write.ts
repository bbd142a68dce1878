/** Writes a sweep's report as one HTML file: a whole file or none. */
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileFault } from '../../host/fault.js';
import { makeFolder } from '../../host/folder.js';
import { ResultsError } from '../../evidence/matches.js';
import { isFolder } from '../../evidence/sweep-folder.js';
import { sweepResults, type SweepResults } from '../sweep/folder.js';
import { pageAssets } from './assets.js';
import { reportPage } from './page.js';

/** The report's name in a sweep's own folder. */
export const REPORT_FILE = 'report.html';

/**
 * Reads a results folder and writes its report.
 * @throws ResultsError, AssetsError: which file, and why
 */
export async function writeReportPage(from: string, to: string): Promise<{ results: SweepResults; bytes: number }> {
  if (isFolder(to)) throw new ResultsError(`${to}: is a folder; a file such as ${join(to, REPORT_FILE)} is expected`);
  const assets = pageAssets();
  const results = await sweepResults(from);
  const page = reportPage(results, { assets });
  const path = resolve(to);
  try {
    makeFolder(dirname(path));
    writeFileSync(`${path}.partial`, page);
    renameSync(`${path}.partial`, path);
  } catch (error) {
    throw new ResultsError(`${to}: ${fileFault(error)}`);
  }
  return { results, bytes: Buffer.byteLength(page) };
}
