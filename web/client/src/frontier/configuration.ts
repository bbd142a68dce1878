/** One configuration of a sweep: what it is, its precision map, its figures, its matches, and what a match recorded of it. */
import type { SweepListing } from '../../../server/frames.js';
import {
  energyText,
  LOST_COLUMNS,
  playColumns,
  RECOVERY_COLUMNS,
  WORKLOAD_COLUMNS,
  type FigureColumn,
} from '../../../../harness/report/columns.js';
import { injectedLine } from '../../../../harness/report/html/against.js';
import { figureOf } from '../../../../harness/evidence/summary.js';
import { el } from '../element.js';
import { addressOf } from '../matches/choice.js';
import { titleOf } from '../tasks.js';
import { frontierAddress, type ConfigurationAsk } from './address.js';
import { matchesTable } from './cell-table.js';
import type { ReadCell } from './cells.js';
import { contentionTables } from './contention.js';
import { faultsOf, hostText } from './facts.js';
import { kindText } from './filters.js';
import { precisionTables, totalsOf } from './precision.js';
import { recordedOf, type Recorded } from './recorded.js';
import { cellsOf, summaryOf } from './sweep.js';
import type { SummaryRow } from './summary.js';
import { figureCell, notesOf, placeText } from './table.js';
import { yamlOf } from './yaml.js';

/** Figures beside those that stand in every sweep's table. */
const MORE_COLUMNS: readonly FigureColumn[] = [
  { key: 'realLatencyP50Ms', head: 'p50 of real time, ms', about: 'the latency by the clock on the wall, median', digits: 1 },
  { key: 'realLatencyP90Ms', head: 'p90 of real time, ms', about: 'the same, reached by nine in ten', digits: 1 },
  { key: 'decisionsPerSecond', head: 'decisions a real second', about: 'while it was thinking', digits: 1 },
  { key: 'trainedProbeQuality', head: 'probes, trained oracle', about: 'the same by the oracle that models may have been trained with', digits: 2 },
  { key: 'decidedQuality', head: 'decided', about: 'quality of its actions in the states they were decided on', digits: 2 },
  { key: 'landedQuality', head: 'landed', about: 'quality of its actions in the states they landed in', digits: 2 },
]; // prettier-ignore

/** Draws a configuration's page. @param listings the sweeps there are */
export class ConfigurationScreen {
  readonly element = el('div', { class: 'frontier-page configuration-page' });

  constructor(
    private readonly asked: ConfigurationAsk,
    listings: readonly SweepListing[],
  ) {
    const { sweep, name } = asked;
    document.title = `${name} of ${sweep} · Tickbench`;
    this.element.append(el('h2', {}, name === '' ? 'Configuration' : name));
    const listing = listings.find((each) => each.name === sweep);
    if (listing) void this.draw(listing);
    else this.say(`There is no sweep ${sweep}.`);
  }

  private say(text: string): void {
    this.element.append(el('p', { class: 'frontier-says', role: 'status' }, text));
  }

  private async draw(listing: SweepListing): Promise<void> {
    const { sweep, task: taskName, name } = this.asked;
    const back = el('a', { href: frontierAddress({ sweep, task: taskName }) }, `frontier of ${titleOf(taskName)}, ${sweep}`);
    this.element.append(el('p', { class: 'links' }, back, el('a', { href: addressOf({ sweep, task: taskName, who: name }) }, 'its recorded matches')));
    try {
      const summary = await summaryOf(listing);
      const task = summary.tasks.get(taskName);
      const row = task?.rows.find((each) => each.name === name);
      if (!task) return this.say(`${sweep} has no task ${taskName}; it has ${[...summary.tasks.keys()].join(', ')}.`);
      if (!row) return this.say(`${sweep} has no ${name} on ${taskName}; it has ${task.rows.map((each) => each.name).join(', ')}.`);
      const identity = section('What it is', facts([['kind', kindText(row.kind)], ['place', placeText(row)], ...rowFacts(row), ...totalsOf(row.engine)]));
      const notes = notesOf(row).map((note) => el('p', { class: 'quiet' }, note));
      identity.append(...notes);
      const columns = [...playColumns(task.rewardUnit), ...MORE_COLUMNS, ...LOST_COLUMNS, ...RECOVERY_COLUMNS(task.rewardUnit)];
      this.element.append(el('div', { class: 'configuration-columns' }, identity, section('Figures', figuresTable('Figures', row, columns))));
      const contention = contentionTables(task, name);
      if (contention.length > 0) this.element.append(section('Contention', ...contention));
      this.element.append(...workloadSection(row, summary.host));
      await this.drawMatches(listing, identity);
      this.element.append(...hostText(summary, task), ...faultsOf(summary.faults));
    } catch (error) {
      this.say((error as Error).message);
    }
  } // prettier-ignore

