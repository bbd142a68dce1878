/** Simple policies beside a task's own bots, so that a quality is tried on players that were not made to illustrate it. */
import type { AnyTask, Bot, Json } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import { randomAction as randomOrders } from '../../envs/hft/bots/random.js';
import { everySymbol } from '../../envs/hft/bots/bots.js';
import type { HftPlan, HftState, SymbolView } from '../../envs/hft/state.js';

/** A rule for one symbol as a bot. */
function rule(name: string, about: string, plan: (view: SymbolView) => HftPlan): Bot<HftState, HftPlan> {
  return {
    name,
    about,
    create({ seed, errorPermille = 0 }) {
      const stream = new Stream(keyOf(seed, 0xa815), 0);
      return {
        decide: (state) =>
          everySymbol((view, own) => (own.chance(errorPermille, 1000) ? randomOrders(view, own) : { plan: plan(view) }), state, stream),
      };
    },
  };
}

/** Takes `size` as soon as the index is over `gap` ticks beyond the price it would pay; flat in the last three seconds. */
const taker = (name: string, gap: number, size: number): Bot<HftState, HftPlan> =>
  rule(
    name,
    `Takes ${size} when the index is over ${gap} ticks beyond the touch.`,
    ({ bidTicks, askTicks, indexTicks, leftUs, position }) => {
      if (leftUs < 3_000_000) return position === 0 ? [] : [{ do: 'flat' }];
      if (indexTicks - askTicks > gap) return [{ do: 'buy', size }];
      return bidTicks - indexTicks > gap ? [{ do: 'sell', size }] : [];
    },
  );

/** Rests at both best prices whatever happens, and lets go of nothing until the end. */
const quoter = rule('quoter', 'Quotes both best prices again and again, blind to the index.', ({ leftUs, position }) => {
  if (leftUs < 3_000_000) return position === 0 ? [{ do: 'cancel' }] : [{ do: 'flat' }];
  return [{ do: 'cancel' }, { do: 'bid', size: 6, at: 0 }, { do: 'ask', size: 6, at: 0 }];
});

const MORE: Record<string, readonly Bot<never, never>[]> = {
  hft: [taker('one-line', 2, 30), taker('gap-4', 4, 20), quoter] as unknown as Bot<never, never>[],
};

/** A task with more bots: the same world, the same rules. */
export function withMorePolicies(task: AnyTask): AnyTask {
  return { ...task, bots: [...task.bots, ...((MORE[task.name] ?? []) as unknown as Bot<Json, Json>[])] };
}
