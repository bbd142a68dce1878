/** The market's oracle in situations made by hand, whose best answer is known. */
import { expect } from 'chai';
import type { Market } from '../../../envs/hft/market.js';
import { hft } from '../../../envs/hft/task.js';
import type { HftPlan } from '../../../envs/hft/state.js';
import { Oracle, positionKey, type Position } from '../../../scoring/oracle/oracle.js';

const options = hft.parseOptions({});
/** Enough futures that chance decides nothing that is asserted here. */
const FUTURES = 64;
/** Long enough after the start for a book; a publishing moment. */
const AT = 10_000_000;
/** More than any ordinary jump. */
const NEWS_TICKS = 25;

/** A market at rest in which `plan` has landed, after which the fundamental value has moved by `ticks`, and the index with it, a step ago. */
function situation(seed: number, plan: HftPlan, ticks: number): { oracle: Oracle; position: Position } {
  const world = hft.create(options, seed) as Market;
  world.act(0, { plan }, AT);
  world.listings[0]!.makeup.source.memory[0]! += ticks;
  world.advance(AT + 60_000);
  const at = world.now;
  return {
    oracle: new Oracle(hft, options, seed, FUTURES),
    position: { snapshot: world.snapshot(), state: world.observe(0), at, seat: 0, key: positionKey(seed, at, 0) },
  };
}

/** Candidates with their values, and which of them is best, as answers. */
function valued({ oracle, position }: { oracle: Oracle; position: Position }): {
  best: string;
  value: (answer: string) => number;
  all: Map<string, number>;
} {
  const { candidates, value, best } = oracle.valueCandidates(position);
  const all = new Map(candidates.map((action, i) => [hft.write(action), value[i]!]));
  return { best: hft.write(candidates[best]!), all, value: (answer) => all.get(answer) ?? Number.NaN };
}

describe('hft: oracle in situations made by hand', () => {
  for (const seed of [1, 2, 3]) {
    it(`lifts asks that good news has left behind, and hits bids after bad news (seed ${seed})`, () => {
      const good = valued(situation(seed, [], NEWS_TICKS));
      expect(good.best).to.match(/buy \d+;$/);
      expect(good.value(good.best)).to.be.above(0);
      expect(good.value('buy 6;')).to.be.above(0);
      expect(good.value('sell 6;')).to.be.below(0);
      const bad = valued(situation(seed, [], -NEWS_TICKS));
      expect(bad.best).to.match(/sell \d+;$/);
      expect(bad.value('sell 6;')).to.be.above(0);
      expect(bad.value('buy 6;')).to.be.below(0);
    });

    it(`takes away an order that is about to be picked off (seed ${seed})`, () => {
      const own: HftPlan = [{ do: 'ask', size: 30, at: 0 }];
      const threatened = valued(situation(seed, own, NEWS_TICKS));
      expect(threatened.value('cancel;'), 'cancelling against holding').to.be.above(0);
      expect(threatened.best).to.match(/^cancel|buy/);
      expect(threatened.value(threatened.best)).to.be.at.least(threatened.value('cancel;'));
    });
  }

  it('is never worse off with its best candidate than with nothing, in quiet states and loud ones', () => {
    for (const ticks of [0, 1, -2, 4]) {
      const { best, value, all } = valued(situation(40 + ticks, [], ticks));
      expect(all.get('hold;')).to.equal(0);
      expect(value(best)).to.be.at.least(0);
    }
  });
});
