/** Headless matches for tests and figures: each seat decides on what it sees, and its answer lands a fixed delay later. */
import type { Policy } from '../../../envs/environment.js';
import { Stream, keyOf } from '../../../envs/random.js';
import type { Options } from '../../../envs/fighter/options.js';
import { fighter } from '../../../envs/fighter/task.js';
import type { Plan, State } from '../../../envs/fighter/state.js';
import { frameTime } from '../../../envs/fighter/world.js';

/** A named bot, or a stateless policy given outright. */
export type Player = ({ bot: string } | { policy: Policy<State, Plan> }) & {
  delayFrames: number;
  errorPermille?: number;
  jitterFrames?: number;
};

const policyOf = (player: Player, seed: number): Policy<State, Plan> =>
  'policy' in player
    ? player.policy
    : fighter.bots.find((b) => b.name === player.bot)!.create({ seed, errorPermille: player.errorPermille ?? 0 });

/** Plays one match; returns the reward of seat 0 and what happened. The next observation follows the landing, as in the protocol. */
export function duel(players: [Player, Player], options: Options, seed: number) {
  const world = fighter.create(options, seed);
  const policies = players.map((p, seat) => policyOf(p, seed * 2 + seat));
  const jitter = new Stream(keyOf(seed, 0x717), 0);
  const frame = [0, 0];
  const due = players.map((p, seat) => {
    frame[seat] = p.delayFrames;
    return { at: frameTime(p.delayFrames), took: p.delayFrames, action: policies[seat]!.decide(world.observe(seat)) };
  });
  while (!world.over) {
    const seat = due[0]!.at <= due[1]!.at ? 0 : 1;
    const { at, took, action } = due[seat]!;
    world.act(seat, action, at, frameTime(took));
    if (world.over) break;
    const player = players[seat]!;
    const next = Math.max(1, player.delayFrames + jitter.between(0, player.jitterFrames ?? 2));
    frame[seat]! += next;
    due[seat] = { at: frameTime(frame[seat]!), took: next, action: policies[seat]!.decide(world.observe(seat)) };
  }
  return world.results();
}

/** Share of decided matches won by the first player in permille, draws counted as half, sides swapped on odd seeds. */
export function winShare(first: Player, second: Player, matches: number, options: Options, firstSeed = 0): number {
  let points = 0;
  for (let seed = firstSeed; seed < firstSeed + matches; seed++) {
    const swapped = seed % 2 === 1;
    const reward = duel(swapped ? [second, first] : [first, second], options, seed).reward[swapped ? 1 : 0]!;
    points += reward > 0 ? 2 : reward === 0 ? 1 : 0;
  }
  return Math.round((points * 500) / matches);
}
