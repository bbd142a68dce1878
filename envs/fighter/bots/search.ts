/**
 * A player that tries its plans in the engine before it chooses. It makes the fight anew from what it sees (`rebuild.ts`), lets
 * its own plan go on for as long as its last answer took, and then plays every candidate against every one of a few replies of
 * the other. It is deterministic, needs no dice and knows nothing that the observation does not say.
 */
import type { Action } from '../../environment.js';
import type { Plan, State } from '../state.js';
import { Fight, frameTime } from '../world.js';
import { answer, does, hold } from './answer.js';
import { decide, mixDigit } from './expert.js';
import { rebuild } from './rebuild.js';

/** Frames of the engine a decision may cost at most. */
export const SEARCH_FRAMES = 12_000;
/** Frames looked ahead after the answer has landed, at most. */
const HORIZON = 60;
/** What a frame by which the other is free later is worth at the end, in health points, and how many of them count. */
const FRAME_WORTH = 1;
const FRAMES_COUNTED = 30;
/** Share of the worst reply in a candidate's worth, beside the mean over all of them. */
const WORST_SHARE = 0.25;

/** What it may do, after the expert's own answer. */
const PLANS: readonly Plan[] = [
  [hold('guard_low', 20)],
  [hold('guard_high', 20)],
  [hold('walk_fwd', 10)],
  [does('jab'), does('uppercut')],
  [does('jab')],
  [does('low')],
  [does('poke')],
  [does('heavy'), does('lunge')],
  [does('sweep')],
  [does('lunge')],
  [does('overhead')],
  [does('smash')],
  [does('throw')],
  [hold('walk_fwd', 8), does('throw')],
  [does('fireball')],
  [does('uppercut')],
  [does('super')],
  [does('jump_kick')],
  [does('jump_up')],
  [does('dash_back')],
  [hold('guard_low', 8), does('heavy'), does('lunge')],
  [hold('guard_low', 8), does('poke')],
  [hold('guard_high', 10), does('uppercut')],
];

/** What the other may do once it is free. */
const REPLIES: readonly Plan[] = [
  [hold('guard_low', 40)],
  [does('jab'), hold('guard_low', 40)],
  [does('heavy'), does('lunge')],
  [does('poke'), hold('guard_low', 40)],
  [hold('walk_fwd', 10), does('throw')],
  [does('jump_kick')],
];

/** The search's answer to a state. @param frames what it may cost at most, in frames of the engine */
export function search(state: State, frames = SEARCH_FRAMES): Action<Plan> {
  if (state.pause > 0) return answer([]);
  const own = decide(state, mixDigit(state));
  const candidates = [own, ...PLANS.map((plan) => answer(plan, own.standing))];
  const late = Math.min(state.late, HORIZON);
  const horizon = Math.min(HORIZON, Math.floor((frames / REPLIES.length - late) / candidates.length));
  if (horizon < 1) return own;
  const totals = candidates.map(() => 0);
  const worst = candidates.map(() => Infinity);
  const world = new Fight({ rounds: 5, roundSeconds: 99, health: 1000, fighters: [state.me.character, state.op.character] }, 0);
  const before = rebuild(state);
  for (const reply of REPLIES) {
    world.restore(before);
    world.act(1, answer(reply), 0);
    world.advance(frameTime(late));
    const landing = world.snapshot();
    candidates.forEach((candidate, i) => {
      world.restore(landing);
      world.act(0, candidate, world.now);
      world.advance(frameTime(late + horizon));
      const worth = worthOf(world, state);
      totals[i]! += worth;
      worst[i] = Math.min(worst[i]!, worth);
    });
  }
  let best = 0;
  let most = -Infinity;
  candidates.forEach((_, i) => {
    const worth = (1 - WORST_SHARE) * (totals[i]! / REPLIES.length) + WORST_SHARE * worst[i]!;
    if (worth > most) {
      most = worth;
      best = i;
    }
  });
  return candidates[best]!;
}

/** Health gained less health lost since the state was seen, and who can act first. */
function worthOf(world: Fight, before: State): number {
  const after = world.observe(0);
  const ended = after.pause > 0 || after.round !== before.round;
  const gained = before.op.health - (ended && after.op.health >= before.op.health ? 0 : after.op.health);
  const lost = before.me.health - (ended && after.me.health >= before.me.health ? 0 : after.me.health);
  const ahead = Math.max(-FRAMES_COUNTED, Math.min(FRAMES_COUNTED, after.op.busy - after.me.busy));
  return gained - lost + FRAME_WORTH * ahead;
}
