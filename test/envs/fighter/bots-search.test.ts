/** The searching player: the fight made anew from one seat's view is that fight, and what is found in it wins. */
import { expect } from 'chai';
import { decide } from '../../../envs/fighter/bots/expert.js';
import { randomAction } from '../../../envs/fighter/bots/legal.js';
import { rebuild } from '../../../envs/fighter/bots/rebuild.js';
import { search } from '../../../envs/fighter/bots/search.js';
import type { FighterState, State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { frameTime } from '../../../envs/fighter/world.js';
import { Stream } from '../../../envs/random.js';
import { winShare } from './duel.js';

const SHORT = fighter.parseOptions({ rounds: 1, roundSeconds: 20 });
const PAIRS = [
  ['ash', 'ash'],
  ['bram', 'kite'],
  ['kite', 'bram'],
];

/** States along matches of one random and one careful player, from either seat. */
function states(count: number): { state: State; fighters: string[] }[] {
  const found: { state: State; fighters: string[] }[] = [];
  for (let seed = 0; found.length < count; seed++) {
    const fighters = PAIRS[seed % PAIRS.length]!;
    const world = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 20, fighters }), seed);
    const stream = new Stream(seed, 7);
    for (let frame = 1; !world.over && frame < 900; frame += stream.between(3, 17)) {
      world.advance(frameTime(frame));
      for (const seat of [0, 1]) {
        const state = world.observe(seat);
        if (state.pause === 0) found.push({ state, fighters });
        const random = seat === seed % 2;
        world.act(seat, random ? randomAction(stream) : decide(state), world.now);
      }
    }
  }
  return found.slice(0, count);
}

/** What a fighter made anew must have in common with the one seen; the active frames of a blow that has touched are hidden knowledge. */
const visible = ({ ball, ...rest }: FighterState) => ({ ...rest, ball: ball?.arrives });

describe('fighter search', () => {
  it('a fight made anew from a view shows that view', () => {
    for (const { state, fighters } of states(1500)) {
      const world = fighter.create(fighter.parseOptions({ rounds: state.rounds, fighters: fighters }), 1);
      world.restore(rebuild(state));
      const again = world.observe(0);
      const where = fighter.text(state);
      expect(visible(again.me), where).deep.equal(visible(state.me));
      expect(visible(again.op), where).deep.equal(visible(state.op));
      for (const key of ['timer', 'pause', 'distance', 'left', 'facing', 'plan', 'planLeft', 'standing'] as const)
        expect(again[key], `${key}: ${where}`).deep.equal(state[key]);
    }
  });

  it('answers the same to the same, legally, and changes nothing of what it is shown', () => {
    for (const { state } of states(60)) {
      const before = structuredClone(state);
      const action = search(state, 2000);
      expect(state).deep.equal(before);
      expect(search(state, 2000)).deep.equal(action);
      expect(fighter.parse(fighter.write(action), true)).property('kind', 'action');
    }
  });

  it('without a budget it answers as the expert', () => {
    for (const { state } of states(20)) expect(search(state, 0)).deep.equal(decide(state));
  });

  it('beats a player of one idea and a random one', () => {
    for (const bot of ['random', 'rush'])
      expect(winShare({ bot: 'search', delayFrames: 12 }, { bot, delayFrames: 12 }, 12, SHORT, 40)).above(700);
  });
});
