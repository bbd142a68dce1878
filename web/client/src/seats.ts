/** A card for each seat: who sits there, what its agent is doing, how long its answers took, and the task's own figures. */
import { byId, el, setAttribute, setHidden, setShare, setText } from './element.js';
import { duration } from './format.js';
import type { Json } from '../../../envs/environment.js';
import { injectedText } from '../../../scoring/trace/injected.js';
import type { SeatRecord } from '../../../scoring/trace/trace.js';
import type { Thinking } from '../../../harness/protocol/watching.js';
import { pageOf } from './tasks.js';
import type { Answer, Match, Watched } from './watched.js';

/** A task's own lines of a seat: label, text, and a tone for gains and losses. */
export interface SeatFigure {
  label: string;
  text: string;
  tone?: 'good' | 'bad';
  /** Long texts take a line of their own. */
  wide?: boolean;
}

const OUTCOMES = { act: 'landed', reject: 'rejected', miss: 'missed' } as const;
const KINDS = { model: 'model', bot: 'scripted bot', stranger: 'outside agent', human: 'human' } as const;

/** The member of a JSON object, or undefined where there is no such object or member. */
function member(value: Json | undefined, key: string): Json | undefined {
  return value && typeof value === 'object' && !Array.isArray(value) ? value[key] : undefined;
}

/** What the configuration says in a few words: the model, its bits as the engine counted them, the kind of endpoint. */
function about(seat: SeatRecord): string {
  const parts: string[] = [KINDS[seat.kind]];
  const endpoint = member(seat.configuration, 'endpoint');
  const engine = member(seat.configuration, 'engine');
  const model = member(endpoint, 'model');
  const bits = member(engine, 'bitsPerWeight');
  const activations = member(engine, 'activations');
  const kind = member(endpoint, 'kind');
  const team = member(seat.configuration, 'team');
  const members = member(seat.configuration, 'members');
  if (typeof team === 'string') parts.push(`${team} team`);
  if (typeof members === 'object' && members !== null) parts.push(Object.keys(members).join(' and '));
  if (typeof model === 'string') parts.push(model);
  if (typeof bits === 'number') parts.push(`${Number(bits.toFixed(2))} bits`);
  if (typeof activations === 'string') parts.push(activations);
  if (typeof kind === 'string') parts.push(`${kind} endpoint`);
  return parts.join(' · ');
}

function delays(seat: SeatRecord): string {
  const parts: string[] = [];
  if (seat.givenUs !== undefined) parts.push(`latency ${duration(seat.givenUs)} (injected)`);
  if (seat.addedUs > 0) parts.push(`+ ${duration(seat.addedUs)} (injected)`);
  if (seat.latency) parts.push(`${injectedText(seat.latency)} (injected)`);
  return parts.join(' ');
}

class SeatCard {
  readonly element: HTMLElement;
  private readonly state = el('span', { class: 'think-state' });
  private readonly last = el('span', { class: 'think-last' });
  private readonly mark = el('i', { class: 'think-mark' });
  private readonly bar = el('div', { class: 'think-bar', role: 'img' }, el('i', { class: 'think-now' }), this.mark);
  private readonly strip = el('div', { class: 'strip', role: 'img' });
  private readonly scale = el('span', { class: 'strip-scale' });
  private readonly answer = el('p', { class: 'answer' });
  private readonly figures = el('dl', { class: 'figures' });
  private shown = '';
  /** Nobody is asked here: the keyboard speaks at any time. */
  private readonly human: boolean;

  constructor(
    seat: SeatRecord,
    index: number,
    private readonly tickUs: number,
    private readonly tickName: string,
  ) {
    this.human = seat.kind === 'human';
    const injected = delays(seat);
    this.element = el(
      'article',
      { class: 'seat', 'data-seat': String(index), 'aria-label': `Seat ${index + 1}: ${seat.name}` },
      el(
        'header',
        {},
        el('h2', {}, seat.name),
        el('span', { class: 'seat-about' }, about(seat)),
        ...(injected ? [el('span', { class: 'chip injected' }, injected)] : []),
      ),
      el('div', { class: 'think-line' }, this.state, this.last),
      this.bar,
      el('div', { class: 'strip-line' }, this.strip, this.scale),
      this.figures,
      this.answer,
    );
  }

