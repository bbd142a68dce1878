/** The controls of a recorded match: play, pause, step, scrub, speed, and the link to the frame that is shown. */
import { el, setAttribute, setHidden, setText } from '../element.js';
import { clock } from '../format.js';

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8] as const;

/** What the controls may ask for. */
export interface TransportListener {
  seek(frame: number): void;
  play(playing: boolean): void;
  speed(speed: number): void;
  /** To the decision before or after. */
  step(way: 1 | -1): void;
  /** The match fills the screen, or no more does. */
  fill(): void;
  /** What the keys do. */
  help(): void;
}

export class Transport {
  /** The controls, and below them what came of playing the trace again: on a small screen only the controls stay in view. */
  readonly elements: readonly HTMLElement[];
  private readonly toggle = el('button', { type: 'button', id: 'play', class: 'play' }, 'Play');
  private readonly scrub = el('input', { type: 'range', id: 'scrub', min: '0', max: '0', step: '1', value: '0', 'aria-label': 'Frame' });
  private readonly place = el('span', { class: 'place' });
  private readonly link = el('a', { id: 'frame-link', title: 'A link to this frame' }, 'link', el('span', {}, ' to this frame'));
  private readonly state = el('p', { class: 'replay-state', role: 'status' });
  private readonly moments: HTMLElement[];
  private frames: readonly number[] = [];
  private frame = 0;
  private last = 0;

  constructor(private readonly listener: TransportListener) {
    const button = (id: string, label: string, text: string, act: () => void): HTMLElement => {
      const made = el('button', { type: 'button', id, 'aria-label': label, title: label }, text);
      made.addEventListener('click', act);
      return made;
    };
    this.moments = [button('last-moment', '', '', () => this.toMoment(-1)), button('next-moment', '', '', () => this.toMoment(1))];
    this.offer(undefined);
    const speed = el('select', { id: 'speed', 'aria-label': 'Speed' }, ...SPEEDS.map((x) => el('option', { value: String(x) }, `${x} ×`)));
    speed.value = '1';
    speed.addEventListener('change', () => listener.speed(Number(speed.value)));
    this.toggle.addEventListener('click', () => this.flip());
    this.scrub.addEventListener('input', () => {
      listener.play(false);
      listener.seek(this.scrub.valueAsNumber);
    });
    const controls = el(
      'div',
      { class: 'panel transport', role: 'group', 'aria-label': 'Controls of the recorded match' },
      button('to-start', 'To the beginning (Home)', '«', () => this.jump(0)),
      this.moments[0]!,
      button('step-back', 'One frame back (←)', '‹', () => this.jump(this.frame - 1)),
      this.toggle,
      button('step-on', 'One frame on (→)', '›', () => this.jump(this.frame + 1)),
      this.moments[1]!,
      button('to-end', 'To the end (End)', '»', () => this.jump(this.last)),
      this.scrub,
      this.place,
      speed,
      this.link,
      button('fill', 'Full screen (f)', 'full', () => listener.fill()),
      button('help', 'What the keys do (?)', '?', () => listener.help()),
    );
    this.elements = [controls, this.state];
  }

  /** Keys anywhere on the page but in a field of its own. @returns whether the key was one of its own */
  key(event: KeyboardEvent): boolean {
    const { target } = event;
    if (
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && target.type !== 'range' && target.type !== 'checkbox')
    )
      return false;
    const far = event.shiftKey ? 60 : 1;
    if (event.key === ' ' && !(target instanceof HTMLButtonElement) && !(target instanceof HTMLInputElement)) this.flip();
    else if (event.key === 'ArrowLeft') this.jump(this.frame - far);
    else if (event.key === 'ArrowRight') this.jump(this.frame + far);
    else if (event.key === ',' && this.frames.length > 0) this.toMoment(-1);
    else if (event.key === '.' && this.frames.length > 0) this.toMoment(1);
    else if (event.key === '[') this.toDecision(-1);
    else if (event.key === ']') this.toDecision(1);
    else if (event.key === 'f' && !event.ctrlKey && !event.metaKey && !event.altKey) this.listener.fill();
    else if (event.key === '?') this.listener.help();
    else if (event.key === 'Home') this.jump(0);
    else if (event.key === 'End') this.jump(this.last);
    else return false;
    return true;
  }

  draw(now: { frame: number; last: number; at: number; playing: boolean; hash: string }): void {
    this.frame = now.frame;
    this.last = now.last;
    setAttribute(this.scrub, 'max', String(now.last));
    if (this.scrub.valueAsNumber !== now.frame) this.scrub.value = String(now.frame);
    setText(this.toggle, now.playing ? 'Pause' : 'Play');
    setText(this.place, `frame ${now.frame} of ${now.last} · ${clock(now.at, true)}`);
    setAttribute(this.link, 'href', now.hash);
  }

  /** What came of playing the trace again, or why it cannot be. */
  say(text: string, tone: 'good' | 'bad' | 'plain'): void {
    setText(this.state, text);
    setAttribute(this.state, 'data-tone', tone);
  }

  /** Offers the way to the match's moments, if it has any. */
  offer(moments: { frames: readonly number[]; called: string } | undefined): void {
    this.frames = moments?.frames ?? [];
    for (const [i, key] of [',', '.'].entries()) {
      const words = `${i === 0 ? 'To the last' : 'To the next'} ${moments?.called ?? ''} (${key})`;
      setAttribute(this.moments[i]!, 'aria-label', words);
      setAttribute(this.moments[i]!, 'title', words);
      setText(this.moments[i]!, i === 0 ? `‹ ${moments?.called ?? ''}` : `${moments?.called ?? ''} ›`);
      setHidden(this.moments[i]!, this.frames.length === 0);
    }
  }

  private toMoment(way: 1 | -1): void {
    const found = way === 1 ? this.frames.find((frame) => frame > this.frame) : this.frames.findLast((frame) => frame < this.frame);
    if (found !== undefined) this.jump(found);
  }

  private toDecision(way: 1 | -1): void {
    this.listener.play(false);
    this.listener.step(way);
  }

  private flip(): void {
    this.listener.play(this.toggle.textContent === 'Play');
  }

  private jump(frame: number): void {
    this.listener.play(false);
    this.listener.seek(frame);
  }
}
