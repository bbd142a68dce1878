/** The market: price chart, ladder and tape, and the seats' accounts. */
import { type HftScene, sceneOf, type SceneTrade, type SymbolSceneView } from '../../../../envs/hft/scene.js';
import { MarketHistory, type SymbolPast } from '../../../server/market/history.js';
import { el, setAttribute, setHidden, setText } from '../element.js';
import { cash, clock, count, percent, price, profit, signedCount } from '../format.js';
import type { SeatFigure } from '../seats.js';
import type { History, Match, SceneFrame, Watched } from '../watched.js';
import type { Course, CourseLine } from '../replay/course.js';
import type { WorldView } from '../world.js';
import { PriceChart, priceWords } from './chart.js';
import { Ladder } from './ladder.js';
import { NewsList } from './news.js';

const TAPE_ROWS = 21;
/** Points kept of a recorded match: one for each of its ticks; longer ones are thinned. */
const MOST_RECORDED = 60_000;
/** In a recorded match a longer step than this is a jump, from which the chart starts anew. */
const NEXT_US = 250_000;
const FILLS_SHOWN = 512;

class Tape {
  readonly element: HTMLElement;
  private readonly rows = Array.from({ length: TAPE_ROWS }, () => el('li', {}, el('span'), el('span'), el('span')));
  private shown = -2;

  constructor() {
    this.element = el('section', { class: 'tape', 'aria-label': 'Latest trades' }, el('h2', {}, 'Trades'), el('ol', {}, ...this.rows));
  }

  draw(scene: SymbolSceneView): void {
    const newest = scene.trades.at(-1)?.id ?? -1;
    if (newest === this.shown) return;
    this.shown = newest;
    const latest = scene.trades.slice(-TAPE_ROWS).reverse();
    this.rows.forEach((row, i) => {
      const trade = latest[i];
      const [at, paid, size] = [...row.children] as HTMLElement[];
      setText(at!, trade ? clock(trade.at, true) : '');
      setText(paid!, trade ? price(trade.priceTicks, scene.tickMicros) : '');
      setText(size!, trade ? `${trade.taker > 0 ? '▲' : '▼'} ${count(trade.size)}` : '');
      setAttribute(row, 'data-taker', trade ? (trade.taker > 0 ? 'buy' : 'sell') : '');
      setAttribute(row, 'data-owner', owner(trade));
    });
  }
}

/** The seat on either side of a trade, as the style sheet names it. */
function owner(trade: SceneTrade | undefined): string {
  const seat = Math.max(trade?.buyer ?? -1, trade?.seller ?? -1);
  return seat < 0 ? '' : String(seat);
}

const tone = (value: number): 'good' | 'bad' | undefined => (value > 0 ? 'good' : value < 0 ? 'bad' : undefined);

export class MarketView implements WorldView {
  readonly element: HTMLElement;
  private readonly chart: PriceChart;
  private readonly ladder = new Ladder();
  private readonly tape = new Tape();
  private readonly news = new NewsList();
  private readonly label = el('span', { class: 'market-label' });
  private readonly left = el('span', { class: 'market-left' });
  private readonly values = { mid: el('b'), last: el('b'), index: el('b') };
  private readonly follow = el('button', { type: 'button', class: 'follow' }, 'Follow the match');
  private readonly symbol = el('select', { class: 'market-symbol', 'aria-label': 'Symbol' });
  /** Which symbol is shown, and what it looks like now. */
  private shown = 0;
  private whole?: HftScene;
  private readonly history = new MarketHistory();
  private scene?: SymbolSceneView;
  /** The whole of a recorded match, its future too; undefined while watching a live one. */
  private recorded?: MarketHistory;
  /** By frame of a recorded match: when it is, and by seat what it has gained and how many shares it holds of the first symbol. */
  private readonly past: { at: number[]; pnl: number[][]; position: number[][] } = { at: [], pnl: [], position: [] };

  /** @param changed called when somebody has chosen another symbol: everything is to be drawn again */
  constructor(
    private readonly match: Match,
    private readonly changed: () => void,
  ) {
    const canvas = el('div', { class: 'plot-canvas' });
    const plot = el('div', { class: 'plot', role: 'figure', 'aria-label': 'Mid price, last trades and index over the match' }, canvas);
    const sides = match.seats.length > 1 ? 'by-seat' : 'by-side';
    const legend = el(
      'div',
      { class: 'legend' },
      el('span', { class: 'key', 'data-line': 'mid' }, 'mid ', this.values.mid),
      el('span', { class: 'key', 'data-line': 'last' }, 'last trade ', this.values.last),
      el('span', { class: 'key', 'data-line': 'index' }, 'index ', this.values.index),
      el('span', { class: `key ${sides}`, 'data-line': 'bought' }, 'bought'),
      el('span', { class: `key ${sides}`, 'data-line': 'sold' }, 'sold'),
      this.follow,
    );
    this.element = el(
      'div',
      { class: 'market' },
      el(
        'div',
        { class: 'panel quotes' },
        el('div', { class: 'market-line' }, this.symbol, this.label, this.left),
        legend,
        plot,
        this.news.element,
      ),
      el('div', { class: 'panel book' }, this.ladder.element, this.tape.element),
    );
    this.chart = new PriceChart(canvas, match.seats.length, (following) => setHidden(this.follow, following));
    this.follow.hidden = true;
    this.symbol.hidden = true;
    this.symbol.addEventListener('change', () => this.show(this.symbol.selectedIndex));
    this.follow.addEventListener('click', () => this.chart.follow(true));
  }

