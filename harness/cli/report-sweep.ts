/** `tickbench report RESULTS --html FILE` and `--site DIR`: a whole sweep for people, as one file or as a folder for a web server. */
import { isFolder } from '../report/sweep/folder.js';
import { UsageError } from './values.js';

export interface SweepReportFlags {
  html?: string;
  site?: string;
}

/**
 * Writes what the flags ask for.
 * @param paths what was named: one results folder
 * @returns a line for each thing written
 * @throws UsageError, ResultsError, AssetsError
 */
export async function reportSweep(paths: readonly string[], { html, site }: SweepReportFlags): Promise<string[]> {
  const [folder] = paths;
  if (paths.length !== 1 || !isFolder(folder!))
    throw new UsageError('--html and --site are for the results folder of one sweep, such as results/quick; traces are reported as text');
  for (const [flag, value] of Object.entries({ '--html': html, '--site': site }))
    if (value?.trim() === '') throw new UsageError(`${flag}: an empty name; accepted: a ${flag === '--html' ? 'file' : 'folder'}`);
  const lines: string[] = [];
  if (html !== undefined) {
    const { writeReportPage } = await import('../report/html/write.js'); // charts are a large library
    const { results, bytes } = await writeReportPage(folder!, html);
    lines.push(`${html}: ${results.matches.length} matches, ${Math.round(bytes / 1000)} kB, complete in itself`, ...results.cautions);
  }
  if (site !== undefined) {
    const { writeSite } = await import('../report/html/site.js');
    const { results, watched } = await writeSite(folder!, site);
    lines.push(
      `${site}: a site with ${watched} matches to be watched; any web server can hold it (to look at it here: python3 -m http.server -d ${site})`,
    );
    if (html === undefined) lines.push(...results.cautions);
  }
  return lines;
}
