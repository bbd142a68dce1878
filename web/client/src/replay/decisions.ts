/**
 * What was decided in a recorded match, one row a decision: when, by whom, how late, what it meant and what became of it. A row leads to the
 * moment at which it landed and shows what the seat had been shown, what it said and what was understood. Only the rows in sight are made: a fight has thousands.
 */
import type { ReadDecision } from '../../../../harness/traces/answers.js';
import { el, setAttribute, setHidden, setText } from '../element.js';
import { clock, duration } from '../format.js';

/** Height of a row in pixels, as the style sheet has it. */
const ROW = 26;
const SPARE_ROWS = 6;

const FILTERS = {
  all: () => true,
  landed: ({ outcome, isStale }: ReadDecision) => outcome === 'landed' && !isStale,
  stale: ({ isStale }: ReadDecision) => isStale,
  refused: ({ outcome }: ReadDecision) => outcome === 'refused',
  rejected: ({ outcome, failure }: ReadDecision) => outcome === 'rejected' && failure === null,
  'failed call': ({ failure }: ReadDecision) => failure !== null,
  missed: ({ outcome }: ReadDecision) => outcome === 'missed',
} as const;

/** What the list asks of the match. */
export interface DecisionListener {
  /** Goes to the world time. */
  seek(us: number): void;
  /** What a seat was shown at a world time. */
  shown(seat: number, us: number): string;
}

export class DecisionList {
  readonly element: HTMLElement;
  private readonly seat = el('select', { 'aria-label': 'Whose decisions' }, el('option', { value: '' }, 'all seats'));
  private readonly kind = el('select', { 'aria-label': 'Which decisions' });
  private readonly count = el('span', { class: 'quiet' });
  private readonly rows = el('ol', { class: 'decision-rows' });
  private readonly frame = el('div', { class: 'decision-frame', tabindex: '0', role: 'group', 'aria-label': 'Decisions, in the order in which they ended' }, this.rows); // prettier-ignore
  private readonly detail = el('div', { class: 'decision-detail', 'aria-live': 'polite' });
  private names: readonly string[] = [];
  private all: readonly ReadDecision[] = [];
  private listed: readonly ReadDecision[] = [];
  private chosen?: ReadDecision;
  private now = -1;

