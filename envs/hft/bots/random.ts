/** Legal actions by chance: a verb, a size and a distance, each uniform. Also what replaces the share of a bot's decisions named by errorPermille. */
import type { Action } from '../../environment.js';
import type { Stream } from '../../random.js';
import type { HftPlan, SymbolView } from '../state.js';

const VERBS = ['hold', 'buy', 'sell', 'bid', 'ask', 'cancel', 'flat'] as const;

export function randomAction(state: SymbolView, stream: Stream): Action<HftPlan> {
  const verb = VERBS[stream.below(VERBS.length)]!;
  const size = stream.between(1, state.orderLimit);
  const behind = stream.between(-1, 4);
  switch (verb) {
    case 'hold':
      return { plan: [] };
    case 'buy':
    case 'sell':
      return { plan: [{ do: verb, size }] };
    case 'bid':
      return { plan: [{ do: 'bid', size, at: behind === 0 ? 0 : -behind }] };
    case 'ask':
      return { plan: [{ do: 'ask', size, at: behind }] };
    default:
      return { plan: [{ do: verb }] };
  }
}
