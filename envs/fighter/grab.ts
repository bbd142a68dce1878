/**
 * A throw that connects holds: both are locked, nothing else touches them, and for `GRAB_FRAMES` frames a throw of the one held
 * frees it. Then the harm is done.
 */
import * as A from './arena.js';
import { GRAB_FRAMES } from './moves.js';
import { THROW_ACTION, apply, stun, tech } from './touch.js';

const HELPLESS = { guard: A.NO_GUARD, airborne: false, counter: false };

/** The fighter at `a` takes hold of the one at `d`. */
export function seize(w: Int32Array, a: number, d: number): void {
  stun(w, d, A.GRABBED, GRAB_FRAMES);
  w[d + A.GUARD] = A.NO_GUARD;
  for (const f of [a, d]) {
    w[f + A.GRAB] = GRAB_FRAMES;
    w[f + A.STOP] = 0;
    w[f + A.SLIDE] = 0;
  }
}

/** Grab: a hold goes on a frame, is got out of, or does its harm. */
export function grab(w: Int32Array): void {
  const f = A.base(0);
  if (w[f + A.GRAB] === 0) return;
  const g = A.base(1);
  const holder = w[f + A.STUN_KIND] === A.GRABBED ? 1 : 0;
  const d = A.base(1 - holder);
  const left = w[f + A.GRAB]! - 1;
  const resists = w[d + A.PLAN_AT]! < w[d + A.PLAN_LENGTH]! && w[d + A.STEP_ACTION + w[d + A.PLAN_AT]!] === THROW_ACTION;
  w[f + A.GRAB] = w[g + A.GRAB] = resists ? 0 : left;
  if (resists) {
    w[d + A.PLAN_AT]!++;
    A.endPlanWhenDone(w, d);
    tech(w);
  } else if (left > 0) w[d + A.STUN] = left;
  else apply(w, holder, THROW_ACTION, HELPLESS);
}