  draw(thinking: Thinking | undefined, at: number, waiting: boolean, answers: Answer[], figures: SeatFigure[]): void {
    setHidden(this.bar, this.human);
    setHidden(this.strip.parentElement!, this.human);
    if (this.human) {
      setText(this.state, 'sees a continuous stream');
      setText(this.last, 'human division');
      setHidden(this.answer, !thinking?.lastAnswer);
      setText(this.answer, thinking?.lastAnswer ?? '');
      this.drawFigures(figures);
      return;
    }
    const elapsed = thinking && thinking.since !== null ? Math.max(0, at - thinking.since) : null;
    const longest = Math.max(elapsed ?? 0, thinking?.lastLatencyUs ?? 0, ...answers.map((a) => a.latencyUs), 4 * this.tickUs);
    const worded = elapsed === null ? 'idle' : waiting ? 'thinking; the world waits' : `thinking for ${this.worded(elapsed)}`;
    setText(this.state, worded);
    setAttribute(this.state, 'data-on', elapsed === null ? 'no' : 'yes');
    setAttribute(this.bar, 'aria-label', worded);
    setShare(this.bar, '--now', (elapsed ?? 0) / longest);
    setShare(this.bar, '--last', (thinking?.lastLatencyUs ?? 0) / longest);
    setHidden(this.mark, !thinking?.lastLatencyUs);
    const outcome = thinking?.lastOutcome ?? null;
    const latencyUs = thinking?.lastLatencyUs ?? null;
    setText(
      this.last,
      outcome === null || latencyUs === null
        ? 'no answer yet'
        : `last: ${this.worded(latencyUs)}, ${OUTCOMES[outcome]}${answers.at(-1)?.stale ? ', stale' : ''}`,
    );
    setAttribute(this.last, 'data-outcome', outcome ?? 'none');
    this.drawStrip(answers, longest);
    setHidden(this.answer, !thinking?.lastAnswer);
    setText(this.answer, thinking?.lastAnswer ?? '');
    this.drawFigures(figures);
  }

  private worded(us: number): string {
    const ticks = Math.round(us / this.tickUs);
    return `${duration(us)} (${ticks} ${ticks === 1 ? this.tickName : `${this.tickName}s`})`;
  }

  private drawStrip(answers: Answer[], longest: number): void {
    const key = `${longest} ${answers.map((a) => a.outcome[0]! + (a.stale ? 's' : '') + String(a.latencyUs)).join(' ')}`;
    if (key === this.shown) return;
    this.shown = key;
    while (this.strip.childElementCount < answers.length) this.strip.append(el('i'));
    while (this.strip.childElementCount > answers.length) this.strip.lastElementChild!.remove();
    answers.forEach((answer, i) => {
      const bar = this.strip.children[i] as HTMLElement;
      setAttribute(bar, 'data-outcome', answer.stale ? 'stale' : answer.outcome);
      setShare(bar, '--share', answer.latencyUs / longest);
    });
    const sorted = answers.map((a) => a.latencyUs).sort((a, b) => a - b);
    const median = sorted[Math.floor((sorted.length - 1) / 2)];
    setText(this.scale, median === undefined ? '' : `median ${duration(median)} of the last ${sorted.length}`);
    setAttribute(
      this.strip,
      'aria-label',
      median === undefined ? 'No answers seen yet' : `Latency of the last ${sorted.length} answers, median ${duration(median)}`,
    );
  }

  private drawFigures(figures: SeatFigure[]): void {
    while (this.figures.childElementCount < figures.length) this.figures.append(el('div', {}, el('dt'), el('dd')));
    while (this.figures.childElementCount > figures.length) this.figures.lastElementChild!.remove();
    figures.forEach((figure, i) => {
      const row = this.figures.children[i] as HTMLElement;
      setText(row.children[0] as HTMLElement, figure.label);
      setText(row.children[1] as HTMLElement, figure.text);
      setAttribute(row, 'data-tone', figure.tone ?? 'plain');
      setAttribute(row, 'class', figure.wide ? 'wide' : '');
    });
  }
}

export class Seats {
  private cards: SeatCard[] = [];

  /** Lays out a new match's seats. */
  begin(match: Match): void {
    const { tickName } = pageOf(match.task);
    this.cards = match.seats.map((seat, i) => new SeatCard(seat, i, match.tickUs, tickName));
    byId('seats').replaceChildren(...this.cards.map((card) => card.element));
  }

  draw({ match, scene, answers, end }: Watched, figures: SeatFigure[][]): void {
    this.cards.forEach((card, seat) => {
      const thinking = scene?.thinking[seat];
      // On the virtual clock no world time passes while an agent thinks: a growing bar would be made up.
      const since = thinking?.since ?? null;
      const waiting = match?.clock === 'virtual' && since !== null && scene !== undefined && scene.at <= since;
      const shown = thinking && end ? { ...thinking, since: null } : thinking;
      card.draw(shown, scene?.at ?? 0, waiting, answers[seat] ?? [], figures[seat] ?? []);
    });
  }
}
