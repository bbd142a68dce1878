/**
 * The compact text of an observation: short names in a fixed order, prices as ticks relative to the touch. Everything the expert
 * bot uses is in it. Ticks of a mid may end in .5.
 */
import { type AccountState, type HftState, type Level, type NewsState, type OwnOrder, type SymbolView, views } from './state.js';

/** Ten short lines of 40-70 numbers for one symbol. Of several, the account's line first, then each symbol's lines under its name. */
export function text(state: HftState): string {
  const [only, ...others] = views(state);
  if (others.length === 0) return symbolText(only!, `left ${left(state)}`, ` ${state.standing}`, ` ${money(state)}`);
  return [
    `left ${left(state)} ${money(state)} ${state.standing}`,
    ...views(state).map((view) => `${view.symbol}\n${symbolText(view, '', '', '')}`),
  ].join('\n');
}

/** Seconds to the close, and what the own last answer took. */
function left(state: AccountState): string {
  return `${seconds(state.leftUs)} late ${seconds(state.latencyUs)}`;
}

function money(state: AccountState): string {
  const liquidated = state.liquidatedShares > 0 ? ` liquidated ${state.liquidatedShares}` : '';
  return `pnl ${signed(state.pnlPpm)} fees ${state.feesPpm}${liquidated}`;
}

function symbolText(state: SymbolView, time: string, standing: string, account: string): string {
  const { bidTicks: bid, askTicks: ask, indexTicks: index, lotSize, orders } = state;
  const mid2 = bid + ask;
  const bids = orders.filter((o) => o.kind === 'limit' && o.side === 'bid');
  const asks = orders.filter((o) => o.kind === 'limit' && o.side === 'ask');
  const stops = orders.filter((o) => o.kind !== 'limit');
  const limits = [`pos ${signed(state.position)} max ${state.positionLimit}`];
  if (lotSize > 1) limits.push(`lot ${lotSize}`);
  if (time !== '') limits.push(time);
  return [
    ...(state.news === undefined ? [] : newsLines(state.news)),
    `gap ${half(2 * index - mid2)} spread ${ask - bid}`,
    limits.join(' '),
    `asks ${levels(state.asks)}`,
    `bids ${levels(state.bids)}`,
    `own bid ${own(bids)} ask ${own(asks)}${stops.length > 0 ? ` ${stops.map(stop).join(' ')}` : ''}${standing}`,
    `index ${state.past.map((p) => signed(index - p.indexTicks)).join(' ')}`,
    `mid ${state.past.map((p) => half(mid2 - p.mid2Ticks)).join(' ')}`,
    `flow ${signed(state.flow1)} ${signed(state.flow5)} trades ${state.trades.length > 0 ? state.trades.map(signed).join(' ') : 'none'}`,
    `fills ${state.fills.length > 0 ? state.fills.map((f) => `${signed(f.size)}@${half(2 * f.priceTicks - mid2)} ${seconds(f.agoUs)}`).join(', ') : 'none'}`,
    `price ${Math.floor(mid2 / 2)}${account}`,
  ].join('\n');
}

/** Who is who, the items newest first, then their ages: what stays the same from one observation to the next comes first. */
export function newsLines({ names, items }: NewsState): string[] {
  const who = `you ${names.own} supplier ${names.supplier} rival ${names.rival} customer ${names.customer} parent ${names.parent}`;
  if (items.length === 0) return [who, 'news none'];
  return [who, ...items.map((item) => `news ${item.text}`), `age ${items.map(({ agoUs }) => seconds(agoUs)).join(' ')}`];
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

/** Own resting orders: `#number ticks:shares/shares ahead`; of an iceberg `shares+hidden ones`. */
function own(orders: readonly OwnOrder[]): string {
  if (orders.length === 0) return 'none';
  return orders
    .map((o) => {
      const size = o.hiddenShares === undefined ? `${o.size}` : `${o.size - o.hiddenShares}+${o.hiddenShares}`;
      return `#${o.number} ${signed(o.at)}:${size}/${o.aheadShares}`;
    })
    .join(' ');
}

function stop(order: OwnOrder): string {
  const limit = order.limitAt === undefined ? '' : ` limit ${signed(order.limitAt)}`;
  return `#${order.number} stop ${order.side === 'bid' ? 'buy' : 'sell'} ${order.size} at ${signed(order.at)}${limit}`;
}
