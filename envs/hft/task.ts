/** The trading task: one or several symbols, an order book each, cash and positions, and a public index that leads the quotes. */
import type { Task } from '../environment.js';
import { actionsText, parseAction, planSchema } from './seats/actions.js';
import { bots } from './bots/bots.js';
import { glance } from './glance.js';
import { Market } from './market.js';
import { type HftOptions, parseOptions } from './options.js';
import { oracle } from './oracle.js';
import { patient } from './patient.js';
import { parse } from './seats/parse.js';
import type { HftScene } from './scene.js';
import { STANDING_ORDERS } from './seats/seat.js';
import { situation } from './situation.js';
import type { HftPlan, HftState } from './state.js';
import { write } from './seats/statement.js';
import { publicOptions, rehearsalOptions } from './public.js';
import { text } from './text.js';

export const hft: Task<HftOptions, HftState, HftPlan, HftScene> = {
  name: 'hft',
  title: 'High-frequency trading: an order book that moves while you think',
  rules: 'hft.4',
  reward: { unit: '%', scale: 10_000, about: 'yield on the starting cash, flat at the end' },
  tick: (options) => ({ us: options.gridUs, name: `${options.gridUs / 1000} ms of market time` }),
  parseOptions,
  publicOptions,
  rehearsalOptions,
  seats: (options) => options.seats,
  lengthUs: (options) => options.durationUs,
  create: (options, seed) => new Market(options, seed),
  text,
  situation,
  glance,
  actionsText,
  parse,
  write,
  parseAction,
  planSchema,
  standingOrders: STANDING_ORDERS,
  bots,
  lacks: { keyboard: 'cannot be played at a keyboard' },
  trades: true,
  success: { name: 'percent of yield', measure: 'yieldPct', count: ({ reward }, seat) => reward[seat]! / 10_000 },
  oracle,
  patient,
};
