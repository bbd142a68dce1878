/**
 * The order book against nodejs-order-book 10.1.1 in the same run and on the same flow: 52 % limit orders, 43 % cancels of live orders,
 * 5 % market orders, on a few orders a level and on long queues. Two interfaces of ours: integer ids, and string ids with result objects as the peer has.
 */
import { OrderBook, Side as PeerSide } from 'nodejs-order-book';
import { Book, BUY, IOC, LIMIT, type Side } from '../../envs/hft/book.js';
import { keyOf, Stream } from '../../envs/random.js';

const ADD = 0;
const CANCEL = 1;
const MARKET = 2;

/** One recorded flow: which operation, on which side, price, size; cancels name the add they take back. */
interface Flow {
  what: Uint8Array;
  side: Uint8Array;
  price: Int32Array;
  size: Int32Array;
  target: Int32Array;
}

/** Records a flow by running it through a book, so that cancels hit orders that are alive. @param queue live orders before cancels balance adds */
function record(operations: number, levels: number, queue: number, seed: number): Flow {
  const random = new Stream(keyOf(seed, 1), 1);
  const book = new Book(10_000);
  const flow: Flow = {
    what: new Uint8Array(operations),
    side: new Uint8Array(operations),
    price: new Int32Array(operations),
    size: new Int32Array(operations),
    target: new Int32Array(operations),
  };
  const live: { id: number; at: number }[] = [];
  const prefill = queue;
  for (let i = 0; i < operations; i++) {
    const roll = i < prefill ? 0 : random.below(100);
    flow.side[i] = random.below(2);
    flow.size[i] = random.between(1, 10);
    let victim: { id: number; at: number } | undefined;
    if (roll >= 52 && roll < 95) {
      // Look for an order that still rests; those that filled are forgotten.
      while (live.length > 0 && victim === undefined) {
        const k = random.below(live.length);
        const candidate = live[k]!;
        live[k] = live.at(-1)!;
        live.pop();
        if (book.alive(candidate.id)) victim = candidate;
      }
    }
    if (victim !== undefined) {
      flow.what[i] = CANCEL;
      flow.target[i] = victim.at;
      book.cancel(victim.id);
    } else if (roll >= 95) {
      flow.what[i] = MARKET;
      // Market orders take about what the surplus of adds brings, so that the book neither grows nor empties.
      flow.size[i] = random.between(5, 13);
      book.add(-1, flow.side[i] as Side, flow.side[i] === BUY ? 1 << 29 : 1, flow.size[i]!, IOC);
    } else {
      flow.what[i] = ADD;
      const away = random.between(1, levels);
      flow.price[i] = flow.side[i] === BUY ? 10_000 - away : 10_000 + away;
      const id = book.add(-1, flow.side[i] as Side, flow.price[i]!, flow.size[i]!, LIMIT);
      if (id > 0) live.push({ id, at: i });
    }
  }
  return flow;
}

function ours(flow: Flow): number {
  const book = new Book(10_000);
  const ids = new Float64Array(flow.what.length);
  let shares = 0;
  for (let i = 0; i < flow.what.length; i++) {
    if (flow.what[i] === ADD) ids[i] = book.add(-1, flow.side[i] as Side, flow.price[i]!, flow.size[i]!, LIMIT);
    else if (flow.what[i] === CANCEL) shares += book.cancel(ids[flow.target[i]!]!);
    else {
      book.add(-1, flow.side[i] as Side, flow.side[i] === BUY ? 1 << 29 : 1, flow.size[i]!, IOC);
      shares += flow.size[i]! - book.left;
    }
  }
  return shares;
}

