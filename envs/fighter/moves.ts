/**
 * The move table: every attack, jump and dash as data, as the first character has them (characters.ts says how others differ).
 * Frames are sixtieths of a second, distances pixels, y upwards from the attacker's feet. The rules that read it are in
 * engine.ts, contact.ts and grab.ts; the README's table is tested equal to it.
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
  /** Frames both fighters freeze when it touches (a projectile: only the one it touches). */
  stop: number;
  /** Meter gained by a hit; half of it goes to the one hit, and half to the attacker whose blow is guarded. */
  meter: number;
  /** Meter it takes to begin; without it the step is skipped. */
  cost?: number;
  /** Once it has touched, a special that is the plan's next step begins when the hitstop ends. */
  cancels?: boolean;
  /** What a cancel may begin. */
  special?: boolean;
  /** Travels `speed` pixels a frame (backwards negative) on frames `from` to `to`. */
  travel?: { speed: number; from: number; to: number };
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

/** Frames on the floor before a jump leaves it, and after landing. */
export const LIFT = 4;
/** The first character's frames in the air. */
export const AIR = 37;
export const LANDING = 3;
const JUMP_TOTAL = LIFT + AIR + LANDING;
const JUMP_TOP = 104;

/** Height of the feet on each frame of a jump that is in the air for `air` frames, index by frame in the move (from 1). */
export function jumpHeights(air: number): readonly number[] {
  return Array.from({ length: LIFT + air + LANDING + 1 }, (_, frame) => {
    const t = frame - LIFT;
    if (t <= 0 || t > air) return 0;
    return Math.floor((4 * JUMP_TOP * t * (air + 1 - t)) / ((air + 1) * (air + 1)));
  });
}

/** A projectile: half its width, its bottom and top, where it appears before the thrower, and the first character's speed in pixels a frame. */
export const BALL = { speed: 5, half: 14, bottom: 40, top: 60, offset: 40 };

/** Stun by moves whose contact does not happen on a frame of their own: frames on hit and on block. */
export const BALL_STUN = { hit: 18, block: 8 };
export const JUMP_STUN = { hit: 20, block: 14 };

/** A knockdown lasts this long; the fighter cannot be touched meanwhile. */
export const DOWN = 45;
/** After any stun a fighter cannot be thrown for this long. */
export const THROW_SAFE = 4;
/** Frames a throw holds the other before it does harm; a throw of the one held, begun meanwhile, frees it. */
export const GRAB_FRAMES = 8;
/** Stun and slide of two throws that meet, and of a throw that was got out of. */
export const TECH = { stun: 12, push: 40 };

const harmless = (name: string, recovery: number, about: string): Move => ({
  name,
  startup: 0,
  active: 0,
  recovery,
  damage: 0,
  chip: 0,
  level: 'none',
  onHit: 0,
  onBlock: 0,
  reach: 0,
  bottom: 0,
  top: 0,
  push: 0,
  stop: 0,
  meter: 0,
  about,
});
const jump = (name: string, drift: number, about: string): Move => ({ ...harmless(name, JUMP_TOTAL, about), jump: drift });

