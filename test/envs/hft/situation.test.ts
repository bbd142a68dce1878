/** Kinds of decisions by the news that is fresh, and the actions that the oracle compares while it is. */
import { expect } from 'chai';
import { Market } from '../../../envs/hft/market.js';
import { classOf } from '../../../envs/hft/news/meaning.js';
import { readItem } from '../../../envs/hft/news/read.js';
import { parseOptions } from '../../../envs/hft/options.js';
import { candidates } from '../../../envs/hft/oracle.js';
import { write } from '../../../envs/hft/seats/statement.js';
import { situation } from '../../../envs/hft/situation.js';

const NAMES = ['', 'plain news', 'numbers', 'denied, corrected or known', 'relation or condition'];

describe('hft: situations', () => {
  it('are the class of the newest item while it is fresh', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      const market = new Market(parseOptions({ market: { kind: 'synthetic', preset: 'news-wire' } }), seed);
      for (let at = 0; at < 60_000_000; at += 500_000) {
        market.advance(at);
        const state = market.observe(0);
        const { names, items } = state.symbols[0]!.news!;
        const fresh = items[0] !== undefined && items[0].agoUs < 3_000_000;
        const expected = fresh ? NAMES[classOf(readItem(items[0]!.text, names)!)] : 'no fresh news';
        expect(situation(state)).to.equal(expected);
        seen.add(expected!);
        // Either way may be right while the index does not know.
        const answers = candidates(state).map(write);
        if (fresh) expect(answers).to.include.members(['buy 20;', 'sell 20;']);
        if (items.every(({ agoUs }) => agoUs > 5_000_000))
          expect(answers.includes('buy 20;') && answers.includes('sell 20;')).to.equal(false);
      }
    }
    expect([...seen].sort()).to.deep.equal([...NAMES.slice(1), 'no fresh news'].sort());
  });

  it('are not told apart where there is no wire', () => {
    expect(situation(new Market(parseOptions({}), 1).observe(0))).to.equal(undefined);
  });
});
