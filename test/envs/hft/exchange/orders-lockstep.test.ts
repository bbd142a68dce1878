/** The exchange against the obvious one: stops, pairs, icebergs, modifies, mass-cancels, everyone's cash and shares. */
import { expect } from 'chai';
import { Digest } from '../../../../envs/digest.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import {
  BUY,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  POST_ONLY,
  SELF_TRADE_PREVENTIONS,
  SELL,
  type Execution,
  type Kind,
  type OrderRequest,
  type Side,
} from '../../../../envs/hft/exchange/order.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { LONE_CASH, loneExchange } from './lone-exchange.js';
import { NaiveExchange, type NaiveExecution } from './naive-exchange.js';

const OWNERS = 5;
const KINDS: readonly Kind[] = [LIMIT, LIMIT, LIMIT, LIMIT, IOC, POST_ONLY, FOK, MARKET];

function digestOf(exchange: Exchange): string {
  const into = new Digest();
  exchange.digest(into);
  return into.hex();
}

/** A random order around `centre`. */
function request(random: Stream, centre: number, spread: number): OrderRequest {
  const side = random.below(2) as Side;
  const kind = KINDS[random.below(KINDS.length)]!;
  const size = random.between(1, 20);
  const r: OrderRequest = { owner: random.below(OWNERS), side, kind, size, priceTicks: centre + random.between(-spread, spread) };
  const rests = kind === LIMIT || kind === POST_ONLY;
  if (rests && random.below(5) === 0) r.display = random.between(1, size);
  if (random.below(5) === 0) r.trigger = centre + random.between(-spread, spread);
  if ((rests || r.trigger !== undefined) && random.below(4) === 0) r.pair = random.below(3);
  if (random.below(2) === 0) r.selfTrade = SELF_TRADE_PREVENTIONS[random.below(4)]!;
  return r;
}

interface Tally {
  executions: number;
  triggered: number;
  pairsEnded: number;
  waited: number;
  modified: number;
  refused: number;
  refills: number;
  massCancels: number;
}

