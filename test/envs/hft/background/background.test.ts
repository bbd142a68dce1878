/** The background: its table of waiting times, and that the market it makes has the properties the task rests on. */
import { expect } from 'chai';
import { waitUs } from '../../../../envs/hft/background/waiting.js';
import { hft } from '../../../../envs/hft/task.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { view } from '../play.js';

describe('hft: background', () => {
  it('waits exponentially: each entry of the table is the quantile that its comment says', () => {
    const waits = new Set<number>();
    const stream = new Stream(keyOf(1, 1), 1);
    for (let i = 0; i < 20_000; i++) waits.add(waitUs(stream, 1024 * 1000) - 1);
    const expected = new Set(Array.from({ length: 256 }, (_, i) => Math.round(-Math.log((i + 0.5) / 256) * 1024) * 1000));
    expect(waits).to.deep.equal(expected);
  });

  it('has an index that leads the mid, a tight spread, and moves in the range of real markets', () => {
    const lead: number[] = [];
    const returns: number[] = [];
    let tight = 0;
    let both = 0;
    let looks = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const env = hft.create(hft.parseOptions({ durationUs: 300_000_000 }), seed);
      let before: { gap: number; mid: number } | undefined;
      for (let at = 1_000_000; at < 300_000_000; at += 1_000_000) {
        env.advance(at);
        const state = view(env);
        const mid = (state.bidTicks + state.askTicks) / 2;
        looks++;
        if (state.bids.length > 0 && state.asks.length > 0) both++;
        if (state.askTicks - state.bidTicks <= 4) tight++;
        if (before !== undefined) {
          returns.push((mid / before.mid - 1) * 10_000);
          // Where the index was two ticks or more away a second ago, did the mid follow it?
          if (Math.abs(before.gap) >= 2) lead.push(Math.sign(before.gap) * (mid - before.mid));
        }
        before = { gap: state.indexTicks - mid, mid };
      }
    }
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(lead.length).to.be.above(100);
    expect(mean(lead)).to.be.above(2);
    expect(both / looks).to.be.above(0.99);
    expect(tight / looks).to.be.above(0.7);
    const deviation = Math.sqrt(mean(returns.map((r) => r * r)) - mean(returns) * mean(returns));
    expect(deviation).to.be.within(3, 5.6);
    const fourth = mean(returns.map((r) => (r - mean(returns)) ** 4)) / deviation ** 4 - 3;
    expect(fourth).to.be.above(2);
  });

  it('draws the index from a stream of its own: trading does not change its path', () => {
    // However a seat trades, the value and its index go their own way.
    const options = hft.parseOptions({ durationUs: 10_000_000 });
    const alone = hft.create(options, 6);
    const busy = hft.create(options, 6);
    for (let at = 500_000; at < 10_000_000; at += 500_000) {
      busy.act(0, { plan: [{ do: at % 1_000_000 === 0 ? 'buy' : 'sell', size: 15 }] }, at);
      alone.advance(at);
      expect(view(busy).indexTicks).to.equal(view(alone).indexTicks);
    }
    expect(busy.digest()).to.not.equal(alone.digest());
  });
});
