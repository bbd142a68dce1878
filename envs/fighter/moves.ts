/**
 * The move table: every attack and jump as data. Frames are sixtieths of a second, distances pixels, y upwards from the
 * attacker's feet. The rules that read it are in engine.ts and contact.ts; the README's table is tested equal to it.
 */

/** How a move must be guarded: mid either way, low crouching, high standing, throw not at all. */
export type Level = 'mid' | 'low' | 'high' | 'throw' | 'none';

export type Move = {
  name: string;
  /** First active frame, counted from 1 (0: never active). A jump's first frame off the floor is `LIFT + 1`. */
  startup: number;
  active: number;
  recovery: number;
  damage: number;
  /** Damage taken through a guard. */
  chip: number;
  level: Level;
  /** Frames by which the attacker can act earlier than the one hit (negative: later), when it touches on its first active frame. */
  onHit: number;
  onBlock: number;
  /** Pixels from the attacker's centre to the tip of the hit box, and the box's bottom and top. */
  reach: number;
  bottom: number;
  top: number;
  /** Pixels the one hit or guarding slides away. */
  push: number;
  knockdown?: boolean;
  /** Performed crouching: the attacker's own hurt box is low. */
  crouching?: boolean;
  /** Hits taken without flinching before its active frames end. */
  armour?: number;
  /** Cannot be touched on frames 1 to this. */
  invincible?: number;
  /** Horizontal pixels a frame in the air, forwards positive; makes the move a jump. */
  jump?: number;
  projectile?: boolean;
  /** For prompts: what it is, in a few words. */
  about: string;
};

/** Frames on the floor before a jump leaves it, in the air, and after landing. */
export const LIFT = 4;
export const AIR = 37;
export const LANDING = 3;
const JUMP_TOTAL = LIFT + AIR + LANDING;
const JUMP_TOP = 104;

/** Height of the feet on each frame of a jump, index by frame in the move (from 1). */
export const JUMP_HEIGHT: readonly number[] = Array.from({ length: JUMP_TOTAL + 1 }, (_, frame) => {
  const t = frame - LIFT;
  if (t <= 0 || t > AIR) return 0;
  return Math.floor((4 * JUMP_TOP * t * (AIR + 1 - t)) / ((AIR + 1) * (AIR + 1)));
});

/** A projectile: pixels a frame, half its width, its bottom and top, and where it appears before the thrower. */
export const BALL = { speed: 5, half: 14, bottom: 40, top: 60, offset: 40 };

/** Stun by moves whose contact does not happen on a frame of their own: frames on hit and on block. */
export const BALL_STUN = { hit: 24, block: 12 };
export const JUMP_STUN = { hit: 20, block: 14 };

/** A knockdown lasts this long; the fighter cannot be touched meanwhile. */
export const DOWN = 45;
/** After any stun a fighter cannot be thrown for this long. */
export const THROW_SAFE = 4;
/** Stun and slide of two throws that meet. */
export const TECH = { stun: 12, push: 40 };

const jump = (name: string, drift: number, about: string): Move => ({
  name,
  startup: 0,
  active: 0,
  recovery: JUMP_TOTAL,
  damage: 0,
  chip: 0,
  level: 'none',
  onHit: 0,
  onBlock: 0,
  reach: 0,
  bottom: 0,
  top: 0,
  push: 0,
  jump: drift,
  about,
});

/* prettier-ignore */
export const MOVES: readonly Move[] = [
  { name: 'jab', startup: 5, active: 3, recovery: 8, damage: 30, chip: 0, level: 'mid', onHit: 4, onBlock: -1, reach: 62, bottom: 50, top: 74, push: 26, about: 'fast punch' },
  { name: 'low', startup: 9, active: 3, recovery: 15, damage: 50, chip: 0, level: 'low', onHit: 1, onBlock: -7, reach: 78, bottom: 0, top: 20, push: 20, crouching: true, about: 'low kick' },
  { name: 'poke', startup: 12, active: 3, recovery: 22, damage: 65, chip: 0, level: 'mid', onHit: 1, onBlock: -12, reach: 96, bottom: 40, top: 60, push: 12, about: 'long kick' },
  { name: 'heavy', startup: 14, active: 4, recovery: 20, damage: 95, chip: 0, level: 'mid', onHit: 4, onBlock: -9, reach: 84, bottom: 40, top: 80, push: 24, about: 'strong punch' },
  { name: 'sweep', startup: 13, active: 3, recovery: 28, damage: 80, chip: 0, level: 'low', onHit: 0, onBlock: -18, reach: 100, bottom: 0, top: 16, push: 8, knockdown: true, crouching: true, about: 'long low kick, knocks down' },
  { name: 'overhead', startup: 25, active: 3, recovery: 21, damage: 110, chip: 0, level: 'high', onHit: 3, onBlock: -15, reach: 84, bottom: 30, top: 90, push: 18, about: 'slow chop, beats a low guard' },
  { name: 'smash', startup: 30, active: 3, recovery: 34, damage: 110, chip: 15, level: 'mid', onHit: 0, onBlock: -26, reach: 112, bottom: 30, top: 80, push: 10, knockdown: true, armour: 1, about: 'very slow blow, goes through one hit, knocks down' },
  { name: 'throw', startup: 6, active: 2, recovery: 30, damage: 100, chip: 0, level: 'throw', onHit: 0, onBlock: 0, reach: 46, bottom: 0, top: 88, push: 60, knockdown: true, about: 'beats any guard' },
  { name: 'fireball', startup: 14, active: 0, recovery: 36, damage: 50, chip: 5, level: 'mid', onHit: 0, onBlock: 0, reach: 0, bottom: BALL.bottom, top: BALL.top, push: 24, projectile: true, about: `flies ${BALL.speed} px a frame, one at a time` },
  { name: 'uppercut', startup: 5, active: 8, recovery: 38, damage: 120, chip: 10, level: 'mid', onHit: 0, onBlock: -30, reach: 54, bottom: 30, top: 140, push: 50, knockdown: true, invincible: 7, about: 'rising punch, hits jumpers' },
  { ...jump('jump_kick', 5, 'jump forwards and kick when coming down'), startup: 30, active: 12, recovery: LANDING, damage: 60, level: 'high', reach: 60, bottom: -15, top: 50, push: 24 },
  jump('jump_fwd', 5, 'jump forwards'),
  jump('jump_up', 0, 'jump on the spot'),
  jump('jump_back', -5, 'jump backwards'),
];

/** Whole length of a move in frames. */
export function totalFrames(move: Move): number {
  return (move.startup > 0 ? move.startup - 1 : 0) + move.active + move.recovery;
}

/** Frames of stun for the one hit by `move` (not a knockdown), from its advantage. */
export function stunFrames(move: Move, blocked: boolean): number {
  if (move.projectile) return blocked ? BALL_STUN.block : BALL_STUN.hit;
  if (move.jump !== undefined) return blocked ? JUMP_STUN.block : JUMP_STUN.hit;
  return (blocked ? move.onBlock : move.onHit) + move.active - 1 + move.recovery;
}
