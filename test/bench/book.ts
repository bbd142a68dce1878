/**
 * The order book against nodejs-order-book 10.1.1 in the same run and on the same flow: 52 % limit orders, 43 % cancels of live orders, 5 %
 * market orders, on short and on long queues; behind the peer's own interface (string ids, result objects) and with integer ids.
 * Then integer ids alone, beside the least that a book can be (plain-book.ts), which tells what this machine gives, and what 10,000
 * live orders cost against 300. The orders that the book is filled with at first are not timed.
 */
import { OrderBook, Side as PeerSide } from 'nodejs-order-book';
import { Book, BUY, IOC, LIMIT, type Side } from '../../envs/hft/exchange/book.js';
import { keyOf, Stream } from '../../envs/random.js';
import type { BenchRow } from './main.js';
import { NamedBook } from './named-book.js';
import { PlainBook } from './plain-book.js';

const ADD = 0;
const CANCEL = 1;
const MARKET = 2;
/** A price beyond all that rest. */
const ANY_BUY = 16_000;
const ANY_SELL = 1;

/** One recorded flow: which operation, on which side, price, size; cancels name the add they take back. The first `prefill` are adds. */
interface Flow {
  prefill: number;
  what: Uint8Array;
  side: Uint8Array;
  price: Int32Array;
  size: Int32Array;
  target: Int32Array;
}

/** Records a flow by running it through a book, so that cancels hit orders that are alive and about `live` of them always are. */
function record(operations: number, levels: number, live: number, seed: number): Flow {
  const random = new Stream(keyOf(seed, 1), 1);
  const book = new Book(10_000);
  const length = live + operations;
  const flow: Flow = {
    prefill: live,
    what: new Uint8Array(length),
    side: new Uint8Array(length),
    price: new Int32Array(length),
    size: new Int32Array(length),
    target: new Int32Array(length),
  };
  const resting: { id: number; at: number }[] = [];
  for (let i = 0; i < length; i++) {
    let roll = i < live ? 0 : random.below(100);
    const count = book.bidOrders + book.askOrders;
    if (i >= live && roll < 95) roll = count > live * 1.02 ? 60 : count < live * 0.98 ? 0 : roll;
    flow.side[i] = random.below(2);
    flow.size[i] = random.between(1, 10);
    let victim: { id: number; at: number } | undefined;
    while (roll >= 52 && roll < 95 && resting.length > 0 && victim === undefined) {
      // Those that filled are forgotten.
      const k = random.below(resting.length);
      const candidate = resting[k]!;
      resting[k] = resting.at(-1)!;
      resting.pop();
      if (book.alive(candidate.id)) victim = candidate;
    }
    if (victim !== undefined) {
      flow.what[i] = CANCEL;
      flow.target[i] = victim.at;
      book.cancel(victim.id);
    } else if (roll >= 95) {
      flow.what[i] = MARKET;
      // Market orders take about what the surplus of adds brings.
      flow.size[i] = random.between(5, 13);
      book.add(-1, flow.side[i] as Side, flow.side[i] === BUY ? ANY_BUY : ANY_SELL, flow.size[i]!, IOC);
    } else {
      flow.what[i] = ADD;
      const away = random.between(1, levels);
      flow.price[i] = flow.side[i] === BUY ? 10_000 - away : 10_000 + away;
      const id = book.add(-1, flow.side[i] as Side, flow.price[i]!, flow.size[i]!, LIMIT);
      if (id > 0) resting.push({ id, at: i });
    }
  }
  return flow;
}

/** Something that plays a part of a flow: from, to. @returns shares filled by market orders and cancelled, so that runs can be compared */
type Player = (from: number, to: number) => number;

function integers(flow: Flow): Player {
  const book = new Book(10_000);
  const { what, side, price, size, target } = flow;
  const ids = new Float64Array(what.length);
  return (from, to) => {
    let shares = 0;
    for (let i = from; i < to; i++) {
      if (what[i] === ADD) ids[i] = book.add(-1, side[i] as Side, price[i]!, size[i]!, LIMIT);
      else if (what[i] === CANCEL) shares += book.cancel(ids[target[i]!]!);
      else {
        book.add(-1, side[i] as Side, side[i] === BUY ? ANY_BUY : ANY_SELL, size[i]!, IOC);
        shares += size[i]! - book.left;
      }
    }
    return shares;
  };
}

function plain(flow: Flow): Player {
  const { what, side, price, size, target } = flow;
  const book = new PlainBook(flow.prefill * 2 + 1024);
  const slots = new Int32Array(what.length);
  return (from, to) => {
    let shares = 0;
    for (let i = from; i < to; i++) {
      if (what[i] === ADD) slots[i] = book.add(side[i]!, price[i]!, size[i]!, true);
      else if (what[i] === CANCEL) shares += book.cancel(slots[target[i]!]!);
      else {
        book.add(side[i]!, side[i] === BUY ? ANY_BUY : ANY_SELL, size[i]!, false);
        shares += size[i]! - book.left;
      }
    }
    return shares;
  };
}

