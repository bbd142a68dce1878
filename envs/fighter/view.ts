/** The spectator's scene, drawn from the arena. Changes nothing. */
import { ACTIONS, HALF } from './actions.js';
import * as A from './arena.js';
import { CHARACTERS, fullHealth } from './characters.js';
import { hurtHeight, invincible } from './contact.js';
import { writePlan } from './grammar.js';
import { BALL } from './moves.js';
import { planLeft } from './observation.js';
import type { Box, FighterScene, FighterSceneState, HitScene, Phase, Pose, ProjectileScene } from './scene.js';
import { moveOf } from './tables.js';

/** The scene at this frame. */
export function scene(arena: A.Arena): FighterSceneState {
  const { w, options } = arena;
  const wins = [w[A.base(0) + A.WINS]!, w[A.base(1) + A.WINS]!] as const;
  const projectiles: ProjectileScene[] = [];
  for (let seat = 0; seat < 2; seat++) {
    const f = A.base(seat);
    if (w[f + A.BALL_ON] === 0) continue;
    const x = w[f + A.BALL_X]!;
    const height = BALL.top - BALL.bottom;
    projectiles.push({
      seat,
      x,
      y: BALL.bottom + height / 2,
      direction: sign(w[f + A.BALL_DIRECTION]!),
      box: { x: x - BALL.half, y: BALL.bottom, w: 2 * BALL.half, h: height },
    });
  }
  return {
    frame: w[A.FRAME]!,
    stage: A.STAGE,
    round: w[A.ROUND]!,
    rounds: options.rounds,
    health: options.health,
    timer: w[A.TIMER]!,
    pause: w[A.PAUSE_LEFT]!,
    over: w[A.OVER] === 1,
    winner: w[A.OVER] === 0 || wins[0] === wins[1] ? null : wins[0] > wins[1] ? 0 : 1,
    fighters: [fighter(arena, A.base(0)), fighter(arena, A.base(1))],
    projectiles,
    hits: hits(w),
  };
}

const sign = (n: number): 1 | -1 => (n < 0 ? -1 : 1);

function fighter({ w, options }: A.Arena, f: number): FighterScene {
  const x = w[f + A.X]!;
  const y = w[f + A.Y]!;
  const pose = poseOf(w, f);
  return {
    character: CHARACTERS[w[f + A.CHARACTER]!]!.name,
    x,
    y,
    facing: sign(w[f + A.FACE]!),
    pose,
    health: w[f + A.HEALTH]!,
    fullHealth: fullHealth(w[f + A.CHARACTER]!, options.health),
    wins: w[f + A.WINS]!,
    meter: w[f + A.METER]!,
    combo: w[f + A.COMBO]!,
    stun: w[f + A.STUN]!,
    stop: w[f + A.STOP]!,
    grabbed: w[f + A.STUN_KIND] === A.GRABBED ? w[f + A.GRAB]! : 0,
    hurt: hurtBoxes(w, f, x, y),
    hit: hitBoxes(w, f, x, y, pose),
    plan: writePlan(planLeft(w, f)),
    planLeft: w[f + A.PLAN_LEFT]!,
    standing: ACTIONS[w[f + A.STANDING]!]!.name,
    stale: w[f + A.STALE]!,
  };
}

function poseOf(w: Int32Array, f: number): Pose {
  const id = w[f + A.MOVE]!;
  const move = moveOf(w, f);
  const kind = w[f + A.STUN_KIND]!;
  const frame = w[f + A.MOVE_FRAME]!;
  const guard = w[f + A.GUARD] === A.LOW_GUARD ? 'low' : w[f + A.GUARD] === A.HIGH_GUARD ? 'high' : 'none';
  const startup = move && move.startup > 0 ? move.startup - 1 : 0;
  let phase: Phase = 'idle';
  if (kind === A.HIT_STUN) phase = 'hit';
  else if (kind === A.BLOCK_STUN) phase = 'block';
  else if (kind === A.KNOCKDOWN) phase = 'down';
  else if (kind === A.GRABBED) phase = 'held';
  else if (move) phase = frame <= startup ? 'startup' : frame <= startup + move.active ? 'active' : 'recovery';
  return {
    move: ACTIONS[move ? id : w[f + A.HELD]!]!.name,
    phase,
    frame: move ? frame : 0,
    startup,
    active: move?.active ?? 0,
    recovery: move?.recovery ?? 0,
    guard,
    crouching: w[f + A.Y] === 0 && hurtHeight(w, f) === A.CROUCH_HEIGHT,
    airborne: w[f + A.Y]! > 0,
  };
}

function hurtBoxes(w: Int32Array, f: number, x: number, y: number): Box[] {
  if (invincible(w, f)) return [];
  return [{ x: x - HALF, y, w: 2 * HALF, h: hurtHeight(w, f) }];
}

function hitBoxes(w: Int32Array, f: number, x: number, y: number, pose: Pose): Box[] {
  const move = moveOf(w, f);
  // While it stands in the hitstop of its own contact the blow is still where it touched.
  if (pose.phase !== 'active' || !move || move.reach === 0 || w[f + A.TOUCHED]! > 1) return [];
  return [{ x: w[f + A.FACE] === 1 ? x : x - move.reach, y: y + move.bottom, w: move.reach, h: move.top - move.bottom }];
}

function hits(w: Int32Array): HitScene[] {
  const out: HitScene[] = [];
  const count = w[A.HIT_COUNT]!;
  for (let id = Math.max(0, count - A.HIT_RING); id < count; id++) {
    const at = A.HITS + (id % A.HIT_RING) * A.HIT_SIZE;
    out.push({
      id: id + 1,
      frame: w[at]!,
      seat: w[at + 1]!,
      kind: A.CONTACT_KINDS[w[at + 2]!]!,
      move: ACTIONS[w[at + 3]!]!.name,
      damage: w[at + 4]!,
      x: w[at + 5]!,
      y: w[at + 6]!,
    });
  }
  return out;
}
