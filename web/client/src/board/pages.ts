/** The board: who is accepted in which table, best first, and what one entry proves and claims. */
import { byId, el } from '../element.js';
import { titleOf } from '../tasks.js';
import { boardAddress, entryAddress, type BoardAsk } from './address.js';
import { liveTable, runningMatches } from './live.js';
import { estimateText } from './text.js';
import { ask, type Entry, type Table } from './told.js';

/** Columns that hold words: these begin at the left. */
const WORDS: readonly string[] = ['entry', 'submitter', 'says it is'];
const SAME = ['task', 'rules', 'plan', 'terms', 'division'] as const;

/** Which division proves what, in a sentence. */
const DIVISIONS: Readonly<Record<string, string>> = {
  reported:
    'Reported: every match was played again here and earns what it says; latencies and answers were measured by whoever submitted them, and are claims.',
  reference: 'Reference: models of known weights, measured anew on the board’s own machine.',
  live: 'Live: played against the board’s own clock, on seeds that nobody knew before.',
};

export class BoardPages {
  private readonly section = byId('board');
  /** Grows with every page asked for: an answer that comes after another was asked for is not shown. */
  private turn = 0;

  /** Shows a table or an entry; nothing where neither is asked for. */
  async show(asked: { table: BoardAsk } | { id: string } | undefined): Promise<void> {
    const turn = ++this.turn;
    if (!asked) return this.section.replaceChildren();
    try {
      const shown = 'id' in asked ? entryPage(await ask<Entry>(`entries/${encodeURIComponent(asked.id)}`)) : await tablePage(asked.table);
      if (turn === this.turn) this.section.replaceChildren(...shown);
    } catch (error) {
      if (turn === this.turn) this.section.replaceChildren(el('h2', {}, 'Board'), el('p', { class: 'hint' }, `This cannot be shown: ${(error as Error).message}`)); // prettier-ignore
    }
  }
}

async function tablePage(asked: BoardAsk): Promise<HTMLElement[]> {
  const { tables } = await ask<{ tables: Table[] }>('tables');
  const heading = el('h2', {}, 'Board');
  if (tables.length === 0)
    return [
      heading,
      el(
        'p',
        { class: 'hint' },
        'No entry was accepted yet, and nobody was rated. tickbench submit sends one, tickbench arena rates agents.',
      ),
      ...(await runningMatches()),
    ];
  const table = tables.find((each) => SAME.every((name) => asked[name] === '' || each[name] === asked[name]));
  const links = el('nav', { class: 'board-tables', 'aria-label': 'Tables' }, ...tables.map((each) => tableLink(each, each === table)));
  if (!table) return [heading, links, el('p', { class: 'hint' }, absent(asked))];
  if (table.division === 'live') return [heading, links, el('p', { class: 'hint' }, DIVISIONS['live']!), ...(await liveTable(table))];
  const query = new URLSearchParams([...SAME.map((name) => [name, table[name]] as [string, string]), ['limit', '100']]);
  const { rows, next } = await ask<{ rows: Entry[]; next: string | null }>(`leaderboard?${query.toString()}`);
  const unit = rows.find(({ figures }) => figures)?.figures?.rewardUnit ?? '';
  return [
    heading,
    links,
    el('p', { class: 'hint' }, DIVISIONS[table.division] ?? table.division),
    el('p', { class: 'hint' }, 'Two whose intervals overlap are not told apart by the order; latency is the mean over actions.'),
    el(
      'div',
      { class: 'sweep-table board-table' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...['', 'entry', `reward, ${unit}`, 'latency, ms', 'p90, ms', 'patient', 'matches', 'submitter', 'says it is'].map((text) => el('th', { scope: 'col', ...(WORDS.includes(text) ? { class: 'board-words' } : {}) }, text)))),
        el('tbody', {}, ...rows.map(tableRow)),
      ),
    ),
    ...(next === null ? [] : [el('p', { class: 'hint' }, 'The first hundred are shown; the API tells the rest.')]),
    el('p', { class: 'links' }, el('a', { href: `api/v1/leaderboard.csv?${query.toString()}` }, 'CSV'), el('a', { href: 'api/v1/openapi.json' }, 'API')),
  ]; // prettier-ignore
}