/** The same book behind string ids and a result object with every fill for each message: what the peer's interface gives. */
function oursWithObjects(flow: Flow, names: string[]): number {
  const book = new Book(10_000);
  const byName = new Map<string, number>();
  const nameOf = new Map<number, string>();
  const result = (
    name: string,
    id: number,
  ): { id: string; rests: boolean; left: number; fills: { id: string; price: number; size: number }[] } => {
    const fills = [];
    for (let k = 0; k < book.fillCount; k++) {
      const maker = book.fillIds[k]!;
      const makerName = nameOf.get(maker)!;
      fills.push({ id: makerName, price: book.fillPrices[k]!, size: book.fillSizes[k]! });
      if (!book.alive(maker)) {
        nameOf.delete(maker);
        byName.delete(makerName);
      }
    }
    return { id: name, rests: id > 0, left: book.left, fills };
  };
  let shares = 0;
  for (let i = 0; i < flow.what.length; i++) {
    if (flow.what[i] === ADD) {
      const name = names[i]!;
      const id = book.add(-1, flow.side[i] as Side, flow.price[i]!, flow.size[i]!, LIMIT);
      byName.set(name, id);
      nameOf.set(id, name);
      shares += result(name, id).left;
    } else if (flow.what[i] === CANCEL) {
      const name = names[flow.target[i]!]!;
      const id = byName.get(name)!;
      const cancelled = { id: name, size: book.cancel(id) };
      byName.delete(name);
      nameOf.delete(id);
      shares += cancelled.size;
    } else {
      book.add(-1, flow.side[i] as Side, flow.side[i] === BUY ? 1 << 29 : 1, flow.size[i]!, IOC);
      for (const fill of result('', 0).fills) shares += fill.size;
    }
  }
  return shares;
}

function peer(flow: Flow, names: string[]): number {
  const book = new OrderBook();
  let shares = 0;
  for (let i = 0; i < flow.what.length; i++) {
    const side = flow.side[i] === BUY ? PeerSide.BUY : PeerSide.SELL;
    if (flow.what[i] === ADD) book.limit({ id: names[i]!, side, price: flow.price[i]!, size: flow.size[i]! });
    else if (flow.what[i] === CANCEL) shares += book.cancel(names[flow.target[i]!]!)?.order.size ?? 0;
    else shares += flow.size[i]! - (book.market({ side, size: flow.size[i]! }).quantityLeft ?? 0);
  }
  return shares;
}

/** Operations a second, in millions: the best of `rounds` runs after one that warms up. */
function rate(run: () => number, operations: number, rounds: number): { rate: number; shares: number } {
  let shares = run();
  let best = 0;
  for (let i = 0; i < rounds; i++) {
    const before = process.hrtime.bigint();
    shares = run();
    best = Math.max(best, operations / Number(process.hrtime.bigint() - before));
  }
  return { rate: Math.round(best * 1_000 * 1000) / 1000, shares };
}

export async function bench(): Promise<{ case: string; unit: string; ours: number; peer?: number; ratio?: number; note?: string }[]> {
  const rows = [];
  for (const [name, operations, levels, queue] of [
    ['few orders a level', 200_000, 200, 400],
    ['long queues', 40_000, 10, 2_000],
    ['long queues, 10k live', 30_000, 10, 10_000],
  ] as const) {
    const flow = record(operations, levels, queue, 1);
    const names = Array.from({ length: operations }, (_, i) => `order-${i}`);
    const integers = rate(() => ours(flow), operations, 7);
    const objects = rate(() => oursWithObjects(flow, names), operations, 5);
    const theirs = rate(() => peer(flow, names), operations, 1);
    if (integers.shares !== theirs.shares)
      throw new Error(`${name}: shares cancelled and filled differ: ours ${integers.shares}, peer ${theirs.shares}`);
    const mix = [ADD, CANCEL, MARKET].map((w) => Math.round((100 * flow.what.filter((x) => x === w).length) / operations)).join('/');
    const note = `${operations} messages, ${queue} orders first; add/cancel/market ${mix} % in all`;
    rows.push({
      case: `${name}, integer ids`,
      unit: 'M messages/s',
      ours: integers.rate,
      peer: theirs.rate,
      ratio: Math.round(integers.rate / theirs.rate),
      note,
    });
    rows.push({
      case: `${name}, string ids and result objects`,
      unit: 'M messages/s',
      ours: objects.rate,
      peer: theirs.rate,
      ratio: Math.round(objects.rate / theirs.rate),
      note,
    });
  }
  return rows;
}
