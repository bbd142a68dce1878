/** The balance the task rests on: being earlier wins, being better wins, and no single idea beats care. Seeded, so exact. */
import { expect } from 'chai';
import type { Policy } from '../../envs/environment.js';
import type { Plan, State } from '../../envs/fighter/state.js';
import { fighter } from '../../envs/fighter/task.js';
import { duel, winShare, type Player } from './duel.js';

const SHORT = fighter.parseOptions({ rounds: 1, roundSeconds: 20 });
const MATCHES = 80;
const expert = (delayFrames: number, errorPermille = 0): Player => ({ bot: 'expert', delayFrames, errorPermille });
const share = (a: Player, b: Player): number => winShare(a, b, MATCHES, SHORT, 9000);

describe('fighter balance', () => {
  for (const [early, late] of [
    [6, 12],
    [12, 24],
    [24, 48],
  ] as const)
    it(`${early} frames of delay beat ${late}`, () => expect(share(expert(early), expert(late))).above(620));

  for (const delay of [6, 12, 24])
    it(`at ${delay} frames the full policy beats its half-random self`, () => expect(share(expert(delay), expert(delay, 500))).above(620));

  it('neither axis is everything: the full policy at 24 frames holds its own against the half-random one at 6', () => {
    expect(share(expert(24), expert(6, 500))).within(350, 850);
  });

  for (const bot of ['rush', 'turtle', 'fireball', 'throw', 'random', 'hold'])
    for (const delay of [6, 12])
      it(`${bot} at the same ${delay} frames stays under 45 % against care`, () =>
        expect(share({ bot, delayFrames: delay }, expert(delay))).below(450));

  for (const [move, from] of [
    ['jab', 80],
    ['low', 95],
    ['poke', 114],
    ['heavy', 100],
    ['sweep', 116],
    ['overhead', 100],
    ['smash', 130],
    ['uppercut', 72],
    ['jump_kick', 230],
  ] as const)
    it(`walking in and doing nothing but ${move} stays under 50 % against care at 12 frames`, () => {
      const spam: Policy<State, Plan> = {
        decide: (s) => ({
          plan: s.distance > from ? [{ action: 'walk_fwd', frames: 6 }, { action: move }] : [{ action: move }, { action: move }],
          standing: 'guard_low',
        }),
      };
      expect(winShare({ policy: spam, delayFrames: 12 }, expert(12), MATCHES, SHORT, 9000)).below(500);
    });

  it('no seat is favoured', () => {
    expect(winShare(expert(12), expert(12), 200, SHORT, 9000)).within(400, 600);
  });

  it('errors make a bot worse by degrees, and draw from its own seed only', () => {
    const reward = (error: number): number => {
      let sum = 0;
      for (let seed = 0; seed < 60; seed++) sum += duel([expert(12, error), { bot: 'random', delayFrames: 12 }], SHORT, seed).reward[0]!;
      return sum;
    };
    expect(reward(0)).above(reward(500));
    expect(reward(500)).above(reward(1000));
    const once = duel([expert(12, 500), expert(18, 300)], SHORT, 7);
    expect(duel([expert(12, 500), expert(18, 300)], SHORT, 7)).deep.equal(once);
    expect(duel([expert(12, 500), expert(18, 300)], SHORT, 8)).not.deep.equal(once);
  });

  it('the oracle compares legal candidates, the standing order first, each once', () => {
    const world = fighter.create(SHORT, 1);
    world.advance(1_000_000);
    const lists = [world.observe(0)];
    world.act(0, { plan: [{ action: 'fireball' }, { action: 'throw' }], standing: 'guard_high' }, 1_000_000);
    world.advance(1_400_000);
    lists.push(world.observe(0));
    const written = lists.map((state) => fighter.oracle.candidates(state).map((action) => fighter.write(fighter.parseAction(action))));
    for (const list of written) {
      expect(list[0]).equal('none;');
      expect(new Set(list).size).equal(list.length);
      expect(list.length).within(10, 22);
    }
    expect(written[0]).contain('fireball;').not.contain('keep;').not.contain('guard_low 20;');
    expect(written[1]).contain('keep;').contain('guard_low 20;').not.contain('fireball;').not.contain('guard_high 20;');
    expect(fighter.bots.map((b) => b.name))
      .include(fighter.oracle.continuation.bot)
      .include.members(fighter.oracle.opponents[0]!.map((each) => each.bot));
  });
});
