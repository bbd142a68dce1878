/** What a seat sees of the arena: its own state, the other's visible state, and its own plan. Hidden: the other's plan and standing order. */
import { ACTIONS, HALF, HELD_COUNT } from './actions.js';
import * as A from './arena.js';
import { CHARACTERS, characterMove } from './characters.js';
import { BALL, LIFT, totalFrames, type Move } from './moves.js';
import type { FighterState, Plan, State } from './state.js';

/** What a stunned fighter does, by the kind of stun. */
const STUNNED = ['', 'hit', 'block', 'down', 'held'];
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
    late: w[f + A.LATENCY]!,
    me: fighter(w, f, g),
    op: fighter(w, g, f),
    plan: planLeft(w, f),
    planLeft: w[f + A.PLAN_LEFT]!,
    standing: ACTIONS[w[f + A.STANDING]!]!.name,
  };
}

function fighter(w: Int32Array, f: number, other: number): FighterState {
  const character = w[f + A.CHARACTER]!;
  const kind = w[f + A.STUN_KIND]!;
  const stun = w[f + A.STUN]!;
  const stop = w[f + A.STOP]!;
  const id = w[f + A.MOVE]!;
  const move = characterMove(character, id);
  const frame = w[f + A.MOVE_FRAME]!;
  const total = move ? totalFrames(move) : 0;
  const stunned = kind !== A.NO_STUN && stun > 0;
  const running = move !== null && frame < total;
  const x = w[f + A.X]!;
  const first = move?.startup ?? 0;
  const last = move && first > 0 ? first + move.active - 1 : 0;
  const holding = kind === A.GRABBED ? 0 : w[f + A.GRAB]!;
  const holds = stunned ? stun : running ? total - frame + holding : 0;
  return {
    character: CHARACTERS[character]!.name,
    health: w[f + A.HEALTH]!,
    wins: w[f + A.WINS]!,
    wall: w[f + A.FACE] === 1 ? x - HALF : A.STAGE - HALF - x,
    height: w[f + A.Y]!,
    doing: stunned ? STUNNED[kind]! : ACTIONS[running ? id : w[f + A.HELD]!]!.name,
    startup: running && frame < first ? first - frame + stop : 0,
    active: running ? (frame < first ? move.active : Math.max(0, last - frame)) : 0,
    recovery: running ? Math.min(move.recovery, total - frame) : 0,
    busy: stop + holds,
    stun: stunned && kind !== A.KNOCKDOWN ? stun : 0,
    down: stunned && kind === A.KNOCKDOWN ? stun : 0,
    stop,
    land: landing(w, f, move),
    guard: w[f + A.GUARD] === A.LOW_GUARD ? 'low' : w[f + A.GUARD] === A.HIGH_GUARD ? 'high' : 'none',
    meter: w[f + A.METER]!,
    combo: w[f + A.COMBO]!,
    ball: ball(w, f, other),
  };
}

function landing(w: Int32Array, f: number, move: Move | null): number {
  if (move?.jump !== undefined) return Math.max(0, LIFT + CHARACTERS[w[f + A.CHARACTER]!]!.air + 1 - w[f + A.MOVE_FRAME]!);
  return Math.floor((w[f + A.Y]! + FALLING - 1) / FALLING);
}

function ball(w: Int32Array, f: number, other: number): FighterState['ball'] {
  if (w[f + A.BALL_ON] === 0) return null;
  const ahead = (w[other + A.X]! - w[f + A.BALL_X]!) * w[f + A.BALL_DIRECTION]!;
  if (ahead <= -(BALL.half + HALF)) return null;
  const distance = Math.max(0, ahead - BALL.half - HALF);
  return { distance, arrives: ahead < BALL.half + HALF ? 0 : Math.floor(distance / CHARACTERS[w[f + A.CHARACTER]!]!.ballSpeed) + 1 };
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
