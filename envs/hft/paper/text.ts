/** The compact text of a question: the cash, then for each symbol its prices, what is held of it, and its earlier prices. Dollars. */
import type { PaperState } from './state.js';

/** Two lines a symbol. */
export function text(state: PaperState): string {
  const lines = [`time ${state.time} cash ${money(state.cash)}`];
  for (const { symbol, buy, sell, shares, cost, maxBuyable, history } of state.symbols) {
    const held = shares > 0 ? `held ${shares} cost ${money(cost)}` : 'held 0';
    lines.push(`${symbol} buy ${money(buy)} sell ${money(sell)} ${held} max ${maxBuyable}`);
    lines.push(`${symbol} before ${history.length > 0 ? history.map(({ price }) => money(price)).join(' ') : 'none'}`);
  }
  return lines.join('\n');
}

/** Cents, or up to four decimals where the price has more. */
function money(dollars: number): string {
  return dollars.toFixed(4).replace(/0{1,2}$/, '');
}
