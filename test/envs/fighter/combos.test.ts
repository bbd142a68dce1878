/** Hitstop, cancels, combos, counter-hits and meter, each by known answers. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { COMBO_TENTHS, scaledDamage } from '../../../envs/fighter/combo.js';
import { BALL_STUN, totalFrames } from '../../../envs/fighter/moves.js';
import { OPTIONS, Ring, move } from './ring.js';

const full = (ring: Ring, seat = 0): Ring =>
  ring.set((w) => {
    w[A.base(seat) + A.METER] = 100;
  });

describe('fighter combos', () => {
  it('hitstop freezes both: nothing moves, counts down or slides, the clock and projectiles go on, a plan does not age', () => {
    const ring = new Ring(80).stands(1, 'wait').plans(0, ['heavy', { action: 'guard_low', frames: 5 }]);
    expect(ring.contact()!.kind).equal('hit');
    const first = ring.see();
    const { stop } = move('heavy');
    for (let frame = 1; frame <= stop; frame++) {
      const now = ring.run(1).see();
      expect(now).deep.include({ timer: first.timer - frame, distance: first.distance, planLeft: first.planLeft });
      expect(now).nested.include({
        'me.stop': stop - frame,
        'op.stop': stop - frame,
        'op.stun': first.op.stun,
        'me.recovery': first.me.recovery,
      });
      expect(now.me.busy).equal(first.me.busy - frame);
    }
    const after = ring.run(1).see();
    expect(after.distance).above(first.distance);
    expect(after.op.stun).equal(first.op.stun - 1);
    expect(after.planLeft).equal(first.planLeft - 1);
  });

  it('a projectile freezes only the one it touches, and flies on while its thrower is frozen', () => {
    const ring = new Ring(200).stands(1, 'wait').does(0, 'fireball');
    expect(ring.contact()!.kind).equal('hit');
    expect(ring.see()).nested.include({ 'me.stop': 0, 'op.stop': move('fireball').stop, 'op.stun': BALL_STUN.hit });
    const far = new Ring(70).does(0, 'jab').run(4);
    far.set((w) => w.set([1, 700, 1], A.base(0) + A.BALL_ON));
    far.run(1);
    expect(far.see().me.stop).above(0);
    const x = far.get(0, A.BALL_X);
    far.run(3);
    expect(far.get(0, A.BALL_X)).equal(x + 15);
  });

  it('a blow that has touched is cancelled into a special when the hitstop ends, hit or guarded, and not into anything else', () => {
    for (const blow of ['jab', 'low', 'heavy'])
      for (const guard of ['wait', 'guard_low'])
        for (const special of ['fireball', 'uppercut', 'lunge', 'super']) {
          const ring = full(new Ring(60)).stands(1, guard).plans(0, [blow, special]);
          ring.contact();
          ring.run(move(blow).stop);
          expect(ring.see().me.doing, `${blow} ${special}`).equal(blow);
          ring.run(1);
          expect(ring.see().me.doing, `${blow} ${special}`).equal(special);
          expect(ring.see().me.startup).equal(move(special).startup - 1);
        }
    for (const [blow, next] of [
      ['jab', 'jab'],
      ['heavy', 'throw'],
      ['poke', 'fireball'],
      ['sweep', 'uppercut'],
      ['overhead', 'lunge'],
    ] as const) {
      const ring = new Ring(60).stands(1, 'wait').plans(0, [blow, next]);
      ring.contact();
      ring.run(move(blow).stop + 1);
      expect(ring.see().me.doing, `${blow} ${next}`).equal(blow);
    }
    const missed = new Ring(300).plans(0, ['heavy', 'fireball']).run(totalFrames(move('heavy')));
    expect(missed.run(1).see().me.doing).equal('fireball');
  });

  it('an answer that lands in the hitstop still cancels; one that lands after it does not', () => {
    const landing = (late: number): string => {
      const ring = new Ring(60).stands(1, 'wait').does(0, 'heavy');
      ring.contact();
      ring.run(late).does(0, 'lunge');
      return ring.run(move('heavy').stop - late + 1).see().me.doing;
    };
    expect(landing(0)).equal('lunge');
    expect(landing(move('heavy').stop)).equal('lunge');
    const ring = new Ring(60).stands(1, 'wait').does(0, 'heavy');
    ring.contact();
    ring.run(move('heavy').stop + 1).does(0, 'lunge');
    expect(ring.run(1).see().me.doing).equal('heavy');
  });

  it('hits on someone in hit stun are a combo: counted, and each does less', () => {
    const ring = full(new Ring(60)).stands(1, 'wait').plans(0, ['heavy', 'super']);
    expect(ring.contact()).deep.include({ damage: 95 });
    expect(ring.see()).nested.include({ 'op.combo': 1, 'me.combo': 0 });
    expect(ring.contact()).deep.include({ damage: 260, move: 'super' });
    expect(ring.see().op.combo).equal(2);
    ring.run(120);
    expect(ring.see().op.combo).equal(0);
    expect(ring.fight.results().seats[0]).deep.include({ combosBest: 2, hits: 2 });
    const jumped = full(new Ring(200)).stands(1, 'wait').does(0, 'jump_kick');
    const hits = [jumped.contact()!];
    jumped.plans(0, ['jab', 'super']);
    hits.push(jumped.contact()!, jumped.contact()!);
    expect(hits.map((h) => [h.move, h.damage])).deep.equal([
      ['jump_kick', 60],
      ['jab', 30],
      ['super', 208],
    ]);
    expect(jumped.see()).nested.include({ 'op.combo': 3, 'op.health': OPTIONS.health - 60 - 30 - 208 });
    // A third hit does four fifths: the same punch on someone who has been hit twice.
    const third = new Ring(60).stands(1, 'wait').set((w) => {
      w[A.base(1) + A.STUN_KIND] = A.HIT_STUN;
      w[A.base(1) + A.STUN] = 30;
      w[A.base(1) + A.COMBO] = 2;
    });
    expect(third.does(0, 'heavy').contact()).deep.include({ damage: 76 });
    expect(third.see().op.combo).equal(3);
    expect(COMBO_TENTHS.map((_, i) => scaledDamage(100, i + 1, false))).deep.equal([100, 100, 80, 60, 50, 40, 30]);
    expect(scaledDamage(100, 99, false)).equal(30);
    expect(scaledDamage(65, 3, true)).equal(62);
  });

  it('a counter-hit: on someone in startup or active frames six fifths of the damage and four frames more of stun, in recovery not', () => {
    const against = (frames: number): { kind: string; damage: number; stun: number } => {
      const ring = new Ring(70).does(1, 'smash').run(frames);
      ring.set((w) => {
        w[A.base(1) + A.ARMOUR] = 0;
        w[A.base(1) + A.TOUCHED] = 1;
      });
      const { kind, damage } = ring.does(0, 'heavy').contact()!;
      return { kind, damage, stun: ring.see().op.stun };
    };
    const stun = move('heavy').onHit + move('heavy').active - 1 + move('heavy').recovery;
    expect(against(2)).deep.equal({ kind: 'counter', damage: 114, stun: stun + 4 });
    // The smash's 38th frame is its last active one; the heavy punch touches on its 14th.
    expect(against(38 - 14)).deep.equal({ kind: 'counter', damage: 114, stun: stun + 4 });
    expect(against(38 - 13)).deep.equal({ kind: 'hit', damage: 95, stun });
    const jumping = new Ring(60).does(1, 'jump_up').run(6).does(0, 'uppercut');
    expect(jumping.contact()).deep.include({ kind: 'hit' });
  });

  it('meter: from hits, half from guarded blows, half for the one hit; at most 100; kept over rounds', () => {
    const hit = new Ring(70).stands(1, 'wait').does(0, 'heavy');
    hit.contact();
    expect(hit.see()).nested.include({ 'me.meter': 10, 'op.meter': 5 });
    const guarded = new Ring(70).stands(1, 'guard_low').does(0, 'heavy');
    guarded.contact();
    expect(guarded.see()).nested.include({ 'me.meter': 5, 'op.meter': 0 });
    const most = new Ring(70).stands(1, 'wait').does(0, 'heavy');
    most.set((w) => {
      w[A.base(0) + A.METER] = 95;
      w[A.base(1) + A.HEALTH] = 1;
    });
    most.contact();
    expect(most.see()).nested.include({ 'me.meter': 100, 'op.health': 0 });
    most.run(100);
    expect(most.see()).nested.include({ round: 2, 'me.meter': 100, 'op.health': OPTIONS.health, 'op.meter': 5 });
  });

  it('the super takes a full meter; without it the step is skipped', () => {
    const ring = full(new Ring(100)).stands(1, 'wait').does(0, 'super');
    expect(ring.contact()).deep.include({ kind: 'hit', damage: 260, after: 7 });
    expect(ring.see().me.meter).equal(0);
    const without = new Ring(100).set((w) => {
      w[A.base(0) + A.METER] = 99;
    });
    without.plans(0, ['super', 'jab']).run(1);
    expect(without.see()).nested.include({ 'me.doing': 'jab', 'me.meter': 99 });
    const through = full(new Ring(60)).does(1, 'jab').run(1).does(0, 'super');
    expect(through.contact()).deep.include({ seat: 1, move: 'super' });
  });

  it('a dash travels its distance and can be hit; a lunge travels into reach', () => {
    for (const [name, pixels] of [
      ['dash_fwd', 72],
      ['dash_back', -60],
    ] as const) {
      const ring = new Ring(300).does(0, name);
      expect(ring.run(totalFrames(move(name))).see()).deep.include({ distance: 300 - pixels });
      expect(ring.see().me.busy).equal(0);
    }
    const hit = new Ring(160).does(1, 'dash_fwd').run(1).does(0, 'poke');
    expect(hit.contact()).deep.include({ kind: 'hit', seat: 1 });
    expect(new Ring(147).stands(1, 'wait').does(0, 'lunge').contact()).deep.include({ move: 'lunge', after: 20 });
  });
});
