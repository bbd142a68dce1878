/** What a seat sees of the arena: its own state, the other's visible state, and its own plan. Hidden: the other's plan and standing order. */
import { ACTIONS, HALF, HELD_COUNT } from './actions.js';
import * as A from './arena.js';
import { moveTotal } from './engine.js';
import { AIR, BALL, LIFT } from './moves.js';
import type { FighterState, Plan, State } from './state.js';

const FALLING = 8;

/** The observation of `seat`. A pure function of the arena. */
export function observe(arena: A.Arena, seat: number): State {
  const { w, options } = arena;
  const f = A.base(seat);
  const g = A.base(1 - seat);
  const dx = w[g + A.X]! - w[f + A.X]!;
  return {
    frame: w[A.FRAME]!,
    round: w[A.ROUND]!,
    rounds: options.rounds,
    timer: w[A.TIMER]!,
    pause: w[A.PAUSE_LEFT]!,
    distance: Math.abs(dx),
    left: seat === 0 ? dx >= 0 : dx > 0,
    facing: dx * w[f + A.FACE]! >= 0,
    late: 0,
    me: fighter(w, f, g),
    op: fighter(w, g, f),
    plan: planLeft(w, f),
    planLeft: w[f + A.PLAN_LEFT]!,
    standing: ACTIONS[w[f + A.STANDING]!]!.name,
  };
}

function fighter(w: Int32Array, f: number, other: number): FighterState {
  const kind = w[f + A.STUN_KIND]!;
  const stun = w[f + A.STUN]!;
  const id = w[f + A.MOVE]!;
  const move = ACTIONS[id]!.move;
  const frame = w[f + A.MOVE_FRAME]!;
  const total = moveTotal(id);
  const stunned = kind !== A.NO_STUN && stun > 0;
  const running = move !== null && frame < total;
  const x = w[f + A.X]!;
  const first = move?.startup ?? 0;
  const last = move && first > 0 ? first + move.active - 1 : 0;
  return {
    character: 'ash',
    health: w[f + A.HEALTH]!,
    wins: w[f + A.WINS]!,
    wall: w[f + A.FACE] === 1 ? x - HALF : A.STAGE - HALF - x,
    height: w[f + A.Y]!,
    doing: stunned
      ? kind === A.HIT_STUN
        ? 'hit'
        : kind === A.BLOCK_STUN
          ? 'block'
          : 'down'
      : ACTIONS[running ? id : w[f + A.HELD]!]!.name,
    startup: running ? Math.max(0, first - frame) : 0,
    active: running ? (frame < first ? move.active : Math.max(0, last - frame)) : 0,
    recovery: running ? Math.min(move.recovery, total - frame) : 0,
    busy: stunned ? stun : running ? total - frame : 0,
    stun: stunned && kind !== A.KNOCKDOWN ? stun : 0,
    down: stunned && kind === A.KNOCKDOWN ? stun : 0,
    stop: 0,
    land: landing(w, f),
    guard: w[f + A.GUARD] === A.LOW_GUARD ? 'low' : w[f + A.GUARD] === A.HIGH_GUARD ? 'high' : 'none',
    meter: 0,
    combo: 0,
    ball: ball(w, f, other),
  };
}

function landing(w: Int32Array, f: number): number {
  const move = ACTIONS[w[f + A.MOVE]!]!.move;
  if (move?.jump !== undefined) return Math.max(0, LIFT + AIR + 1 - w[f + A.MOVE_FRAME]!);
  return Math.floor((w[f + A.Y]! + FALLING - 1) / FALLING);
}

function ball(w: Int32Array, f: number, other: number): FighterState['ball'] {
  if (w[f + A.BALL_ON] === 0) return null;
  const ahead = (w[other + A.X]! - w[f + A.BALL_X]!) * w[f + A.BALL_DIRECTION]!;
  if (ahead <= -(BALL.half + HALF)) return null;
  const distance = Math.max(0, ahead - BALL.half - HALF);
  return { distance, arrives: ahead < BALL.half + HALF ? 0 : Math.floor(distance / BALL.speed) + 1 };
}

/** What is left of a fighter's plan, the running step with its frames left. */
export function planLeft(w: Int32Array, f: number): Plan {
  const plan: Plan = [];
  for (let at = w[f + A.PLAN_AT]!; at < w[f + A.PLAN_LENGTH]!; at++) {
    const id = w[f + A.STEP_ACTION + at]!;
    const action = ACTIONS[id]!.name;
    if (id >= HELD_COUNT) plan.push({ action });
    else plan.push({ action, frames: w[f + A.STEP_FRAMES + at]! - (at === w[f + A.PLAN_AT] ? w[f + A.STEP_USED]! : 0) });
  }
  return plan;
}
