/**
 * Bodies as joints: key poses for every move, and the pose between them for a frame of a move. Everything follows from the
 * scene's own frame numbers: nothing moves that did not move in the world.
 * Coordinates: pixels of the world, x forwards, y upwards, from the centre of the feet.
 */
import { actionNamed } from '../../../../envs/fighter/actions.js';
import type { Move } from '../../../../envs/fighter/moves.js';
import type { FighterScene } from '../../../../envs/fighter/scene.js';

export type Point = readonly [x: number, y: number];

/** Where the ends of a body are; elbows and knees follow from them. */
export interface Joints {
  hip: Point;
  neck: Point;
  head: Point;
  frontHand: Point;
  backHand: Point;
  frontFoot: Point;
  backFoot: Point;
}

export type Limb = 'frontHand' | 'backHand' | 'frontFoot' | 'backFoot';

interface Strike {
  windup: Partial<Joints>;
  strike: Partial<Joints>;
  /** The limbs that hit: coloured by the phase. */
  limbs: Limb[];
  base?: Joints;
  /** The reach for which the pose was drawn: a move table that says another moves the striking limbs by the difference. */
  reach?: number;
}

/* prettier-ignore */
const STAND: Joints = { hip: [-2, 42], neck: [2, 67], head: [6, 79], frontHand: [21, 61], backHand: [13, 54], frontFoot: [14, 3], backFoot: [-17, 3] };
/* prettier-ignore */
const CROUCH: Joints = { hip: [-8, 21], neck: [1, 43], head: [7, 54], frontHand: [21, 41], backHand: [14, 33], frontFoot: [15, 3], backFoot: [-18, 3] };
/* prettier-ignore */
const AIR: Joints = { hip: [0, 32], neck: [5, 56], head: [9, 67], frontHand: [23, 52], backHand: [-12, 50], frontFoot: [13, 12], backFoot: [-8, 2] };
/* prettier-ignore */
const GUARD_HIGH: Joints = { hip: [-6, 41], neck: [-5, 66], head: [-4, 77], frontHand: [15, 77], backHand: [12, 65], frontFoot: [12, 3], backFoot: [-19, 3] };
/* prettier-ignore */
const GUARD_LOW: Joints = { hip: [-12, 20], neck: [-4, 42], head: [0, 53], frontHand: [17, 52], backHand: [15, 38], frontFoot: [14, 3], backFoot: [-20, 3] };
/* prettier-ignore */
const HIT: Joints = { hip: [-3, 41], neck: [-13, 63], head: [-21, 73], frontHand: [9, 50], backHand: [-28, 47], frontFoot: [17, 3], backFoot: [-18, 3] };
/* prettier-ignore */
const HIT_LOW: Joints = { hip: [-8, 22], neck: [-14, 43], head: [-21, 53], frontHand: [8, 34], backHand: [-27, 30], frontFoot: [17, 3], backFoot: [-18, 3] };
/* prettier-ignore */
const DOWN: Joints = { hip: [-4, 8], neck: [-29, 9], head: [-42, 10], frontHand: [-18, 3], backHand: [-44, 3], frontFoot: [36, 4], backFoot: [28, 12] };
/* prettier-ignore */
const WON: Joints = { ...STAND, hip: [0, 43], neck: [0, 68], head: [1, 80], frontHand: [17, 100], backHand: [-17, 98] };

