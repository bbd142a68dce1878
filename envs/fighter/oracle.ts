/** How decisions are valued: the published list of candidates, who plays on after them, and the mixture of players they meet. */
import type { Action, BankMix, Json, OracleScript, OracleSpec } from '../environment.js';
import { KEEP, actionNamed } from './actions.js';
import { frameTime } from './world.js';
import type { Plan, State, Step } from './state.js';

/** Long enough for the slowest blow and what follows it. */
const HORIZON_FRAMES = 120;
/** The own seat goes on late, so that a decision stands for itself for a while: a quick one would repair whatever it follows. */
const CONTINUATION_FRAMES = 36;

/**
 * The opponents, equally likely: the careful player by its own dice at several delays, and players of one idea, so that what is
 * worth something is so against more than one style. Each errs now and then, so that no single line of play is taken for granted.
 */
const OPPONENTS: readonly OracleScript[] = (
  [
    ['mixed', 6],
    ['mixed', 12],
    ['mixed', 24],
    ['rush', 12],
    ['mixed', 6],
    ['fireball', 24],
    ['mixed', 12],
    ['throw', 12],
  ] as const
).map(([bot, frames]) => ({ bot, delayUs: frameTime(frames), errorPermille: 100 }));

/** Beyond this distance short blows only miss, all alike; within it steps forwards change little. */
const CLOSE = 180;

type When = 'always' | 'close' | 'far';

const one = (action: string, frames?: number): Step => (frames === undefined ? { action } : { action, frames });

const PLANS: readonly [Plan, When][] = [
  [[], 'always'],
  [[one('guard_high', 20)], 'always'],
  [[one('guard_low', 20)], 'always'],
  [[one('walk_fwd', 10)], 'far'],
  [[one('walk_back', 12)], 'far'],
  [[one('jab')], 'close'],
  [[one('jab'), one('uppercut')], 'close'],
  [[one('poke')], 'always'],
  [[one('heavy')], 'close'],
  [[one('heavy'), one('lunge')], 'close'],
  [[one('sweep')], 'close'],
  [[one('lunge')], 'always'],
  [[one('overhead')], 'close'],
  [[one('smash')], 'always'],
  [[one('crush')], 'always'],
  [[one('throw')], 'close'],
  [[one('walk_fwd', 8), one('throw')], 'always'],
  [[one('fireball')], 'always'],
  [[one('uppercut')], 'always'],
  [[one('super')], 'always'],
  [[one('jump_kick')], 'always'],
  [[one('jump_fwd')], 'far'],
  [[one('dash_fwd')], 'far'],
  [[one('dash_back')], 'always'],
  [[one(KEEP)], 'always'],
];

/**
 * The plans that could differ in this state. Left out: a held action equal to the standing order (the empty plan again), a second projectile
 * and a super without its meter (both would be skipped), `keep` with nothing to keep, and what only another distance tells apart.
 */
function candidates(state: State): Action<Plan>[] {
  const { me, distance } = state;
  return PLANS.filter(([plan, when]) => {
    const [first] = plan;
    if (!first) return true;
    if (when !== 'always' && (when === 'close') !== distance < CLOSE) return false;
    if (first.action === KEEP) return state.plan.length > 0;
    if (plan.length === 1 && first.action === state.standing) return false;
    if (first.action === 'fireball' && me.ball) return false;
    return me.meter >= (actionNamed(first.action)!.move?.cost ?? 0);
  }).map(([plan]) => ({ plan: [...plan] }));
}

/** A fighter bound for longer than this only says what it will do blindly, when much will have changed. */
const BOUND_FRAMES = 12;

const between = (...fighters: [string, string]): Json => ({ fighters });

/** Frames from which a blow can be seen in time by a player of usual reactions, and pixels within which short blows reach. */
const SLOW_FRAMES = 8;
const REACH = 110;

/** How far apart they are, and whether there is a blow to answer, a moment to punish, or neither. */
function stratum({ distance, op }: State): string {
  const range = distance < REACH ? 'close' : distance < 3 * REACH ? 'middle' : 'far';
  if (op.down > 0 || op.stun > 0) return `${range}, other stunned`;
  if (op.startup >= SLOW_FRAMES || op.ball) return `${range}, slow blow coming`;
  if (op.startup > 0 || op.active > 0) return `${range}, quick blow coming`;
  return op.recovery > 0 ? `${range}, other recovers` : `${range}, neutral`;
}

/** A player of one idea, some frames late, erring now and then. */
const late = (bot: string, frames: number): OracleScript => ({ bot, delayUs: frameTime(frames), errorPermille: 100 });

const families: BankMix<State>['families'] = [
  { continuation: late('mixed', 8), opponents: [[late('expert', 10), late('super', 8), late('turtle', 12), late('jump', 10)]] },
  { continuation: late('turtle', 14), opponents: [[late('mixed', 18), late('sweep', 12), late('expert', 16), late('rush', 18)]] },
  { continuation: late('rush', 20), opponents: [[late('turtle', 24), late('mixed', 30), late('crush', 20), late('expert', 26)]] },
  { continuation: late('super', 28), opponents: [[late('expert', 36), late('fireball', 30), late('mixed', 42), late('super', 30)]] },
];

const bank: BankMix<State> = {
  bots: ['expert', 'rush', 'mixed', 'turtle', 'fireball', 'expert', 'throw', 'random', 'super', 'mixed', 'jump', 'expert', 'sweep'],
  delaysMs: [50, 150, 300, 600],
  // Half of the matches between two of the first character, the default; the others between any two.
  options: [{}, between('ash', 'bram'), {}, between('kite', 'ash'), {}, between('bram', 'kite'), {}, between('bram', 'ash'), {},
    between('ash', 'kite'), {}, between('kite', 'bram'), {}, between('bram', 'bram'), {}, between('kite', 'kite')], // prettier-ignore
  playS: 40,
  asks: ({ pause, me }) => pause === 0 && me.busy <= BOUND_FRAMES,
  stratum,
  families,
};

export const oracle: OracleSpec<State, Plan> = {
  horizonUs: frameTime(HORIZON_FRAMES),
  futures: 32,
  candidates,
  stopped: (state) => ({ ...state, late: 0 }),
  continuation: { bot: 'expert', delayUs: frameTime(CONTINUATION_FRAMES) },
  opponents: [OPPONENTS],
  bank,
};
