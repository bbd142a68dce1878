/**
 * From keys to plans. A held key is a short plan that is sent again while the key is down, so that whatever happens to the window or the
 * wire, it runs out and the seat's standing order goes on; a move's key is a plan of that move, then of what is held.
 *
 * The page answers its one open observation the moment a key changes; else only to renew what is held, or, once a second, to keep.
 */
import { KEEP, PLAN_FRAMES } from '../actions.js';
import type { Plan } from '../state.js';
import { actionOf, keyboard, type Binding } from './keys.js';

/** Frames for which a held key is asked for at a time, and the real time after which it is asked for again at life speed. */
const HOLD_FRAMES = Math.min(18, PLAN_FRAMES);
const RENEW_MS = 130;
/** A move that was pressed while the fighter could not act is still wanted for this long. */
const WANTED_MS = 250;
/** A move just sent is not overtaken by a held key before it could begin. */
const UNDISTURBED_MS = 50;
/** No observation may stay open until it is missed. */
const KEEP_MS = 1000;

/** What the fighter's seat shows of itself now. */
export interface PilotView {
  /** The opponent is to the right. */
  facesRight: boolean;
  /** What is left of the seat's plan, as scenes show it. */
  plan: string;
}

/** An answer to the open observation. `said` is for people and the trace: keys that went down begin with `pressed`. */
export interface PilotAnswer {
  plan: Plan;
  said?: string;
}

export class Pilot {
  private readonly bindings: Map<string, Binding>;
  private readonly down: Binding[] = [];
  private pressed: { binding: Binding; atMs: number; sent: boolean } | null = null;
  private said: string[] = [];
  private changed = false;
  private answeredMs = -Infinity;

  constructor(
    private readonly speed = 1,
    readonly keys: readonly Binding[] = keyboard(),
  ) {
    this.bindings = new Map(keys.map((binding) => [binding.code, binding]));
  }

  /** The labels of the keys that are down. */
  get held(): readonly Binding[] {
    return this.down;
  }

  /** A key went down. @returns its binding, or undefined when it means nothing */
  press(code: string, nowMs: number): Binding | undefined {
    const binding = this.bindings.get(code);
    if (!binding || this.down.includes(binding)) return binding;
    this.down.push(binding);
    if (!binding.held) this.pressed = { binding, atMs: nowMs, sent: false };
    this.said.push(`pressed ${binding.label}`);
    this.changed = true;
    return binding;
  }

  /** A key went up. */
  release(code: string): void {
    const at = this.down.findIndex((binding) => binding.code === code);
    if (at < 0) return;
    const [binding] = this.down.splice(at, 1);
    if (!binding!.held) return;
    this.said.push(`released ${binding!.label}`);
    this.changed = true;
  }

  /** The window was left: nothing is held any more, and the standing order goes on. */
  letGo(): void {
    if (this.down.length === 0 && !this.pressed) return;
    this.down.length = 0;
    this.pressed = null;
    this.said.push('left the window');
    this.changed = true;
  }

  /** What to answer now, or null when nothing is to be said yet. Call it while an observation is open. */
  answer(view: PilotView, nowMs: number): PilotAnswer | null {
    const { pressed } = this;
    const sinceMs = nowMs - this.answeredMs;
    if (pressed && nowMs - pressed.atMs > WANTED_MS / Math.min(1, this.speed)) this.pressed = null;
    const fresh = this.pressed !== null && !this.pressed.sent;
    if (!fresh && this.pressed && sinceMs < UNDISTURBED_MS) return null;
    const hold = this.hold(view.facesRight);
    // A move on the way that has not begun goes before what is held now; one that has begun is not done twice.
    const name = this.pressed ? actionOf(this.pressed.binding, view.facesRight) : '';
    const waits = this.pressed !== null && (fresh || new RegExp(`\\b${name}\\b`).test(view.plan));
    if (this.changed || fresh) {
      const plan: Plan = waits ? [{ action: name }, ...hold] : hold;
      if (this.pressed) this.pressed.sent = true;
      return this.say(plan, nowMs);
    }
    if (waits) return null;
    if (hold.length > 0 && sinceMs >= RENEW_MS / this.speed) return this.say(hold, nowMs);
    if (sinceMs >= KEEP_MS / Math.max(1, this.speed)) return this.say([{ action: KEEP }], nowMs);
    return null;
  }

  /** The held key that went down last decides. */
  private hold(facesRight: boolean): Plan {
    const binding = this.down.filter(({ held }) => held).at(-1);
    return binding ? [{ action: actionOf(binding, facesRight), frames: HOLD_FRAMES }] : [];
  }

  private say(plan: Plan, nowMs: number): PilotAnswer {
    const said = this.said.join(', ');
    this.said = [];
    this.changed = false;
    this.answeredMs = nowMs;
    return said === '' ? { plan } : { plan, said };
  }
}
