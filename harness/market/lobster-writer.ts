/**
 * Writes what an exchange does as LOBSTER files: a message file and its order-book file of ten levels, in lockstep.
 *
 * It keeps its own copy of what the book shows, changed by nothing but the messages it writes, so that a row of the order-book file is
 * always what the rows of the message file lead to; `check` compares that copy with the exchange's book.
 * Orders that rest when it starts are written as submissions at that moment. The next part of an iceberg is a new order, as a venue shows it;
 * what is never shown is never written. A modification that loses its place is a deletion and a submission.
 */
import { BUY, SELL, type Kind, type Side } from '../../envs/hft/exchange/book.js';
import type { Exchange } from '../../envs/hft/exchange/exchange.js';
import { Ladder } from '../../envs/hft/replay/ladder.js';
import type { Witness } from '../../envs/hft/exchange/witness.js';
import { MarketError } from './errors.js';

export const EXPORT_LEVELS = 10;
/** World time 0 is written as this second of the day: 09:30. */
export const OPENS_AT_SECONDS = 34_200;
const MICROS = 100;

/** @throws MarketError when ticks of so many micro-units are no LOBSTER prices */
export function checkTick(tickMicros: number): void {
  if (tickMicros % MICROS !== 0)
    throw new MarketError(
      `a tick of ${tickMicros} micro-units is no whole number of LOBSTER's ten-thousandths; accepted: multiples of ${MICROS}`,
    );
}

/** An order as the files know it. */
interface Shown {
  number: number;
  side: Side;
  price: number;
  size: number;
}

export class LobsterWriter implements Witness {
  rows = 0;
  executions = 0;
  private readonly orders = new Map<number, Shown>();
  private readonly ladder = new Ladder();
  private readonly scale: number;
  private numbers = 0;
  /** The order of which the last shown share went last: an iceberg's next part is told right after. */
  private emptied: Shown | undefined;

  /** @param message and @param orderbook take one row each, without its line end @throws MarketError when its ticks are no LOBSTER prices */
  constructor(
    private readonly exchange: Exchange,
    tickMicros: number,
    private readonly message: (row: string) => void,
    private readonly orderbook: (row: string) => void,
  ) {
    checkTick(tickMicros);
    this.scale = tickMicros / MICROS;
    for (const side of [BUY, SELL] as const)
      for (const { id, price } of exchange.book.orders(side)) this.submit(id, side, price, this.shownOf(id));
  }

  filled(id: number, _maker: number, _priceTicks: number, size: number): void {
    const order = this.orders.get(id);
    if (order === undefined) return;
    this.executions++;
    this.reduce(id, order, size, 4);
  }

  refilled(id: number, shown: number): void {
    const { side, price } = this.emptied!;
    this.submit(id, side, price, shown);
  }

  sent(_owner: number, side: Side, priceTicks: number, _size: number, _kind: Kind, rests: number): void {
    if (rests > 0 && this.exchange.book.alive(rests)) this.submit(rests, side, priceTicks, this.shownOf(rests));
  }

  cancelled(id: number, rested: boolean): void {
    const order = this.orders.get(id);
    if (rested && order !== undefined) this.reduce(id, order, order.size, 3);
  }

  decreased(id: number, shares: number): void {
    const order = this.orders.get(id);
    if (order !== undefined && shares > 0) this.reduce(id, order, shares, shares === order.size ? 3 : 2);
  }

  printed(side: Side, priceTicks: number, size: number): void {
    this.write(5, 0, size, priceTicks, side === BUY ? SELL : BUY);
  }

  /** @throws Error when the rows written do not lead to the book as it stands: a fault of the program */
  check(): void {
    for (const side of [BUY, SELL] as const) {
      const written = JSON.stringify(this.ladder.levels(side, Infinity));
      const book = JSON.stringify(this.exchange.book.depth(side, Infinity));
      if (written !== book)
        throw new Error(`the exported book is not the exchange's: ${written.slice(0, 200)} instead of ${book.slice(0, 200)}`);
    }
  }

  private shownOf(id: number): number {
    const { book } = this.exchange;
    return book.sizeOf(id) - book.hiddenOf(id);
  }

  private submit(id: number, side: Side, price: number, size: number): void {
    const order: Shown = { number: ++this.numbers, side, price, size };
    this.orders.set(id, order);
    this.ladder.change(side, price, size);
    this.write(1, order.number, size, price, side);
  }

  private reduce(id: number, order: Shown, size: number, type: number): void {
    order.size -= size;
    this.ladder.change(order.side, order.price, -size);
    if (order.size === 0) {
      this.orders.delete(id);
      this.emptied = order;
    }
    this.write(type, order.number, size, order.price, order.side);
  }

  private write(type: number, number: number, size: number, price: number, side: Side): void {
    this.rows++;
    this.message(`${clock(this.exchange.now)},${type},${number},${size},${price * this.scale},${side === BUY ? 1 : -1}`);
    const asks = this.ladder.levels(SELL, EXPORT_LEVELS);
    const bids = this.ladder.levels(BUY, EXPORT_LEVELS);
    let row = '';
    for (let i = 0; i < EXPORT_LEVELS; i++) {
      const ask = asks[i];
      const bid = bids[i];
      row += `${i === 0 ? '' : ','}${ask ? `${ask[0] * this.scale},${ask[1]}` : '9999999999,0'},${bid ? `${bid[0] * this.scale},${bid[1]}` : '-9999999999,0'}`;
    }
    this.orderbook(row);
  }
}

/** World time as LOBSTER's seconds after midnight. */
function clock(us: number): string {
  const time = Math.max(0, us);
  return `${OPENS_AT_SECONDS + Math.floor(time / 1_000_000)}.${String(time % 1_000_000).padStart(6, '0')}000`;
}
