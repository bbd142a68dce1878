/** A replayed market as a world: deterministic, additive, restorable, blind to its own future, and careful about what it accepts. */
import { expect } from 'chai';
import { OptionsError } from '../../../../envs/environment.js';
import { BUY, SELL, type Side } from '../../../../envs/hft/exchange/book.js';
import type { Market } from '../../../../envs/hft/market.js';
import { FEWEST } from '../../../../envs/hft/replay/feed.js';
import { MAX_MESSAGES, type ReplayMessages } from '../../../../envs/hft/replay/messages.js';
import { hft } from '../../../../envs/hft/task.js';
import { Stream } from '../../../../envs/random.js';
import { publicOptions, rehearsalOptions } from '../../../../envs/hft/public.js';
import { Script } from './script.js';

const SECOND = 1_000_000;

/** A made-up recording of 20 seconds, 100 messages a second; from `forkUs` on by another stream. */
function recorded(forkUs = Infinity, other = 2): ReplayMessages {
  const script = new Script();
  const live: { order: number; side: Side; left: number }[] = [];
  const first = new Stream(5, 1);
  const second = new Stream(5, other);
  const mid = 5_000;
  const put = (order: number, side: Side, left: number): void => void live.push({ order, side, left });
  for (let k = 1; k <= 5; k++) {
    put(script.open(BUY, mid - k, 50), BUY, 50);
    put(script.open(SELL, mid + k, 50), SELL, 50);
  }
  for (let at = 10_000; at < 20 * SECOND; at += 10_000) {
    const stream = at < forkUs ? first : second;
    script.at(at);
    const open = live.filter(({ left }) => left > 0);
    if (stream.below(2) === 0 || open.length < 5) {
      const side: Side = stream.below(2) === 0 ? BUY : SELL;
      const size = stream.between(1, 20);
      put(script.add(side, side === BUY ? mid - stream.between(1, 6) : mid + stream.between(1, 6), size), side, size);
    } else {
      const chosen = open[stream.below(open.length)]!;
      const size = stream.between(1, chosen.left);
      chosen.left -= size;
      if (stream.below(3) === 0) script.execute(chosen.order, size);
      else script.cancel(chosen.order, size);
    }
  }
  return script.messages;
}

function world(messages: ReplayMessages, seed = 1): Market {
  return hft.create(
    hft.parseOptions({ durationUs: 20 * SECOND, market: { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs: 20 * SECOND, messages } }),
    seed,
  ) as Market;
}
/** What anyone could see. */
const seen = (m: Market): unknown => [m.scene(), m.exchange.book.depth(BUY, 50), m.exchange.book.depth(SELL, 50), m.exchange.tape.count];

