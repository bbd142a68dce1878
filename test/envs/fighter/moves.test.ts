/** The rules of contact, measured in running fights against the move table. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { HALF, contactDistance } from '../../../envs/fighter/actions.js';
import { CHARACTERS } from '../../../envs/fighter/characters.js';
import { BALL, DOWN, GRAB_FRAMES, LANDING, LIFT, totalFrames } from '../../../envs/fighter/moves.js';
import { OPTIONS, Ring, move } from './ring.js';

describe('fighter moves', () => {
  for (const { name: character, moves, air } of CHARACTERS) {
    const ring = (distance: number): Ring =>
      new Ring(distance, { fighters: [character, character] }).set((w) => {
        w[A.base(0) + A.METER] = 100;
      });

    for (const m of moves.filter((m) => m.reach > 0 && m.level !== 'throw' && m.jump === undefined)) {
      it(`${character} ${m.name}: touches on its first active frame, out to its reach, and gives the advantage of the table`, () => {
        const reach = contactDistance(m);
        const hit = ring(reach - 1)
          .stands(1, 'wait')
          .does(0, m.name);
        expect(hit.contact()).deep.include({ kind: 'hit', after: m.startup, damage: m.damage, seat: 1 });
        expect(hit.see()).nested.include({ 'me.stop': m.stop, 'op.stop': m.stop });
        if (m.knockdown) expect(hit.see().op.down).equal(DOWN);
        else expect(hit.see().op.busy - hit.see().me.busy).equal(m.onHit);
        expect(ring(reach).stands(1, 'wait').does(0, m.name).contact()).equal(null);
        const guard = m.level === 'high' ? 'guard_high' : 'guard_low';
        const blocked = ring(reach - 1)
          .stands(1, guard)
          .does(0, m.name);
        expect(blocked.contact()).deep.include({ kind: 'block', after: m.startup, damage: m.chip });
        expect(blocked.see().op.busy - blocked.see().me.busy).equal(m.onBlock);
      });

      it(`${character} ${m.name}: the wrong guard does not stop it, the right one does`, () => {
        const kind = (guard: string): string =>
          ring(contactDistance(m) - 4)
            .stands(1, guard)
            .does(0, m.name)
            .contact()!.kind;
        expect(kind('guard_low')).equal(m.level === 'high' ? 'hit' : 'block');
        expect(kind('guard_high')).equal(m.level === 'low' ? 'hit' : 'block');
      });
    }

    it(`${character}: every move lasts as long as the table says, and its countdown tells so on each frame`, () => {
      for (const m of moves) {
        const alone = ring(560).does(0, m.name);
        for (let frame = 1; frame <= totalFrames(m); frame++) {
          const { me } = alone.run(1).see();
          expect(me.busy, `${m.name} frame ${frame}`).equal(totalFrames(m) - frame);
          if (m.startup > 0) expect(me.startup, `${m.name} frame ${frame}`).equal(Math.max(0, m.startup - frame));
          if (frame < totalFrames(m)) expect(me.doing).equal(m.name);
        }
        expect(alone.run(1).see().me.doing).equal('guard_low');
        if (m.jump !== undefined) expect(totalFrames(m), m.name).equal(LIFT + air + LANDING);
      }
    });

    it(`${character}: no blow can be linked to itself or another without a cancel, so that every combo ends`, () => {
      const quickest = Math.min(...moves.filter((m) => m.reach > 0 && m.cost === undefined).map((m) => m.startup));
      for (const m of moves.filter((m) => m.reach > 0 && m.level !== 'throw' && m.jump === undefined && !m.knockdown))
        expect(m.onHit, m.name).below(quickest);
      for (const m of moves) if (m.cancels) expect(m.special, m.name).equal(undefined);
    });
  }

  it('has something for every reaction time: each step from 3 to 60 frames of delay loses one, and none loses all', () => {
    // An answer that lands `delay` frames after the first frame of a blow takes effect on the next but one: the latest delays that are in time.
    const blows = CHARACTERS[0]!.moves.filter((m) => m.reach > 0 && m.level !== 'throw').map((m) => m.startup - 2);
    const tech = move('throw').startup + GRAB_FRAMES - 2;
    const whiff = totalFrames(move('uppercut')) - move('jab').startup - 1;
    const flight = move('fireball').startup - 2 + Math.floor((A.STAGE - 4 * HALF - BALL.offset) / BALL.speed);
    const latest = [...blows, tech, whiff, flight];
    const ladder = [3, 6, 12, 18, 24, 30, 36, 48, 60, Infinity];
    for (let i = 1; i < ladder.length; i++)
      expect(latest.filter((delay) => delay >= ladder[i - 1]! && delay < ladder[i]!).length, `${ladder[i - 1]} to ${ladder[i]}`).above(0);
  });

  it('two blows on one frame trade', () => {
    const ring = new Ring(70).does(0, 'jab').does(1, 'jab');
    ring.run(move('jab').startup);
    // Each is struck while striking: two counter-hits of six fifths.
    expect(ring.see().me.health).equal(OPTIONS.health - 36);
    expect(ring.see().op.health).equal(OPTIONS.health - 36);
    expect(ring.see().me.stun).equal(ring.see().op.stun).above(0);
  });

  it('a throw beats both guards, misses jumps, and loses to a blow on the same frame', () => {
    for (const guard of ['guard_low', 'guard_high', 'wait'])
      expect(new Ring(50).stands(1, guard).does(0, 'throw').contact()).deep.include({
        kind: 'throw',
        after: move('throw').startup + GRAB_FRAMES,
        damage: move('throw').damage,
      });
    expect(new Ring(50).does(1, 'jump_up').does(0, 'throw').contact()).equal(null);
    const trade = new Ring(50).does(0, 'throw').run(1).does(1, 'jab');
    expect(trade.contact()).deep.include({ kind: 'counter', seat: 0, move: 'jab' });
    expect(trade.contact(30)).equal(null);
    const tech = new Ring(50).does(0, 'throw').run(2).does(1, 'throw');
    expect(tech.contact()).deep.include({ kind: 'tech' });
    expect(tech.see().me.health).equal(OPTIONS.health);
  });

  it('a fighter who has risen can not be thrown for four frames', () => {
    /** A second throw, whose active frames are the 6th and 7th after `wait` frames of the 45 of lying down; the thrower stays close. */
    const thrown = (wait: number): boolean => {
      const ring = new Ring(50).stands(1, 'wait').does(0, 'throw');
      expect(ring.contact()!.kind).equal('throw');
      ring.run(wait);
      ring.set((w) => {
        w[A.base(0) + A.X] = w[A.base(1) + A.X]! - 40;
      });
      return ring.does(0, 'throw').contact(10 + GRAB_FRAMES)?.kind === 'throw';
    };
    // Standing from frame 46; active on 48 and 49 finds it safe, on 49 and 50 not.
    expect([38, 40, 42, 43, 46].map(thrown)).deep.equal([false, false, false, true, true]);
  });

  it('smash goes through one hit and no more, and not through a throw', () => {
    const one = new Ring(70).stands(1, 'wait').does(0, 'smash').run(10).does(1, 'jab');
    expect(one.contact()).deep.include({ kind: 'armour', seat: 0, damage: 30 });
    expect(one.contact()).deep.include({ kind: 'hit', seat: 1, move: 'smash' });
    const two = new Ring(70).stands(1, 'wait').does(0, 'smash');
    two.run(2).does(1, 'jab');
    two.contact();
    two.run(10).does(1, 'jab');
    expect(two.contact()).deep.include({ kind: 'counter', seat: 0, move: 'jab' });
    expect(new Ring(50).does(0, 'smash').run(5).does(1, 'throw').contact()).deep.include({ kind: 'throw', seat: 0 });
  });

  it('an uppercut can not be hit on its first frames', () => {
    const ring = new Ring(60).does(1, 'jab').run(1).does(0, 'uppercut');
    expect(ring.contact()).deep.include({ kind: 'counter', seat: 1, move: 'uppercut' });
    const late = new Ring(75).does(0, 'uppercut').run(7).does(1, 'jab');
    expect(late.contact()).deep.include({ kind: 'counter', seat: 0, move: 'jab', after: 5 });
  });

  it('a projectile arrives when the observation says, is guarded either way, is jumped over, and meets another', () => {
    for (const distance of [120, 200, 301, 444]) {
      const ring = new Ring(distance).stands(1, 'wait').does(0, 'fireball').run(move('fireball').startup);
      const { ball } = ring.see().me;
      expect(ring.see(1).op.ball).deep.equal(ball);
      expect(ring.contact()).deep.include({ kind: 'hit', move: 'fireball', after: ball!.arrives });
      expect(ring.see().me.ball).equal(null);
    }
    for (const guard of ['guard_low', 'guard_high'])
      expect(new Ring(200).stands(1, guard).does(0, 'fireball').contact()).deep.include({ kind: 'block', damage: move('fireball').chip });
    const jumped = new Ring(260).does(0, 'fireball').run(30).does(1, 'jump_up');
    expect(jumped.contact()).equal(null);
    expect(new Ring(400).does(0, 'fireball').does(1, 'fireball').contact()).deep.include({ kind: 'clash' });
    expect(BALL.speed).equal(5);
  });

  it('a second projectile is not thrown while the first flies; the plan goes on with its next step', () => {
    const ring = new Ring(700).does(0, 'fireball').run(totalFrames(move('fireball')) + 1);
    ring.fight.act(0, { plan: [{ action: 'fireball' }, { action: 'jab' }] }, ring.fight.now);
    expect(ring.run(1).see().me.doing).equal('jab');
  });

  it('who is hit in the air falls down; who is hit loses the plan, who guards keeps it', () => {
    const air = new Ring(60).does(1, 'jump_up').run(12).does(0, 'uppercut');
    expect(air.contact()).deep.include({ kind: 'hit', seat: 1 });
    expect(air.see().op.down).equal(DOWN);
    const planOf = (standing: string): number => {
      const ring = new Ring(70).stands(1, standing);
      ring.does(0, 'jab');
      ring.fight.act(1, { plan: [{ action: standing, frames: 30 }, { action: 'jab' }] }, ring.fight.now);
      ring.contact();
      return ring.see(1).plan.length;
    };
    expect(planOf('wait')).equal(0);
    expect(planOf('guard_low')).equal(2);
  });

  it('a kick out of a jump must be guarded high and lands where it should', () => {
    const kick = (guard: string) => new Ring(200).stands(1, guard).does(0, 'jump_kick').contact();
    expect(kick('guard_high')).deep.include({ kind: 'block' });
    expect(kick('guard_low')).deep.include({ kind: 'hit', move: 'jump_kick' });
    expect(kick('guard_low')!.after).least(move('jump_kick').startup);
  });

  it('nobody leaves the stage or stands inside the other; a wall gives the push back', () => {
    const cornered = new Ring(60, { middle: 752 }).stands(1, 'guard_low').does(0, 'heavy');
    cornered.contact();
    const before = cornered.see().distance;
    cornered.run(20 + move('heavy').stop);
    expect(cornered.see().op.wall).equal(0);
    expect(cornered.see().distance).equal(before + move('heavy').push - (782 - (752 - 30 + 60)));
    const ring = new Ring(300)
      .does(0, 'walk_fwd', 40)
      .does(1, 'walk_fwd', 40)
      .run(40)
      .does(0, 'walk_fwd', 40)
      .does(1, 'walk_fwd', 40)
      .run(40);
    expect(ring.see().distance).equal(36);
  });

  it('a plan replaces what is left of the one before, keep does not, and what has not begun in 40 frames is dropped', () => {
    const ring = new Ring(500);
    ring.fight.act(0, { plan: [{ action: 'walk_fwd', frames: 20 }, { action: 'jab' }] }, ring.fight.now);
    ring.run(5);
    expect(ring.see().plan).deep.equal([{ action: 'walk_fwd', frames: 15 }, { action: 'jab' }]);
    expect(ring.see().planLeft).equal(35);
    ring.does(0, 'keep', undefined, 'guard_high').run(1);
    expect(ring.see()).deep.include({ planLeft: 34, standing: 'guard_high' });
    ring.does(0, 'walk_back', 3).run(1);
    expect(ring.see().plan).deep.equal([{ action: 'walk_back', frames: 2 }]);
    const dropped = new Ring(500);
    dropped.fight.act(0, { plan: [{ action: 'smash' }, { action: 'jab' }] }, dropped.fight.now);
    dropped.run(40);
    expect(dropped.see().plan).deep.equal([{ action: 'jab' }]);
    dropped.run(1);
    expect(dropped.see().plan).deep.equal([]);
    expect(dropped.run(40).see().me.doing).equal('guard_low');
  });
});
