/** How the market's decisions are valued: the actions compared, the horizon, and how the seat goes on. All of it belongs to the rules. */
import type { Action, BankMix, OracleSpec } from '../environment.js';
import { expert } from './bots/expert.js';
import { type HftPlan, type HftState, type SymbolView, views } from './state.js';
import { situation } from './situation.js';
import { write } from './seats/statement.js';

const SMALL = 6;
const LARGE = 20;
/** Getting out of everything at once is compared in the last seconds only; before, it is the dearest blunder there is. */
const CLOSING_US = 4_000_000;
/** By this age the index mostly knows an item of news. */
const FRESH_US = 4_000_000;

/** Hold first, then a fixed list, then what the expert would do; those that are the same, or plainly empty here, are left out. */
export function candidates(state: HftState): Action<HftPlan>[] {
  const several = state.symbols.length > 1;
  const lists = views(state).map((view) =>
    plansFor(view).map((plan) => (several ? plan.map((order) => ({ ...order, symbol: view.symbol })) : plan)),
  );
  const seen = new Set<string>();
  return lists
    .flat()
    .map((plan): Action<HftPlan> => ({ plan }))
    .filter((action) => {
      const name = write(action);
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    });
}

/** The plans for one symbol. */
function plansFor(state: SymbolView): HftPlan[] {
  const plans: HftPlan[] = [[]];
  plans.push([{ do: 'buy', size: SMALL }], [{ do: 'sell', size: SMALL }]);
  // Large only towards the index: a scale that is anchored at the largest blunder would flatten every other difference.
  const towards = 2 * state.indexTicks > state.bidTicks + state.askTicks ? 'buy' : 'sell';
  plans.push([{ do: towards, size: LARGE }]);
  // While there is news that the index does not know, it may be worth going the other way.
  if (state.news?.items.some(({ agoUs }) => agoUs < FRESH_US)) plans.push([{ do: towards === 'buy' ? 'sell' : 'buy', size: LARGE }]);
  if (state.position !== 0 && state.leftUs < CLOSING_US) plans.push([{ do: 'flat' }]);
  if (state.orders.length > 0) plans.push([{ do: 'cancel' }]);
  plans.push(
    [{ do: 'cancel' }, { do: 'bid', size: SMALL, at: 0 }],
    [{ do: 'cancel' }, { do: 'ask', size: SMALL, at: 0 }],
    [{ do: 'cancel' }, { do: 'bid', size: SMALL, at: 0 }, { do: 'ask', size: SMALL, at: 0 }],
    [{ do: 'cancel' }, { do: 'bid', size: SMALL, at: -2 }, { do: 'ask', size: SMALL, at: 2 }],
    expert(state).plan,
  );
  return plans;
}

/** By how many ticks the index lies beyond the touch, whether anything is held, and what there is to read. */
function stratum(state: HftState): string {
  const { bidTicks, askTicks, indexTicks, position } = views(state)[0]!;
  const gap = Math.max(indexTicks - askTicks, bidTicks - indexTicks);
  const edge = gap < 0 ? 'no edge' : gap < 3 ? 'thin edge' : 'wide edge';
  return `${edge}, ${position === 0 ? 'flat' : 'holds'}, ${situation(state) ?? 'no wire'}`;
}

/** Who does nothing more, takes, reads and quotes, from prompt to late. */
const families: BankMix<HftState>['families'] = (
  [
    ['hold', 100],
    ['sniper', 150],
    ['reader', 300],
    ['maker', 600],
  ] as const
).map(([bot, ms]) => ({ continuation: { bot, delayUs: ms * 1000 }, opponents: [] }));

const bank: BankMix<HftState> = {
  bots: ['expert', 'reader', 'momentum', 'keywords', 'maker', 'reader-75', 'random'],
  delaysMs: [50, 150, 400, 1000],
  options: [{ market: { kind: 'synthetic', preset: 'news-wire' } }],
  playS: 60,
  stratum,
  families,
};

/**
 * The quotes catch up with the index within about a second and a half, and the index with the news within some four: five seconds hold what a
 * decision is worth, and more would add variance only. The seat goes on slowly (a second), so that what is not done now is not simply done by the continuation.
 */
export const oracle: OracleSpec<HftState, HftPlan> = {
  horizonUs: 5_000_000,
  futures: 16,
  candidates,
  continuation: { bot: 'expert', delayUs: 1_000_000 },
  opponents: [],
  bank,
};
