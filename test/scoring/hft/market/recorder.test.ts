/** The recorder on the running market, with every kind of order: what it leaves explains every account at every sample, and disturbs nothing. */
import { expect } from 'chai';
import type { Action } from '../../../../envs/environment.js';
import type { HftOrder, HftPlan } from '../../../../envs/hft/state.js';
import { hft } from '../../../../envs/hft/task.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { symbolProfit } from '../../../../scoring/hft/market/profit.js';
import { executionsOf, mid2At } from '../../../../scoring/hft/market/record.js';
import { MarketRecorder } from '../../../../scoring/hft/market/recorder.js';

const SEATS = 3;
const OPTIONS = {
  seats: SEATS,
  durationUs: 8_000_000,
  makerFeePpm: -7,
  symbols: [{ symbol: 'AAA', tickMicros: 9_999 }, { symbol: 'BBB', tickMicros: 7 }],
}; // prettier-ignore

/** An order of any kind, by chance. */
function anyOrder(stream: Stream): HftOrder {
  const size = stream.between(1, 30);
  const at = stream.between(-3, 3);
  const side = stream.below(2) === 0 ? ('buy' as const) : ('sell' as const);
  const quote = side === 'buy' ? ('bid' as const) : ('ask' as const);
  const symbol = ['AAA', 'BBB', undefined][stream.below(3)];
  const orders: HftOrder[] = [
    { do: side, size },
    { do: side, size, type: 'fok' },
    { do: side, size, type: 'market' },
    { do: quote, size, at },
    { do: quote, size, at, type: 'limit' },
    { do: quote, size, at, show: stream.between(1, 5) },
    { do: 'stop', side, size, at: side === 'buy' ? stream.between(0, 3) : stream.between(-3, 0) },
    { do: 'oco', side, size, at: side === 'buy' ? -1 : 1, stop: side === 'buy' ? 2 : -2 },
    { do: 'move', order: stream.between(1, 6), size, at },
    { do: 'cancel' },
    { do: 'flat' },
  ];
  return { ...orders[stream.below(orders.length)]!, ...(symbol === undefined ? {} : { symbol }) } as HftOrder;
}

describe('the market recorder', () => {
  it('explains every account to the micro-unit at every sample, and leaves the world as it would have been', () => {
    let fills = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const options = hft.parseOptions(OPTIONS);
      const [env, plain] = [hft.create(options, seed), hft.create(options, seed)];
      const recorder = new MarketRecorder(env);
      const stream = new Stream(keyOf(seed, 77), 1);
      // Never at a sample: what lands at that very time comes after it.
      for (let at = 50_500, seq = 0; at < options.durationUs; at += stream.between(1, 40) * 1000, seq++) {
        const seat = stream.below(SEATS);
        const action: Action<HftPlan> = { plan: Array.from({ length: stream.between(1, 3) }, () => anyOrder(stream)) };
        recorder.reach(at);
        recorder.observed(seat, seq);
        recorder.landing(seat, seq, action as never);
        env.act(seat, action, at);
        recorder.landed();
        plain.act(seat, action, at);
      }
      recorder.reach(options.durationUs);
      plain.advance(options.durationUs);
      expect(env.digest()).to.equal(plain.digest());
      const record = recorder.finish();
      for (let seat = 0; seat < SEATS; seat++) {
        const own = executionsOf(record, seat);
        fills += own.length;
        const path = record.accounts[seat]!;
        path.at.forEach((at, sample) => {
          let earned = 0;
          record.symbols.forEach((_, symbol) => {
            const until = own.filter((each) => each.symbol === symbol && each.at <= at);
            const { grossMicros, feesMicros, position } = symbolProfit(
              until,
              mid2At(record.mids[symbol]!, at)!,
              record.tickMicros[symbol]!,
            );
            expect(position).to.equal(path.position[symbol]![sample]);
            earned += grossMicros - feesMicros;
          });
          expect(path.equityMicros[sample]! - record.startMicros).to.equal(earned);
        });
      }
      for (const plan of record.plans) {
        for (const { at } of record.executions.slice(plan.from, plan.to)) expect(at).to.equal(plan.at);
        expect(plan.observedAt).to.be.at.most(plan.at);
      }
    }
    expect(fills).to.be.greaterThan(500);
  });
});
