/** The matches of a configuration as a table, each with a link to be watched. */
import { el } from '../element.js';
import { decimals } from '../format.js';
import type { ReadCell } from './cells.js';

/** Rows shown; all of them are in the list of recorded matches. */
const MOST_ROWS = 200;

/** @param sweep whose folder holds the traces */
export function matchesTable(sweep: string, cells: readonly ReadCell[]): HTMLElement {
  const caption = `${cells.length} matches${cells.length > MOST_ROWS ? `, the first ${MOST_ROWS}` : ''}, a line for each; the void ones say why`;
  const head = el('tr', {}, ...['seed', 'clock', 'decisions', 'latency, ms', 'reward', 'verdict'].map((each) => el('th', { scope: 'col' }, each))); // prettier-ignore
  const body = cells.slice(0, MOST_ROWS).map(({ seed, clock, purpose, decisions, worldMeanMs, reward, counts, void: reasons, trace }) => {
    const address = `#/trace/${[...sweep.split('/'), ...(trace ?? '').split('/')].map(encodeURIComponent).join('/')}`;
    const name =
      trace === undefined ? String(seed) : el('a', { href: address, 'aria-label': `watch the match of seed ${seed}` }, String(seed));
    const told = purpose !== undefined && purpose !== 'measure' ? `, ${purpose}` : '';
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      el('td', {}, `${clock ?? '\u2013'}${told}`),
      el('td', {}, decisions === undefined ? '\u2013' : String(decisions)),
      // A patient match is charged a latency that was given to everybody.
      el('td', {}, `${number(worldMeanMs, 1)}${purpose === 'patient' ? ' given' : ''}`),
      // What a void match came to says nothing of who played it.
      el('td', {}, counts === true ? number(reward, 3) : '\u2013'),
      el('td', { class: 'reasons' }, counts === true ? 'counts' : `void${reasons ? `: ${reasons}` : ''}`),
    );
  });
  const table = el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { class: 'sweep-table frontier-table', tabindex: '0', role: 'region', 'aria-label': caption }, table);
}

function number(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '\u2013' : decimals(value, digits);
}
