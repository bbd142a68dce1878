/** Two recorded matches in step: each in a page of its own inside this one, both at the same world time. */
import { el, setAttribute, setText } from '../element.js';
import { clock } from '../format.js';
import { hear, tell, type FromInside, type ToInside } from './link.js';

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4] as const;
/** World time of a step by key or button: a frame of a fight. */
const STEP_US = 16_667;

export class CompareScreen {
  readonly element: HTMLElement;
  private readonly frames: HTMLIFrameElement[];
  private readonly says: HTMLElement[];
  private readonly toggle = el('button', { type: 'button', class: 'play' }, 'Play');
  private readonly scrub = el('input', { type: 'range', id: 'compare-scrub', min: '0', max: '0', step: '1000', value: '0', 'aria-label': 'World time' }); // prettier-ignore
  private readonly place = el('span', { class: 'place' });
  private readonly stops: (() => void)[];
  private readonly ends = [0, 0];
  private speed = 1;
  private us = 0;
  private from = { us: 0, ms: 0 };
  private isPlaying = false;
  private isClosed = false;

  /** @param paths of the two traces, below the results folder */
  constructor(paths: readonly [string, string]) {
    this.frames = paths.map((path) =>
      el('iframe', { title: path, src: `./${fileName()}?inside#/trace/${path.split('/').map(encodeURIComponent).join('/')}` }),
    );
    this.says = paths.map((path) => el('p', { class: 'compare-name' }, `opening ${path}…`));
    this.stops = this.frames.map((frame, i) => hear<FromInside>(() => frame.contentWindow, (message) => this.told(i, message))); // prettier-ignore
    const speed = el('select', { 'aria-label': 'Speed' }, ...SPEEDS.map((x) => el('option', { value: String(x) }, `${x} ×`)));
    speed.value = '1';
    speed.addEventListener('change', () => {
      this.speed = Number(speed.value);
      this.restart();
    });
    this.toggle.addEventListener('click', () => this.play(!this.isPlaying));
    this.scrub.addEventListener('input', () => this.goTo(this.scrub.valueAsNumber));
    this.element = el(
      'section',
      { class: 'compare', 'aria-label': 'Two matches in step' },
      el('div', { class: 'panel transport' }, this.toggle, this.scrub, this.place, speed),
      el('div', { class: 'compare-frames' }, ...this.frames.map((frame, i) => el('div', {}, this.says[i]!, frame))),
    );
    this.draw();
  }

  /** A key was pressed. @returns whether it meant something here */
  key(event: KeyboardEvent): boolean {
    if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLButtonElement) return false;
    const step = STEP_US * (event.shiftKey ? 60 : 1);
    if (event.key === ' ') this.play(!this.isPlaying);
    else if (event.key === 'ArrowLeft') this.goTo(this.us - step);
    else if (event.key === 'ArrowRight') this.goTo(this.us + step);
    else if (event.key === 'Home') this.goTo(0);
    else if (event.key === 'End') this.goTo(this.end);
    else return false;
    return true;
  }

  close(): void {
    this.isClosed = true;
    for (const stop of this.stops) stop();
    this.element.remove();
  }

  private get end(): number {
    return Math.max(...this.ends);
  }

  private told(i: number, message: FromInside): void {
    if (message.tickbench === 'failed') return setText(this.says[i]!, message.why);
    this.ends[i] = message.endUs;
    setText(this.says[i]!, message.title);
    setAttribute(this.scrub, 'max', String(this.end));
    this.show();
  }

  private goTo(us: number): void {
    this.play(false);
    this.us = Math.max(0, Math.min(this.end, us));
    this.show();
  }

  private play(isPlaying: boolean): void {
    if (isPlaying === this.isPlaying) return;
    if (isPlaying && this.us >= this.end) this.us = 0;
    this.isPlaying = isPlaying;
    this.restart();
    if (isPlaying) requestAnimationFrame((ms) => this.turn(ms));
    this.draw();
  }

  private restart(): void {
    this.from = { us: this.us, ms: performance.now() };
  }

  private turn(ms: number): void {
    if (!this.isPlaying || this.isClosed) return;
    this.us = Math.min(this.end, this.from.us + Math.max(0, ms - this.from.ms) * 1000 * this.speed);
    this.show();
    if (this.us >= this.end) this.play(false);
    else requestAnimationFrame((next) => this.turn(next));
  }

  private show(): void {
    for (const frame of this.frames) tell<ToInside>(frame.contentWindow, { tickbench: 'show', us: this.us });
    this.draw();
  }

  private draw(): void {
    setText(this.toggle, this.isPlaying ? 'Pause' : 'Play');
    setText(this.place, `${clock(this.us, true)} of ${clock(this.end, true)}`);
    if (this.scrub.valueAsNumber !== this.us) this.scrub.value = String(this.us);
  }
}

/** The page's own file: a site of files has it under another name. */
function fileName(): string {
  return location.pathname.split('/').at(-1) ?? '';
}
