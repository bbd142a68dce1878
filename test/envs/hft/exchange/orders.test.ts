/** What an exchange does with every type of order, by hand-made situations whose outcome is known. */
import { expect } from 'chai';
import {
  BUY,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  POST_ONLY,
  SELL,
  type Ack,
  type Execution,
  type Kind,
  type OrderRequest,
  type Side,
} from '../../../../envs/hft/exchange/order.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import { loneExchange } from './lone-exchange.js';

const ME = 0;
const OTHER = 1;
const THIRD = 2;

/** An exchange with what it told, and a short way to send. */
function market() {
  const exchange = loneExchange(100, 4);
  const executions: Execution[] = [];
  const ended: [number, string][] = [];
  exchange.listener = {
    executed: (e) => void executions.push(e),
    ended: (_, id, why) => void ended.push([id, why]),
  };
  const send = (owner: number, side: Side, priceTicks: number, size: number, kind: Kind = LIMIT, more: Partial<OrderRequest> = {}): Ack =>
    exchange.submit({ owner, side, priceTicks, size, kind, ...more });
  return { exchange, executions, ended, send };
}

/** What a side shows: [price, shares] best first. */
function shown(exchange: Exchange, side: Side): [number, number][] {
  return exchange.book.depth(side, Infinity);
}