function lockstep(seed: number, operations: number): Tally {
  const random = new Stream(keyOf(seed, 3), 1);
  const exchange = loneExchange(1000, OWNERS);
  const naive = new NaiveExchange(OWNERS, LONE_CASH, 10_000, -2, 30);
  const names = new Map<number, number>();
  const ids: number[] = [];
  const tally: Tally = { executions: 0, triggered: 0, pairsEnded: 0, waited: 0, modified: 0, refused: 0, refills: 0, massCancels: 0 };
  let told: Execution[] = [];
  exchange.listener = {
    executed: (e) => {
      told.push(e);
      if (e.why.startsWith('stop triggered')) tally.triggered++;
    },
    ended: (_, __, why) => void (tally.pairsEnded += why.includes('pair') ? 1 : 0),
  };
  /** What the witness is told: a word, an order, and figures. Orders have their names once they are acknowledged. */
  let events: [string, number, string][] = [];
  exchange.witness = {
    filled: (id, _, priceTicks, size) => void events.push(['fill', id, ` ${priceTicks} ${size}`]),
    cancelled: (id, rested) => void (rested && events.push(['gone', id, ''])),
    decreased: (id, shares) => void events.push(['less', id, ` ${shares}`]),
    refilled: (id, shown) => {
      events.push(['refill', id, ` ${shown}`]);
      tally.refills++;
    },
    sent: (_, __, ___, ____, _____, rests) => void events.push(['sent', rests, '']),
  };
  const inWords = (): string[] => events.map(([what, id, figures]) => `${what} ${names.get(id) ?? 'none'}${figures}`);
  let n = 0;
  const same = (what: string, fast: unknown, slow: unknown): void => {
    if (fast !== slow) throw new Error(`seed ${seed}, operation ${n}: ${what}: ${String(fast)}, naive ${String(slow)}`);
  };
  const compareExecutions = (): void => {
    same('executions', told.length, naive.executions.length);
    for (let i = 0; i < told.length; i++) {
      const e = told[i]!;
      const fast: NaiveExecution = [names.get(e.id)!, e.owner, e.side, e.priceTicks, e.size, e.restedUs, e.aheadAtEntry];
      fast.forEach((field, k) => same(`execution ${i}, field ${k}`, field, naive.executions[i]![k]));
    }
    tally.executions += told.length;
    told = [];
    naive.executions = [];
  };
  for (n = 1; n <= operations; n++) {
    exchange.now = n;
    naive.now = n;
    const centre = 1000 + Math.floor(n / 5000) * 3;
    const roll = random.below(100);
    const mass = ids.length > 0 ? roll === 34 || roll === 35 : roll < 36;
    if (ids.length > 0 && (roll < 22 || ids.length > 60)) {
      const at = random.below(ids.length);
      const id = ids[at]!;
      ids[at] = ids.at(-1)!;
      ids.pop();
      exchange.cancel(id);
      naive.cancel(names.get(id)!);
    } else if (ids.length > 0 && roll < 34) {
      const id = ids[random.below(ids.length)]!;
      const size = random.between(1, 20);
      const price =
        random.below(2) === 0 && exchange.stateOf(id) === 'resting' ? exchange.book.priceOf(id) : centre + random.between(-5, 5);
      exchange.modify(id, size, price);
      naive.modify(names.get(id)!, size, price);
      tally.modified++;
    } else if (roll < 36) {
      const owner = random.below(OWNERS);
      const side = [undefined, BUY, SELL][random.below(3)] as Side | undefined;
      exchange.cancelAll(owner, side);
      naive.cancelAll(owner, side);
      tally.massCancels++;
    } else {
      const order = request(random, centre, 5);
      const ack = exchange.submit(order);
      same('accepted', ack.status !== 'refused', naive.submit(n, order));
      if (ack.id > 0) names.set(ack.id, n);
      if (ack.status === 'refused') tally.refused++;
      if (ack.status === 'waiting') tally.waited++;
      if (ack.status === 'waiting' || ack.status === 'resting') ids.push(ack.id);
      same(
        'shares acknowledged',
        ack.filled,
        naive.executions.filter((e) => e[0] === n).reduce((sum, e) => sum + e[4], 0),
      );
    }
    compareExecutions();
    const heard = inWords();
    // Either goes through an owner's orders in an order of its own.
    if (mass) for (const list of [heard, naive.events]) list.sort();
    same('what a witness is told', heard.join('; '), naive.events.join('; '));
    events = [];
    naive.events = [];
    const { book } = exchange;
    same('crossed or locked', book.bidOrders > 0 && book.askOrders > 0 && book.bestBid >= book.bestAsk, false);
    if (n % 16 === 0) {
      for (const side of [BUY, SELL] as const) {
        const fast = [...book.orders(side)].map((o) => `${names.get(o.id)}:${o.owner}:${o.price}:${o.size}+${o.hidden}`);
        same(
          'orders',
          fast.join(),
          naive.book
            .sorted(side)
            .map((o) => `${o.name}:${o.owner}:${o.price}:${o.shown}+${o.hidden}`)
            .join(),
        );
      }
      const waiting = [...Array(OWNERS).keys()].flatMap((owner) =>
        ids.filter((id) => book.ownerOf(id) === owner && exchange.stateOf(id) === 'waiting'),
      );
      same('stops', waiting.length, naive.stops.length);
      for (const stop of naive.stops) {
        const id = ids.find((i) => names.get(i) === stop.name)!;
        same('trigger', exchange.triggerOf(id), stop.trigger);
        same('size of a stop', book.sizeOf(id), stop.request.size);
      }
      const legs = exchange.snapshot().conditionals.legs.map(([id]) => names.get(id));
      same('orders of pairs', legs.sort().join(), naive.paired().sort().join());
      for (let i = ids.length - 1; i >= 0; i--) if (exchange.stateOf(ids[i]!) === 'gone') ids.splice(i, 1);
      for (let owner = 0; owner < OWNERS; owner++) {
        same('cash', exchange.accounts.cash[owner], naive.cash[owner]);
        same('shares', exchange.accounts.position[owner], naive.shares[owner]);
      }
    }
    if (random.below(2000) === 0) {
      // What follows from a copy is what followed from the first.
      const snapshot = exchange.snapshot();
      const ledger = exchange.accounts.ledger.snapshot();
      const goBack = (): void => {
        exchange.restore(snapshot);
        exchange.accounts.ledger.restore(ledger);
      };
      const before = digestOf(exchange);
      const { counter } = random;
      const forward = (): string => {
        random.counter = counter;
        const acks = Array.from({ length: 40 }, () => JSON.stringify(exchange.submit(request(random, centre, 5))));
        return acks.join() + digestOf(exchange);
      };
      const once = forward();
      goBack();
      same('digest after going back', digestOf(exchange), before);
      same('the same continuation', forward(), once);
      goBack();
      random.counter = counter;
      random.below(7);
      told = [];
      events = [];
    }
  }
  const { cash, fees, position } = exchange.accounts;
  same('all cash and fees', [...cash].reduce((a, b) => a + b) + [...fees].reduce((a, b) => a + b), OWNERS * LONE_CASH);
  same(
    'fees',
    [...fees].reduce((a, b) => a + b),
    naive.collected,
  );
  same(
    'all shares',
    [...position].reduce((a, b) => a + b),
    0,
  );
  return tally;
}

describe('hft: the exchange in lockstep', () => {
  it('does what the naive exchange does, over 250,000 random operations with stops, pairs, icebergs and mass-cancels', function () {
    this.timeout(120_000);
    const tally = lockstep(1, 250_000);
    for (const [what, times] of Object.entries(tally)) expect(times, what).to.be.above(400);
  });
});
