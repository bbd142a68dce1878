/** The board: which tables there are, and who is accepted in one, best first. */
import { hostText } from '../../../../harness/submission/measured.js';
import type { ToldEntry, ToldEntryWithTraces, ToldTable } from '../../../server/leaderboard/entries.js';
import { byId, el } from '../element.js';
import { titleOf } from '../tasks.js';
import { boardAddress, entryAddress, type BoardAsk } from './address.js';
import { entryPage } from './entry.js';
import { liveTable, runningMatches } from './live.js';
import { newestEntries } from './newest.js';
import { answersText, estimateText } from './text.js';
import { ask } from './told.js';

/** Columns that hold words: these begin at the left. */
const WORDS: readonly string[] = ['entry', 'submitter', 'says it is', 'model', 'answers again'];
const SAME = ['task', 'rules', 'plan', 'terms', 'division', 'host'] as const;

/** Which division proves what, in a sentence. */
const DIVISIONS: Readonly<Record<ToldTable['division'], string>> = {
  reported:
    'Reported: every match was played again here and earns what it says; latencies and answers were measured by whoever submitted them, and are claims.',
  reference:
    'Reference: embedded models of known weights and precision, played and timed by the board itself on one host; every answer was computed again and is the same.',
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
      const shown =
        'id' in asked ? entryPage(await ask<ToldEntryWithTraces>(`entries/${encodeURIComponent(asked.id)}`)) : await tablePage(asked.table);
      if (turn === this.turn) this.section.replaceChildren(...shown);
    } catch (error) {
      if (turn === this.turn) this.section.replaceChildren(el('h2', {}, 'Board'), el('p', { class: 'hint' }, `This cannot be shown: ${(error as Error).message}`)); // prettier-ignore
    }
  }
}

async function tablePage(asked: BoardAsk): Promise<HTMLElement[]> {
  const { tables } = await ask<{ tables: ToldTable[] }>('tables');
  const heading = el('h2', {}, 'Board');
  if (tables.length === 0)
    return [
      heading,
      el(
        'p',
        { class: 'hint' },
        'No entry was accepted yet, and nobody was rated. tickbench submit sends one, tickbench board measure makes one here, tickbench arena rates agents.',
      ),
      ...(await runningMatches()),
      ...(await newestEntries()),
    ];
  const table = tables.find((each) => SAME.every((name) => asked[name] === '' || askOf(each)[name] === asked[name]));
  const links = el(
    'nav',
    { class: 'board-tables', 'aria-label': 'Tables' },
    ...tables.map((each) => tableLink(each, each === table, tables)),
  );
  if (!table) return [heading, links, el('p', { class: 'hint' }, absent(asked))];
  const about = el('p', { class: 'hint' }, DIVISIONS[table.division]);
  if (table.division === 'live') return [heading, links, about, ...(await liveTable(table))];
  return [heading, links, about, ...(await entriesTable(table)), ...(await newestEntries())];
}

/** A table as the address asks for it. */
function askOf({ task, rules, plan, terms, division, host }: ToldTable): BoardAsk {
  return { task, rules, plan, terms, division, host: host?.name ?? '' };
}

async function entriesTable(table: ToldTable): Promise<HTMLElement[]> {
  const asked = Object.entries(askOf(table)).filter(([, value]) => value !== '');
  const query = new URLSearchParams([...asked, ['limit', '100']]);
  const { rows, next } = await ask<{ rows: ToldEntry[]; next: string | null }>(`leaderboard?${query.toString()}`);
  const unit = rows.find(({ figures }) => figures)?.figures?.rewardUnit ?? '';
  const last = table.division === 'reference' ? ['model', 'answers again'] : ['submitter', 'says it is'];
  return [
    ...(table.host ? [el('p', { class: 'hint' }, `Measured on ${table.host.name}: ${hostText(table.host)}. What another host measured is in a table of its own.`)] : []),
    el('p', { class: 'hint' }, 'Two whose intervals overlap are not told apart by the order; latency is the mean over actions.'),
    el(
      'div',
      { class: 'sweep-table board-table' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...['place', 'entry', `reward, ${unit}`, 'latency, ms', 'p90, ms', 'patient', 'matches', ...last].map((text) => el('th', { scope: 'col', ...(WORDS.includes(text) ? { class: 'board-words' } : {}) }, text)))),
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

/** What tells a table from others, for people. */
function tableWords({ task, rules, plan, division, host }: ToldTable): string {
  return `${titleOf(task)} · ${rules} · ${plan} · ${division}${host ? ` on ${host.name}` : ''}`;
}

/** @param all of them: a plan that was published anew with other terms has tables of one name, which are told apart by their terms */
function tableLink(table: ToldTable, isShown: boolean, all: readonly ToldTable[]): HTMLElement {
  const isTwice = all.some((each) => each !== table && tableWords(each) === tableWords(table));
  const words = `${tableWords(table)}${isTwice ? ` · terms ${table.terms.slice(0, 6)}` : ''}`;
  return el('a', { href: boardAddress(askOf(table)), ...(isShown ? { 'aria-current': 'true' } : {}) }, words);
}

function tableRow(entry: ToldEntry, place: number): HTMLElement {
  const { figures, about, submitter, measured, answers } = entry;
  const said = (words: readonly (string | undefined)[]): string => words.filter((each) => each !== undefined).join(', ') || '–';
  const last = measured
    ? [said([about.model, about.size, about.precision, about.kernel]), answers ? answersText(answers) : '–']
    : [submitter.name, said([about.size, about.precision, about.engine])];
  return el(
    'tr',
    {},
    el('td', {}, String(place + 1)),
    el('th', { scope: 'row' }, el('a', { href: entryAddress(entry.id) }, entry.name)),
    ...(['reward', 'latencyMeanMs', 'latencyP90Ms', 'patientReward'] as const).map((key) => el('td', {}, estimateText(figures?.[key], key.endsWith('Ms') ? 0 : 3))),
    el('td', {}, String(figures?.matches ?? '–')),
    ...last.map((text) => el('td', { class: 'board-words' }, text)),
  ); // prettier-ignore
}