  take(frame: SceneFrame): void {
    const before = this.whole?.at;
    this.whole = frame.scene as unknown as HftScene;
    if (this.recorded && (before === undefined || this.whole.at < before || this.whole.at > before + NEXT_US)) this.recallShown();
    this.scene = sceneOf(this.whole, this.shown);
    this.chart.add(this.scene);
    if (!this.recorded) this.history.add(this.whole);
    this.offer(this.whole.symbols.map(({ symbol }) => symbol));
  }

  learn(shown: unknown, frame: number): void {
    const scene = shown as HftScene;
    this.past.at[frame] = scene.at;
    scene.seats.forEach(({ pnlMicros }, seat) => ((this.past.pnl[seat] ??= [])[frame] = pnlMicros));
    scene.symbols[0]?.holdings.forEach(({ position }, seat) => ((this.past.position[seat] ??= [])[frame] = position));
    this.recorded ??= new MarketHistory({ mostFills: Infinity, mostPoints: MOST_RECORDED, stepUs: this.match.tickUs });
    this.recorded.add(scene);
  }

  course(): Course {
    const { at, pnl, position } = this.past;
    const nameOf = (seat: number): string => this.match.seats[seat]?.name ?? `seat ${seat + 1}`;
    const lines: CourseLine[] = pnl.map((values, seat) => ({ about: `P&L of ${nameOf(seat)}`, seat, values, text: profit }));
    // Of one seat alone there is room for what it held.
    if (lines.length === 1)
      lines.unshift({ about: 'position in shares', seat: 0, values: position[0] ?? [], text: signedCount, isOwnScale: true });
    const frameOf = (time: number): number => at.findIndex((each) => each >= time);
    const fills = (this.recorded?.symbols ?? []).flatMap((symbol) => symbol.fills);
    return { lines, marks: fills.map(([time, , , seat]) => ({ frame: frameOf(time), seat })), called: 'fill' };
  }

  /** Offers the symbols to choose from, where there is a choice. */
  private offer(symbols: string[]): void {
    if (this.symbol.options.length === symbols.length) return;
    this.symbol.replaceChildren(...symbols.map((name) => el('option', {}, name)));
    setHidden(this.symbol, symbols.length < 2);
  }

  /** Shows another symbol, its chart from what was seen of it. */
  private show(symbol: number): void {
    this.shown = symbol;
    if (!this.whole) return;
    this.scene = sceneOf(this.whole, symbol);
    this.recallShown();
    this.chart.add(this.scene);
    this.changed();
  }

  /** The shown symbol's past; of a recorded match what was past at this moment. */
  private recallShown(): void {
    const past = (this.recorded ?? this.history).symbols[this.shown];
    if (!past) return;
    const { tickMicros, points, fills, stepUs } = past;
    if (!this.recorded) return this.chart.recall(tickMicros, points, fills);
    const at = this.whole?.at ?? 0;
    const before = <P extends readonly [number, ...unknown[]]>(list: readonly P[]): P[] => list.filter(([time]) => time < at);
    this.chart.recall(tickMicros, before(points), before(fills).slice(-FILLS_SHOWN), stepUs);
  }

  recall(history: History): void {
    this.history.recall(history.past as SymbolPast[]);
    this.recallShown();
  }

  draw(_watched: Watched): void {
    const { scene } = this;
    if (!scene) return;
    setText(this.label, scene.label.startsWith(scene.symbol) ? scene.label : `${scene.symbol} · ${scene.label}`);
    setText(this.left, scene.over ? 'closed' : `${clock(scene.leftUs)} left`);
    const words = priceWords(scene);
    for (const name of ['mid', 'last', 'index'] as const) setText(this.values[name], words[name]);
    this.chart.draw();
    this.ladder.draw(scene);
    this.tape.draw(scene);
    this.news.draw(scene);
  }

  figures(): SeatFigure[][] {
    return (this.scene?.seats ?? []).map((seat) => [
      { label: 'P&L', text: profit(seat.pnlMicros), tone: tone(seat.pnlMicros) },
      { label: 'yield', text: percent(seat.pnlPpm), tone: tone(seat.pnlPpm) },
      { label: 'position', text: `${signedCount(seat.position)} shares` },
      { label: 'cash', text: cash(seat.cashMicros) },
      { label: 'fees', text: cash(seat.feesMicros) },
      { label: 'resting orders', text: resting(seat.orders, this.scene!.tickMicros), wide: true },
      { label: 'standing order', text: seat.standing, wide: true },
    ]);
  }

  close(): void {
    this.chart.close();
  }
}

function resting(orders: SymbolSceneView['seats'][number]['orders'], tickMicros: number): string {
  if (orders.length === 0) return '–';
  return orders
    .map(
      (order) =>
        `${order.stop ? `stop ${order.side === 'bid' ? 'buy' : 'sell'}` : order.side} ${count(order.size)} @ ${price(order.priceTicks, tickMicros)}`,
    )
    .join(', ');
}
