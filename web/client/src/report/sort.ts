/** Tables sorted by the column whose head is pressed: numbers by size, what was not measured last, names as they are read. */
import { el } from '../element.js';

/** What a cell is sorted by: its number where it has one, else its text. */
function keyOf(row: HTMLTableRowElement, column: number): number | string | null {
  const cell = row.cells[column];
  if (!cell || cell.classList.contains('none')) return null;
  const value = cell.dataset.value ?? cell.firstChild?.textContent?.trim() ?? '';
  return value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** Puts a button into each head of a table. Pressed again, it turns the order over. */
export function sortable(table: HTMLTableElement): void {
  const heads = [...table.querySelectorAll<HTMLTableCellElement>('thead th')];
  const [body] = table.tBodies;
  if (!body || body.rows.length < 2) return;
  heads.forEach((head, column) => {
    const button = el('button', { type: 'button', class: 'sort' }, ...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const each of heads) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const keyed = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
      const told = keyed.filter((each): each is typeof each & { key: number | string } => each.key !== null);
      told.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
      body.append(...told.map(({ row }) => row), ...keyed.filter(({ key }) => key === null).map(({ row }) => row));
    });
  });
}
