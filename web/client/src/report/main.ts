/** What a report's page does beyond being read: its charts' points by arrow keys, tables sorted by a column, matches searched. */
import '../style/page.css';
import '../style/report.css';
import { searchable } from './search.js';
import { sortable } from './sort.js';
import { walkable } from './spots.js';

document.documentElement.dataset.script = 'on';
for (const spots of document.querySelectorAll<HTMLElement>('.spots')) walkable(spots);
for (const table of document.querySelectorAll<HTMLTableElement>('.sweep-table table')) sortable(table);
for (const matches of document.querySelectorAll<HTMLDetailsElement>('details.matches')) searchable(matches);

// What is closed on the screen is printed all the same.
const closed = new Set<HTMLDetailsElement>();
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not(.matches, [open])') as NodeListOf<HTMLDetailsElement>) {
    closed.add(details);
    details.open = true;
  }
});
addEventListener('afterprint', () => {
  for (const details of closed) details.open = false;
  closed.clear();
});