describe('hft: types of orders', () => {
  it('limit: takes what crosses, rests the remainder, and says exactly what is ahead', () => {
    const { exchange, send } = market();
    send(OTHER, SELL, 101, 5);
    send(THIRD, BUY, 101, 3);
    send(THIRD, SELL, 101, 5);
    expect(send(ME, SELL, 101, 4)).to.include({ status: 'resting', filled: 0, resting: 4, aheadShares: 7 });
    send(OTHER, BUY, 100, 6);
    expect(send(THIRD, SELL, 100, 4)).to.include({ status: 'filled', filled: 4, resting: 0 });
    expect(send(THIRD, SELL, 100, 4)).to.include({ status: 'resting', filled: 2, resting: 2, aheadShares: 0 });
    expect(shown(exchange, SELL)).to.deep.equal([
      [100, 2],
      [101, 11],
    ]);
  });

  it('immediate or cancel, fill or kill, market: nothing ever rests', () => {
    const { exchange, send } = market();
    send(OTHER, SELL, 101, 5);
    send(OTHER, SELL, 103, 5);
    expect(send(ME, BUY, 102, 9, FOK)).to.deep.include({
      status: 'cancelled',
      filled: 0,
      reason: '9 of 9 dropped: not all of it could fill at once',
    });
    expect(send(ME, BUY, 103, 9, FOK)).to.include({ status: 'filled', filled: 9 });
    expect(send(ME, BUY, 102, 2, IOC)).to.include({ status: 'cancelled', filled: 0, reason: '2 of 2 dropped: no more within its price' });
    expect(send(ME, BUY, 0, 4, MARKET)).to.include({ status: 'cancelled', filled: 1, resting: 0 });
    expect(shown(exchange, SELL)).to.deep.equal([]);
    expect(shown(exchange, BUY)).to.deep.equal([]);
  });

  it('post-only: is refused where it would take, and nothing has happened', () => {
    const { exchange, executions, send } = market();
    send(OTHER, SELL, 101, 5);
    expect(send(ME, BUY, 101, 5, POST_ONLY)).to.deep.equal({
      id: 0,
      status: 'refused',
      filled: 0,
      resting: 0,
      aheadShares: 0,
      reason: 'post-only, and it would take',
    });
    expect(send(ME, BUY, 100, 5, POST_ONLY)).to.include({ status: 'resting' });
    expect(executions).to.deep.equal([]);
    expect(shown(exchange, SELL)).to.deep.equal([[101, 5]]);
  });

  it('iceberg: shows a part, and what it shows next queues last', () => {
    const { exchange, executions, send } = market();
    const iceberg = send(ME, SELL, 101, 10, LIMIT, { display: 3 });
    expect(iceberg).to.include({ status: 'resting', resting: 10 });
    expect(send(OTHER, SELL, 101, 4)).to.include({ aheadShares: 3 });
    expect(shown(exchange, SELL)).to.deep.equal([[101, 7]]);
    send(THIRD, BUY, 101, 9, IOC);
    expect(executions.filter((e) => e.maker).map((e) => [e.owner, e.size])).to.deep.equal([
      [ME, 3],
      [OTHER, 4],
      [ME, 2],
    ]);
    expect(exchange.book.sizeOf(iceberg.id)).to.equal(5);
    expect(shown(exchange, SELL)).to.deep.equal([[101, 1]]);
    expect(exchange.cancel(iceberg.id)).to.equal(5);
  });

  it('modify: keeps its place when only the size falls, and its id always', () => {
    const { exchange, executions, send } = market();
    const first = send(ME, BUY, 99, 8);
    const second = send(OTHER, BUY, 99, 8);
    expect(exchange.queueAhead(second.id)).to.equal(8);
    expect(exchange.modify(first.id, 3, 99)).to.include({ id: first.id, status: 'resting', resting: 3, aheadShares: 0 });
    expect(exchange.queueAhead(second.id)).to.equal(3);
    expect(exchange.modify(first.id, 4, 99)).to.include({ id: first.id, status: 'resting', resting: 4, aheadShares: 8 });
    expect([exchange.queueAhead(first.id), exchange.queueAhead(second.id)]).to.deep.equal([8, 0]);
    send(THIRD, SELL, 101, 2);
    expect(exchange.modify(first.id, 4, 101)).to.include({ id: first.id, status: 'resting', filled: 2, resting: 2 });
    expect(executions.at(-1)).to.include({ id: first.id, owner: ME, why: 'modified, took the best ask' });
    expect(shown(exchange, BUY)).to.deep.equal([
      [101, 2],
      [99, 8],
    ]);
    expect(exchange.modify(12345, 1, 99)).to.include({ status: 'refused', reason: 'order 12345 neither rests nor waits' });
  });

  it('modify: a post-only order is refused where it would take, and stays as it was', () => {
    const { exchange, send } = market();
    send(OTHER, SELL, 101, 5);
    const mine = send(ME, BUY, 99, 8, POST_ONLY);
    expect(exchange.modify(mine.id, 8, 101)).to.include({ id: mine.id, status: 'refused', resting: 8 });
    expect(shown(exchange, BUY)).to.deep.equal([[99, 8]]);
  });

  it('self-trade prevention: four modes', () => {
    const left = (selfTrade: OrderRequest['selfTrade']) => {
      const { exchange, executions, send } = market();
      send(ME, SELL, 101, 5);
      send(OTHER, SELL, 101, 5);
      const ack = send(ME, BUY, 101, 8, LIMIT, { selfTrade });
      return [ack.status, ack.filled, ack.resting, shown(exchange, BUY), shown(exchange, SELL), executions.length / 2];
    };
    expect(left(undefined)).to.deep.equal(['resting', 5, 3, [[101, 3]], [], 1]);
    expect(left('cancel-resting')).to.deep.equal(['resting', 5, 3, [[101, 3]], [], 1]);
    expect(left('cancel-taking')).to.deep.equal(['cancelled', 0, 0, [], [[101, 10]], 0]);
    expect(left('cancel-both')).to.deep.equal(['cancelled', 0, 0, [], [[101, 5]], 0]);
    expect(left('decrement')).to.deep.equal(['cancelled', 3, 0, [], [[101, 2]], 1]);
  });

  it('self-trade prevention: what decrement leaves of an order rests, and is not told to have ended', () => {
    const { ended, send } = market();
    const mine = send(ME, SELL, 101, 3);
    const ack = send(ME, BUY, 101, 8, LIMIT, { selfTrade: 'decrement' });
    expect(ack).to.include({ status: 'resting', filled: 0, resting: 5, reason: '3 of 8 dropped: it met an order of its own owner' });
    expect(ended).to.deep.equal([[mine.id, 'it met an order of its own owner']]);
  });

  it('stop: waits for a trade at its trigger, and enters when the order that traded has finished', () => {
    const { exchange, executions, send } = market();
    send(OTHER, BUY, 99, 5);
    send(OTHER, BUY, 98, 5);
    const stop = send(ME, SELL, 1, 3, MARKET, { trigger: 99 });
    expect(stop).to.include({ status: 'waiting', resting: 0 });
    expect(exchange.stateOf(stop.id)).to.equal('waiting');
    send(THIRD, SELL, 98, 7, IOC);
    expect(exchange.stateOf(stop.id)).to.equal('gone');
    expect(executions.filter((e) => !e.maker).map((e) => [e.owner, e.id === stop.id, e.priceTicks, e.size, e.why])).to.deep.equal([
      [THIRD, false, 99, 5, 'took the best bid'],
      [THIRD, false, 98, 2, 'took 1 beyond the best bid'],
      [ME, true, 98, 3, 'stop triggered at 99, took the best bid'],
    ]);
  });

  it('stop-limit: rests under the same id where it cannot fill', () => {
    const { exchange, send } = market();
    send(OTHER, SELL, 101, 1);
    const stop = send(ME, BUY, 100, 3, LIMIT, { trigger: 101 });
    send(THIRD, BUY, 101, 1, IOC);
    expect(exchange.stateOf(stop.id)).to.equal('resting');
    expect(shown(exchange, BUY)).to.deep.equal([[100, 3]]);
  });

  it('stops are triggered by price, then by time, and set each other off', () => {
    const { executions, send } = market();
    for (const price of [101, 102, 103, 104, 105]) send(OTHER, SELL, price, 1);
    const late = send(ME, BUY, 1, 1, MARKET, { trigger: 103 });
    const second = send(ME, BUY, 1, 1, MARKET, { trigger: 102 });
    const first = send(THIRD, BUY, 1, 1, MARKET, { trigger: 101 });
    const third = send(THIRD, BUY, 1, 1, MARKET, { trigger: 102 });
    send(THIRD, BUY, 101, 1, IOC);
    expect(
      executions
        .filter((e) => !e.maker)
        .map((e) => [e.id, e.priceTicks])
        .slice(1),
    ).to.deep.equal([
      [first.id, 102],
      [second.id, 103],
      [third.id, 104],
      [late.id, 105],
    ]);
  });

  it('a stop whose trigger the last trade satisfies enters at once', () => {
    const { send } = market();
    send(OTHER, SELL, 101, 1);
    send(THIRD, BUY, 101, 1);
    send(OTHER, SELL, 102, 4);
    expect(send(ME, BUY, 1, 3, MARKET, { trigger: 101 })).to.include({ status: 'filled', filled: 3 });
  });

  it('one cancels other: an execution, even in part, or a trigger takes the other out', () => {
    const { exchange, ended, send } = market();
    const bid = send(ME, BUY, 99, 5, LIMIT, { pair: 1 });
    const ask = send(ME, SELL, 102, 5, LIMIT, { pair: 1 });
    expect(send(ME, SELL, 103, 5, LIMIT, { pair: 1 }).reason).to.contain('two live orders already');
    send(OTHER, SELL, 99, 1);
    expect([exchange.stateOf(bid.id), exchange.stateOf(ask.id)]).to.deep.equal(['resting', 'gone']);
    expect(ended.at(-1)).to.deep.equal([ask.id, 'the other order of its pair executed or was triggered']);
    const profit = send(ME, SELL, 105, 5, LIMIT, { pair: 2 });
    send(ME, SELL, 1, 4, MARKET, { pair: 2, trigger: 98 });
    send(OTHER, BUY, 98, 1);
    exchange.cancel(bid.id);
    send(THIRD, SELL, 98, 1);
    expect(exchange.stateOf(profit.id)).to.equal('gone');
    expect(send(ME, BUY, 90, 1, LIMIT, { pair: 3 }).status).to.equal('resting');
    expect(send(ME, BUY, 91, 1, LIMIT, { pair: 3 }).reason).to.contain('same side');
  });

  it('mass-cancel takes out resting orders and stops, of one side or of both', () => {
    const { exchange, send } = market();
    send(ME, BUY, 99, 1);
    send(ME, SELL, 102, 1);
    send(ME, SELL, 1, 1, MARKET, { trigger: 90 });
    send(OTHER, SELL, 102, 7);
    expect(exchange.cancelAll(ME, SELL)).to.equal(2);
    expect([shown(exchange, BUY), shown(exchange, SELL)]).to.deep.equal([[[99, 1]], [[102, 7]]]);
    expect(exchange.cancelAll(ME)).to.equal(1);
    expect(exchange.cancelAll(ME)).to.equal(0);
  });

  it('every execution says why, from whom, what it cost, how long it rested and behind how much', () => {
    const { exchange, executions, send } = market();
    send(OTHER, BUY, 100, 7);
    exchange.now = 1000;
    const mine = send(ME, BUY, 100, 2);
    exchange.now = 5000;
    send(THIRD, SELL, 99, 9, IOC);
    const [maker] = executions.filter((e) => e.owner === ME);
    expect(maker).to.deep.equal({
      at: 5000,
      id: mine.id,
      owner: ME,
      side: BUY,
      priceTicks: 100,
      size: 2,
      maker: true,
      counterpartyOwner: THIRD,
      counterparty: 'noise',
      why: 'front of the queue at 100',
      restedUs: 4000,
      aheadAtEntry: 7,
      feeMicros: -4,
      tradeId: 1,
    });
    expect(executions.at(-1)).to.include({
      owner: THIRD,
      counterparty: 'seat',
      feeMicros: exchange.accounts.fees[THIRD]! - executions[1]!.feeMicros,
    });
  });

  it('refuses what is no order, says what it would accept, and changes nothing', () => {
    const { exchange, send } = market();
    const reasons = [
      send(ME, BUY, 100, 0),
      send(ME, BUY, 100, 1.5),
      send(ME, BUY, 0, 1),
      send(ME, BUY, NaN, 1),
      send(ME, BUY, 100 + 0x80001, 1),
      send(ME, 3 as Side, 100, 1),
      send(ME, BUY, 100, 1, 4 as Kind),
      send(ME, BUY, 100, 5, LIMIT, { display: 6 }),
      send(ME, BUY, 100, 5, IOC, { display: 1 }),
      send(ME, BUY, 100, 5, LIMIT, { trigger: -1 }),
      send(ME, BUY, 100, 5, FOK, { pair: 1 }),
      send(ME, BUY, 100, 5, LIMIT, { selfTrade: 'allow' as 'decrement' }),
    ];
    for (const ack of reasons) {
      expect(ack).to.include({ id: 0, status: 'refused' });
      expect(ack.reason).to.match(/accepted|cannot/);
    }
    expect(exchange.messages).to.equal(0);
  });
});
