/** The list of recorded matches, and files dropped on the page or chosen. */
import type { TraceListing } from '../../server/frames.js';
import { byId, el, setHidden } from './element.js';
import { follow } from './source.js';

/** Rows shown before the rest is asked for. */
const FIRST_ROWS = 12;

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function row({ path, bytes, modified }: TraceListing): HTMLElement {
  const address = `#/trace/${path.split('/').map(encodeURIComponent).join('/')}`;
  return el(
    'li',
    {},
    el('a', { href: address }, path),
    el('span', { class: 'quiet' }, size(bytes)),
    el('time', { datetime: modified }, new Date(modified).toLocaleString()),
  );
}

/** Lists recorded matches; drawn anew only when the list has changed. @param onFile a trace file was chosen or dropped */
export function showRecorded(onFile: (file: File) => void): void {
  const section = byId('traces');
  const list = el('ul', { class: 'traces' });
  const more = el('button', { type: 'button', class: 'more' });
  const choose = el('input', { type: 'file', id: 'trace-file', accept: '.gz,.jsonl', 'aria-label': 'Open a trace file' });
  section.replaceChildren(
    el('h2', {}, 'Recorded matches'),
    el('p', { class: 'hint' }, 'Open one below, drop a trace file anywhere on this page, or ', el('label', { class: 'choose' }, 'choose a file', choose)),
    list,
    more,
  ); // prettier-ignore
  setHidden(section, false);
  setHidden(more, true);
  choose.addEventListener('change', () => {
    const file = choose.files?.[0];
    if (file) onFile(file);
    choose.value = '';
  });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
  let all = false;
  let listings: TraceListing[] = [];
  const draw = (): void => {
    list.replaceChildren(...listings.slice(0, all ? Infinity : FIRST_ROWS).map(row));
    setHidden(more, all || listings.length <= FIRST_ROWS);
    more.textContent = `Show all ${listings.length}`;
  };
  more.addEventListener('click', () => {
    all = true;
    draw();
  });
  follow<TraceListing>('traces', (found) => {
    listings = found;
    draw();
  });
}