/* prettier-ignore */
export const MOVES: readonly Move[] = [
  { name: 'jab', startup: 5, active: 3, recovery: 8, damage: 30, chip: 0, level: 'mid', onHit: 4, onBlock: -1, reach: 62, bottom: 50, top: 74, push: 20, stop: 6, meter: 4, cancels: true, about: 'fast punch' },
  { name: 'low', startup: 9, active: 3, recovery: 15, damage: 50, chip: 0, level: 'low', onHit: 1, onBlock: -7, reach: 78, bottom: 0, top: 20, push: 16, stop: 7, meter: 6, cancels: true, crouching: true, about: 'low kick' },
  { name: 'poke', startup: 12, active: 3, recovery: 22, damage: 65, chip: 0, level: 'mid', onHit: 1, onBlock: -12, reach: 96, bottom: 40, top: 60, push: 12, stop: 8, meter: 8, about: 'long kick' },
  { name: 'heavy', startup: 14, active: 4, recovery: 20, damage: 95, chip: 0, level: 'mid', onHit: 4, onBlock: -9, reach: 84, bottom: 40, top: 80, push: 14, stop: 10, meter: 10, cancels: true, about: 'strong punch' },
  { name: 'sweep', startup: 16, active: 3, recovery: 28, damage: 80, chip: 0, level: 'low', onHit: 0, onBlock: -18, reach: 100, bottom: 0, top: 16, push: 8, stop: 9, meter: 10, knockdown: true, crouching: true, about: 'long low kick, knocks down' },
  { name: 'overhead', startup: 25, active: 3, recovery: 21, damage: 110, chip: 0, level: 'high', onHit: 3, onBlock: -15, reach: 84, bottom: 30, top: 90, push: 18, stop: 9, meter: 10, about: 'slow chop, beats a low guard' },
  { name: 'smash', startup: 36, active: 3, recovery: 34, damage: 120, chip: 15, level: 'mid', onHit: 0, onBlock: -26, reach: 112, bottom: 30, top: 80, push: 10, stop: 12, meter: 12, knockdown: true, armour: 1, about: 'very slow blow, goes through one hit, knocks down' },
  { name: 'throw', startup: 6, active: 2, recovery: 30, damage: 100, chip: 0, level: 'throw', onHit: 0, onBlock: 0, reach: 46, bottom: 0, top: 88, push: 60, stop: 0, meter: 10, knockdown: true, about: 'beats any guard' },
  { name: 'fireball', startup: 14, active: 0, recovery: 36, damage: 50, chip: 5, level: 'mid', onHit: 0, onBlock: 0, reach: 0, bottom: BALL.bottom, top: BALL.top, push: 24, stop: 6, meter: 6, projectile: true, special: true, about: `flies ${BALL.speed} px a frame, one at a time` },
  { name: 'uppercut', startup: 5, active: 8, recovery: 38, damage: 90, chip: 8, level: 'mid', onHit: 0, onBlock: -30, reach: 48, bottom: 30, top: 140, push: 24, stop: 10, meter: 12, knockdown: true, invincible: 6, special: true, about: 'rising punch, hits jumpers' },
  { ...jump('jump_kick', 5, 'jump forwards and kick when coming down'), startup: 30, active: 12, recovery: LANDING, damage: 60, level: 'high', reach: 60, bottom: -15, top: 50, push: 24, stop: 8, meter: 8 },
  jump('jump_fwd', 5, 'jump forwards'),
  jump('jump_up', 0, 'jump on the spot'),
  jump('jump_back', -5, 'jump backwards'),
  { name: 'lunge', startup: 20, active: 3, recovery: 21, damage: 90, chip: 10, level: 'mid', onHit: 2, onBlock: -10, reach: 70, bottom: 36, top: 72, push: 20, stop: 9, meter: 10, special: true, travel: { speed: 5, from: 8, to: 19 }, about: 'punch that travels 60 px' },
  { name: 'crush', startup: 54, active: 4, recovery: 30, damage: 180, chip: 0, level: 'high', onHit: 0, onBlock: -20, reach: 120, bottom: 20, top: 100, push: 20, stop: 12, meter: 14, knockdown: true, about: 'the slowest and longest blow, beats a low guard, knocks down' },
  { name: 'super', startup: 7, active: 4, recovery: 45, damage: 260, chip: 20, level: 'mid', onHit: 0, onBlock: -28, reach: 130, bottom: 0, top: 100, push: 40, stop: 12, meter: 0, cost: 100, knockdown: true, invincible: 9, special: true, about: 'takes a full meter of 100' },
  { ...harmless('dash_fwd', 18, 'dash 72 px forwards'), travel: { speed: 6, from: 2, to: 13 } },
  { ...harmless('dash_back', 20, 'dash 60 px backwards'), travel: { speed: -5, from: 2, to: 13 } },
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

/** Pixels a move travels in all, backwards negative; jumps not counted. */
export function travelOf(move: Move): number {
  return move.travel ? move.travel.speed * (move.travel.to - move.travel.from + 1) : 0;
}
