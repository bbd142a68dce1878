/** The fight at a glance: how much time there is before something happens, and how far apart the fighters are. */
import type { Glance } from '../environment.js';
import type { State } from './state.js';

/** Pixels within which short blows reach. */
const CLOSE = 110;
/** A projectile that arrives within so many frames leaves no time to think long. */
const SOON_FRAMES = 20;

const SITUATIONS = ['between rounds', 'ball soon', 'ball coming', 'blow coming', 'other bound', 'close', 'apart'] as const;

/** What is urgent comes before where the fighters stand. */
function situation({ pause, distance, op }: State): (typeof SITUATIONS)[number] {
  if (pause > 0) return 'between rounds';
  if (op.ball) return op.ball.arrives <= SOON_FRAMES ? 'ball soon' : 'ball coming';
  if (op.startup > 0 || op.active > 0) return 'blow coming';
  if (op.busy > 0) return 'other bound';
  return distance < CLOSE ? 'close' : 'apart';
}

/** By how many points of health the lead has grown. Health is full again in the next round, so rounds are not compared. */
function gain(before: State, after: State): number | undefined {
  if (before.round !== after.round) return undefined;
  return after.me.health - before.me.health - (after.op.health - before.op.health);
}

export const glance: Glance<State> = {
  version: 1,
  situations: SITUATIONS,
  situation,
  gain,
  unit: 'points of health lead',
  creditUs: 1_000_000, // the slowest blow, and what follows it
};