function named(flow: Flow, names: string[]): Player {
  const book = new NamedBook();
  const { what, side, price, size, target } = flow;
  return (from, to) => {
    let shares = 0;
    for (let i = from; i < to; i++) {
      if (what[i] === ADD) book.add(names[i]!, side[i] as Side, price[i]!, size[i]!, LIMIT);
      else if (what[i] === CANCEL) shares += book.cancel(names[target[i]!]!)?.size ?? 0;
      else shares += size[i]! - book.add(names[i]!, side[i] as Side, side[i] === BUY ? ANY_BUY : ANY_SELL, size[i]!, IOC).left;
    }
    return shares;
  };
}

function peer(flow: Flow, names: string[]): Player {
  const book = new OrderBook();
  const { what, size, target } = flow;
  return (from, to) => {
    let shares = 0;
    for (let i = from; i < to; i++) {
      const side = flow.side[i] === BUY ? PeerSide.BUY : PeerSide.SELL;
      if (what[i] === ADD) book.limit({ id: names[i]!, side, price: flow.price[i]!, size: size[i]! });
      else if (what[i] === CANCEL) shares += book.cancel(names[target[i]!]!)?.order.size ?? 0;
      else shares += size[i]! - (book.market({ side, size: size[i]! }).quantityLeft ?? 0);
    }
    return shares;
  };
}

/**
 * Messages a second, in millions: the best round of each, the competitors taking turns in every round after one that warms up. A round's time
 * is the lesser of wall and processor time: a long round of the peer would otherwise pay for what else the machine does.
 */
function race(flow: Flow, rounds: number, competitors: Record<string, { make: () => Player; rounds?: number }>): Record<string, number> {
  const best: Record<string, number> = {};
  const messages = flow.what.length - flow.prefill;
  let expected: number | undefined;
  for (let round = -1; round < rounds; round++) {
    for (const [name, { make, rounds: own = rounds }] of Object.entries(competitors)) {
      if (round >= own) continue;
      const run = make();
      run(0, flow.prefill);
      const cpu = process.cpuUsage();
      const before = process.hrtime.bigint();
      const shares = run(flow.prefill, flow.what.length);
      const wall = Number(process.hrtime.bigint() - before);
      const { user, system } = process.cpuUsage(cpu);
      const ns = Math.min(wall, (user + system) * 1000);
      expected ??= shares;
      if (shares !== expected) throw new Error(`${name}: ${shares} shares filled and cancelled, the others ${expected}`);
      if (round >= 0 || own === 0) best[name] = Math.max(best[name] ?? 0, (messages / ns) * 1000);
    }
  }
  return best;
}

export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const row = (name: string, ours: number, other: number, note: string): void => {
    rows.push({ case: name, unit: 'M messages/s', ours, peer: other, ratio: Math.round((ours / other) * 100) / 100, note });
  };
  for (const [name, operations, levels, live, rounds, peerRounds] of [
    ['short queues', 100_000, 200, 400, 40, 10],
    ['queues of 100', 40_000, 10, 2_000, 60, 3],
    ['long queues of 300', 60_000, 10, 6_000, 40, 2],
    ['long queues of 500', 40_000, 10, 10_000, 40, 1],
  ] as const) {
    const flow = record(operations, levels, live, 1);
    const names = Array.from(flow.what, (_, i) => `order-${i}`);
    const rates = race(flow, rounds, {
      named: { make: () => named(flow, names) },
      integers: { make: () => integers(flow) },
      peer: { make: () => peer(flow, names), rounds: peerRounds },
    });
    const mix = [ADD, CANCEL, MARKET].map((w) => Math.round((100 * flow.what.subarray(live).filter((x) => x === w).length) / operations));
    const note = `${operations} messages, ${live} orders live on ${2 * levels} levels; add/cancel/market ${mix.join('/')} %`;
    row(`${name}: string ids and result objects`, rates['named']!, rates['peer']!, `${note}; peer: nodejs-order-book`);
    row(`${name}: integer ids`, rates['integers']!, rates['peer']!, 'the same; the peer as above');
  }
  const few = record(100_000, 200, 300, 2);
  const many = record(100_000, 200, 10_000, 2);
  const small = race(few, 60, { integers: { make: () => integers(few) }, plain: { make: () => plain(few) } });
  const large = race(many, 60, { integers: { make: () => integers(many) }, plain: { make: () => plain(many) } });
  const size = '100,000 messages on 400 levels';
  row('300 live: integer ids', small['integers']!, small['plain']!, `${size}; peer: the plain book, no owners, ids, kinds, icebergs`);
  row('10,000 live: integer ids', large['integers']!, large['plain']!, 'the same');
  row(
    '10,000 live against 300',
    large['integers']!,
    small['integers']!,
    `peer: ours at 300; the plain book ${(large['plain']! / small['plain']!).toFixed(2)}`,
  );
  return rows;
}
