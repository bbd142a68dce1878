/**
 * A player that tries its plans in the engine before it chooses. It makes the fight anew from what it sees (`rebuild.ts`), lets
 * its own plan go on for as long as its last answer took, and plays every candidate against each of a few replies of the other;
 * after that both go on as careful players, as late as it is itself. It is deterministic, needs no dice and knows nothing that
 * the observation does not say.
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
/** Nobody is expected to answer more often than this, in frames. */
const LEAST_LATE = 6;
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

/** What the other may be about to do; null: what a careful player would, by each of these digits. */
const REPLIES: readonly { plan: Plan | null; mix: number }[] = [
  { plan: null, mix: 1 },
  { plan: null, mix: 4 },
  { plan: null, mix: 7 },
  { plan: [hold('guard_low', 40)], mix: 9 },
  { plan: [does('heavy'), does('lunge')], mix: 2 },
  { plan: [hold('walk_fwd', 8), does('throw')], mix: 5 },
];
/** The digit by which it expects to mix itself, later. */
const OWN_MIX = 3;

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
  for (const { plan, mix } of REPLIES) {
    world.restore(before);
    world.act(1, plan ? answer(plan) : decide(world.observe(1), mix), 0);
    world.advance(frameTime(late));
    const landing = world.snapshot();
    candidates.forEach((candidate, i) => {
      world.restore(landing);
      world.act(0, candidate, world.now);
      goOn(world, late, late + horizon, mix);
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

/** Both go on as careful players, each answer landing as late as the last own one did. */
function goOn(world: Fight, from: number, to: number, mix: number): void {
  const every = Math.max(LEAST_LATE, from);
  for (let frame = from; frame < to; frame += every) {
    const mine = decide({ ...world.observe(0), late: every }, OWN_MIX);
    const theirs = decide({ ...world.observe(1), late: every }, mix);
    const lands = Math.min(to, frame + every);
    world.advance(frameTime(lands));
    if (lands === to || world.over) return;
    world.act(0, mine, world.now);
    world.act(1, theirs, world.now);
  }
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
