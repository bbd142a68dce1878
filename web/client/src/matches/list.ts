/** Recorded matches: who played whom, how it ended and whether it counts, chosen by any of it; and files dropped on the page or chosen. */
import type { TraceListing } from '../../../server/frames.js';
import { byId, el, setHidden, setText } from '../element.js';
import { compareHash } from '../route.js';
import { follow } from '../source.js';
import { rewardText, titleOf } from '../tasks.js';
import { addressOf, CHOICES, choiceOf, isChosen, valuesOf, type Choice, type ChoiceName } from './choice.js';

/** Rows shown before the rest is asked for. */
const FIRST_ROWS = 12;
/** On a page of their own. */
const FIRST_ROWS_ALONE = 100;

const ALL: Record<ChoiceName, string> = {
  sweep: 'all sweeps',
  task: 'all tasks',
  who: 'whoever plays',
  against: 'against anybody',
  result: 'every result',
  clock: 'every clock',
  verdict: 'every verdict',
};

function players(listing: TraceListing): HTMLElement[] {
  const { match, path } = listing;
  if (!match) return [el('span', {}, path)];
  return match.seats.flatMap(({ name, reward }, i) => [
    ...(i > 0 ? [el('span', { class: 'quiet' }, 'v')] : []),
    el('span', {}, name),
    // What a void match came to says nothing of who played it.
    ...(reward === null || match.counts !== true ? [] : [el('span', { class: 'quiet' }, rewardText(match.task, reward))]),
  ]);
}

/** @param compare chosen to be shown beside another */
function row(listing: TraceListing, compare: HTMLElement): HTMLElement {
  const { path, modified, match } = listing;
  const address = `#/trace/${path.split('/').map(encodeURIComponent).join('/')}`;
  const [verdict = ''] = valuesOf(listing).verdict;
  const facts = match ? [titleOf(match.task), match.patient ? 'patient' : match.clock, `seed ${match.seed}`] : [];
  return el(
    'li',
    {},
    el('a', { href: address, title: path }, ...players(listing)),
    el('span', { class: 'quiet' }, facts.join(' · ')),
    el('span', { class: 'match-verdict', 'data-verdict': verdict, title: match?.reasons.join(' ') ?? '' }, verdict),
    el('time', { datetime: modified }, new Date(modified).toLocaleString()),
    compare,
  );
}

export class MatchesList {
  private readonly selects = Object.fromEntries(CHOICES.map((name) => [name, el('select', { 'aria-label': ALL[name] })])) as Record<ChoiceName, HTMLSelectElement>; // prettier-ignore
  private readonly words = el('input', { type: 'search', placeholder: 'name, seed, reason…', 'aria-label': 'Words in a match' });
  private readonly count = el('p', { class: 'hint', role: 'status' });
  private readonly list = el('ul', { class: 'traces' });
  private readonly more = el('button', { type: 'button', class: 'more' });
  private listings: TraceListing[] = [];
  private choice: Choice = choiceOf(new URLSearchParams());
  private isWhole = false;
  /** The path of the match that another is to be shown beside. */
  private first?: string;

  /** Lists recorded matches; drawn anew only when the list has changed. @param onFile a trace file was chosen or dropped */
  constructor(onFile: (file: File) => void) {
    const section = byId('traces');
    const choose = el('input', { type: 'file', id: 'trace-file', accept: '.gz,.jsonl', 'aria-label': 'Open a trace file' });
    section.replaceChildren(
      el('h2', {}, 'Recorded matches'),
      el('p', { class: 'hint' }, 'Open one below, drop a trace file anywhere on this page, or ', el('label', { class: 'choose' }, 'choose a file', choose)),
      el('div', { class: 'match-choice' }, ...CHOICES.map((name) => this.selects[name]), this.words),
      this.count,
      this.list,
      this.more,
    ); // prettier-ignore
    setHidden(section, false);
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
    this.more.addEventListener('click', () => {
      this.isWhole = true;
      this.draw();
    });
    for (const name of CHOICES) this.selects[name].addEventListener('change', () => this.chosen({ [name]: this.selects[name].value }));
    this.words.addEventListener('input', () => this.chosen({ words: this.words.value }));
    this.draw();
    follow<TraceListing>('traces', (found) => {
      this.listings = found;
      this.draw();
    });
  }

  /** Shows the matches that an address asks for. */
  show(choice: Choice): void {
    this.choice = choice;
    this.isWhole = false;
    this.draw();
  }

  private chosen(part: Partial<Choice>): void {
    this.choice = { ...this.choice, ...part };
    // The address holds the choice, but a letter typed is no place to go back to.
    history.replaceState(null, '', addressOf(this.choice));
    this.draw();
  }

  private draw(): void {
    const chosen = this.listings.filter((each) => isChosen(each, this.choice));
    for (const name of CHOICES) this.offer(name);
    if (document.activeElement !== this.words) this.words.value = this.choice.words;
    const { length } = this.listings;
    setText(this.count, length === 0 ? 'None are there.' : chosen.length === length ? `${length}, newest first` : `${chosen.length} of ${length}, newest first`);
    const most = this.isWhole ? Infinity : document.body.dataset.page === 'matches' ? FIRST_ROWS_ALONE : FIRST_ROWS;
    this.list.replaceChildren(...chosen.slice(0, most).map((each) => row(each, this.beside(each))));
    setHidden(this.more, chosen.length <= most);
    setText(this.more, `Show all ${chosen.length}`);
  } // prettier-ignore

  /** The button that shows a match beside another: the first that is pressed waits for the second. */
  private beside({ path, match }: TraceListing): HTMLElement {
    const isFirst = path === this.first;
    const words = isFirst ? 'beside which?' : this.first === undefined ? 'compare' : 'beside it';
    const name = match ? match.seats.map((seat) => seat.name).join(' v ') : path;
    const button = el(
      'button',
      { type: 'button', class: 'beside', 'aria-pressed': String(isFirst), 'aria-label': `${words}: ${name}` },
      words,
    );
    button.addEventListener('click', () => {
      const { first } = this;
      this.first = isFirst || first !== undefined ? undefined : path;
      if (first !== undefined && !isFirst) location.hash = compareHash(first, path);
      this.draw();
    });
    return button;
  }

  /** What may be chosen under a name: what matches have, and what is chosen, if there are none. */
  private offer(name: ChoiceName): void {
    const select = this.selects[name];
    const values = new Set(this.listings.flatMap((each) => valuesOf(each, this.choice.who)[name]));
    if (this.choice[name] !== '') values.add(this.choice[name]);
    const sorted = [...values].sort();
    const key = sorted.join('\n');
    if (select.dataset.offers !== key || select.options.length === 0) {
      select.dataset.offers = key;
      select.replaceChildren(el('option', { value: '' }, ALL[name]), ...sorted.map((value) => el('option', { value }, name === 'task' ? titleOf(value) : value)));
    }
    select.value = this.choice[name];
    setHidden(select, sorted.length < 2 && this.choice[name] === '');
  } // prettier-ignore
}
