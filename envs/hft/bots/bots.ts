/** The scripted players of the market, by the names users give them. */
import type { Action, Bot } from '../../environment.js';
import { keyOf, Stream } from '../../random.js';
import { type HftPlan, type HftState, type SymbolView, views } from '../state.js';
import { expert } from './expert.js';
import { maker } from './maker.js';
import { momentum } from './momentum.js';
import { randomAction } from './random.js';
import { byWords, newsReader, type Reading, understanding } from './reader.js';
import { reversion } from './reversion.js';
import { sniper } from './sniper.js';
import { twap } from './twap.js';

const PURPOSE = 0x626f74;

/** What a bot does in one symbol. */
type Rule = (view: SymbolView, stream: Stream) => Action<HftPlan>;

/** A rule for one symbol applied to every symbol of a match; where there are several, its orders name theirs. */
export function everySymbol(rule: Rule, state: HftState, stream: Stream): Action<HftPlan> {
  if (state.symbols.length === 1) return rule(views(state)[0]!, stream);
  const plan = views(state).flatMap((view) => rule(view, stream).plan.map((order) => ({ ...order, symbol: view.symbol })));
  return { plan };
}

/** A bot whose decisions follow from what it sees alone. */
function bot(name: string, about: string, rule: Rule): Bot<HftState, HftPlan> {
  return remembering(name, about, () => rule);
}

/** A bot that goes by the news: each player reads for itself. */
function newsBot(name: string, about: string, reading: Reading): Bot<HftState, HftPlan> {
  return remembering(name, about, () => newsReader(reading));
}

/** A bot whose players each have a rule of their own, which may remember. */
function remembering(name: string, about: string, make: () => Rule): Bot<HftState, HftPlan> {
  return {
    name,
    about,
    create: ({ seed, errorPermille = 0 }) => {
      const rule = make();
      const key = keyOf(seed, PURPOSE);
      const errors = new Stream(key, 1);
      const own = new Stream(key, 2);
      return {
        decide: (state) =>
          errorPermille > 0 && errors.chance(errorPermille, 1000)
            ? everySymbol(randomAction, state, errors)
            : everySymbol(rule, state, own),
      };
    },
  };
}

export const bots: readonly Bot<HftState, HftPlan>[] = [
  bot('expert', 'Takes quotes the index has left behind, sheds position, quotes where a fill is worth having.', expert),
  newsBot('reader', 'The expert, with the news understood: goes by the index as it will be once it knows them.', understanding(0)),
  newsBot('reader-90', 'The same, with one item in ten read the wrong way round.', understanding(100)),
  newsBot('reader-75', 'The same, with one item in four read the wrong way round.', understanding(250)),
  newsBot('keywords', 'The expert, with the news taken by the ring of their words.', byWords),
  bot('sniper', 'Takes quotes the index has left behind and nothing else; never quotes.', sniper),
  bot('maker', 'Quotes both sides around a price that leans against its inventory (Avellaneda-Stoikov); never looks at the index.', maker),
  bot('momentum', 'Follows the last second of the mid with market orders.', momentum),
  bot('reversion', 'Trades against moves of the mid away from its mean of four seconds.', reversion),
  bot('twap', 'Buys the limit in equal parts over the first half and sells it over the second, whatever the market does.', twap),
  bot('random', 'Legal orders by chance.', randomAction),
  bot('hold', 'Does nothing.', () => ({ plan: [] })),
];
