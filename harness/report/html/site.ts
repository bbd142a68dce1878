/**
 * A sweep's results as a folder that any static web server can hold, at any address: the report as its index, the watching page, and the
 * results that both read. What the watching page asks its own server for lies there as files.
 *
 *     index.html                the report; its matches lead to
 *     watch.html, assets/       the watching page: plays a trace again in the browser, shows the frontier and each configuration
 *     api/traces.json, api/sweeps.json
 *     results/NAME/...          summary, tables, pictures, and traces/
 */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileFault } from '../../host/fault.js';
import { makeFolder } from '../../host/folder.js';
import { readFacts } from '../../traces/facts.js';
import { contentionCsv, figuresCsv, matchesCsv } from '../sweep/csv.js';
import { ResultsError } from '../../evidence/matches.js';
import { finishedTraces, isFolder, linkFault } from '../../evidence/sweep-folder.js';
import { sweepResults, type SweepResults } from '../sweep/folder.js';
import { clientFolder, pageAssets } from './assets.js';
import { reportPage } from './page.js';

/** What the watching page may do where no server of ours says so. */
const WATCH_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'none'";

/** Files of a results folder that a site takes along as they are. */
const TAKEN = /^(?:summary\.json|cells\.(?:json|csv)|frontier-[A-Za-z0-9_-]+\.(?:svg|png))$/;

/**
 * Writes the site of a results folder.
 * @param to empty or not there
 * @returns how many matches can be watched in it
 * @throws ResultsError, AssetsError; errors of the file system in words
 */
export async function writeSite(from: string, to: string): Promise<{ results: SweepResults; watched: number }> {
  const site = resolve(to);
  if (existsSync(site) && (!isFolder(site) || readdirSync(site).length > 0))
    throw new ResultsError(`${to}: is not empty; accepted: a folder that is empty or not there, so that nothing is written over`);
  if (`${site}/`.startsWith(`${resolve(from)}/`))
    throw new ResultsError(`${to}: lies in the results themselves; accepted: a folder elsewhere`);
  const client = clientFolder();
  const assets = pageAssets();
  const results = await sweepResults(from);
  const folder = `results/${encodeURIComponent(results.name)}`;
  const inside = join(site, 'results', results.name);
  const watchable = new Set(results.matches.map(({ file }) => file));
  try {
    for (const path of [site, join(site, 'api'), inside, join(inside, 'traces')]) makeFolder(path);
    const taken = readdirSync(from).filter((name) => TAKEN.test(name) && linkFault(from, name) === undefined).sort(); // prettier-ignore
    for (const name of taken) copyFileSync(join(from, name), join(inside, name));
    writeFileSync(join(inside, 'figures.csv'), figuresCsv(results.summary));
    writeFileSync(join(inside, 'matches.csv'), matchesCsv(results.matches));
    const more = Object.values(results.summary.tasks).some(({ contention }) => contention) ? ['contention.csv'] : [];
    if (more.length > 0) writeFileSync(join(inside, 'contention.csv'), contentionCsv(results.summary));
    const traces = finishedTraces(from).filter((file) => watchable.has(file));
    for (const file of traces) copyFileSync(join(from, 'traces', file), join(inside, 'traces', file));
    for (const name of readdirSync(client)) if (name !== 'index.html') cpSync(join(client, name), join(site, name), { recursive: true });
    writeFileSync(join(site, 'watch.html'), watchPage(readFileSync(join(client, 'index.html'), 'utf8')));
    const listed = await Promise.all(
      results.matches.map(async ({ file, bytes, startedAt }) => ({
        path: `${results.name}/traces/${file}`,
        bytes,
        modified: startedAt,
        match: await readFacts(join(from, 'traces', file)),
      })),
    );
    listed.sort((a, b) => (a.modified < b.modified ? 1 : -1));
    writeFileSync(join(site, 'api', 'traces.json'), JSON.stringify(listed));
    const sweep = { name: results.name, modified: listed[0]?.modified ?? '', files: taken };
    writeFileSync(join(site, 'api', 'sweeps.json'), `${JSON.stringify([sweep])}\n`);
    const files = [...taken, 'figures.csv', 'matches.csv', ...more].map((name) => ({ name, href: `${folder}/${name}` }));
    const watch = ({ file }: { file: string }): string =>
      `watch.html#/trace/${encodeURIComponent(results.name)}/traces/${encodeURIComponent(file)}`;
    writeFileSync(join(site, 'index.html'), reportPage(results, { assets, watch, files }));
    return { results, watched: traces.length };
  } catch (error) {
    const { path } = error as NodeJS.ErrnoException;
    throw new ResultsError(`${path ?? to}: ${fileFault(error)}`);
  }
}

/** The watching page as it reads files instead of asking a server. */
function watchPage(page: string): string {
  const head = `<head>
    <meta http-equiv="Content-Security-Policy" content="${WATCH_POLICY}" />
    <meta name="tickbench-source" content="files" />`;
  return page.replace('<head>', head);
}
