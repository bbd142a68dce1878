/** Sweeps: those that run, and of those that ended their frontiers as pictures, their figures as tables, and links to what is behind them. */
import type { SweepListing } from '../../server/frames.js';
import { addressOf } from './matches/choice.js';
import { byId, el, setHidden } from './element.js';
import { frontierAddress } from './frontier/address.js';
import { follow, isFiles, reportUrl } from './source.js';
import { sweepTable, type TaskSummary } from './sweep-table.js';
import { courseHash } from './route.js';
import { titleOf } from './tasks.js';

/** The file of a task's frontier, and the task's name in it. */
const CHART = /^frontier-(.+)\.svg$/;

/** Tells how far a sweep is. */
const COURSE = 'course.json';
const EARLY = 'No report: it ended before its end; the same command goes on with what is left.';

const UNFINISHED = 'Not every match of this sweep was played, or counts; the same command goes on with those that are left.';

/** What `summary.json` holds, as far as it is shown; older ones lack some of it. */
interface Summary {
  /** For each task which configuration to take and why, and what else was found, a sentence each; older ones have all of it in `sentence`. */
  verdicts?: ({ sentence?: unknown; answer?: unknown; details?: unknown } | null)[];
  finished?: boolean;
  tasks?: Record<string, TaskSummary>;
}

function sweep({ name, isRunning, modified, files }: SweepListing): HTMLElement {
  const path = (file: string): string => reportUrl(name, file, modified);
  const charts = files.filter((file) => CHART.test(file));
  const course = files.includes(COURSE) ? [el('a', { href: courseHash(name) }, isRunning ? 'runs now: how far it is' : 'how it went')] : [];
  const links = files.filter((file) => !CHART.test(file) && file !== COURSE).map((file) => el('a', { href: path(file) }, file));
  const frontier = files.includes('summary.json') ? [el('a', { href: frontierAddress({ sweep: name }) }, 'frontier to point at')] : [];
  const tables = el('div', { class: 'sweep-tables' });
  const verdicts = el('div', { class: 'verdicts' });
  if (files.includes('summary.json')) void fillFrom(name, path('summary.json'), verdicts, tables);
  return el(
    'article',
    { class: 'sweep' },
    el('header', {}, el('h3', {}, name), el('time', { datetime: modified }, new Date(modified).toLocaleString()), ...course, ...frontier),
    verdicts,
    ...(links.length > 0 || isRunning ? [] : [el('p', { class: 'verdict', 'data-tone': 'bad' }, EARLY)]),
    el(
      'div',
      { class: 'frontiers' },
      ...charts.map((file) =>
        el(
          'a',
          { href: path(file) },
          el('img', {
            src: path(file),
            alt: `${titleOf(CHART.exec(file)![1]!)}: frontier of latency and quality, sweep ${name}`,
            loading: 'lazy',
          }),
        ),
      ),
    ),
    tables,
    el('p', { class: 'links' }, ...links),
  );
}

/** A summary that cannot be had or read leaves the pictures and links to speak. */
async function fillFrom(sweepName: string, url: string, verdicts: HTMLElement, into: HTMLElement): Promise<void> {
  const response = await fetch(url).catch(() => undefined);
  const summary = (response?.ok ? await response.json().catch(() => null) : null) as Summary | null;
  for (const { sentence, answer = sentence, details } of (Array.isArray(summary?.verdicts) ? summary.verdicts : []).filter(
    (said) => said !== null,
  )) {
    if (typeof answer !== 'string') continue;
    const found = (Array.isArray(details) ? details : []).filter((each) => typeof each === 'string');
    const list = found.length > 0 ? [el('ul', {}, ...found.map((each) => el('li', {}, each)))] : [];
    verdicts.append(el('div', { class: 'verdict' }, el('p', {}, answer), ...list));
  }
  if (summary?.finished === false) verdicts.append(el('p', { class: 'verdict', 'data-tone': 'bad' }, UNFINISHED));
  for (const [name, task] of Object.entries(summary?.tasks ?? {}))
    if (Array.isArray(task?.rows) && task.rows.length > 0)
      into.append(sweepTable(titleOf(name), task, (who) => addressOf({ sweep: sweepName, task: name, who })));
}

/** Lists the sweeps; drawn anew only when the list has changed. */
export function showSweeps(): void {
  const section = byId('sweeps');
  follow<SweepListing>('sweeps', (listings) => {
    // A site of files has a report for its index that shows all this.
    setHidden(section, isFiles || listings.length === 0);
    section.replaceChildren(el('h2', {}, 'Sweeps'), ...listings.map(sweep));
  });
}
