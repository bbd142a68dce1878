/** The throw that holds: how long, who can get out of it and until when, and that nothing else touches meanwhile. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { DOWN, GRAB_FRAMES, TECH } from '../../../envs/fighter/moves.js';
import { OPTIONS, Ring, move } from './ring.js';

/** Thrown from seat 0; one more frame and it would hold. */
const reaching = (): Ring =>
  new Ring(50)
    .stands(1, 'wait')
    .does(0, 'throw')
    .run(move('throw').startup - 1);

describe('fighter throws', () => {
  it('hold for eight frames, then harm: damage, knockdown, and the thrower recovers', () => {
    const ring = reaching().run(1);
    expect(ring.see()).nested.include({ 'op.doing': 'held', 'op.stun': GRAB_FRAMES, 'op.busy': GRAB_FRAMES, 'me.doing': 'throw' });
    expect(ring.see(1).me.doing).equal('held');
    expect(ring.see().me.busy).equal(GRAB_FRAMES + 31);
    for (let left = GRAB_FRAMES - 1; left > 0; left--) {
      expect(ring.run(1).see().op).deep.include({ doing: 'held', stun: left, health: OPTIONS.health });
      expect(ring.see().me.busy).equal(left + 31);
    }
    ring.run(1);
    expect(ring.see().op).deep.include({ doing: 'down', down: DOWN, health: OPTIONS.health - 100 });
    expect(ring.fight.scene().hits.at(-1)).deep.include({ kind: 'throw', seat: 1, damage: 100 });
    expect(ring.fight.results().seats[0]!.throws).equal(1);
    expect(ring.see()).nested.include({ 'me.busy': 31, 'me.meter': 10, 'op.meter': 5 });
  });

  it('let the one held get out by a throw that is its next step, there already or landing in time', () => {
    /** The answer lands so many frames after the throw began to be seen. */
    const answered = (delay: number): string => {
      const ring = new Ring(50).stands(1, 'wait').does(0, 'throw').run(1);
      ring.run(delay);
      ring.does(1, 'throw').run(10);
      return ring.fight.scene().hits.at(-1)!.kind;
    };
    expect([4, 5, 8, 12, 13].map(answered)).deep.equal(['tech', 'tech', 'tech', 'tech', 'throw']);
    const before = reaching().plans(1, [{ action: 'guard_low', frames: 1 }, 'throw']);
    expect(before.contact()).deep.include({ kind: 'tech', after: 2 });
    expect(before.see()).nested.include({ 'me.stun': TECH.stun, 'op.stun': TECH.stun, 'op.health': OPTIONS.health });
    const apart = before.see().distance;
    before.run(12);
    expect(before.see().distance).equal(apart + 2 * TECH.push);
    const other = reaching().plans(1, [{ action: 'guard_low', frames: 9 }, 'throw']);
    expect(other.contact()!.kind).equal('throw');
    expect(other.see(1).plan).deep.equal([]);
  });

  it('keep everything else from touching, and take the plan of the one thrown, not before', () => {
    const ring = reaching().run(1).plans(1, ['jab']);
    ring.set((w) => w.set([1, w[A.base(1) + A.X]! - 70, 1, 0], A.base(0) + A.BALL_ON));
    ring.run(GRAB_FRAMES - 1);
    expect(ring.see(1)).deep.include({ plan: [{ action: 'jab' }] });
    expect(ring.see(1).me).deep.include({ doing: 'held', health: OPTIONS.health });
    expect(ring.run(1).see(1)).deep.include({ plan: [] });
    expect(ring.see(1).me.doing).equal('down');
  });
});