  /** Its matches, and what the newest of them recorded of it. */
  private async drawMatches(listing: SweepListing, identity: HTMLElement): Promise<void> {
    const { sweep, task, name } = this.asked;
    let cells: ReadCell[] = [];
    let unread = 0;
    try {
      const read = await cellsOf(listing);
      unread = read.unread;
      cells = read.cells.filter((cell) => cell.task === task && cell.configuration === name);
    } catch (error) {
      this.say(`Its matches are not listed: ${(error as Error).message}.`);
    }
    const traced = cells.filter(({ trace }) => trace !== undefined);
    const newest = traced.find(({ counts }) => counts === true) ?? traced[0];
    if (newest) {
      try {
        this.drawRecorded(await recordedOf(`${sweep}/${newest.trace}`, name), identity);
      } catch (error) {
        identity.append(el('p', { class: 'quiet' }, `What it was recorded as is not shown: ${(error as Error).message}.`));
      }
    }
    if (cells.length > 0) this.element.append(section('Its matches', matchesTable(sweep, cells)));
    if (unread > 0) this.say(`${unread} of the sweep’s cells cannot be read and are left out.`);
  }

  private drawRecorded({ configuration, startedAt }: Recorded, identity: HTMLElement): void {
    const { endpoint, prompt } = configuration;
    const pairs: [string, string | undefined][] = [
      ['model', endpoint?.model],
      ['endpoint', endpoint?.kind === undefined ? undefined : kindText(endpoint.kind)],
      ['address', endpoint?.url],
      ['prompt', prompt],
    ];
    identity.append(facts(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined)), ...precisionTables(configuration));
    const text = yamlOf(configuration);
    if (text === '') return;
    const about = `As a match of ${new Date(startedAt).toLocaleString()} recorded it; keys, and where files lay, are never recorded.`;
    this.element.append(
      section('Configuration', el('p', { class: 'quiet' }, about), el('pre', { tabindex: '0', 'aria-label': 'YAML' }, text)),
    );
  }
}

function rowFacts(row: SummaryRow): [string, string][] {
  const { group, clock, speed, identity } = row;
  return [
    ...(group === undefined || row.kind === 'bot' ? [] : [['size', group] as [string, string]]),
    ...(clock === undefined ? [] : [['clock', `${clock}${speed === undefined ? '' : `, ${speed} × life`}`] as [string, string]]),
    ...injectedLine(row).map((line): [string, string] => ['injected', line]),
    ['matches', `${row.matches}${row.void > 0 ? `, ${row.void} void` : ''}${row.playedAgain > 0 ? `, ${row.playedAgain} void attempts played again` : ''}`],
    ['decisions', String(row.decisions)],
    ...(row.recovery ? [['injected in further matches', `${row.recovery.injected}: ${row.recovery.matches} matches`] as [string, string]] : []),
    ...(identity === undefined ? [] : [['identity', identity] as [string, string]]),
  ];
} // prettier-ignore

/** What it asked of its server; nothing where no server told of tokens. */
function workloadSection(row: SummaryRow, host: Record<string, unknown>): HTMLElement[] {
  if (!WORKLOAD_COLUMNS.some(({ key }) => figureOf(row, key).value !== null)) return [];
  const energy = energyText(figureOf(row, 'matchJoules').value !== null, host);
  return [section('Workload', figuresTable('Workload', row, WORKLOAD_COLUMNS), el('p', { class: 'quiet' }, energy))];
}

function figuresTable(name: string, row: SummaryRow, all: readonly FigureColumn[]): HTMLElement {
  const columns = all.filter(({ key }) => figureOf(row, key).value !== null);
  const caption = `${name}, each with its 95 % interval below, and the number of independent units`;
  const head = el('tr', {}, ...['figure', 'value', 'n'].map((each) => el('th', { scope: 'col' }, each)));
  const body = columns.map(({ key, head: each, about, factor }) =>
    el('tr', {}, el('th', { scope: 'row', title: about }, each, el('small', {}, about)), figureCell(figureOf(row, key), factor), el('td', {}, String(figureOf(row, key).n))),
  );
  const table = el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { class: 'sweep-table frontier-table', tabindex: '0', role: 'region', 'aria-label': caption }, table);
} // prettier-ignore

function facts(pairs: readonly (readonly [string, string])[]): HTMLElement {
  return el('dl', { class: 'frontier-dl' }, ...pairs.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text))));
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return el('section', { class: 'sweep', 'aria-label': title }, el('h3', {}, title), ...children);
}