/* prettier-ignore */
const STRIKES: Record<string, Strike> = {
  jab: { reach: 62, limbs: ['frontHand'],
    windup: { hip: [-4, 41], neck: [-2, 66], head: [2, 78], frontHand: [6, 60] },
    strike: { hip: [10, 40], neck: [22, 64], head: [27, 75], frontHand: [58, 63], backHand: [18, 54], frontFoot: [28, 3] } },
  low: { reach: 78, limbs: ['frontFoot'], base: CROUCH,
    windup: { hip: [-10, 22], neck: [-8, 44], head: [-4, 55], frontFoot: [4, 6] },
    strike: { hip: [18, 20], neck: [4, 41], head: [7, 52], frontFoot: [73, 9], backFoot: [2, 3], backHand: [-16, 26], frontHand: [22, 42] } },
  poke: { reach: 96, limbs: ['frontFoot'],
    windup: { hip: [-2, 43], neck: [-8, 67], head: [-6, 79], frontFoot: [16, 34], frontHand: [14, 60] },
    strike: { hip: [30, 45], neck: [12, 66], head: [10, 78], frontFoot: [90, 51], backFoot: [16, 3], frontHand: [28, 66], backHand: [-8, 54] } },
  heavy: { reach: 84, limbs: ['backHand'],
    windup: { hip: [-8, 40], neck: [-8, 65], head: [-3, 76], backHand: [-28, 58], frontHand: [18, 62] },
    strike: { hip: [24, 38], neck: [40, 60], head: [46, 71], backHand: [79, 60], frontHand: [30, 48], frontFoot: [48, 3], backFoot: [-12, 3] } },
  sweep: { reach: 100, limbs: ['frontFoot'], base: CROUCH,
    windup: { hip: [-16, 19], neck: [-10, 40], head: [-5, 50], frontFoot: [-4, 4], frontHand: [4, 28] },
    strike: { hip: [34, 16], neck: [14, 33], head: [12, 45], frontFoot: [95, 7], backFoot: [18, 3], backHand: [-6, 4], frontHand: [34, 36] } },
  overhead: { reach: 84, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-4, 43], neck: [-6, 69], head: [-2, 80], frontHand: [-12, 100], backHand: [-20, 92] },
    strike: { hip: [20, 38], neck: [40, 57], head: [48, 66], frontHand: [75, 50], backHand: [70, 42], frontFoot: [42, 3], backFoot: [-10, 3] } },
  smash: { reach: 112, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-16, 37], neck: [-26, 61], head: [-24, 73], frontHand: [-50, 68], backHand: [-54, 56], frontFoot: [16, 3], backFoot: [-26, 3] },
    strike: { hip: [46, 36], neck: [68, 54], head: [74, 65], frontHand: [106, 58], backHand: [103, 48], frontFoot: [74, 3], backFoot: [8, 3] } },
  throw: { reach: 46, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-2, 40], neck: [0, 65], head: [4, 77], frontHand: [14, 72], backHand: [12, 46] },
    strike: { hip: [10, 39], neck: [18, 63], head: [23, 74], frontHand: [44, 66], backHand: [44, 50], frontFoot: [26, 3] } },
  fireball: { limbs: ['frontHand', 'backHand'],
    windup: { hip: [-8, 37], neck: [-8, 61], head: [-4, 73], frontHand: [-22, 44], backHand: [-26, 38], frontFoot: [18, 3], backFoot: [-22, 3] },
    strike: { hip: [8, 38], neck: [16, 61], head: [20, 73], frontHand: [44, 55], backHand: [43, 46], frontFoot: [26, 3], backFoot: [-22, 3] } },
  uppercut: { reach: 54, limbs: ['frontHand'],
    windup: { hip: [-2, 30], neck: [8, 51], head: [12, 62], frontHand: [18, 24], backHand: [2, 44] },
    strike: { hip: [10, 56], neck: [18, 84], head: [14, 96], frontHand: [32, 126], backHand: [2, 62], frontFoot: [18, 28], backFoot: [2, 10] } },
  jump_kick: { reach: 60, limbs: ['frontFoot'], base: AIR,
    windup: { hip: [-2, 34], neck: [0, 58], head: [4, 69], frontFoot: [14, 24] },
    strike: { hip: [8, 32], neck: [-4, 55], head: [-5, 67], frontFoot: [54, 0], backFoot: [2, 14], frontHand: [14, 54], backHand: [-22, 58] } },
};

const mixPoint = (a: Point, b: Point, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

function mix(a: Joints, b: Joints, t: number): Joints {
  return {
    hip: mixPoint(a.hip, b.hip, t),
    neck: mixPoint(a.neck, b.neck, t),
    head: mixPoint(a.head, b.head, t),
    frontHand: mixPoint(a.frontHand, b.frontHand, t),
    backHand: mixPoint(a.backHand, b.backHand, t),
    frontFoot: mixPoint(a.frontFoot, b.frontFoot, t),
    backFoot: mixPoint(a.backFoot, b.backFoot, t),
  };
}

const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t));

/** Legs that step as the fighter moves over the floor: one stride each 52 pixels, read from where it stands. */
function walking(x: number, facing: number): Joints {
  const stride = ((x * facing) / 52) * 2 * Math.PI;
  const swing = Math.sin(stride) * 15;
  const lift = Math.cos(stride) * 6;
  return {
    ...STAND,
    frontFoot: [-1 + swing, 3 + Math.max(0, lift)],
    backFoot: [-1 - swing, 3 + Math.max(0, -lift)],
    hip: [-1, 42 - Math.abs(swing) / 12],
  };
}

