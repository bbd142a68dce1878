/**
 * The compact text of an observation: short names in a fixed order, prices as ticks relative to the touch. Everything the expert
 * bot uses is in it. Ticks of a mid may end in .5.
 */
import { type HftState, type Level, type SymbolView, views } from './state.js';

/** About 40-70 numbers on ten short lines. */
export function text(state: HftState): string {
  const blocks = views(state).map(symbolText);
  if (blocks.length === 1) return blocks[0]!;
  return blocks.map((block, i) => `${state.symbols[i]!.symbol}\n${block}`).join('\n');
}

function symbolText(state: SymbolView): string {
  const { bidTicks: bid, askTicks: ask, indexTicks: index } = state;
  const mid2 = bid + ask;
  const bids = state.orders.filter((o) => o.side === 'bid');
  const asks = state.orders.filter((o) => o.side === 'ask');
  return [
    `gap ${half(2 * index - mid2)} spread ${ask - bid}`,
    `pos ${signed(state.position)} max ${state.positionLimit} left ${seconds(state.leftUs)}`,
    `asks ${levels(state.asks)}`,
    `bids ${levels(state.bids)}`,
    `own bid ${own(bids)} ask ${own(asks)} ${state.standing}`,
    `index ${state.past.map((p) => signed(index - p.indexTicks)).join(' ')}`,
    `mid ${state.past.map((p) => half(mid2 - p.mid2Ticks)).join(' ')}`,
    `flow ${signed(state.flow1)} ${signed(state.flow5)} trades ${state.trades.length > 0 ? state.trades.map(signed).join(' ') : 'none'}`,
    `fills ${state.fills.length > 0 ? state.fills.map((f) => `${signed(f.size)}@${half(2 * f.priceTicks - mid2)} ${seconds(f.agoUs)}`).join(', ') : 'none'}`,
    `price ${Math.floor(mid2 / 2)} pnl ${signed(state.pnlPpm)}`,
  ].join('\n');
}

function signed(n: number): string {
  return n > 0 ? `+${n}` : `${n}`;
}

/** Half ticks as ticks. */
function half(n2: number): string {
  const whole = Math.trunc(Math.abs(n2) / 2);
  return `${n2 > 0 ? '+' : n2 < 0 ? '-' : ''}${whole}${n2 % 2 === 0 ? '' : '.5'}`;
}

/** Microseconds as seconds with one digit, rounded down: integers only. */
function seconds(us: number): string {
  const tenths = Math.floor(us / 100_000);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function levels(side: readonly Level[]): string {
  return side.length > 0 ? side.map(([at, size]) => `${signed(at)}:${size}`).join(' ') : 'none';
}

function own(orders: readonly { at: number; size: number }[]): string {
  return orders.length > 0 ? orders.map((o) => `${signed(o.at)}:${o.size}`).join(' ') : 'none';
}
