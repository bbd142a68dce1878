/** Rounds: the pause and the marks before one, its clock, who has won it, and when the match is decided. */
import { Stream } from '../random.js';
import { WAIT } from './actions.js';
import * as A from './arena.js';
import { fullHealth } from './characters.js';

/** Pause: nothing moves; the last frames of it show the next round's marks; when it is over the round begins. */
export function pause(arena: A.Arena): void {
  const { w } = arena;
  if (--w[A.PAUSE_LEFT]! === A.READY && w[A.FRAME]! > A.READY) {
    w[A.ROUND]!++;
    startRound(arena);
  }
  if (w[A.PAUSE_LEFT]! <= 0) w[A.LIVE] = 1;
}

/** A fighter's lead in permille of full health, each of its own. */
export function lead({ w, options }: A.Arena, seat: number): number {
  const share = (f: number): number => Math.floor((w[f + A.HEALTH]! * 1000) / fullHealth(w[f + A.CHARACTER]!, options.health));
  return share(A.base(seat)) - share(A.base(1 - seat));
}

/**
 * Round: the clock runs; a knockout or its end closes the round for whoever has the larger share of its full health left, for
 * nobody when the shares are equal; and the match when it is decided.
 */
export function round(arena: A.Arena): void {
  const { w, options } = arena;
  w[A.TIMER]!--;
  w[A.LIVE_FRAMES]!++;
  const f = A.base(0);
  const g = A.base(1);
  if (w[f + A.HEALTH]! > 0 && w[g + A.HEALTH]! > 0 && w[A.TIMER]! > 0) return;
  // Shares compared without dividing, so that none is rounded.
  const a = w[f + A.HEALTH]! * fullHealth(w[g + A.CHARACTER]!, options.health);
  const b = w[g + A.HEALTH]! * fullHealth(w[f + A.CHARACTER]!, options.health);
  if (a > b) w[f + A.WINS]!++;
  if (b > a) w[g + A.WINS]!++;
  const ahead = lead(arena, 0);
  w[f + A.POINTS]! += ahead;
  w[g + A.POINTS]! -= ahead;
  w[A.LIVE] = 0;
  A.clearPlan(w, f);
  A.clearPlan(w, g);
  const decided = Math.max(w[f + A.WINS]!, w[g + A.WINS]!) * 2 > options.rounds;
  if (decided || w[A.ROUND]! >= options.rounds) {
    w[A.OVER] = 1;
    return;
  }
  w[A.PAUSE_LEFT] = A.READY + draw(w, A.PAUSE);
}

/** One draw from the match's stream, whose position is part of the state. */
function draw(w: Int32Array, range: { low: number; high: number }): number {
  const stream = new Stream(w[A.KEY]! >>> 0, 0);
  stream.counter = w[A.DRAWS]!++;
  return stream.between(range.low, range.high);
}

/** Puts both fighters at their marks, in full health. */
export function startRound({ w, options }: A.Arena): void {
  const half = draw(w, A.START_HALF_GAP);
  w[A.TIMER] = options.roundSeconds * A.FPS;
  for (let seat = 0; seat < 2; seat++) {
    const f = A.base(seat);
    const side = seat === 0 ? -1 : 1;
    w[f + A.X] = A.STAGE / 2 + side * half;
    w[f + A.Y] = 0;
    w[f + A.FACE] = -side;
    w[f + A.HEALTH] = fullHealth(w[f + A.CHARACTER]!, options.health);
    w.fill(0, f + A.MOVE, f + A.STANDING);
    w[f + A.HELD] = WAIT;
    w[f + A.CHANGED] = w[A.FRAME]!;
    A.endBall(w, f);
  }
}
