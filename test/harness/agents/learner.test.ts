/** Learning which arm pays: the same as reckoned anew from the whole history, the same again from the same seed, and right where there is something to learn. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { Learner } from '../../../harness/agents/learner.js';

interface Lesson {
  situation: string;
  arm: string;
  gain: number;
  overUs: number;
}

const ARMS = ['small', 'large', 'other'];
const lesson: fc.Arbitrary<Lesson> = fc.record({
  situation: fc.constantFrom('near', 'far'),
  arm: fc.constantFrom(...ARMS),
  gain: fc.integer({ min: -1000, max: 1000 }),
  overUs: fc.integer({ min: 1, max: 5_000_000 }),
});

/** What is known of an arm, from every lesson so far and the formula as it is written down. */
function reckoned(lessons: readonly Lesson[], discount: number, situation: string, arm: string): { count: number; mean: number } {
  const value = lessons.map(({ gain, overUs }, i) => {
    const before = lessons.slice(0, i);
    const weighed = (of: (each: Lesson) => number): number => before.reduce((sum, each, j) => sum + discount ** (i - 1 - j) * of(each), 0);
    const timeUs = weighed((each) => each.overUs);
    return gain - (timeUs > 0 ? weighed((each) => each.gain) / timeUs : 0) * overUs;
  });
  const here = lessons.flatMap((each, i) => (each.situation === situation ? [{ ...each, value: value[i]! }] : []));
  const own = here.flatMap((each, i) => (each.arm === arm ? [{ value: each.value, weight: discount ** (here.length - 1 - i) }] : []));
  const count = own.reduce((sum, { weight }) => sum + weight, 0);
  return { count, mean: own.reduce((sum, each) => sum + each.weight * each.value, 0) / (count + 1) };
}

describe('learning which arm pays', () => {
  it('knows what the formula gives over the whole history', () => {
    fc.assert(
      fc.property(fc.array(lesson, { maxLength: 40 }), fc.double({ min: 0.5, max: 1, noNaN: true }), (lessons, discount) => {
        const learner = new Learner(ARMS, { discount, explore: 1 }, 1);
        for (const { situation, arm, gain, overUs } of lessons) learner.learn(situation, arm, gain, overUs);
        for (const situation of ['near', 'far'])
          for (const arm of ARMS) {
            const [known, right] = [learner.known(situation, arm), reckoned(lessons, discount, situation, arm)];
            expect(known.count).to.be.closeTo(right.count, 1e-9);
            expect(known.mean).to.be.closeTo(right.mean, 1e-6);
          }
      }),
    );
  });

  it('chooses the same after the same seed and the same gains, and not always the same after another', () => {
    const choices = (seed: number, lessons: readonly Lesson[]): string[] => {
      const learner = new Learner(ARMS, { discount: 0.95, explore: 1 }, seed);
      return lessons.map(({ situation, arm, gain, overUs }) => {
        learner.learn(situation, arm, gain, overUs);
        return learner.choose(situation);
      });
    };
    fc.assert(
      fc.property(fc.array(lesson), fc.nat(), (lessons, seed) => {
        expect(choices(seed, lessons)).to.deep.equal(choices(seed, lessons));
      }),
    );
    const lessons = fc.sample(lesson, { numRuns: 60, seed: 5 });
    expect(new Set([1, 2, 3, 4].map((seed) => choices(seed, lessons).join())).size).to.be.greaterThan(1);
  });

  /** Plays against arms whose gain in each situation is given, with noise; says how often the better one was asked in the last part. */
  function played(
    worth: (situation: string, arm: string, round: number) => number,
    rounds: number,
    seed: number,
    discount: number,
  ): number {
    const learner = new Learner(['small', 'large'], { discount, explore: 1 }, seed);
    const noise = new Stream(keyOf(seed, 9), 1);
    let [right, asked] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const situation = noise.below(2) === 0 ? 'near' : 'far';
      const arm = learner.choose(situation);
      const [own, other] = [worth(situation, arm, round), worth(situation, arm === 'small' ? 'large' : 'small', round)];
      learner.learn(situation, arm, own + noise.between(-50, 50), 1_000_000);
      if (round < rounds * 0.75) continue;
      asked++;
      if (own > other) right++;
    }
    return right / asked;
  }

  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const mean = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0) / shares.length;

  it('asks each situation’s better arm nearly always, once it has seen enough', () => {
    const worth = (situation: string, arm: string): number => ((situation === 'near') === (arm === 'small') ? 30 : -30);
    expect(mean(seeds.map((seed) => played(worth, 400, seed, 0.99)))).to.be.greaterThan(0.9);
  });

  it('forgets: when what pays changes in the middle, it follows, and without discount it follows less', () => {
    const turning = (_situation: string, arm: string, round: number): number => ((arm === 'small') === round < 300 ? 30 : -30);
    const [forgets, keeps] = [0.97, 1].map((discount) => mean(seeds.map((seed) => played(turning, 600, seed, discount))));
    expect(forgets).to.be.greaterThan(0.8);
    expect(forgets).to.be.greaterThan(keeps!);
  });

  it('charges time: of two arms that gain the same, the one that takes longer is worth less than usual, as long as time is worth something', () => {
    const learner = new Learner(['quick', 'slow'], { discount: 1, explore: 0 }, 1);
    for (let i = 0; i < 20; i++) {
      learner.learn('near', 'quick', 10, 100_000);
      learner.learn('near', 'slow', 10, 400_000);
    }
    expect(learner.known('near', 'slow').mean).to.be.lessThan(0);
    expect(learner.known('near', 'quick').mean).to.be.greaterThan(0);
    expect(learner.choose('near')).to.equal('quick');
  });

  it('asks an arm that it has never seen here before it compares', () => {
    const learner = new Learner(['a', 'b', 'c'], { discount: 0.9, explore: 0 }, 3);
    learner.learn('near', 'a', 1000, 1);
    learner.learn('near', 'c', 1000, 1);
    expect(learner.choose('near')).to.equal('b');
    expect(['a', 'b', 'c']).to.include(learner.choose('far'));
  });
});
