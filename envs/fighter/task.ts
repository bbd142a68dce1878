/** The task `fighter`: two fighters, sixty frames a second, and a clock that does not wait. */
import type { Task } from '../environment.js';
import { STANDING_ORDERS } from './actions.js';
import { FPS, PAUSE, READY } from './arena.js';
import { bots } from './bots/roster.js';
import { glance } from './glance.js';
import { parse, write } from './grammar.js';
import { actionsText } from './listing.js';
import { oracle } from './oracle.js';
import { parseOptions, type Options } from './options.js';
import { outcome } from './outcome.js';
import { patient } from './patient.js';
import { parseAction, planSchema } from './plan.js';
import { type FighterSceneState, staleAnswers, stimulus } from './scene.js';
import type { Plan, State } from './state.js';
import { text } from './text.js';
import { Fight, frameTime } from './world.js';

export const fighter: Task<Options, State, Plan, FighterSceneState> = {
  name: 'fighter',
  title: 'Fighting game',
  rules: 'fighter.4',
  reward: {
    unit: 'points',
    scale: 1000,
    about:
      'Half a point for each round won, less half for each lost, plus the lead in health at the end of each round as a share of full health.',
    range: ({ rounds }) => ({ low: -1500 * rounds, high: 1500 * rounds }),
  },
  tick: () => ({ us: frameTime(1), name: 'frame' }),
  parseOptions,
  seats: () => 2,
  lengthUs: ({ rounds, roundSeconds }) => frameTime(READY + rounds * (roundSeconds * FPS + READY + PAUSE.high)),
  create: (options, seed) => new Fight(options, seed),
  text,
  glance,
  actionsText,
  parse,
  write,
  parseAction,
  planSchema,
  standingOrders: STANDING_ORDERS,
  bots,
  oracle,
  patient,
  outcome,
  success: {
    name: 'round won',
    measure: 'roundsWon',
    count: ({ seats }, seat) => seats[seat]!.roundsWon!,
    range: ({ rounds }) => ({ low: 0, high: rounds }),
  },
  staleAnswers,
  stimulus,
};
