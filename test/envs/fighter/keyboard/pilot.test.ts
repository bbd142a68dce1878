/** A human's keyboard: every action has a key, and keys become plans that run out. */
import { expect } from 'chai';
import { ACTIONS } from '../../../../envs/fighter/actions.js';
import { planFault } from '../../../../envs/fighter/plan.js';
import { actionOf, keyboard } from '../../../../envs/fighter/keyboard/keys.js';
import { Pilot } from '../../../../envs/fighter/keyboard/pilot.js';

const HERE = { facesRight: true, plan: '' };

describe('a human’s keyboard', () => {
  it('has one key for every action but waiting, arrows relative to the opponent', () => {
    const keys = keyboard();
    expect(keys.map(({ action }) => action).sort()).to.deep.equal(ACTIONS.map(({ name }) => name).filter((name) => name !== 'wait').sort()); // prettier-ignore
    expect(new Set(keys.map(({ code }) => code)).size).to.equal(keys.length);
    const right = keys.find(({ code }) => code === 'ArrowRight')!;
    expect([actionOf(right, true), actionOf(right, false)]).to.deep.equal(['walk_fwd', 'walk_back']);
    for (const [code, drift] of [
      ['KeyQ', -1],
      ['KeyW', 0],
      ['KeyE', 1],
    ] as const) {
      const { move } = ACTIONS.find(({ name }) => name === keys.find((key) => key.code === code)?.action)!;
      expect(Math.sign(move!.jump!), code).to.equal(drift);
    }
    // A key that goes left goes left, wherever the opponent is.
    for (const [code, right, left] of [
      ['KeyQ', 'jump_back', 'jump_fwd'],
      ['KeyE', 'jump_fwd', 'jump_back'],
      ['KeyA', 'dash_back', 'dash_fwd'],
      ['KeyD', 'dash_fwd', 'dash_back'],
    ] as const) {
      const key = keys.find((one) => one.code === code)!;
      expect([actionOf(key, true), actionOf(key, false)], code).to.deep.equal([right, left]);
    }
    // The list of keys is in groups: what a blow can be cancelled into stands by itself.
    const specials = ACTIONS.filter(({ move }) => move?.special).map(({ name }) => name);
    expect(keys.filter(({ group }) => group === 'special').map(({ action }) => action)).to.have.members(specials);
    expect(keys.filter(({ held }) => held).every(({ group }) => group === 'move')).to.equal(true);
    for (const { code } of keys) {
      const pilot = new Pilot();
      pilot.press(code, 0);
      const { plan } = pilot.answer(HERE, 0)!;
      expect(planFault(plan), code).to.equal(null);
    }
    // A table that has grown still finds keys, then says so when there are none left.
    const grown = [...ACTIONS, ...ACTIONS.slice(-3).map((entry, i) => ({ ...entry, name: `more_${i}` }))];
    expect(keyboard(grown)).to.have.length(grown.length - 1);
    expect(() => keyboard(Array.from({ length: 60 }, (_, i) => ({ ...ACTIONS.at(-1)!, name: `m${i}` })))).to.throw(/no key is left/);
  });

  it('holds by short plans that are renewed, stops by an empty one, and keeps when nothing happens', () => {
    const pilot = new Pilot();
    expect(pilot.press('ArrowLeft', 0)?.action).to.equal('walk_back');
    expect(pilot.answer(HERE, 0)).to.deep.equal({ plan: [{ action: 'walk_back', frames: 18 }], said: 'pressed ←' });
    expect(pilot.answer(HERE, 100)).to.equal(null);
    expect(pilot.answer({ ...HERE, facesRight: false }, 140)).to.deep.equal({ plan: [{ action: 'walk_fwd', frames: 18 }] });
    pilot.release('ArrowLeft');
    expect(pilot.answer(HERE, 150)).to.deep.equal({ plan: [], said: 'released ←' });
    expect(pilot.answer(HERE, 1000)).to.equal(null);
    expect(pilot.answer(HERE, 1150)).to.deep.equal({ plan: [{ action: 'keep' }] });
    expect(pilot.press('F1', 1200)).to.equal(undefined);
    expect(pilot.answer(HERE, 1200)).to.equal(null);
  });

  it('does not lose a move to a held key, nor do it twice', () => {
    const pilot = new Pilot();
    const name = keyboard().find(({ code }) => code === 'KeyJ')!.action;
    pilot.press('ArrowRight', 0);
    pilot.answer(HERE, 0);
    pilot.press('KeyJ', 10);
    expect(pilot.answer(HERE, 10)!.plan).to.deep.equal([{ action: name }, { action: 'walk_fwd', frames: 18 }]);
    pilot.release('ArrowRight');
    // Too soon to know whether it began; then: it has not; then: it has.
    expect(pilot.answer(HERE, 30)).to.equal(null);
    expect(pilot.answer({ facesRight: true, plan: `${name}, walk_fwd 18` }, 70)!.plan).to.deep.equal([{ action: name }]);
    pilot.press('ArrowRight', 200);
    expect(pilot.answer({ facesRight: true, plan: '' }, 200)!.plan).to.deep.equal([{ action: 'walk_fwd', frames: 18 }]);
    pilot.letGo();
    expect(pilot.answer(HERE, 500)).to.deep.equal({ plan: [], said: 'left the window' });
    expect(pilot.held).to.deep.equal([]);
  });
});
