/** What to do about somebody in the air: where it will be on each frame is known, so a blow from below can be timed to meet it. */
import type { Action } from '../../environment.js';
import { AIR_HEIGHT } from '../arena.js';
import { HALF } from '../actions.js';
import { LIFT, jumpHeights, type Move } from '../moves.js';
import type { Plan, State } from '../state.js';
import { answer, does, hold } from './answer.js';
import { characterOf, moveNamed, touches } from './blows.js';
import type { Outlook } from './outlook.js';

/** How long a blow from below is waited for, in frames. */
const PATIENCE = 34;
/** A jumper that comes down farther away than this is left alone. */
const FAR = 150;

const HEIGHTS = new Map<number, readonly number[]>();

/** Height of a jumper's feet so many frames from now. */
function heightIn({ op }: State, frames: number): number {
  const { air } = characterOf(op.character);
  let heights = HEIGHTS.get(air);
  if (!heights) HEIGHTS.set(air, (heights = jumpHeights(air)));
  return heights[LIFT + air + 1 - op.land + frames] ?? 0;
}

/** Pixels between the two so many frames from now, negative once the jumper has passed. */
function aheadIn({ op, distance }: State, drift: number, frames: number): number {
  return distance - drift * Math.min(frames, op.land);
}

/** Someone jumps: meet it from below while there is time, else guard high, or strike as it lands. */
export function airborne(view: Outlook): Action<Plan> | null {
  const { state, start } = view;
  const { op, me } = state;
  const move = moveNamed(op.character, op.doing);
  if (op.land === 0 || move?.jump === undefined || move.jump < 0) return null;
  const lands = Math.abs(aheadIn(state, move.jump, op.land));
  if (lands > FAR) return null;
  const kicks = kickTouches(state, move);
  const guard = kicks === null ? 'guard_low' : 'guard_high';
  const from = meetingFrom(view, move, kicks);
  if (from !== null) return answer(from > start ? [hold(guard, from - start), does('uppercut')] : [does('uppercut')], guard);
  if (kicks !== null && start < kicks) return answer([hold('guard_high', Math.max(1, op.land - start + 3))], 'guard_low');
  const heavy = moveNamed(me.character, 'heavy')!;
  const wait = op.land - start - heavy.startup;
  if (kicks === null && wait > -4 && lands < touches(heavy) - 4)
    return answer(wait > 0 ? [hold('guard_low', wait), does('heavy'), does('lunge')] : [does('heavy'), does('lunge')]);
  return null;
}

/** Frames until a jumper's kick touches somebody who stands still; null when it does not kick, or passes over. */
function kickTouches(state: State, move: Move): number | null {
  const { op } = state;
  if (move.reach === 0 || (op.startup === 0 && op.active === 0)) return null;
  for (let at = Math.max(1, op.startup); at < op.startup + op.active; at++) {
    const ahead = aheadIn(state, move.jump!, at);
    if (ahead < touches(move) && ahead > -HALF && heightIn(state, at) + move.bottom < 88) return at;
  }
  return null;
}

/** When to begin an uppercut so that it meets the jumper: while invincible, or before a kick can touch; null where it cannot. */
function meetingFrom({ state, start }: Outlook, move: Move, kicks: number | null): number | null {
  const uppercut = moveNamed(state.me.character, 'uppercut')!;
  const last = Math.min(start + PATIENCE, state.op.land);
  for (let from = start; from <= last; from++) {
    for (let frame = uppercut.startup; frame < uppercut.startup + uppercut.active; frame++) {
      const at = from + frame;
      if (at > state.op.land + 2) break;
      const safe = frame <= uppercut.invincible! || kicks === null || at < kicks;
      if (!safe) break;
      const ahead = aheadIn(state, move.jump!, at);
      const height = heightIn(state, at);
      if (ahead < touches(uppercut) - 2 && ahead > -HALF / 2 && height < uppercut.top - 4 && height + AIR_HEIGHT > uppercut.bottom)
        return from;
    }
  }
  return null;
}
