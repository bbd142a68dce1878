/** The threats of the reactability matrix: every blow from where it just reaches and from close by, projectiles, and blows that miss. */
import { ACTIONS, HELD_COUNT } from './actions.js';
import * as A from './arena.js';
import type { Options } from './options.js';
import type { Plan } from './state.js';
import { Fight, frameTime } from './world.js';

/** The seat that answers, on the left, and the one that threatens. */
export const ANSWERS = 0;
export const THREATENS = 1;

/** A situation: a move begun at a distance in the middle of the stage, by a fighter who guards low as soon as it is free again. */
export type Threat = {
  move: string;
  /** `near`: bodies almost touch, or the least distance it touches from. `tip`: just in reach. `whiff`: just out of it. `NNN`: pixels. */
  from: string;
  /** Pixels between the centres when the move begins. */
  distance: number;
  /** It misses a fighter who stays: nothing to fear, something to punish. */
  whiff: boolean;
};

/** Distances at which a projectile is answered, in pixels. */
export const BALL_DISTANCES: readonly number[] = [80, 200, 300, 400, 520];
/** Bodies touch at 36 pixels; a blow from `near` begins here. */
const NEAR = 44;
const FARTHEST = 330;
/** Pixels inside its greatest distance at which a blow counts as just in reach, and outside as just out of it. */
const TIP = 2;
const MISS = 6;
/** Everything may be tried, the move that takes it all included. */
const FULL_METER = 100;
/** Nothing that begins lasts longer than this, flight across the stage included. */
export const SETTLED = 260;

/** A fight in its first live frame's eve: the fighters at `distance` around the middle, the meter full, both on the standing order given. */
export function situation(options: Options, distance: number, standing: string): Fight {
  const fight = new Fight(options, 1);
  while (fight.arena.w[A.LIVE] === 0) fight.advance(fight.nextChange());
  const { w } = fight.arena;
  const at = fight.now;
  fight.act(ANSWERS, { plan: [], standing }, at);
  fight.act(THREATENS, { plan: [], standing: 'guard_low' }, at);
  w[A.base(ANSWERS) + A.X] = (A.STAGE - distance) >> 1;
  w[A.base(THREATENS) + A.X] = ((A.STAGE - distance) >> 1) + distance;
  for (const seat of [ANSWERS, THREATENS]) w[A.base(seat) + A.METER] = FULL_METER;
  return fight;
}

/** The frame the fight has reached. */
export const frameOf = (fight: Fight): number => fight.arena.w[A.FRAME]!;

/** Whether a fighter is held by nothing: the next frame it does what it likes. */
export const free = (w: Int32Array, seat: number): boolean => w[A.base(seat) + A.MOVE] === 0 && w[A.base(seat) + A.STUN_KIND] === A.NO_STUN;

/** Begins a plan of the threatening fighter now. */
export function threaten(fight: Fight, plan: Plan): void {
  fight.act(THREATENS, { plan }, fight.now);
}

/** Whether a move begun at this distance touches a fighter who stands and waits. */
function touches(options: Options, move: string, distance: number): boolean {
  const fight = situation(options, distance, 'wait');
  const { w } = fight.arena;
  const hits = w[A.HIT_COUNT]!;
  threaten(fight, [{ action: move }]);
  const last = frameOf(fight) + SETTLED;
  do {
    fight.advance(frameTime(frameOf(fight) + 1));
    if (w[A.HIT_COUNT]! > hits) return true;
  } while (!free(w, THREATENS) && frameOf(fight) < last);
  return false;
}

/** All threats of the fighter who sits at `THREATENS`, in the order of the action table. */
export function threats(options: Options): Threat[] {
  const all: Threat[] = [];
  for (const { name, move } of ACTIONS.slice(HELD_COUNT)) {
    if (!move || move.level === 'none') continue;
    const add = (from: string, distance: number): void => void all.push({ move: name, from, distance, whiff: from === 'whiff' });
    if (move.projectile) {
      for (const distance of BALL_DISTANCES) add(String(distance), distance);
      continue;
    }
    let tip = FARTHEST;
    while (tip > NEAR && !touches(options, name, tip)) tip--;
    let near = NEAR;
    while (near < tip && !touches(options, name, near)) near++;
    if (near < tip - 2 * TIP) add('near', near);
    add('tip', tip - TIP);
    add('whiff', tip + MISS);
  }
  return all;
}
