/** How the market's decisions are valued: the actions compared, the horizon, and how the seat goes on. All of it belongs to the rules. */
import type { Action, OracleSpec } from '../environment.js';
import { write } from './actions.js';
import { expert } from './bots/expert.js';
import type { HftPlan, HftState } from './state.js';

const SIZES = [6, 20] as const;
const QUOTE = 6;

/** Hold first, then a fixed list, then what the expert would do; those that are the same, or plainly empty here, are left out. */
export function candidates(state: HftState): Action<HftPlan>[] {
  const plans: HftPlan[] = [[]];
  for (const size of SIZES) plans.push([{ do: 'buy', size }], [{ do: 'sell', size }]);
  if (state.position !== 0) plans.push([{ do: 'flat' }]);
  if (state.orders.length > 0) plans.push([{ do: 'cancel' }]);
  plans.push(
    [{ do: 'cancel' }, { do: 'bid', size: QUOTE, at: 0 }],
    [{ do: 'cancel' }, { do: 'ask', size: QUOTE, at: 0 }],
    [{ do: 'cancel' }, { do: 'bid', size: QUOTE, at: 0 }, { do: 'ask', size: QUOTE, at: 0 }],
    [{ do: 'cancel' }, { do: 'bid', size: QUOTE, at: -2 }, { do: 'ask', size: QUOTE, at: 2 }],
    expert(state).plan,
  );
  const seen = new Set<string>();
  return plans
    .map((plan): Action<HftPlan> => ({ plan }))
    .filter((action) => {
      const name = write(action);
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    });
}

export const oracle: OracleSpec<HftState, HftPlan> = {
  horizonUs: 5_000_000,
  futures: 16,
  candidates,
  continuation: { bot: 'expert', delayUs: 300_000 },
  opponents: [],
};
