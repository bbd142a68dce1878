/** Two books, the fast and the obvious, through the same random operations, compared after each. */
import { Book, NOTHING_RESTS, REFUSED } from '../../../../envs/hft/exchange/book.js';
import {
  BUY,
  CANCEL_BOTH,
  CANCEL_RESTING,
  CANCEL_TAKING,
  DECREMENT,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  POST_ONLY,
  SELL,
  type Kind,
  type Prevention,
  type Side,
} from '../../../../envs/hft/exchange/order.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { NaiveBook, type NaiveResult } from './naive-book.js';

const OWNERS = 6;
const KINDS: readonly Kind[] = [LIMIT, LIMIT, LIMIT, LIMIT, IOC, POST_ONLY, FOK, MARKET];
const PREVENTIONS: readonly Prevention[] = [CANCEL_RESTING, CANCEL_TAKING, CANCEL_BOTH, DECREMENT];
/** All orders of both books are compared once in so many operations; the best prices and what an operation did, at each. */
const COMPARE_EVERY = 32;

/** How often what was fuzzed really happened. */
export interface Tally {
  operations: number;
  fills: number;
  refused: number;
  dropped: number;
  icebergs: number;
  refills: number;
  killed: number;
  kept: number;
  moved: number;
  restored: number;
}

/**
 * Runs `operations` random operations on both books. @param spread ticks either side of the middle that prices fall on;
 * @param mostOrders resting orders, about, that cancels hold the books to. @throws Error at the first difference: which operation, what differs
 */
