/** A human's seat on the page: the keys, the standing order, and the reaction times measured on this screen. */
import { actionNamed } from '../../../../../envs/fighter/actions.js';
import type { FighterSceneState } from '../../../../../envs/fighter/scene.js';
import { Pilot } from '../../../../../envs/fighter/keyboard/pilot.js';
import type { Binding } from '../../../../../envs/fighter/keyboard/keys.js';
import { el, setAttribute, setHidden, setText } from '../../element.js';
import { duration } from '../../format.js';
import type { SceneFrame } from '../../watched.js';
import { SeatLine } from './line.js';

const GROUPS = [
  ['move', 'move, guard'],
  ['blow', 'blows'],
  ['special', 'specials'],
] as const;
const COUNTDOWN = ['3', '2', '1'];
const BEAT_MS = 600;
/** How often the pilot is asked between keys and scenes. */
const ASK_MS = 15;
const GUESS_MS = 100;
/** Keys by which browsers scroll a page: a fight is no time for that. */
const SCROLLING = new Set(['Space', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End']);
const LATEST_MS = 1500;
const AFTER_MS = 2000;

export class PlayScreen {
  readonly element: HTMLElement;
  private readonly state = el('p', { class: 'play-state', role: 'status' });
  private readonly take = el('button', { type: 'button', id: 'take-seat', class: 'take' }, 'Take the seat');
  private readonly rest = el('select', { id: 'rest', 'aria-label': 'Standing order' });
  private readonly reaction = el('p', { class: 'reaction' }, 'No reaction measured yet.');
  /** Said until the seat is taken: while it plays the stage needs the room. */
  private readonly hint = el('p', { class: 'hint' }, 'The human division: you see a continuous stream, agents see one observation a decision. Your reaction times are measured from the first frame of the opponent’s move on this screen to your next key.'); // prettier-ignore
  private readonly keys = new Map<string, HTMLElement>();
  /** Keys whose move takes meter, and how much. */
  private readonly costs = new Map<string, number>();
  private pilot = new Pilot();
  private line?: SeatLine;
  private seat: number | null = null;
  /** From the moment the seat is taken until shortly after the match is over. */
  private taken = false;
  private scene?: FighterSceneState;
  private timer?: ReturnType<typeof setInterval>;
  /** The opponent's move that is on screen and has not been answered by a key. */
  private seen: { move: string; atMs: number } | null = null;
  /** What the opponent's move was in the last scene. */
  private shown: { move: string; frame: number } | null = null;
  private readonly reactions: number[] = [];
  private guesses = 0;
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly server: string,
    private readonly token: string,
  ) {
    const key = (binding: Binding): HTMLElement => {
      const cap = el('kbd', {}, binding.label);
      this.keys.set(binding.code, cap);
      const cost = actionNamed(binding.action)?.move?.cost;
      if (cost !== undefined) this.costs.set(binding.code, cost);
      // Of a pair that swaps with the side: what it does, and the way it goes on the screen.
      const way = binding.action.endsWith('_fwd') ? '→' : '←';
      const words = binding.mirrored === undefined ? binding.action : `${binding.action.split('_')[0]} ${way}`;
      return el('li', { title: binding.about }, cap, el('span', {}, words.replaceAll('_', ' ')));
    };
    const bindings = this.pilot.keys;
    this.element = el(
      'section',
      { class: 'panel playing', 'aria-label': 'Your seat' },
      el('div', { class: 'play-line' }, el('span', { class: 'chip division' }, 'human division'), this.take, this.state, this.reaction, el('label', {}, 'standing order, when no key is down ', this.rest)),
      ...GROUPS.map(([group, name]) => el('div', { class: 'key-line' }, el('h3', {}, name), el('ul', { class: 'keys' }, ...bindings.filter((binding) => binding.group === group).map(key)))),
      this.hint,
    ); // prettier-ignore
    setText(this.state, 'The match begins when you take the seat.');
    this.take.addEventListener('click', () => void this.sit());
    this.rest.addEventListener('change', () => this.rest.blur());
    this.listen();
  }

  /** A scene of the match came. */
  watch(frame: SceneFrame): void {
    this.scene = frame.scene as unknown as FighterSceneState;
    this.look();
    this.ask();
    const own = this.seat === null ? undefined : this.scene.fighters[this.seat];
    for (const [code, cost] of this.costs) setAttribute(this.keys.get(code)!, 'data-paid', own && own.meter >= cost ? 'yes' : 'no');
  }

  close(): void {
    this.line?.close();
    clearInterval(this.timer);
    for (const end of this.ends) end();
  }

  private async sit(): Promise<void> {
    this.take.disabled = true;
    this.take.blur();
    this.taken = true;
    for (const beat of COUNTDOWN) {
      setText(this.state, beat);
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
    setText(this.state, 'Waiting for the match');
    this.line = new SeatLine(this.server, this.token, {
      seated: ({ seat, speed, standingOrders }) => {
        this.seat = seat;
        this.pilot = new Pilot(speed);
        if (this.rest.options.length === 0) this.rest.append(...standingOrders.map((order) => el('option', {}, order)));
        setText(this.state, `You are seat ${seat + 1}. Fight!`);
        setHidden(this.hint, true);
        setAttribute(this.element, 'data-seat', String(seat));
        this.timer ??= setInterval(() => this.ask(), ASK_MS);
      },
      observed: () => this.ask(),
      ended: () => {
        this.seat = null;
        // Whoever still hammers the keys is not carried away from the result.
        setTimeout(() => (this.taken = false), AFTER_MS);
        clearInterval(this.timer);
        setText(this.state, 'The match is over.');
      },
      told: (text) => setText(this.state, text),
    });
  }

  /** Answers the open observation when there is something to say. */
  private ask(): void {
    const { line, seat, scene } = this;
    if (!line?.asked || seat === null) return;
    const own = scene?.fighters[seat];
    const other = scene?.fighters[1 - seat];
    const facesRight = own && other && own.x !== other.x ? other.x > own.x : own ? own.facing === 1 : seat === 0;
    const answer = this.pilot.answer({ facesRight, plan: own?.plan ?? '' }, performance.now());
    if (answer) line.answer(answer.plan, this.rest.value, answer.said);
  }

  private listen(): void {
    const on = <K extends keyof WindowEventMap>(name: K, act: (event: WindowEventMap[K]) => void): void => {
      addEventListener(name, act);
      this.ends.push(() => removeEventListener(name, act));
    };
    on('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
      // From the countdown on; but Space still presses the button or ticks the box that has the focus.
      const pressable = event.target instanceof HTMLButtonElement || event.target instanceof HTMLInputElement;
      if (this.taken && SCROLLING.has(event.code) && !(pressable && event.code === 'Space')) event.preventDefault();
      if (this.seat === null) return;
      const binding = event.repeat
        ? this.pilot.keys.find(({ code }) => code === event.code)
        : this.pilot.press(event.code, performance.now());
      if (!binding) return;
      event.preventDefault();
      if (event.repeat) return;
      this.react(event.timeStamp);
      this.light();
      this.ask();
    });
    on('keyup', (event) => {
      this.pilot.release(event.code);
      this.light();
      this.ask();
    });
    const left = (): void => {
      if (this.seat === null) return;
      this.pilot.letGo();
      this.light();
      this.ask();
      setText(this.state, 'The window was left: your standing order goes on.');
    };
    on('blur', left);
    on('pagehide', left);
    const hidden = (): void => void (document.hidden && left());
    document.addEventListener('visibilitychange', hidden);
    this.ends.push(() => document.removeEventListener('visibilitychange', hidden));
    on('focus', () => this.seat !== null && setText(this.state, `You are seat ${this.seat + 1}.`));
  }

  private light(): void {
    const down = new Set(this.pilot.held.map(({ code }) => code));
    for (const [code, cap] of this.keys) setAttribute(cap, 'data-down', down.has(code) ? 'yes' : 'no');
  }

  /** Notes the first frame of the opponent's move, as it is drawn. */
  private look(): void {
    if (this.seat === null || !this.scene) return;
    const { pose } = this.scene.fighters[1 - this.seat]!;
    const runs =
      pose.frame > 0 &&
      pose.phase !== 'idle' &&
      pose.phase !== 'hit' &&
      pose.phase !== 'block' &&
      pose.phase !== 'down' &&
      pose.phase !== 'held';
    // Its frames only grow while it runs, and stand still in hitstop.
    const { shown } = this;
    if (runs && (shown === null || shown.move !== pose.move || shown.frame > pose.frame)) {
      const seen = { move: pose.move, atMs: Infinity };
      this.seen = seen;
      // The browser shows it with its next picture.
      requestAnimationFrame((ms) => (seen.atMs = ms));
    }
    this.shown = runs ? { move: pose.move, frame: pose.frame } : null;
  }

  private react(atMs: number): void {
    const { seen } = this;
    this.seen = null;
    if (!seen || atMs < seen.atMs) return;
    const tookMs = atMs - seen.atMs;
    if (tookMs > LATEST_MS) return;
    if (tookMs < GUESS_MS) this.guesses++;
    else this.reactions.push(tookMs);
    const sorted = [...this.reactions].sort((a, b) => a - b);
    const median = sorted[Math.floor((sorted.length - 1) / 2)];
    const last = `${seen.move.replaceAll('_', ' ')}: ${duration(tookMs * 1000)}${tookMs < GUESS_MS ? ' (a guess)' : ''}`;
    const middle = median === undefined ? '' : ` · median ${duration(median * 1000)} of ${sorted.length}`;
    setText(this.reaction, `Reaction to ${last}${middle}${this.guesses > 0 ? ` · ${this.guesses} sooner than 100 ms` : ''}`);
  }
}
