/** The entries that came last, whatever became of them: whoever submitted one finds it here, and what was refused says why. */
import type { ToldEntry } from '../../../server/leaderboard/entries.js';
import { el } from '../element.js';
import { titleOf } from '../tasks.js';
import { entryAddress } from './address.js';
import { ask } from './told.js';

const SHOWN = 8;

/** Nothing while there is none. */
export async function newestEntries(): Promise<HTMLElement[]> {
  const { entries, next } = await ask<{ entries: ToldEntry[]; next: string | null }>(`entries?limit=${SHOWN}`);
  if (entries.length === 0) return [];
  return [
    el('h3', {}, 'The newest entries'),
    el('ul', { class: 'traces newest' }, ...entries.map(item)),
    el(
      'p',
      { class: 'links' },
      ...(next === null ? [] : [el('a', { href: 'api/v1/entries' }, 'all entries, as JSON')]),
      el('a', { href: 'api/v1/entries.csv' }, 'entries as CSV'),
    ),
  ];
}

function item({ id, name, task, division, status, why, submitter, receivedAt }: ToldEntry): HTMLElement {
  return el(
    'li',
    {},
    el('a', { href: entryAddress(id) }, name),
    el('span', { class: 'quiet' }, `${titleOf(task)} · ${division} · ${submitter.name}`),
    el('span', { class: 'match-verdict', 'data-verdict': status === 'refused' ? 'void' : status }, status),
    el('time', { datetime: receivedAt }, new Date(receivedAt).toLocaleString()),
    ...(why === null ? [] : [el('span', { class: 'quiet why' }, why)]),
  );
}
