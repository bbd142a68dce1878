/**
 * What the frozen probe banks are made from: matches of mixed bots, delays and shares of random actions on reserved seeds, so
 * that the states are neither one policy's nor one latency's.
 */
import type { AnyTask, Json } from '../../envs/environment.js';
import type { State as FightState } from '../../envs/fighter/state.js';
import { PROBE_SEEDS_FROM, type BankRecipe } from '../../scoring/oracle/probes.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';

const MATCHES = 128;
const KEPT = 4;
const DRAWN = 12;
/** Four or more times the oracle's own number: a bank is made once and its noise stays in every figure. */
const FUTURES = 128;
const ERRORS_PERMILLE = [0, 250, 500] as const;

/** What a task's matches are: the i-th is played under the i-th option in turn. */
interface Mix {
  bots: string[];
  delaysMs: number[];
  options: Json[];
  playS: number;
  asks?: BankRecipe['asks'];
}

/** A fighter bound for longer than this only says what it will do blindly, when much will have changed. */
const BOUND_FRAMES = 12;

const MIXES: Record<string, Mix> = {
  hft: { bots: ['expert', 'maker', 'momentum', 'expert', 'random'], delaysMs: [50, 150, 400, 1000], options: [{}], playS: 60 },
  fighter: {
    bots: ['expert', 'rush', 'mixed', 'turtle', 'fireball', 'expert', 'throw', 'random', 'super', 'mixed', 'jump', 'expert', 'sweep'],
    delaysMs: [50, 150, 300, 600],
    // Half of the matches between two of the first character, the default; the others between any two.
    options: [{}, fighters('ash', 'bram'), {}, fighters('kite', 'ash'), {}, fighters('bram', 'kite'), {}, fighters('bram', 'ash'), {},
      fighters('ash', 'kite'), {}, fighters('kite', 'bram'), {}, fighters('bram', 'bram'), {}, fighters('kite', 'kite')], // prettier-ignore
    playS: 40,
    asks: ({ pause, me }: FightState) => pause === 0 && me.busy <= BOUND_FRAMES,
  },
};

function fighters(...names: [string, string]): Json {
  return { fighters: names };
}

/** The recipe of a task's bank. Seats go through the bots at different strides, so that the same two seldom meet under the same options. */
export function bankRecipe(task: AnyTask): BankRecipe {
  if (task.lacks?.oracle !== undefined) throw new RangeError(`no bank recipe for ${task.name}: ${task.lacks.oracle}`);
  const mix = MIXES[task.name];
  if (!mix) throw new RangeError(`no bank recipe for ${task.name}; there are ${Object.keys(MIXES).join(', ')}`);
  const seats = task.seats(task.parseOptions({}));
  const script = (turn: number): SeatScript => ({
    bot: mix.bots[turn % mix.bots.length]!,
    delayUs: mix.delaysMs[Math.floor(turn / 3) % mix.delaysMs.length]! * 1000,
    errorPermille: ERRORS_PERMILLE[turn % ERRORS_PERMILLE.length]!,
  });
  return {
    matches: Array.from({ length: MATCHES }, (_, i) => ({
      seed: PROBE_SEEDS_FROM + i,
      options: mix.options[i % mix.options.length]!,
      seats: Array.from({ length: seats }, (_, seat) => script(i * (1 + 4 * seat) + 7 * seat)),
      probedSeat: Math.floor(i / 2) % seats,
    })),
    playUs: mix.playS * 1_000_000,
    ...(mix.asks && { asks: mix.asks }),
    kept: KEPT,
    drawn: DRAWN,
    futures: FUTURES,
  };
}