/** A pose for a move that has none of its own: the limb that fits its hit box, stretched to its tip. */
function generic({ reach, bottom, top, crouching, projectile }: Move): Strike {
  const base = crouching ? CROUCH : STAND;
  const level = (bottom + top) / 2;
  const tip = Math.max(24, reach - 5);
  const lean = Math.min(30, reach / 4);
  const moved = ([x, y]: Point, by: number): Point => [x + by, y];
  const body = (by: number): Partial<Joints> => ({
    hip: moved(base.hip, by * 0.7),
    neck: moved(base.neck, by),
    head: moved(base.head, by),
  });
  if (reach === 0 && !projectile) return { limbs: [], windup: body(-6), strike: body(14), base };
  if (projectile && reach === 0) return { ...STRIKES.fireball! };
  if (level < 45) {
    return {
      limbs: ['frontFoot'],
      base,
      windup: { ...body(-6), frontFoot: [6, level * 0.6 + 3] },
      strike: { ...body(lean), frontFoot: [tip, Math.max(6, level)] },
    };
  }
  // A tall box is a rising blow, which ends where the box does.
  const height = top - bottom > 80 ? top - 16 : level;
  return {
    limbs: top - bottom > 50 ? ['frontHand', 'backHand'] : ['frontHand'],
    base,
    windup: { ...body(-8), frontHand: [-8, Math.min(height, 70)], backHand: [-14, 54] },
    strike: {
      ...body(lean),
      frontHand: [tip, height],
      backHand: top - bottom > 50 ? [tip - 4, height - 10] : base.backHand,
      frontFoot: moved(base.frontFoot, lean),
    },
  };
}

const strikes = new Map<string, Strike | null>();

/** How a move looks: its own pose, fitted to the reach that the move table says, or one made from its hit box. Null: it is no blow. */
function strikeOf(name: string): Strike | null {
  const known = strikes.get(name);
  if (known !== undefined) return known;
  const move = actionNamed(name)?.move;
  const own = STRIKES[name];
  const made = own ? fitted(own, move?.reach) : move && move.jump === undefined ? generic(move) : null;
  strikes.set(name, made);
  return made;
}

function fitted(own: Strike, reach: number | undefined): Strike {
  const by = own.reach === undefined || reach === undefined || reach === 0 ? 0 : reach - own.reach;
  if (by === 0) return own;
  const strike: Partial<Joints> = { ...own.strike };
  for (const limb of own.limbs) {
    const end = strike[limb];
    if (end) strike[limb] = [end[0] + by, end[1]];
  }
  return { ...own, strike };
}

function striking({ phase, frame, startup, active, recovery }: FighterScene['pose'], table: Strike, base: Joints): Joints {
  const from = table.base ?? base;
  const windup = { ...from, ...table.windup };
  const strike = { ...from, ...table.strike };
  if (phase === 'startup') {
    const t = frame / (startup + 1);
    return t < 0.7 ? mix(from, windup, ease(t / 0.7)) : mix(windup, strike, ease((t - 0.7) / 0.3) * 0.6);
  }
  if (phase === 'active') return strike;
  const t = (frame - startup - active) / Math.max(1, recovery);
  return mix(strike, from, ease((t - 0.15) / 0.65));
}

/** The body of a fighter in this scene. */
export function joints(fighter: FighterScene, won: boolean): Joints {
  const { pose, stun } = fighter;
  const base = pose.airborne ? AIR : pose.crouching ? CROUCH : STAND;
  if (pose.phase === 'down') return stun > 0 && stun <= 14 ? mix(CROUCH, DOWN, stun / 14) : DOWN;
  if (pose.phase === 'hit') return pose.crouching ? HIT_LOW : mix(base, HIT, ease(stun / 6));
  if (pose.phase === 'block') return pose.crouching || pose.guard === 'low' ? GUARD_LOW : GUARD_HIGH;
  const strike = pose.phase === 'idle' ? null : strikeOf(pose.move);
  if (strike) return striking(pose, strike, base);
  if (pose.airborne) return AIR;
  if (pose.phase !== 'idle') return mix(STAND, CROUCH, 0.6); // lifting off or landing
  if (won) return WON;
  if (pose.guard === 'low') return GUARD_LOW;
  if (pose.guard === 'high') return GUARD_HIGH;
  if (pose.crouching) return CROUCH;
  return pose.move.startsWith('walk') ? walking(fighter.x, fighter.facing) : STAND;
}

/** The limbs that a move hits with, while one runs. */
export function strikingLimbs({ pose }: FighterScene): Limb[] {
  if (pose.phase !== 'startup' && pose.phase !== 'active' && pose.phase !== 'recovery') return [];
  return strikeOf(pose.move)?.limbs ?? [];
}

/** The joint between two ends, both bones as long as `bone` (longer when the ends are further apart), bent to `side`. */
export function bend(from: Point, to: Point, bone: number, side: 1 | -1): Point {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const distance = Math.max(0.001, Math.sqrt(dx * dx + dy * dy));
  const out = Math.sqrt(Math.max(0, bone * bone - (distance * distance) / 4)) * side;
  return [from[0] + dx / 2 - (dy / distance) * out, from[1] + dy / 2 + (dx / distance) * out];
}
