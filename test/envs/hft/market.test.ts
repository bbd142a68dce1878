/** The market as a deterministic machine: additive time, snapshots, replay, futures; and its rules: limits, the close, standing orders. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Action } from '../../../envs/environment.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { randomAction } from '../../../envs/hft/bots/random.js';
import { Market } from '../../../envs/hft/market.js';
import { hft } from '../../../envs/hft/task.js';
import { type HftPlan, views } from '../../../envs/hft/state.js';
import { sceneOf } from '../../../envs/hft/scene.js';
import { anyPlan, type Env, play, view } from './play.js';

const bars = Array.from({ length: 30 }, (_, i): [number, number, number, number] => {
  const open = 5000 + ((i * 37) % 23);
  return [open, open + 6, open - 5, open + (i % 3) - 1];
});
const synthetic = hft.parseOptions({ durationUs: 8_000_000 });
const two = hft.parseOptions({ durationUs: 8_000_000, seats: 2, market: { kind: 'synthetic', preset: 'stressed' } });
/** Two symbols that move together, every rule of the exchange switched on. */
const symbols = hft.parseOptions({
  durationUs: 8_000_000,
  seats: 2,
  symbols: [{}, { market: { kind: 'synthetic', preset: 'large-tick', startTicks: 3000 }, lotSize: 2, tickMicros: 20_000 }],
  correlationPermille: 600,
  initialMarginPermille: 100,
  maintenanceMarginPermille: 50,
  cashMicros: 1_000_000_000,
  feeTiers: [{ fromMicros: 2_000_000_000, makerFeePpm: -5, takerFeePpm: 20 }],
  selfTrade: ['decrement', 'cancel-both'],
});
const replayed = hft.parseOptions({ durationUs: 8_000_000, market: { kind: 'ohlc', symbol: 'TEST', bars } });

const wired = hft.parseOptions({ durationUs: 8_000_000, market: { kind: 'synthetic', preset: 'news-wire' } });
/** Two symbols with news of their own and a common factor. */
const wires = hft.parseOptions({
  durationUs: 8_000_000,
  symbols: [
    { market: { kind: 'synthetic', preset: 'news-wire', news: 'train' } },
    { market: { kind: 'synthetic', preset: 'large-tick', news: 'train' } },
  ],
  correlationPermille: 500,
});

interface Recorded {
  seat: number;
  at: number;
  action: Action<HftPlan>;
}

/** Random plans of random seats at random times, recorded as they landed. */
function script(seed: number, env: Env, seats: number): Recorded[] {
  const random = new Stream(keyOf(seed, 9), 1);
  const landings: Recorded[] = [];
  for (let at = random.between(0, 200_000); at < 9_000_000; at += random.between(1, 400_000)) {
    const seat = random.below(seats);
    env.advance(at);
    const state = env.observe(seat);
    const action: Action<HftPlan> = state.symbols.length > 1 ? { plan: anyPlan(state, random) } : randomAction(views(state)[0]!, random);
    if (random.below(4) === 0) action.standing = random.below(2) === 0 ? 'pull' : 'keep';
    landings.push({ seat, at: env.act(seat, action, at).at, action });
  }
  env.advance(9_000_000);
  return landings;
}