  constructor(private readonly listener: DecisionListener) {
    this.element = el(
      'section',
      { class: 'panel decisions', 'aria-label': 'Decisions' },
      el('header', {}, el('h3', {}, 'Decisions'), this.seat, this.kind, this.count),
      el('div', { class: 'decision-columns' }, this.frame, this.detail),
    );
    this.kind.append(...Object.keys(FILTERS).map((name) => el('option', { value: name }, name)));
    for (const select of [this.seat, this.kind]) select.addEventListener('change', () => this.filter());
    this.frame.addEventListener('scroll', () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  /** Lists a match's decisions. @param names of the seats */
  show(decisions: readonly ReadDecision[], names: readonly string[]): void {
    this.all = decisions;
    this.names = names;
    this.seat.replaceChildren(
      el('option', { value: '' }, 'all seats'),
      ...names.map((name, i) => el('option', { value: String(i) }, name)),
    );
    for (const option of this.kind.options) {
      const how = FILTERS[option.value as keyof typeof FILTERS];
      setHidden(option, option.value !== 'all' && !decisions.some(how));
    }
    this.filter();
  }

  /** The match is at a world time: the newest decision that ended by then is marked, and kept in sight. */
  at(us: number): void {
    const now = this.lastBy(us);
    if (now === this.now) return;
    this.now = now;
    const top = Math.max(0, now) * ROW;
    const { scrollTop, clientHeight } = this.frame;
    if (top < scrollTop || top + ROW > scrollTop + clientHeight) this.frame.scrollTop = top - clientHeight / 2;
    this.draw();
  }

  /** Goes to the decision before or after the one the match is at. */
  step(way: 1 | -1): void {
    const chosen = this.chosen ? this.listed.indexOf(this.chosen) : -1;
    // Several end at one moment: from one that was chosen it goes on to its neighbour.
    const from = chosen >= 0 && this.listed[chosen]!.at === this.listed[this.now]?.at ? chosen : this.now;
    const next = this.listed[from + way];
    if (next) this.choose(next);
  }

  private filter(): void {
    const of = FILTERS[this.kind.value as keyof typeof FILTERS] ?? FILTERS.all;
    this.listed = this.all.filter((each) => (this.seat.value === '' || each.seat === Number(this.seat.value)) && of(each));
    setText(this.count, this.listed.length === this.all.length ? `${this.all.length}` : `${this.listed.length} of ${this.all.length}`);
    this.rows.style.height = `${this.listed.length * ROW}px`;
    this.now = -2;
    this.frame.scrollTop = 0;
    this.draw();
  }

  /** Place in the list of the last decision that ended by a world time; -1 for none. */
  private lastBy(us: number): number {
    let [low, high] = [0, this.listed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.listed[middle]!.at <= us) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private draw(): void {
    const from = Math.max(0, Math.floor(this.frame.scrollTop / ROW) - SPARE_ROWS);
    const to = Math.min(this.listed.length, Math.ceil((this.frame.scrollTop + this.frame.clientHeight) / ROW) + SPARE_ROWS);
    this.rows.replaceChildren(...this.listed.slice(from, to).map((each, i) => this.row(each, from + i)));
  }

  private row(decision: ReadDecision, place: number): HTMLElement {
    const { seat, at, latencyUs, action, answer, why } = decision;
    const words = wordsOf(decision);
    const button = el(
      'button',
      { type: 'button', 'data-seat': String(seat), 'data-outcome': toneOf(decision) },
      el('span', { class: 'decision-at' }, clock(at, true)),
      el('span', { class: 'decision-who' }, this.names[seat] ?? `seat ${seat + 1}`),
      el('span', { class: 'decision-late' }, duration(latencyUs)),
      el('span', { class: 'decision-how' }, words),
      el('span', { class: 'decision-what' }, action ?? answer ?? why ?? '\u2013'),
    );
    button.addEventListener('click', () => this.choose(decision));
    const row = el('li', {}, button);
    row.style.top = `${place * ROW}px`;
    setAttribute(row, 'data-now', String(place === this.now));
    if (decision === this.chosen) setAttribute(button, 'aria-current', 'true');
    return row;
  }

  private choose(decision: ReadDecision): void {
    this.chosen = decision;
    const { seat, from, latencyUs, action, answer, why, call } = decision;
    const shown = this.listener.shown(seat, from);
    const lines: [string, string][] = [['shown', shown]];
    if (answer !== null) lines.push(['said', answer]);
    lines.push(['understood', action ?? 'no action']);
    if (why !== null) lines.push(['why', why]);
    const counts: string[] = [];
    if (call.firstTokenUs !== undefined) counts.push(`first token after ${duration(call.firstTokenUs)}`);
    if (call.promptTokens !== undefined) counts.push(`${call.promptTokens} tokens read`);
    if (call.completionTokens !== undefined) counts.push(`${call.completionTokens} written`);
    this.detail.replaceChildren(
      el('p', {}, `${this.names[seat] ?? `seat ${seat + 1}`}, asked at ${clock(from, true)}: ${wordsOf(decision)} (${duration(latencyUs)})`),
      el('dl', {}, ...lines.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)))),
      ...(counts.length > 0 ? [el('p', { class: 'quiet' }, `${counts.join(', ')}, as the agent told it`)] : []),
    ); // prettier-ignore
    this.listener.seek(decision.at);
    this.draw();
  }
}

/** What became of a decision, in a word or two. */
function wordsOf({ outcome, isStale, failure }: ReadDecision): string {
  if (failure !== null) return `call failed (${failure})`;
  return isStale ? `${outcome}, stale` : outcome;
}

function toneOf({ outcome, isStale }: ReadDecision): string {
  return isStale ? 'stale' : outcome;
}
