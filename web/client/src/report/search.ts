/** A list of matches that can be searched: every word typed has to stand somewhere in a row. */
import { el } from '../element.js';

/** Puts a field above a list of matches. */
export function searchable(matches: HTMLDetailsElement): void {
  const rows = [...matches.querySelectorAll<HTMLTableRowElement>('tbody tr')];
  const [summary] = matches.children;
  if (rows.length < 2 || !summary) return;
  const words = new Map(rows.map((row) => [row, [...row.cells].map(({ textContent }) => textContent).join(' ').toLowerCase()])); // prettier-ignore
  const field = el('input', { type: 'search', class: 'search', placeholder: 'a name, a seed, void…' });
  const found = el('span', { class: 'quiet', role: 'status' });
  field.addEventListener('input', () => {
    const asked = field.value.toLowerCase().split(/\s+/).filter((each) => each !== ''); // prettier-ignore
    for (const row of rows) row.hidden = !asked.every((each) => words.get(row)!.includes(each));
    found.textContent = asked.length === 0 ? '' : `${rows.filter(({ hidden }) => !hidden).length} of ${rows.length}`;
  });
  summary.after(el('p', { class: 'searching' }, el('label', {}, 'Search ', field), ' ', found));
}
