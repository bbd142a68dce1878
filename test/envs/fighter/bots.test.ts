/** The balance the task rests on: being earlier wins, being better wins, and no single idea beats care. Seeded, so exact. */
import { expect } from 'chai';
import type { Policy } from '../../../envs/environment.js';
import { actionNamed, contactDistance } from '../../../envs/fighter/actions.js';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import type { Plan, State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { wilson } from '../../../scoring/statistics/shares.js';
import { duel, winShare, type Player } from './duel.js';

const SHORT = fighter.parseOptions({ rounds: 1, roundSeconds: 20 });
const expert = (delayFrames: number, errorPermille = 0): Player => ({ bot: 'expert', delayFrames, errorPermille });

/** The first player's share of won matches with its 95 % Wilson interval. */
function share(first: Player, second: Player, matches: number): { low: number; high: number } {
  const won = Math.round((winShare(first, second, matches, SHORT, 9000) * matches) / 1000);
  const { low, high } = wilson(won, matches);
  return { low: low!, high: high! };
}

describe('fighter balance', () => {
  for (const [early, late] of [
    [6, 12],
    [12, 24],
    [24, 48],
  ] as const)
    it(`${early} frames of delay beat ${late}`, () => expect(share(expert(early), expert(late), 200).low).above(0.5));

  for (const delay of [6, 12, 24])
    it(`at ${delay} frames less random beats more random`, () => {
      expect(share(expert(delay), expert(delay, 250), 120).low).above(0.5);
      expect(share(expert(delay, 250), expert(delay, 600), 120).low).above(0.5);
    });

  const ONE_IDEA = ['fireball', 'throw', 'jump', 'sweep', 'super', 'turtle', 'random', 'rush', 'crush', 'hold'];
  for (const bot of ONE_IDEA)
    for (const delay of [6, 12])
      it(`${bot} at the same ${delay} frames wins no more than 55 % against care`, () =>
        expect(share({ bot, delayFrames: delay }, expert(delay), 60).high).at.most(0.55));

  it('nor does one idea between any other two characters, at 9 frames', () => {
    for (const bot of ONE_IDEA)
      for (const careful of CHARACTER_NAMES)
        for (const other of CHARACTER_NAMES) {
          const players: [Player, Player] = [{ bot, delayFrames: 9 }, expert(9)];
          let points = 0;
          for (let seed = 9000; seed < 9012; seed++) {
            const swapped = seed % 2 === 1;
            const seated = swapped ? ([players[1], players[0]] as [Player, Player]) : players;
            const fighters: [string, string] = swapped ? [careful, other] : [other, careful];
            const reward = duel(seated, { ...SHORT, fighters }, seed).reward[swapped ? 1 : 0]!;
            points += reward > 0 ? 1 : reward === 0 ? 0.5 : 0;
          }
          expect(points / 12, `${bot} as ${other} against ${careful}`).at.most(0.5);
        }
  });

  it('nor does throwing projectiles win when both are too late to jump what they see', () => {
    expect(share({ bot: 'fireball', delayFrames: 24 }, expert(24), 100).high).at.most(0.55);
  });

  for (const move of ['jab', 'low', 'poke', 'heavy', 'overhead', 'smash', 'uppercut', 'lunge', 'dash_fwd'])
    it(`walking in and doing nothing but ${move} stays under 50 % against care at 12 frames`, () => {
      const reach = contactDistance(actionNamed(move)!.move!);
      const spam: Policy<State, Plan> = {
        decide: (s) => ({
          plan: s.distance >= reach ? [{ action: 'walk_fwd', frames: 6 }, { action: move }] : [{ action: move }, { action: move }],
          standing: 'guard_low',
        }),
      };
      expect(winShare({ policy: spam, delayFrames: 12 }, expert(12), 60, SHORT, 9000)).below(500);
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

  it('every bot plays every character, and what it answers is always taken', () => {
    for (const { name } of fighter.bots)
      for (const fighters of [
        ['bram', 'kite'],
        ['kite', 'ash'],
      ]) {
        const world = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 8, fighters }), 3);
        const players = [0, 1].map((seat) => fighter.bots.find((b) => b.name === (seat ? 'expert' : name))!.create({ seed: seat }));
        for (let at = 0; !world.over; at += 150_000)
          for (const seat of [0, 1]) {
            const action = players[seat]!.decide(world.observe(seat));
            expect(fighter.parse(fighter.write(action), true), `${name}: ${fighter.write(action)}`).property('kind', 'action');
            const landing = world.act(seat, action, at, 150_000);
            if (!world.over) expect(landing.accepted, `${name}: ${landing.reason}`).equal(true);
          }
      }
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
