/** The scene of the states that a page must tell apart: dashes, travelling blows, holds, hitstop, the super. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { GRAB_FRAMES } from '../../../envs/fighter/moves.js';
import { Ring, move } from './ring.js';

describe('fighter view', () => {
  const fighters = (ring: Ring) => ring.fight.scene().fighters;

  it('poses a dash and a travelling blow by their names and frames, and moves them', () => {
    const dash = new Ring(300).does(0, 'dash_fwd').run(5);
    expect(fighters(dash)[0].pose).deep.include({ move: 'dash_fwd', frame: 5, recovery: 18, phase: 'recovery' });
    const lunge = new Ring(140).stands(1, 'wait').does(0, 'lunge').run(10);
    const before = fighters(lunge)[0];
    expect(before.pose).deep.include({ move: 'lunge', phase: 'startup', frame: 10, startup: 19, active: 3 });
    expect(before.hit).deep.equal([]);
    lunge.run(9);
    expect(fighters(lunge)[0].x - before.x).equal(45);
    const out = new Ring(300).does(0, 'lunge').run(move('lunge').startup);
    const [f] = fighters(out);
    expect(f.pose.phase).equal('active');
    expect(f.hit).deep.equal([{ x: f.x, y: 36, w: 70, h: 36 }]);
  });

  it('shows who is held and how long it may still get out; neither of the two can be hit', () => {
    const ring = new Ring(50)
      .stands(1, 'wait')
      .does(0, 'throw')
      .run(move('throw').startup + 2);
    const [holder, held] = fighters(ring);
    expect(held).deep.include({ grabbed: GRAB_FRAMES - 2, hurt: [] });
    expect(held.pose.phase).equal('held');
    expect(holder).deep.include({ grabbed: 0, hurt: [] });
    expect(holder.pose).deep.include({ move: 'throw', phase: 'active', frame: move('throw').startup });
    expect(fighters(ring.run(GRAB_FRAMES))[1].pose.phase).equal('down');
  });

  it('keeps the pose of a frozen blow, with the hitstop left, shows its box where it touched, and takes it away when it moves on', () => {
    const ring = new Ring(70).stands(1, 'wait').does(0, 'heavy').run(move('heavy').startup);
    expect(fighters(ring)[0]).deep.include({ stop: move('heavy').stop });
    expect(fighters(ring)[0].hit, 'at contact').length(1);
    expect(fighters(ring)[1].pose.phase).equal('hit');
    ring.run(4);
    expect(fighters(ring)[0]).deep.include({ stop: move('heavy').stop - 4 });
    expect(fighters(ring)[0].pose).deep.include({ move: 'heavy', phase: 'active', frame: move('heavy').startup });
    expect(fighters(ring)[0].hit, 'in hitstop').length(1);
    ring.run(move('heavy').stop - 3);
    expect(fighters(ring)[0].pose).deep.include({ move: 'heavy', phase: 'active' });
    expect(fighters(ring)[0], 'after it').deep.include({ stop: 0, hit: [] });
  });

  it('has no hurt box for the invincible frames of the super, and calls a counter-hit one', () => {
    const ring = new Ring(60).does(1, 'poke').set((w) => (w[A.base(0) + A.METER] = 100));
    ring.run(1).does(0, 'super').run(7);
    expect(fighters(ring)[0]).deep.include({ hurt: [], meter: 0 });
    expect(ring.fight.scene().hits.at(-1)).deep.include({ kind: 'counter', move: 'super', seat: 1, damage: 312 });
    expect(fighters(ring.run(30))[0].hurt).length(1);
  });
});
