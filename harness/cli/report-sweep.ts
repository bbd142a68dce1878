/** `tickbench report RESULTS --html FILE` and `--site DIR`: a whole sweep for people, as one file or as a folder for a web server. */
import { printable } from '../protocol/printable.js';
import { isContradicted } from '../report/sweep/agreement.js';
import { isFolder } from '../evidence/sweep-folder.js';
import type { SweepResults } from '../report/sweep/folder.js';
import { UsageError } from './values.js';

/** Flags of traces, which say nothing of a sweep. */
const OF_TRACES = ['json', 'chart', 'symbol', 'seat'] as const;

export interface SweepReportFlags extends Partial<Record<(typeof OF_TRACES)[number], unknown>> {
  html?: string;
  site?: string;
}

/** What was written. */
export interface WrittenReport {
  /** One for each thing written, and for each that is not whole about the results. */
  lines: string[];
  /** The summary or the list of cells says something else than the traces. */
  isContradicted: boolean;
}

/**
 * Writes what the flags ask for.
 * @param paths what was named: one results folder
 * @throws UsageError, ResultsError, AssetsError
 */
export async function reportSweep(paths: readonly string[], flags: SweepReportFlags): Promise<WrittenReport> {
  const { html, site } = flags;
  const [folder] = paths;
  if (paths.length !== 1 || !isFolder(folder!))
    throw new UsageError('--html and --site are for the results folder of one sweep, such as results/quick; traces are reported as text');
  for (const [flag, value] of Object.entries({ '--html': html, '--site': site }))
    if (value?.trim() === '') throw new UsageError(`${flag}: an empty name; accepted: a ${flag === '--html' ? 'file' : 'folder'}`);
  const other = OF_TRACES.find((flag) => flags[flag] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} is for traces; with --html and --site accepted: these two alone`);
  // Any other name may be one of the results' own files.
  if (html !== undefined && !/\.html?$/i.test(html)) throw new UsageError(`--html ${html}: accepted: a file name ending in .html`);
  const lines: string[] = [];
  let read: SweepResults | undefined;
  if (html !== undefined) {
    const { writeReportPage } = await import('../report/html/write.js'); // charts are a large library
    const { results, bytes } = await writeReportPage(folder!, html);
    lines.push(`${html}: ${results.matches.length} matches, ${Math.round(bytes / 1000)} kB, complete in itself`);
    read = results;
  }
  if (site !== undefined) {
    const { writeSite } = await import('../report/html/site.js');
    const { results, watched } = await writeSite(folder!, site);
    lines.push(
      `${site}: a site with ${watched} matches to be watched; any web server can hold it (to look at it here: python3 -m http.server -d ${site})`,
    );
    read = results;
  }
  // Names in cautions come from outside.
  lines.push(...(read?.cautions ?? []).map(printable));
  return { lines, isContradicted: read?.agreement !== undefined && isContradicted(read.agreement) };
}
