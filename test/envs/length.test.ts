/** How long a match lasts at most: what a task says of it holds, and is close. */
import { expect } from 'chai';
import { fighter } from '../../envs/fighter/task.js';
import { hft } from '../../envs/hft/task.js';

describe('how long a match lasts', () => {
  it('is at most what its task says, when nobody acts', () => {
    for (const options of [
      { rounds: 1, roundSeconds: 5 },
      { rounds: 3, roundSeconds: 4 },
      { rounds: 5, roundSeconds: 3 },
    ]) {
      const parsed = fighter.parseOptions(options);
      const most = fighter.lengthUs(parsed)!;
      for (const seed of [1, 2, 3]) {
        const env = fighter.create(parsed, seed);
        env.advance(most);
        expect(env.over, JSON.stringify(options)).to.equal(true);
        expect(env.results().endedAt).to.be.within(most * 0.8, most);
      }
    }
    const parsed = hft.parseOptions({ durationUs: 3_000_000 });
    const env = hft.create(parsed, 1);
    env.advance(hft.lengthUs(parsed)!);
    expect(env.over).to.equal(true);
    expect(hft.lengthUs(parsed)).to.equal(3_000_000);
  });
});
