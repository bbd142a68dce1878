/** The published benchmark's trading rules as a task of its own name, so that no trace, table or page can mix it up with `hft`. */
import type { Task } from '../../environment.js';
import { bots } from './bots.js';
import { type PaperOptions, parseOptions } from './options.js';
import { parse, parsers } from './parse.js';
import { actionsText, parseAction, planSchema, write } from './plan.js';
import type { PaperPlan, PaperScene, PaperState } from './state.js';
import { publicOptions, rehearsalOptions } from '../public.js';
import { text } from './text.js';
import { GRID_US, LABEL, PaperWorld, STANDING_ORDERS } from './world.js';

export const paper: Task<PaperOptions, PaperState, PaperPlan, PaperScene> = {
  name: 'hft-paper',
  title: `Trading by the ${LABEL}`,
  rules: 'paper.2',
  folder: 'hft/paper',
  success: { name: 'percent of yield', measure: 'yieldPct', count: ({ reward }, seat) => reward[seat]! / 10_000 },
  reward: {
    unit: '%',
    scale: 10_000,
    about: 'yield as (cash + shares x last sell price) / 10,000 - 1, computed here: the published code never does; rounded to a millionth',
  },
  tick: () => ({ us: GRID_US, name: `${GRID_US / 1000} ms of thinking time` }),
  parseOptions,
  publicOptions,
  rehearsalOptions,
  seats: () => 1,
  lengthUs: () => undefined,
  create: (options, seed) => new PaperWorld(options, seed),
  text,
  actionsText,
  parse,
  parsers,
  write,
  parseAction,
  planSchema,
  standingOrders: STANDING_ORDERS,
  bots,
  lacks: {
    wallClock: 'under the published rules the market waits for every answer, so they are played on the virtual clock only',
    oracle:
      'the published rules have no oracle: a run is one fixed day with the future in its prices, so no probe, decided or landed quality is offered',
    keyboard: 'cannot be played at a keyboard',
    page: 'the page draws order books and fights, and the published rules have neither',
  },
  oracle: { horizonUs: 0, futures: 2, candidates: () => [], continuation: { bot: 'swing', delayUs: 0 }, opponents: [] },
};