/** Says of a table that was asked for that it is not there. */
function absent(asked: BoardAsk): string {
  const words = SAME.filter((name) => asked[name] !== '').map((name) => `${name} ${asked[name]}`);
  return `There is no table of ${words.join(', ')}: no entry of it is accepted. The tables that are there are above.`;
}

function tableLink(table: Table, isShown: boolean): HTMLElement {
  const words = `${titleOf(table.task)} · ${table.rules} · ${table.plan} · ${table.division}`;
  return el('a', { href: boardAddress(table), ...(isShown ? { 'aria-current': 'true' } : {}) }, words);
}

function tableRow(entry: Entry, place: number): HTMLElement {
  const { figures, about, submitter } = entry;
  const claims = [about.size, about.precision, about.engine].filter((each) => each !== undefined);
  return el(
    'tr',
    {},
    el('td', {}, String(place + 1)),
    el('th', { scope: 'row' }, el('a', { href: entryAddress(entry.id) }, entry.name)),
    ...(['reward', 'latencyMeanMs', 'latencyP90Ms', 'patientReward'] as const).map((key) => el('td', {}, estimateText(figures?.[key], key.endsWith('Ms') ? 0 : 3))),
    el('td', {}, String(figures?.matches ?? '–')),
    el('td', { class: 'board-words' }, submitter.name),
    el('td', { class: 'board-words' }, claims.join(', ') || '–'),
  ); // prettier-ignore
}

function entryPage(entry: Entry): HTMLElement[] {
  const { figures, about, submitter, traces = [] } = entry;
  const facts: [string, string][] = [
    ['status', entry.why === null ? entry.status : `${entry.status}: ${entry.why}`],
    ['played', `${titleOf(entry.task)}, rules ${entry.rules}, plan ${entry.plan}${figures ? `, ${figures.clock} clock at speed ${figures.speed}` : ''}`],
    ['submitted', `${submitter.name} (key ${submitter.fingerprint}), ${new Date(entry.receivedAt).toLocaleString()}`],
    ...(Object.entries(about).filter(([, value]) => typeof value === 'string') as [string, string][]).map(([key, value]) => [`${key} (claimed)`, value] as [string, string]),
  ]; // prettier-ignore
  if (figures)
    facts.push(
      [`reward, ${figures.rewardUnit}`, estimateText(figures.reward, 3)],
      ['latency, ms (claimed)', `mean ${estimateText(figures.latencyMeanMs, 1)}, p50 ${estimateText(figures.latencyP50Ms, 1)}, p90 ${estimateText(figures.latencyP90Ms, 1)}`],
      ['patient play', estimateText(figures.patientReward, 3)],
      ['matches, decisions', `${figures.matches}, ${figures.decisions}`],
    ); // prettier-ignore
  return [
    el('h2', {}, entry.name),
    el('p', { class: 'links' }, el('a', { href: boardAddress(entry) }, 'its table')),
    el('dl', { class: 'board-facts' }, ...facts.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)))),
    ...(entry.proven === null ? [] : [el('p', {}, entry.proven)]),
    el('p', {}, entry.claimed),
    el('h3', {}, 'Its matches'),
    el(
      'ul',
      { class: 'traces' },
      ...traces.map(({ seed, purpose, hash, status, why }) =>
        el(
          'li',
          {},
          el('a', { href: `#/trace/board:${hash}` }, `seed ${seed}`),
          el('span', { class: 'quiet' }, purpose),
          el('span', { class: 'match-verdict', 'data-verdict': status === 'refused' ? 'void' : status }, status),
          el('span', { class: 'quiet' }, why ?? ''),
        ),
      ),
    ),
  ];
}
