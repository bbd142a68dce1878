/** The characters differ where they say, and in nothing else. */
import { expect } from 'chai';
import { ACTIONS } from '../../../envs/fighter/actions.js';
import { CHARACTERS, CHARACTER_NAMES, fullHealth } from '../../../envs/fighter/characters.js';
import { MOVES } from '../../../envs/fighter/moves.js';
import { fighter } from '../../../envs/fighter/task.js';
import { Ring, move } from './ring.js';

describe('fighter characters', () => {
  it('all have the moves of the table, by the same names; the first has its very numbers', () => {
    expect(CHARACTER_NAMES).deep.equal(['ash', 'bram', 'kite']);
    for (const c of CHARACTERS) expect(c.moves.map((m) => m.name)).deep.equal(MOVES.map((m) => m.name));
    expect(CHARACTERS[0]!.moves).deep.equal(MOVES);
    expect(ACTIONS.length - MOVES.length).equal(5);
  });

  it('walk, dash, jump and throw projectiles at their own speeds, with their own health', () => {
    const moved = (character: string, action: string, frames?: number): number => {
      const ring = new Ring(400, { fighters: [character, 'ash'] }).does(0, action, frames);
      return 400 - ring.run(frames ?? 60).see().distance;
    };
    expect(CHARACTER_NAMES.map((c) => moved(c, 'walk_fwd', 10))).deep.equal([30, 20, 40]);
    expect(CHARACTER_NAMES.map((c) => moved(c, 'walk_back', 10))).deep.equal([-20, -20, -30]);
    expect(CHARACTER_NAMES.map((c) => moved(c, 'dash_fwd'))).deep.equal([72, 60, 84]);
    expect(CHARACTER_NAMES.map((c) => moved(c, 'dash_back'))).deep.equal([-60, -48, -72]);
    expect(CHARACTER_NAMES.map((c) => moved(c, 'jump_fwd'))).deep.equal([185, 164, 186]);
    for (const { name, ballSpeed } of CHARACTERS) {
      const ring = new Ring(444, { fighters: [name, 'ash'] }).stands(1, 'wait').does(0, 'fireball').run(move('fireball').startup);
      const { ball } = ring.see().me;
      expect(ball!.arrives).equal(Math.floor(ball!.distance / ballSpeed) + 1);
      expect(ring.contact(200)).deep.include({ after: ball!.arrives });
    }
    expect([0, 1, 2].map((c) => fullHealth(c, 1000))).deep.equal([1000, 1050, 950]);
    expect(new Ring(300, { fighters: ['bram', 'kite'] }).see()).nested.include({
      'me.health': 1050,
      'op.health': 950,
      'me.character': 'bram',
    });
  });

  it('bram lunges through one hit, ash does not', () => {
    const met = (character: string): string =>
      new Ring(100, { fighters: [character, 'ash'] }).does(0, 'lunge').run(8).does(1, 'jab').contact()!.kind;
    expect(met('bram')).equal('armour');
    expect(met('ash')).equal('counter');
  });

  it('refuses names it does not know', () => {
    expect(() => fighter.parseOptions({ fighters: ['ash', 'zed'] })).throw(/fighters\.1: found "zed"; accepted: ash, bram, kite/);
    expect(() => fighter.parseOptions({ fighters: ['ash'] })).throw(/fighters/);
    expect(fighter.parseOptions({}).fighters).deep.equal(['ash', 'ash']);
  });
});
