/** Claims: what is beyond doubt is said, what is not is not, and chance seldom makes one. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { beatsEach, gapsBySeed, peaksInside, poolBeatsEach, rises, type Game, type Member } from '../../../scoring/figures/claims.js';

const SEEDS = 12;

/** A member whose values lie around `level`; `own` draws its spread. */
function around(name: string, level: number, own: number, spread = 1): Member {
  const stream = new Stream(keyOf(own, 0xc1a1), 0);
  return {
    name,
    values: new Map(Array.from({ length: SEEDS }, (_, seed) => [seed, level + (spread * stream.between(-1000, 1000)) / 1000])),
  };
}

describe('claims', () => {
  it('hold, and their opposite does not, whatever the seeds have in common', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: SEEDS, maxLength: SEEDS }), (key, common) => {
        const shifted = (member: Member): Member => ({ ...member, values: new Map([...member.values].map(([seed, value]) => [seed, value + common[seed]!])) }); // prettier-ignore
        const [high, low] = [shifted(around('high', 5, key)), shifted(around('low', 0, key + 1))];
        expect(beatsEach(high, [low]).standing).to.equal('holds');
        expect(beatsEach(low, [high]).standing).to.equal('does not hold');
        expect(beatsEach(high, [low]).differences[0]!.difference.value).to.be.closeTo(5, 2);
      }),
      { numRuns: 50 },
    );
  });

  it('of everybody hold only when they hold of each', () => {
    const [best, good, poor] = [around('best', 5, 1), around('good', 5, 2), around('poor', 0, 3)];
    expect(beatsEach(best, [poor, around('poor too', 1, 4)]).standing).to.equal('holds');
    expect(beatsEach(best, [poor, good]).standing).to.equal('not told apart');
    expect(beatsEach(good, [poor, around('better', 9, 5)]).standing).to.equal('does not hold');
    expect(beatsEach(best, []).standing).to.equal('not asked');
  });

  it('are not told apart on two seeds, or on none that both played', () => {
    const few = (name: string, level: number, first: number): Member => ({ name, values: new Map([[first, level], [first + 1, level]]) }); // prettier-ignore
    expect(beatsEach(few('a', 100, 0), [few('b', 0, 0)]).standing).to.equal('not told apart');
    expect(beatsEach(around('a', 9, 1), [few('b', 0, 500)]).standing).to.equal('not told apart');
  });

  it('find a peak inside, one at an end, and neither where all is flat', () => {
    const at = (levels: readonly number[]): Member[] => levels.map((level, i) => around(`${i}`, level, 40 + i));
    const asked = (levels: readonly number[]): string => {
      const [first, ...rest] = at(levels);
      return peaksInside([first!, rest.at(-1)!], rest.slice(0, -1)).standing;
    };
    expect(asked([0, 3, 8, 2, 0])).to.equal('holds');
    expect(asked([8, 5, 3, 2, 0])).to.equal('does not hold');
    expect(asked([0, 1, 3, 5, 8])).to.equal('does not hold');
    expect(asked([4, 4, 4, 4])).to.equal('not told apart');
    expect(asked([0, 9])).to.equal('not asked');
  });

  it('tell a rise from a fall and from steps that are too small', () => {
    const at = (levels: readonly number[]): Member[] => levels.map((level, i) => around(`${i}`, level, 70 + i));
    expect(rises(at([0, 4, 8])).standing).to.equal('holds');
    expect(rises(at([0, 8, 4])).standing).to.equal('does not hold');
    expect(rises(at([0, 8, 8])).standing).to.equal('not told apart');
    expect(rises(at([1])).standing).to.equal('not asked');
  });

  it('are made by chance seldom: 95 % intervals, of equals', () => {
    let [beaten, peaks] = [0, 0];
    const rounds = 400;
    for (let i = 0; i < rounds; i++) {
      const equals = Array.from({ length: 5 }, (_, j) => around(`${j}`, 0, 1000 + 10 * i + j));
      if (beatsEach(equals[0]!, equals.slice(1)).standing === 'does not hold') beaten++;
      if (peaksInside([equals[0]!, equals[4]!], equals.slice(1, 4)).standing !== 'not told apart') peaks++;
    }
    expect(beaten / rounds).to.be.lessThan(0.08);
    expect(peaks / rounds).to.be.lessThan(0.08);
  });

  it('pool pairs on the seeds that all of them have', () => {
    const member = (name: string, values: [number, number][]): Member => ({ name, values: new Map(values) });
    const a = member('a', [[1, 10], [2, 20], [3, 30], [4, 40]]); // prettier-ignore
    const b = member('b', [[2, 1], [3, 2], [4, 3], [5, 99]]); // prettier-ignore
    const [c, d] = [member('c', [[2, 5], [3, 5], [4, 5]]), member('d', [[2, 4], [3, 4], [4, 4]])]; // prettier-ignore
    const { standing, differences } = poolBeatsEach([{ first: 'x', second: 'y', pairs: [[a, b], [c, d]] }]); // prettier-ignore
    expect(differences[0]!.difference).to.include({ value: (10 + 14.5 + 19) / 3, n: 3 });
    expect(standing).to.equal('holds');
    expect(poolBeatsEach([{ first: 'y', second: 'x', pairs: [[b, a], [d, c]] }]).standing).to.equal('does not hold'); // prettier-ignore
    expect(poolBeatsEach([]).standing).to.equal('not asked');
  });

  it('compare those who play each other on what both played alike, a missing game being missed by both', () => {
    const game = (seed: number, seat: number, against: string, value: number): Game => ({ seed, seat, against, value });
    const member = (name: string, games: Game[]): Member => ({ name, values: new Map(), games });
    // Against the weak w both win from either seat; a also plays the strong s, whom b has not met: that says nothing of a beside b.
    const a = member('a', [game(1, 0, 'w', 100), game(1, 1, 'w', 100), game(1, 0, 's', 0), game(1, 0, 'b', 100), game(1, 1, 'b', 0)]);
    const b = member('b', [game(1, 0, 'w', 100), game(1, 1, 'a', 0), game(1, 0, 'a', 100)]);
    expect([...gapsBySeed(a, b)]).to.deep.equal([[1, (0 + 100 - 100) / 3]]);
    expect([...gapsBySeed(b, a)]).to.deep.equal([[1, 0]]);
    const ahead = member('b', b.games!.slice(0, 2));
    expect([...gapsBySeed(a, ahead)]).to.deep.equal([[1, 50]]);
  });
});