describe('hft: market', () => {
  for (const [name, options] of [
    ['synthetic', synthetic],
    ['two seats', two],
    ['bars', replayed],
    ['two symbols', symbols],
    ['news', wired],
    ['two symbols with news', wires],
  ] as const) {
    it(`ends in the same digest however time is split, whoever looks on (${name})`, () => {
      const whole = hft.create(options, 3);
      const landings = script(5, whole, options.seats);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 9_000_000 }), { maxLength: 60 }), (splits) => {
          const env = hft.create(options, 3);
          const stops = [...splits].sort((a, b) => a - b);
          for (const { seat, at, action } of landings) {
            while (stops.length > 0 && stops[0]! <= at) {
              env.advance(stops.shift()!);
              const digest = env.digest();
              env.observe(seat);
              env.scene();
              env.worth(seat);
              env.nextChange();
              expect(env.digest()).to.equal(digest);
            }
            env.act(seat, action, at);
          }
          for (const stop of stops) env.advance(stop);
          env.advance(9_000_000);
          expect(env.digest()).to.equal(whole.digest());
          expect(env.results()).to.deep.equal(whole.results());
        }),
        { numRuns: 25 },
      );
    });

    it(`has the same future after restore, in itself and in a twin (${name})`, () => {
      const env = hft.create(options, 11);
      script(2, env, options.seats);
      const fresh = hft.create(options, 11);
      fresh.advance(2_345_678);
      fresh.act(
        0,
        {
          plan: [
            { do: 'buy', size: 5 },
            { do: 'bid', size: 4, at: -2 },
          ],
          standing: 'pull',
        },
        2_345_678,
      );
      const snapshot = fresh.snapshot();
      const before = fresh.digest();
      fresh.advance(6_000_000);
      const after = fresh.digest();
      const twin = hft.create(options, 11);
      twin.restore(snapshot);
      expect(twin.digest()).to.equal(before);
      twin.advance(6_000_000);
      expect(twin.digest()).to.equal(after);
      fresh.restore(snapshot);
      expect(fresh.digest()).to.equal(before);
      fresh.advance(6_000_000);
      expect(fresh.digest()).to.equal(after);
    });

    it(`draws other futures after reseed, from the same present (${name})`, () => {
      const env = hft.create(options, 4);
      env.advance(3_000_000);
      const snapshot = env.snapshot();
      const state = env.observe(0);
      env.advance(6_000_000);
      const futures = new Set([JSON.stringify(view(env).trades) + view(env).indexTicks]);
      for (let seed = 0; seed < 6; seed++) {
        env.restore(snapshot);
        env.reseed(seed);
        expect(env.observe(0)).to.deep.equal(state);
        env.advance(6_000_000);
        futures.add(JSON.stringify(view(env).trades) + view(env).indexTicks);
      }
      expect(futures.size).to.equal(7);
      env.restore(snapshot);
      env.reseed(2);
      env.advance(6_000_000);
      const once = env.digest();
      env.restore(snapshot);
      env.reseed(2);
      env.advance(6_000_000);
      expect(env.digest()).to.equal(once);
    });
  }

  it('differs between seeds, and knows its digest (golden)', () => {
    const digests = [1, 2, 3].map((seed) => play('expert', 300_000, seed, synthetic).digest());
    expect(new Set(digests).size).to.equal(3);
    expect(digests[0]).to.equal('886a638032d6477f');
  });

  it('draws from all of a wide key: two seeds whose keys agree in the 32 lower bits are two worlds, each the same however time is split', () => {
    const purpose = 0x686674; // the market's own
    const byLower = new Map<number, number>();
    let twins: [number, number] | undefined;
    for (let seed = 2 ** 52; !twins; seed++) {
      const lower = keyOf(seed, purpose) >>> 0;
      const other = byLower.get(lower);
      if (other !== undefined) twins = [other, seed];
      byLower.set(lower, seed);
    }
    expect(keyOf(twins[0], purpose) === keyOf(twins[1], purpose)).to.equal(false);
    const [one, other] = twins.map((seed) => new Market(synthetic, seed));
    expect(one!.observe(0)).to.not.deep.equal(other!.observe(0));
    const split = new Market(synthetic, twins[0]);
    for (let at = 0; at <= 2_000_000; at += 70_000) split.advance(at);
    const before = one!.snapshot();
    for (const each of [one!, split]) each.advance(2_000_000);
    const digest = one!.digest();
    expect(split.digest()).to.equal(digest);
    one!.restore(before);
    one!.advance(2_000_000);
    expect(one!.digest()).to.equal(digest);
  });

  it('creates and loses no cash and no share, never crosses, and keeps every limit', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const options = hft.parseOptions({
        durationUs: 8_000_000,
        seats: 3,
        makerFeePpm: seed % 2 === 0 ? -3 : 2,
        positionLimit: 25,
        orderLimit: 20,
      });
      const market = new Market(options, seed);
      const random = new Stream(keyOf(seed, 10), 1);
      for (let at = 0; at < 8_500_000; at += random.between(1, 60_000)) {
        const seat = random.below(3);
        market.advance(at);
        market.act(seat, randomAction(view(market, seat), random), at);
        const { accounts, book } = market.exchange;
        const sum = (a: ArrayLike<number>): number => Array.from(a).reduce((x, y) => x + y, 0);
        expect(sum(accounts.cash) + sum(accounts.fees)).to.equal(3 * options.cashMicros);
        expect(sum(accounts.position)).to.equal(0);
        if (book.bidOrders > 0 && book.askOrders > 0) expect(book.bestBid).to.be.below(book.bestAsk);
        for (const s of market.seats) {
          const position = accounts.position[s.number]!;
          expect(Math.abs(position)).to.be.at.most(25);
          expect(position + s.desks[0]!.openShares(0)).to.be.at.most(25);
          expect(position - s.desks[0]!.openShares(1)).to.be.at.least(-25);
          for (const { id } of s.desks[0]!.live()) expect(book.alive(id)).to.equal(true);
        }
      }
      expect(market.over).to.equal(true);
      for (const s of market.seats) expect(market.exchange.accounts.position[s.number]).to.equal(0);
    }
  });

  it('closes flat: resting orders gone, the position traded against the book with fees, the reward the change of cash', () => {
    const env = hft.create(synthetic, 8);
    env.act(
      0,
      {
        plan: [
          { do: 'buy', size: 20 },
          { do: 'bid', size: 5, at: -3 },
        ],
      },
      7_900_000,
    );
    const held = view(env).position;
    expect(held).to.be.above(0);
    const feesBefore = env.results().seats[0]!.feesMicros!;
    env.advance(8_000_000);
    const seat = env.results().seats[0]!;
    expect(env.over).to.equal(true);
    expect(seat.position).to.equal(0);
    expect(seat.closedShares).to.equal(held);
    expect(seat.feesMicros).to.be.above(feesBefore);
    expect(env.results().reward[0]).to.equal(Math.floor(((seat.cashMicros! - synthetic.cashMicros) * 1e6) / synthetic.cashMicros));
    expect(view(env).orders).to.deep.equal([]);
    expect(env.nextChange()).to.equal(Infinity);
    const late = env.act(0, { plan: [{ do: 'buy', size: 1 }] }, 8_000_001);
    expect(late.accepted).to.equal(false);
    expect(late.reason).to.contain('closed');
  });

  it('marks at the mid: a purchase costs half the spread and the fee', () => {
    const env = hft.create(synthetic, 8);
    env.advance(1_000_000);
    const before = view(env);
    env.act(0, { plan: [{ do: 'buy', size: 1 }] }, 1_000_000);
    const after = view(env);
    expect(after.position).to.equal(1);
    const fill = after.fills[0]!;
    expect(fill).to.deep.include({ size: 1, priceTicks: before.askTicks, maker: false });
    const notional = fill.priceTicks * 10_000;
    expect(after.cashMicros).to.equal(before.cashMicros - notional - Math.ceil((notional * 30) / 1e6));
  });

  it('says why an order was refused or cut', () => {
    const env = hft.create(synthetic, 8);
    const reason = (plan: HftPlan): string | undefined => env.act(0, { plan }, env.now).reason;
    const { askTicks, bidTicks } = view(env);
    expect(reason([{ do: 'bid', size: 5, at: askTicks - bidTicks }])).to.contain('would take');
    expect(reason([{ do: 'bid', size: 50, at: -4 }])).to.contain("cut to 30: one order's limit is 30");
    expect(reason([{ do: 'bid', size: 30, at: -4 }])).to.equal(undefined);
    expect(reason([{ do: 'buy', size: 1 }])).to.contain('position limit of 60 leaves 0');
    for (let i = 0; i < 4; i++) expect(reason([{ do: 'ask', size: 1, at: 5 }])).to.equal(undefined);
    expect(reason([{ do: 'ask', size: 1, at: 5 }])).to.contain('6 orders rest already');
    const poor = hft.create(hft.parseOptions({ cashMicros: 500_000_000 }), 8);
    expect(poor.act(0, { plan: [{ do: 'sell', size: 30 }] }, 0).reason).to.contain('margin leaves');
  });

  it('cancels what rests: on cancel, on leave, and a second after the last action under pull', () => {
    const env = hft.create(synthetic, 8);
    const far: HftPlan = [{ do: 'bid', size: 1, at: -40 }];
    env.act(0, { plan: far }, 0);
    env.advance(3_000_000);
    expect(view(env).orders).to.have.length(1);
    env.act(0, { plan: [{ do: 'cancel' }] }, 3_000_000);
    expect(view(env).orders).to.have.length(0);
    env.act(0, { plan: far, standing: 'pull' }, 3_000_000);
    env.act(0, { plan: [] }, 3_900_000);
    env.advance(4_899_999);
    expect(view(env).orders).to.have.length(1);
    env.advance(4_900_000);
    expect(view(env).orders).to.have.length(0);
    env.act(0, { plan: far, standing: 'keep' }, 5_000_000);
    env.leave(0, 6_500_000);
    expect(view(env).orders).to.have.length(0);
  });

  it('publishes on its grid, and tells when something changes next', () => {
    const env = hft.create(synthetic, 8);
    expect([0, 9_999, 10_000].map((t) => env.nextPublish(t))).to.deep.equal([10_000, 10_000, 20_000]);
    const digest = (): string =>
      JSON.stringify([sceneOf(env.scene(), 0).bids, sceneOf(env.scene(), 0).asks, sceneOf(env.scene(), 0).indexTicks]);
    for (let i = 0; i < 200; i++) {
      const next = env.nextChange();
      const before = digest();
      env.advance(next - 1);
      expect(digest()).to.equal(before);
      env.advance(next);
      expect(env.nextChange()).to.be.above(next - 1);
    }
  });

  it('shows spectators trades with ids that go on without gaps', () => {
    const env = hft.create(synthetic, 8);
    const seen = new Set<number>();
    for (let at = 0; at < 8_000_000; at += 100_000) {
      env.advance(at);
      const { trades, bids, asks } = sceneOf(env.scene(), 0);
      trades.forEach((t) => seen.add(t.id));
      expect(bids.every(([p], i) => i === 0 || p < bids[i - 1]![0])).to.equal(true);
      expect(asks.every(([p], i) => i === 0 || p > asks[i - 1]![0])).to.equal(true);
    }
    const last = Math.max(...seen);
    const first = Math.min(...seen);
    expect(seen.size).to.equal(last - first + 1);
    expect(last).to.be.above(40);
  });
});
