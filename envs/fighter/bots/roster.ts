/** The bots as users name them. */
import type { Action, Bot } from '../../environment.js';
import { Stream, keyOf } from '../../random.js';
import type { Plan, State } from '../state.js';
import { decide } from './expert.js';
import { randomAction } from './legal.js';
import { search } from './search.js';
import { crusher, fireball, jumper, rush, superist, sweeper, thrower, turtle } from './spam.js';

const PURPOSE = 0xb07;

/** A bot from a pure decision; errors are drawn from the player's own stream, one draw a decision whatever the rate. */
function bot(name: string, about: string, decision: (state: State) => Action<Plan>): Bot<State, Plan> {
  return {
    name,
    about,
    create({ seed, errorPermille = 0 }) {
      const errors = new Stream(keyOf(seed, PURPOSE), 0);
      const actions = new Stream(keyOf(seed, PURPOSE), 1);
      return { decide: (state) => (errors.chance(errorPermille, 1000) ? randomAction(actions) : decision(state)) };
    },
  };
}

/** The expert by its own dice: who knows the clock does not know its next move. The oracle's opponent. */
const mixed: Bot<State, Plan> = {
  name: 'mixed',
  about: 'The expert, mixing by dice of its own instead of by the clock.',
  create({ seed, errorPermille = 0 }) {
    const [errors, actions, dice] = [0, 1, 2].map((id) => new Stream(keyOf(seed, PURPOSE), id)) as [Stream, Stream, Stream];
    return {
      decide(state) {
        const digit = dice.below(10);
        return errors.chance(errorPermille, 1000) ? randomAction(actions) : decide(state, digit);
      },
    };
  },
};

const random: Bot<State, Plan> = {
  name: 'random',
  about: 'A uniformly random legal action each time.',
  create({ seed }) {
    const actions = new Stream(keyOf(seed, PURPOSE), 1);
    return { decide: () => randomAction(actions) };
  },
};

export const bots: readonly Bot<State, Plan>[] = [
  bot(
    'expert',
    'The careful reference policy: guards, strikes back and keeps its distance by what can still work at its own measured delay; mixes blow and throw.',
    (state) => decide(state),
  ),
  mixed,
  bot('search', 'Tries its plans in the engine against a few replies, within a budget of frames, and takes the best.', (state) =>
    search(state),
  ),
  bot('rush', 'Runs in and strikes without pause.', rush),
  bot('turtle', 'Guards and strikes only at what recovers within reach.', turtle),
  bot('fireball', 'Throws projectiles and backs off.', fireball),
  bot('throw', 'Walks in and throws, again and again.', thrower),
  bot('jump', 'Jumps in and kicks, again and again.', jumper),
  bot('sweep', 'Sweeps from as far as it reaches, again and again.', sweeper),
  bot('super', 'Fills its meter with pokes and spends it at once.', superist),
  bot('crush', 'Winds up the slowest blow, again and again.', crusher),
  random,
  bot('hold', 'Does nothing but its standing order.', () => ({ plan: [], standing: 'guard_low' })),
];
