/**
 * The body of a fighter at a frame: between the key poses, by the scene's own frame numbers. Nothing moves here that did not move in
 * the world; only breath and cloth go with the world's clock.
 */
import { characterNamed } from '../../../../envs/fighter/characters.js';
import { DOWN as DOWN_FRAMES, type Move } from '../../../../envs/fighter/moves.js';
import type { FighterScene } from '../../../../envs/fighter/scene.js';
import type { Look } from './looks.js';
import * as K from './strikes.js';
import type { Joints, Limb, Point, Strike } from './strikes.js';

export type { Joints, Limb, Point } from './strikes.js';

const ENDS = ['hip', 'neck', 'head', 'frontHand', 'backHand', 'frontFoot', 'backFoot'] as const;

const mixPoint = (a: Point, b: Point, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

function mix(a: Joints, b: Joints, t: number): Joints {
  const mixed = { ...a };
  for (const end of ENDS) mixed[end] = mixPoint(a[end], b[end], t);
  return mixed;
}

const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t));

/** Legs that step as the fighter moves over the floor: one stride each 52 pixels, read from where it stands. */
function walking(x: number, facing: number): Joints {
  const stride = ((x * facing) / 52) * 2 * Math.PI;
  const swing = Math.sin(stride) * 15;
  const lift = Math.cos(stride) * 6;
  return {
    ...K.STAND,
    frontFoot: [-1 + swing, 3 + Math.max(0, lift)],
    backFoot: [-1 - swing, 3 + Math.max(0, -lift)],
    hip: [-1, 42 - Math.abs(swing) / 12],
  };
}

/** Standing still: the chest rises and falls once in 72 frames of the world. */
function breathing(base: Joints, frame: number): Joints {
  const by = Math.sin((frame / 72) * 2 * Math.PI) * 0.9;
  const lifted = ([x, y]: Point, share: number): Point => [x, y + by * share];
  return {
    ...base,
    neck: lifted(base.neck, 1),
    head: lifted(base.head, 1),
    frontHand: lifted(base.frontHand, 1.4),
    backHand: lifted(base.backHand, 1.4),
  };
}

/** A pose for a move that has none of its own: the limb that fits its hit box, stretched to its tip. */
function generic({ reach, bottom, top, crouching, projectile }: Move): Strike {
  const base = crouching ? K.CROUCH : K.STAND;
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
  if (projectile && reach === 0) return { ...K.STRIKES.fireball! };
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

/** How a character's move looks: its own pose, fitted to the character's reach, or one made from its hit box. Null: it is no blow. */
function strikeOf({ character, pose: { move: name } }: FighterScene): Strike | null {
  const key = `${character} ${name}`;
  const known = strikes.get(key);
  if (known !== undefined) return known;
  const move = characterNamed(character)?.moves.find((one) => one.name === name);
  const own = K.STRIKES[name];
  const blow = move && (move.reach > 0 || move.projectile === true);
  const made = own ? fitted(own, move?.reach) : blow ? generic(move) : null;
  strikes.set(key, made);
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
    return t < 0.7 ? mix(from, windup, ease(t / 0.55)) : mix(windup, strike, ease((t - 0.7) / 0.3) * 0.6);
  }
  if (phase === 'active') return strike;
  const t = (frame - startup - active) / Math.max(1, recovery);
  return mix(strike, from, ease((t - 0.15) / 0.65));
}

/** Falls in the first frames of a knockdown, lies, and comes to its feet in the last. */
function lying(stun: number): Joints {
  const since = DOWN_FRAMES - stun;
  if (since < 5) return mix(K.HIT, K.FALL, ease((since + 2) / 6));
  if (since < 12) return mix(K.FALL, K.DOWN, ease((since - 4) / 7));
  return stun > 0 && stun <= 14 ? mix(K.CROUCH, K.DOWN, stun / 14) : K.DOWN;
}

function dashing({ frame, startup, active, recovery, move }: FighterScene['pose']): Joints {
  const all = Math.max(1, startup + active + recovery);
  const leant = Math.min(1, frame / 4, (all - frame) / 5 + 0.15);
  return mix(K.STAND, move === 'dash_back' ? K.DASH_BACK : K.DASH, ease(leant));
}

