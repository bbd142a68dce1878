/** Who won a match of two. */
import { expect } from 'chai';
import fc from 'fast-check';
import { taskNamed } from '../../../harness/match/tasks.js';
import { pointsOf } from '../../../scoring/ratings/points.js';
import type { Results } from '../../../envs/environment.js';

const results = (reward: number[], roundsWon = [0, 0]): Results =>
  ({ over: true, endedAt: 1, reward, seats: roundsWon.map((rounds) => ({ roundsWon: rounds })) }) as Results;

describe('points of a match of two', () => {
  it('add up to one, whatever the task', () => {
    fc.assert(
      fc.property(fc.tuple(fc.integer(), fc.integer()), fc.tuple(fc.nat(2), fc.nat(2)), (reward, rounds) => {
        for (const name of ['hft', 'fighter']) {
          const of = (seat: number): number => pointsOf(taskNamed(name), results(reward, rounds), seat);
          expect(of(0) + of(1)).to.equal(1);
        }
      }),
    );
  });

  it('are by the task’s own word where it has one, else by who earned more', () => {
    expect(pointsOf(taskNamed('fighter'), results([-5, 5], [1, 0]), 0)).to.equal(1);
    expect(pointsOf(taskNamed('hft'), results([-5, 5]), 0)).to.equal(0);
    expect(pointsOf(taskNamed('hft'), results([3, 3]), 1)).to.equal(0.5);
  });
});
