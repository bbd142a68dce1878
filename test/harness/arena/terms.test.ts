/** By what an arena plays. */
import { expect } from 'chai';
import { gamesOf } from '../../../harness/arena/order.js';
import { ArenaError, arenaTasks, arenaTerms, arenaTermsDigest } from '../../../harness/arena/terms.js';
import { taskNamed, taskNames } from '../../../harness/match/tasks.js';

describe('the terms of an arena', () => {
  it('are of tasks that two can play while the clock runs, with seats for two', () => {
    expect(arenaTasks()).to.include.members(['hft', 'fighter']);
    // One whose world waits for its agents.
    expect(taskNames()).to.include('hft-paper');
    expect(arenaTasks()).to.not.include('hft-paper');
    for (const name of ['hft', 'fighter']) {
      const { options, clock, speed } = arenaTerms(name);
      expect(taskNamed(name).seats(options)).to.equal(2);
      expect([clock, speed]).to.deep.equal(['wall', 1]);
    }
  });

  it('refuse what no two can play, in words', () => {
    expect(() => arenaTerms('hft', { seats: 3 })).to.throw(ArenaError, /hft has 3 seats with these options; an arena's matches have two/);
    expect(() => arenaTerms('hft', {})).to.throw(ArenaError, /hft has 1 seat /);
    expect(() => arenaTerms('chess')).to.throw(ArenaError, /no arena plays chess; accepted: /);
    expect(() => arenaTerms('fighter', { rounds: 2 })).to.throw(/accepted: 1, 3 or 5/);
  });

  it('of one who plays alone against the crowd are of tasks with a seat for one, and of another table', () => {
    expect(arenaTasks(true)).to.include('hft').and.not.include('fighter');
    const alone = arenaTerms('hft', undefined, { alone: true });
    expect(taskNamed('hft').seats(alone.options)).to.equal(1);
    expect([gamesOf(alone), gamesOf(arenaTerms('hft'))]).to.deep.equal([[0], [0, 1]]);
    expect(() => arenaTerms('fighter', undefined, { alone: true })).to.throw(ArenaError, /no arena plays fighter alone against the crowd; accepted: .*hft/); // prettier-ignore
    expect(() => arenaTerms('hft', { seats: 2 }, { alone: true })).to.throw(ArenaError, /hft has 2 seats .*; whoever plays alone has one/);
    // The same options under both would still be two tables.
    expect(arenaTermsDigest(alone)).to.not.equal(arenaTermsDigest({ ...alone, alone: undefined }));
  });

  it('go by a name that is the same for the same, however written, and another for every other', () => {
    const digest = (raw: unknown, how = {}): string => arenaTermsDigest(arenaTerms('fighter', raw, how));
    expect(digest({ rounds: 1, roundSeconds: 30 })).to.equal(digest({ roundSeconds: 30, rounds: 1, health: 1000 }));
    const others = [digest({ rounds: 1 }), digest({ rounds: 3 }), digest({ rounds: 1 }, { speed: 2 }), digest({ rounds: 1 }, { givenUs: 5 })]; // prettier-ignore
    expect(new Set(others).size).to.equal(4);
    expect(others[0]).to.match(/^[0-9a-f]{16}$/);
  });
});
