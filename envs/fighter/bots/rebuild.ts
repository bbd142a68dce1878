/**
 * A fight made anew from what one seat sees of it, so that a player can try plans in the real engine. What a seat cannot see is
 * assumed: the other has no plan and goes on with the held action it shows (else it guards low), nobody is sliding, and a
 * blow that is out has touched if the other is in stun. The seat that sees is seat 0; the clock starts anew.
 */
import type { Snapshot } from '../../environment.js';
import { GUARD_LOW, HALF, PLAN_FRAMES, actionNamed } from '../actions.js';
import * as A from '../arena.js';
import { CHARACTER_NAMES } from '../characters.js';
import { BALL, totalFrames } from '../moves.js';
import type { FighterState, State } from '../state.js';
import { moveNamed } from './blows.js';

const STUN_KINDS: Readonly<Record<string, number>> = { hit: A.HIT_STUN, block: A.BLOCK_STUN, down: A.KNOCKDOWN, held: A.GRABBED };

/** A snapshot for `Fight.restore` of the fight that `state` shows. */
export function rebuild(state: State): Snapshot {
  const w = new Int32Array(A.SIZE);
  const { me, op } = state;
  w[A.ROUND] = state.round;
  w[A.TIMER] = state.timer;
  w[A.PAUSE_LEFT] = state.pause;
  w[A.LIVE] = state.pause > 0 ? 0 : 1;
  const side = state.left ? 1 : -1;
  const f = A.base(0);
  const g = A.base(1);
  const face = state.facing ? side : -side;
  const x = face === 1 ? me.wall + HALF : A.STAGE - HALF - me.wall;
  const otherX = x + side * state.distance;
  w[f + A.X] = x;
  w[f + A.FACE] = face;
  w[g + A.X] = otherX;
  const looksLeft = A.STAGE - HALF - otherX === op.wall;
  const looksRight = otherX - HALF === op.wall;
  w[g + A.FACE] = looksLeft === looksRight ? -side : looksLeft ? -1 : 1;
  fill(w, f, me, op);
  fill(w, g, op, me);
  projectile(w, f, me, side, otherX);
  projectile(w, g, op, -side, x);
  w[f + A.STANDING] = actionNamed(state.standing)!.id;
  const shown = actionNamed(op.doing);
  w[g + A.STANDING] = shown && !shown.move ? shown.id : GUARD_LOW;
  if (state.plan.length > 0) {
    w[f + A.PLAN_LENGTH] = state.plan.length;
    w[f + A.PLAN_LEFT] = Math.min(PLAN_FRAMES, state.planLeft);
    state.plan.forEach((step, i) => {
      w[f + A.STEP_ACTION + i] = actionNamed(step.action)!.id;
      w[f + A.STEP_FRAMES + i] = step.frames ?? 0;
    });
  }
  return { w, now: 0 };
}

/** What a fighter is in the middle of. */
function fill(w: Int32Array, f: number, fighter: FighterState, other: FighterState): void {
  w[f + A.CHARACTER] = CHARACTER_NAMES.indexOf(fighter.character);
  w[f + A.Y] = fighter.height;
  w[f + A.HEALTH] = fighter.health;
  w[f + A.WINS] = fighter.wins;
  w[f + A.METER] = fighter.meter;
  w[f + A.COMBO] = fighter.combo;
  w[f + A.STOP] = fighter.stop;
  w[f + A.GUARD] = fighter.guard === 'low' ? A.LOW_GUARD : fighter.guard === 'high' ? A.HIGH_GUARD : A.NO_GUARD;
  const stun = STUN_KINDS[fighter.doing];
  if (stun !== undefined) {
    w[f + A.STUN_KIND] = stun;
    w[f + A.STUN] = fighter.stun + fighter.down;
    w[f + A.GRAB] = fighter.doing === 'held' ? fighter.stun : 0;
    return;
  }
  const entry = actionNamed(fighter.doing)!;
  const move = moveNamed(fighter.character, fighter.doing);
  if (!move) {
    w[f + A.HELD] = entry.id;
    return;
  }
  const holding = other.doing === 'held' ? other.stun : 0;
  w[f + A.GRAB] = holding;
  w[f + A.MOVE] = entry.id;
  w[f + A.MOVE_FRAME] =
    fighter.startup > 0 ? move.startup - fighter.startup + fighter.stop : totalFrames(move) - fighter.busy + fighter.stop + holding;
  const touched = move.startup > 0 && fighter.startup === 0 && (other.doing in STUN_KINDS || fighter.stop > 0);
  w[f + A.TOUCHED] = touched ? (fighter.stop > 0 ? 1 : 2) : 0;
  w[f + A.ARMOUR] = !touched && fighter.startup + fighter.active > 0 ? (move.armour ?? 0) : 0;
}

function projectile(w: Int32Array, f: number, { ball }: FighterState, direction: number, otherX: number): void {
  if (!ball) return;
  w[f + A.BALL_ON] = 1;
  w[f + A.BALL_DIRECTION] = direction;
  w[f + A.BALL_X] = otherX - direction * (ball.arrives === 0 ? HALF : ball.distance + BALL.half + HALF);
}
