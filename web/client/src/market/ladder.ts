/** The book's ladder: ten levels a side with bars for size, the seats' own orders marked. Rows stay; their texts change. */
import type { SymbolSceneView } from '../../../../envs/hft/scene.js';
import { el, setAttribute, setShare, setText } from '../element.js';
import { count, price } from '../format.js';

const LEVELS = 10;

interface Row {
  element: HTMLTableRowElement;
  own: HTMLElement;
  price: HTMLElement;
  size: HTMLElement;
}

function row(side: 'bid' | 'ask'): Row {
  const own = el('td', { class: 'own' });
  const priceCell = el('td', { class: 'price' });
  const size = el('td', { class: 'size' });
  return { element: el('tr', { 'data-side': side }, own, priceCell, size), own, price: priceCell, size };
}

export class Ladder {
  readonly element: HTMLElement;
  private readonly asks = Array.from({ length: LEVELS }, () => row('ask'));
  private readonly bids = Array.from({ length: LEVELS }, () => row('bid'));
  private readonly spread = el('td', { colspan: '3' });

  constructor() {
    this.element = el(
      'table',
      { class: 'ladder', id: 'ladder' },
      el('caption', {}, 'Order book'),
      el(
        'thead',
        {},
        el('tr', {}, el('th', { scope: 'col' }, 'own'), el('th', { scope: 'col' }, 'price'), el('th', { scope: 'col' }, 'shares')),
      ),
      el(
        'tbody',
        {},
        ...this.asks.map((level) => level.element).reverse(),
        el('tr', { class: 'spread' }, this.spread),
        ...this.bids.map((level) => level.element),
      ),
    );
  }

  draw(scene: SymbolSceneView): void {
    const largest = Math.max(1, ...scene.asks.map(([, size]) => size), ...scene.bids.map(([, size]) => size));
    this.side(this.asks, scene.asks, 'ask', largest, scene);
    this.side(this.bids, scene.bids, 'bid', largest, scene);
    const { bidTicks, askTicks } = scene;
    setText(
      this.spread,
      bidTicks === null || askTicks === null
        ? 'one side is empty'
        : `spread ${askTicks - bidTicks} ${askTicks - bidTicks === 1 ? 'tick' : 'ticks'}`,
    );
  }

  private side(rows: Row[], levels: [number, number][], side: 'bid' | 'ask', largest: number, scene: SymbolSceneView): void {
    rows.forEach((shown, i) => {
      const level = levels[i];
      setText(shown.price, level ? price(level[0], scene.tickMicros) : '');
      setText(shown.size, level ? count(level[1]) : '');
      setShare(shown.element, '--share', level ? level[1] / largest : 0);
      const owners = level
        ? scene.seats.flatMap((seat, index) => {
            const shares = seat.orders
              .filter((o) => o.side === side && o.priceTicks === level[0] && !o.stop)
              .reduce((sum, o) => sum + o.size, 0);
            return shares > 0 ? [{ index, shares }] : [];
          })
        : [];
      setText(shown.own, owners.map(({ shares }) => count(shares)).join(' + '));
      setAttribute(shown.element, 'data-owner', owners[0] === undefined ? '' : String(owners[0].index));
    });
  }
}
