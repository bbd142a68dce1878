/** Scripted players for the published rules: enough to run the mode without a model. */
import type { Bot } from '../../environment.js';
import { keyOf, Stream } from '../../random.js';
import type { PaperPlan, PaperState, PaperSymbol } from './state.js';

const PURPOSE = 0x706f74;

function bot(name: string, about: string, rule: (state: PaperState, stream: Stream) => PaperPlan): Bot<PaperState, PaperPlan> {
  return {
    name,
    about,
    create: ({ seed, errorPermille = 0 }) => {
      const key = keyOf(seed, PURPOSE);
      const errors = new Stream(key, 1);
      const own = new Stream(key, 2);
      return {
        decide: (state) => ({
          plan: errorPermille > 0 && errors.chance(errorPermille, 1000) ? byChance(state, errors) : rule(state, own),
        }),
      };
    },
  };
}

/** For each symbol nothing, a buy the cash pays for by itself, or a sale of what is held, each as likely. */
function byChance({ symbols }: PaperState, stream: Stream): PaperPlan {
  const plan: PaperPlan = {};
  for (const { symbol, shares, maxBuyable } of symbols) {
    const choice = stream.below(3);
    if (choice === 1 && maxBuyable > 0) plan[symbol] = stream.between(1, maxBuyable);
    if (choice === 2 && shares > 0) plan[symbol] = -stream.between(1, shares);
  }
  return plan;
}

/** All that is held goes when it pays one in a thousand more than it cost; what is not held is bought for an equal share of the cash. */
function swing({ cash, symbols }: PaperState): PaperPlan {
  const plan: PaperPlan = {};
  const empty = symbols.filter(({ shares }) => shares === 0).length;
  for (const each of symbols) {
    const shares = each.shares === 0 ? Math.floor(cash / empty / each.buy) : gains(each) ? -each.shares : 0;
    if (shares !== 0) plan[each.symbol] = shares;
  }
  return plan;
}

function gains({ sell, cost }: PaperSymbol): boolean {
  return sell * 1000 >= cost * 1001;
}

export const bots: readonly Bot<PaperState, PaperPlan>[] = [
  bot('swing', 'Buys for an equal share of the cash, sells all when it pays 0.1 % more than it cost.', swing),
  bot('random', 'Buys and sells by chance.', byChance),
  bot('hold', 'Does nothing.', () => ({})),
];