export function lockstep(seed: number, operations: number, spread: number, mostOrders: number): Tally {
  const random = new Stream(keyOf(seed, 1), 1);
  let book = new Book(1000, 4);
  const naive = new NaiveBook();
  /** The naive book's name of each live order by its id, and ids that were given. */
  const names = new Map<number, number>();
  const ids: number[] = [];
  const tally: Tally = {
    operations: 0, fills: 0, refused: 0, dropped: 0, icebergs: 0, refills: 0, killed: 0, kept: 0, moved: 0, restored: 0,
  }; // prettier-ignore
  let centre = 1000;
  let n = 0;

  const same = (what: string, fast: unknown, slow: unknown): void => {
    if (fast !== slow) throw new Error(`seed ${seed}, operation ${n}: ${what}: ${String(fast)}, naive ${String(slow)}`);
  };
  const sameResult = (id: number, size: number, told: NaiveResult): void => {
    same('refused', id === REFUSED, told.refused);
    if (told.refused) {
      tally.refused++;
      return;
    }
    same('rests', id > 0 ? book.sizeOf(id) : 0, told.rests);
    if (id > 0) same('ahead', book.ahead, told.ahead);
    same('left', book.left, told.left);
    same('fills', book.fillCount, told.fills.length);
    let filled = 0;
    told.fills.forEach((fill, i) => {
      same('maker', names.get(book.fillIds[i]!), fill.maker);
      same('owner of maker', book.fillOwners[i], fill.owner);
      same('price', book.fillPrices[i], fill.price);
      same('size', book.fillSizes[i], fill.size);
      filled += fill.size;
      if (i > 0 && told.fills.findIndex((f) => f.maker === fill.maker) < i) tally.refills++;
    });
    same('shares', filled + told.rests + book.left, size);
    const dropped = book.removals.filter(({ gone }) => gone).map(({ id }) => id);
    same('dropped', dropped.length, told.dropped.length);
    told.dropped.forEach((name, i) => same('dropped order', names.get(dropped[i]!), name));
    tally.fills += told.fills.length;
    tally.dropped += told.dropped.length;
  };
  const price = (side: Side): number => Math.max(1, centre + random.between(-spread, spread) + (side === BUY ? -1 : 1));
  const pick = (): number => random.below(ids.length);

  for (n = 1; n <= operations; n++) {
    // Now and then the price wanders off, so that the window of levels has to follow.
    if (random.below(5000) === 0) centre = random.between(spread + 1, 60_000);
    const roll = random.below(100);
    if (ids.length > 0 && (roll < 32 || naive.orders.length > mostOrders)) {
      const at = pick();
      const id = ids[at]!;
      ids[at] = ids.at(-1)!;
      ids.pop();
      same('cancelled', book.cancel(id), naive.cancel(names.get(id)!));
      same('alive', book.alive(id), false);
      names.delete(id);
    } else if (ids.length > 0 && roll < 45) {
      const id = ids[pick()]!;
      const name = names.get(id)!;
      const order = naive.find(name);
      const moves = order === undefined || random.below(2) === 0;
      const to = moves ? price((order?.side ?? BUY) as Side) : order.price;
      const size = moves ? random.between(1, 20) : random.between(1, order.shown + order.hidden + 2);
      const prevention = PREVENTIONS[random.below(4)]!;
      const after = book.modify(id, size, to, prevention);
      const told = naive.modify(name, size, to, prevention);
      if (told === undefined) same('modified', after, NOTHING_RESTS);
      else if (told.kept) {
        same('modified', after, id);
        same('size', book.sizeOf(id), size);
        tally.kept++;
      } else {
        sameResult(after, size, told);
        if (after > 0) same('id', after, id);
        tally.moved++;
      }
      same('queue ahead', book.queueAhead(id), naive.ahead(name));
    } else {
      const owner = random.below(OWNERS);
      const side = random.below(2) as Side;
      const kind = KINDS[random.below(KINDS.length)]!;
      const size = random.between(1, 20);
      const prevention = PREVENTIONS[random.below(4)]!;
      const display = (kind === LIMIT || kind === POST_ONLY) && random.below(4) === 0 ? random.between(1, size) : 0;
      const limit = price(side);
      let id: number;
      if (random.below(8) === 0) {
        // The way of a stop: an id first, the book later.
        const reserved = book.reserve(owner, side, limit, size, kind === POST_ONLY, display);
        same('reserved', book.alive(reserved), false);
        id = book.enter(reserved, kind, prevention);
        if (id > 0) same('id', id, reserved);
      } else id = book.add(owner, side, limit, size, kind, prevention, display);
      sameResult(id, size, naive.add(n, owner, side, limit, size, kind, prevention, display));
      if (id > 0) {
        names.set(id, n);
        ids.push(id);
        if (display > 0) tally.icebergs++;
      }
      if (kind === FOK && book.left > 0) tally.killed++;
    }
    checkTouch();
    if (n % COMPARE_EVERY === 0) compareAll();
    if (random.below(20_000) === 0) {
      // Goes on from a copy, in a book that held something else.
      const other = new Book(7, 2);
      other.add(1, SELL, 9, 3, LIMIT);
      other.restore(book.snapshot());
      book = other;
      tally.restored++;
    }
  }
  tally.operations = operations;
  return tally;

  function checkTouch(): void {
    const bid = naive.best(SELL, 0, MARKET);
    const ask = naive.best(BUY, 0, MARKET);
    same('has bids', book.bidOrders > 0, bid !== undefined);
    same('has asks', book.askOrders > 0, ask !== undefined);
    if (bid !== undefined) same('best bid', book.bestBid, bid.price);
    if (ask !== undefined) same('best ask', book.bestAsk, ask.price);
    if (bid !== undefined && ask !== undefined) same('crossed or locked', book.bestBid >= book.bestAsk, false);
  }

  function compareAll(): void {
    let shownByLevels = 0;
    for (const side of [BUY, SELL] as const) {
      const slow = naive.sorted(side);
      let i = 0;
      for (const o of book.orders(side)) {
        const s = slow[i++];
        same('order', names.get(o.id), s?.name);
        same('its owner', o.owner, s!.owner);
        same('its price', o.price, s!.price);
        same('its size', o.size, s!.shown);
        same('its hidden part', o.hidden, s!.hidden);
        same('none of it is negative', o.size > 0 && o.hidden >= 0, true);
      }
      same('orders', i, slow.length);
      same('count', side === BUY ? book.bidOrders : book.askOrders, slow.length);
      for (const [, size] of book.depth(side, Infinity)) {
        same('no level is negative', size > 0, true);
        shownByLevels += size;
      }
    }
    same(
      'shares shown',
      shownByLevels,
      naive.orders.reduce((sum, o) => sum + o.shown, 0),
    );
  }
}
