/** One task's play: who may meet, and that what was played counts. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { Ladder, type Candidate } from '../../../web/server/arena/ladder.js';

const ladder = (seed = 1): Ladder => new Ladder(new Stream(keyOf(seed, 0xa7e), 0));

describe('who meets next in an arena', () => {
  const candidates = fc.uniqueArray(
    fc.record({ player: fc.constantFrom('p', 'q', 'r', 's', 't'), holder: fc.constantFrom('Ann', 'Bob', 'Carl') }),
    { selector: ({ player }) => player },
  );

  it('are two who wait, of different holders, whenever there are such', () => {
    fc.assert(
      fc.property(candidates, fc.nat(1000), (waiting, seed) => {
        const next = ladder(seed).next(waiting);
        expect(next !== undefined).to.equal(new Set(waiting.map(({ holder }) => holder)).size > 1);
        if (!next) return;
        expect(waiting).to.include.members([next.first, next.second]);
        expect(next.first.holder).to.not.equal(next.second.holder);
      }),
    );
  });

  it('goes by what was played before, also by those who are not here', () => {
    const waiting: Candidate[] = ['p', 'q', 'r'].map((player) => ({ player, holder: player }));
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 60; seed++) {
      const each = ladder(seed);
      // Of p and q enough is known; r has met only somebody who is gone.
      for (let i = 0; i < 40; i++) each.add({ first: 'p', second: 'q', points: i % 2 === 0 ? 1 : 0 });
      each.add({ first: 'gone', second: 'r', points: 0.5 });
      const { first, second } = each.next(waiting)!;
      for (const { player } of [first, second]) counts.set(player, (counts.get(player) ?? 0) + 1);
    }
    expect(counts.get('r'), 'r is in every one').to.equal(60);
    expect(counts.get('p')).to.be.greaterThan(10);
    expect(counts.get('q')).to.be.greaterThan(10);
  });
});