/** The body as the poses were drawn. */
function drawn(fighter: FighterScene, worldFrame: number, won: boolean | null): Joints {
  const { pose, stun } = fighter;
  const base = pose.airborne ? K.AIR : pose.crouching ? K.CROUCH : K.STAND;
  // The match is over: what was cut short by its end is not shown for ever.
  if (won === true && !pose.airborne) return K.WON;
  if (won === false && fighter.health <= 0) return K.DOWN;
  if (pose.phase === 'held') return K.HELD;
  if (pose.phase === 'down') return lying(stun);
  if (pose.phase === 'hit') return pose.crouching ? K.HIT_LOW : mix(base, K.HIT, ease(stun / 6));
  if (pose.phase === 'block') return pose.crouching || pose.guard === 'low' ? K.GUARD_LOW : K.GUARD_HIGH;
  if (pose.phase !== 'idle' && pose.move.startsWith('dash')) return dashing(pose);
  const strike = pose.phase === 'idle' ? null : strikeOf(fighter);
  if (strike) return striking(pose, strike, base);
  if (pose.airborne) return K.AIR;
  if (pose.phase !== 'idle') return mix(K.STAND, K.CROUCH, 0.6); // lifting off or landing
  if (pose.guard === 'low') return breathing(K.GUARD_LOW, worldFrame);
  if (pose.guard === 'high') return breathing(K.GUARD_HIGH, worldFrame);
  if (pose.crouching) return breathing(K.CROUCH, worldFrame);
  return pose.move.startsWith('walk') ? walking(fighter.x, fighter.facing) : breathing(K.STAND, worldFrame);
}

/** What a pose depends on beside the fighter itself. */
export interface Surroundings {
  /** The world's frame. */
  frame: number;
  /** Whether the fighter has won the match; null while that runs. */
  won: boolean | null;
  /** Pixels to the opponent's centre: a blow is not drawn through it. */
  room: number;
}

/** A blow that reaches further than the opponent stands is drawn shorter, the body less far forward with it. */
function shortened(body: Joints, limbs: readonly Limb[], room: number): Joints {
  const tip = Math.max(0, ...limbs.map((limb) => body[limb][0]));
  const most = Math.max(26, room + 2);
  if (tip <= most) return body;
  const short = { ...body };
  for (const end of ENDS) if (body[end][0] > 0) short[end] = [(body[end][0] * most) / tip, body[end][1]];
  return short;
}

/** The body of a fighter in this scene, in its character's proportions. */
export function joints(fighter: FighterScene, look: Look, { frame, won, room }: Surroundings): Joints {
  const hot = won === null ? strikingLimbs(fighter) : [];
  const body = shortened(drawn(fighter, frame, won), hot, room);
  const hip: Point = [body.hip[0], body.hip[1] * look.legs];
  const grown = (from: Point, to: Point, at: Point, by: number): Point => [at[0] + (to[0] - from[0]) * by, at[1] + (to[1] - from[1]) * by];
  const neck = grown(body.hip, body.neck, hip, look.trunk);
  const head = grown(body.neck, body.head, neck, look.neck);
  // Hands go with the shoulders, but what hits reaches as far as it was drawn to.
  const hand = (limb: 'frontHand' | 'backHand'): Point => {
    const [x, y] = body[limb];
    const away = Math.min(1, Math.max(0, Math.abs(x - body.neck[0]) / 30));
    const share = hot.includes(limb) ? 1 - away : 1;
    return [x + (neck[0] - body.neck[0]) * share, y + (neck[1] - body.neck[1]) * share];
  };
  return { ...body, hip, neck, head, frontHand: hand('frontHand'), backHand: hand('backHand') };
}

/** The limbs that a move hits with, while one runs. */
export function strikingLimbs(fighter: FighterScene): Limb[] {
  const { phase } = fighter.pose;
  if (phase !== 'startup' && phase !== 'active' && phase !== 'recovery') return [];
  return strikeOf(fighter)?.limbs ?? [];
}

/** Where the striking limbs come from: their places when the wind-up is over. */
export function windupOf(fighter: FighterScene): Partial<Joints> {
  const strike = strikeOf(fighter);
  return strike ? { ...(strike.base ?? K.STAND), ...strike.windup } : {};
}

/** The joint between two ends, both bones as long as `bone` (longer when the ends are further apart), bent to `side`. */
export function bend(from: Point, to: Point, bone: number, side: 1 | -1): Point {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const distance = Math.max(0.001, Math.sqrt(dx * dx + dy * dy));
  const out = Math.sqrt(Math.max(0, bone * bone - (distance * distance) / 4)) * side;
  return [from[0] + dx / 2 - (dy / distance) * out, from[1] + dy / 2 + (dx / distance) * out];
}
