/** The market at a glance: whether news is just out, whether the price moves, and whether anything is held. No item is read for it. */
import type { Glance } from '../environment.js';
import type { HftState, SymbolState } from './state.js';

/** News of this age nobody slow has traded on yet; by the other one the crowd has mostly understood it. */
const JUST_OUT_US = 1_000_000;
const RECENT_US = 3_000_000;
/** A mid that has moved by so many half ticks within a second moves. */
const MOVING_HALF_TICKS = 6;
const SECOND_US = 1_000_000;

const MARKETS = ['news just out', 'recent news', 'moving', 'quiet'] as const;
const SITUATIONS = MARKETS.flatMap((market) => [`${market}, flat`, `${market}, holding`]);

/** Of several symbols the newest item, the largest move and any position count. */
function situation({ symbols }: HftState): string {
  return `${market(symbols)}, ${symbols.some(({ position }) => position !== 0) ? 'holding' : 'flat'}`;
}

function market(symbols: readonly SymbolState[]): (typeof MARKETS)[number] {
  const newestUs = Math.min(...symbols.flatMap(({ news }) => (news?.items ?? []).map(({ agoUs }) => agoUs)));
  if (newestUs <= JUST_OUT_US) return 'news just out';
  if (newestUs <= RECENT_US) return 'recent news';
  return symbols.some((symbol) => movedHalfTicks(symbol) >= MOVING_HALF_TICKS) ? 'moving' : 'quiet';
}

/** How far the mid has gone within the last second, either way. */
function movedHalfTicks({ bidTicks, askTicks, past }: SymbolState): number {
  const before = past.find(({ agoUs }) => agoUs >= SECOND_US);
  return before === undefined ? 0 : Math.abs(bidTicks + askTicks - before.mid2Ticks);
}

export const glance: Glance<HftState> = {
  version: 1,
  situations: SITUATIONS,
  situation,
  gain: (before, after) => after.pnlPpm - before.pnlPpm,
  unit: 'millionths of the starting cash',
  creditUs: 4_000_000, // until the index and then the quotes have followed the news
};
