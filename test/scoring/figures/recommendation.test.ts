import { expect } from 'chai';
import fc from 'fast-check';
import { recommend, type Candidate } from '../../../scoring/figures/recommendation.js';
import { Draws } from '../hft/realism/draws.js';
import { meanInterval } from '../../../scoring/statistics/means.js';

/** A configuration that earned these rewards on seeds 1, 2, ... */
function candidate(name: string, rewards: readonly number[], latencyUs = 1000): Candidate {
  return {
    name,
    rewards: new Map(rewards.map((reward, i) => [i + 1, reward])),
    reward: meanInterval(rewards),
    latency: { value: latencyUs, low: null, high: null, n: rewards.length },
  };
}
const names = (compared: readonly { name: string }[]): string[] => compared.map(({ name }) => name);

describe('recommending a configuration', () => {
  const seeds = [1, 4, 2, 8, 5, 7];

  it('takes the one that earned most where the seeds both played tell it from another, however different the seeds are', () => {
    const result = recommend([
      candidate('much', seeds.map((seed, i) => seed + 1 + (i % 2) * 0.1)),
      candidate('little', seeds),
      candidate('about', seeds.map((seed, i) => seed + 1 + (i % 3) * 0.05)),
    ]); // prettier-ignore
    expect(result).to.include({ take: 'much', because: 'most' });
    expect(names(result.less)).to.deep.equal(['little']);
    expect(names(result.tied)).to.deep.equal(['about']);
  });

  it('takes the fastest where reward tells none from the first', () => {
    const result = recommend([
      candidate('slow', [3, 1, 2, 5, 1, 4], 9000),
      candidate('fast', [1, 3, 2, 1, 5, 3], 100),
      candidate('middle', [2, 2, 3, 1, 1, 4], 500),
    ]);
    expect(result).to.include({ take: 'fast', because: 'fastest' });
    expect(names(result.tied).sort()).to.deep.equal(['middle', 'slow']);
    expect(result.less).to.deep.equal([]);
  });

  it('takes the fastest of those that earn something beyond doubt, where nothing is known to be worth nothing', () => {
    const players = [
      candidate('surest', [3, 2, 2.5, 3, 2, 2.5], 9000),
      candidate('sure', [3, 1, 2, 3, 1, 2], 500),
      candidate('fast', [9, -4, 6, -5, 6, -3], 100),
    ];
    expect(recommend(players, undefined, 0)).to.include({ take: 'sure', because: 'earning' });
    expect(recommend(players), 'without such a reward').to.include({ take: 'fast', because: 'fastest' });
    expect(recommend(players, undefined, 100), 'where nobody earns it').to.include({ take: 'fast', because: 'fastest' });
    expect(recommend(players.slice(0, 2), undefined, 0), 'where all do').to.include({ take: 'sure', because: 'fastest' });
  });

  it('calls nobody tied whom reward does tell from the fastest, where it tells none from the first', () => {
    const noise = [0, 3, -3, 0.5, 2, -2, 3, -2.5];
    const result = recommend([
      candidate('first', noise.map((each) => 1.6 + each), 900),
      candidate('fast', noise.map((_, i) => 1 + (i % 2) * 0.1), 100),
      candidate('last', noise.map((_, i) => 0.4 + (i % 3) * 0.05), 50),
    ]); // prettier-ignore
    expect(result).to.include({ take: 'fast', because: 'fastest' });
    expect(names(result.tied)).to.deep.equal(['first']);
    expect(names(result.less)).to.deep.equal(['last']);
  });

  it('says nothing of what has no match that counts, and never prefers it', () => {
    expect(recommend([])).to.include({ take: null, because: 'none' });
    expect(recommend([candidate('dead', [])])).to.deep.include({ take: null, because: 'none', unmeasured: ['dead'] });
    const result = recommend([candidate('dead', [], 1), candidate('alive', seeds, 5000)]);
    expect(result).to.deep.include({ take: 'alive', because: 'only', unmeasured: ['dead'] });
  });

  it('says that one of several alike earned less hardly oftener than it may, though the first is chosen by its rewards', () => {
    const draws = new Draws(5);
    const sweeps = 400;
    let [told, earning] = [0, 0];
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const seedsLuck = Array.from({ length: 20 }, () => draws.normal());
      const alike = Array.from({ length: 10 }, (_, i) => candidate(`c${i}`, seedsLuck.map((luck) => luck + draws.normal()), i)); // prettier-ignore
      const { because, less } = recommend(alike, undefined, 0);
      if (because === 'most' || less.length > 0) told++;
      if (because === 'earning') earning++;
    }
    // At most one in twenty; what four hundred of them may show by chance is added.
    expect(told / sweeps).to.be.below(0.08);
    // Nor that one of them earns something, when none does.
    expect(earning / sweeps).to.be.below(0.08);
  });

  it('does not depend on the order of the configurations, and never calls less what earned more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 6, maxLength: 6 }), { minLength: 2, maxLength: 5 }),
        (all) => {
          const candidates = all.map((rewards, i) => candidate(`c${i}`, rewards.map((reward) => reward + i * 1e-6), 100 + i)); // prettier-ignore
          const [one, other] = [recommend(candidates), recommend([...candidates].reverse())];
          expect(other.take).to.equal(one.take);
          expect(names(other.less).sort()).to.deep.equal(names(one.less).sort());
          for (const { difference } of one.less) expect(difference.value).to.be.greaterThan(0);
          for (const { difference } of one.tied) expect(difference.low === null || difference.low <= 0).to.equal(true);
          // Whom it takes nobody beats beyond doubt.
          for (const { difference } of one.tied) expect(difference.high === null || difference.high >= 0).to.equal(true);
        },
      ),
    );
  });
});