describe('replay: the world', () => {
  it('is additive, and the same for a bot on every run', () => {
    const messages = recorded();
    const whole = world(messages);
    whole.advance(15 * SECOND);
    const pieces = world(JSON.parse(JSON.stringify(messages)) as ReplayMessages);
    for (let at = 0; at <= 15 * SECOND; at += 7_001) pieces.advance(at);
    pieces.advance(15 * SECOND);
    expect(pieces.digest()).to.equal(whole.digest());
  });

  it('goes on from a snapshot as it would have gone on', () => {
    const env = world(recorded());
    env.advance(5 * SECOND);
    env.act(0, { plan: [{ do: 'bid', size: 5, at: 0 }] }, 5 * SECOND);
    const snapshot = env.snapshot();
    env.advance(12 * SECOND);
    const digest = env.digest();
    const twin = world(recorded());
    twin.restore(snapshot);
    twin.advance(12 * SECOND);
    expect(twin.digest()).to.equal(digest);
    env.restore(snapshot);
    env.reseed(9);
    env.advance(12 * SECOND);
    env.restore(snapshot);
    env.advance(12 * SECOND);
    expect(env.digest()).to.equal(digest);
  });

  it('draws futures from its past alone: what the record does next makes no difference to them', () => {
    const fork = 10 * SECOND;
    const [a, b] = [recorded(fork, 2), recorded(fork, 3)].map((messages) => world(messages)) as [Market, Market];
    for (const env of [a, b]) {
      env.advance(fork - 1);
      env.reseed(77);
      env.advance(18 * SECOND);
    }
    expect(seen(a)).to.deep.equal(seen(b));
    const real = world(recorded(fork, 2));
    real.advance(18 * SECOND);
    expect(seen(real), 'and they are not the record').to.not.deep.equal(seen(a));
  });

  it('draws other futures from other seeds, with trades and an uncrossed book', () => {
    const futures = [1, 2, 3].map((seed) => {
      const env = world(recorded());
      env.advance(10 * SECOND);
      const before = env.exchange.tape.count;
      env.reseed(seed);
      for (let at = 10 * SECOND; at < 19 * SECOND; at += 50_000) {
        env.advance(at);
        const { book } = env.exchange;
        if (book.bidOrders > 0 && book.askOrders > 0) expect(book.bestBid).to.be.below(book.bestAsk);
      }
      expect(env.exchange.tape.count).to.be.above(before + 20);
      return JSON.stringify(seen(env));
    });
    expect(new Set(futures).size).to.equal(3);
  });

  it('stands still in a future drawn before there is a past', () => {
    const env = world(recorded());
    env.advance((FEWEST / 2) * 10_000);
    env.reseed(4);
    const before = JSON.stringify([env.exchange.book.depth(BUY, 50), env.exchange.tape.count]);
    env.advance(15 * SECOND);
    expect(JSON.stringify([env.exchange.book.depth(BUY, 50), env.exchange.tape.count])).to.equal(before);
  });

  it('shows an index that is the size-weighted mid of the book', () => {
    const script = new Script();
    script.open(BUY, 1_000, 90);
    script.open(SELL, 1_010, 10);
    const env = world(script.messages);
    env.advance(SECOND);
    expect(env.listings[0]!.index).to.equal(1_009);
  });

  it('is told to nobody but the trace', () => {
    const market = { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs: SECOND, messages: recorded() };
    expect(JSON.stringify(publicOptions({ market }))).to.not.contain('wait');
    expect(JSON.stringify(publicOptions(hft.parseOptions({ durationUs: SECOND, market })))).to.not.contain('wait');
    expect(JSON.stringify(rehearsalOptions({ market }))).to.not.contain('replay');
  });

  it('refuses messages that cannot have happened, saying which', () => {
    const base = { opening: 0, wait: [0, 0], what: [0, 3], of: [100, 0], size: [5, 5] };
    for (const [change, told] of [
      [{ size: [5, 6] }, 'message 1 takes 6 shares of order 0, which has 5'],
      [{ of: [100, 1] }, 'message 1 has of'],
      [{ what: [0, 9] }, 'message 1 has what 9; accepted: a whole number from 0 to 7'],
      [{ what: [0, 1], of: [100, 99] }, 'message 1 at 99 would trade'],
      [{ wait: [0, -1] }, 'message 1 has wait -1'],
      [{ wait: [0] }, 'columns of one length'],
      [{ opening: 2 }, 'message 1 is of the opening book'],
      [{ of: [100.5, 0] }, 'message 0 has of'],
      [{ what: [0, 4], of: [100, 900_000] }, 'a span of'],
      [{ wait: [], what: [], of: [], size: [] }, `accepted: 1 to ${MAX_MESSAGES}`],
      [{ wait: 'no' }, 'accepted: {opening, wait, what, of, size}'],
    ] as const) {
      const messages = { ...base, ...change } as unknown as ReplayMessages;
      const market = { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs: SECOND, messages };
      expect(() => hft.parseOptions({ durationUs: SECOND, market }), told).to.throw(OptionsError, told);
    }
    const market = { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs: SECOND, messages: base };
    expect(() => hft.parseOptions({ durationUs: 2 * SECOND, market })).to.throw(OptionsError, 'longer than the recording');
  });
});
