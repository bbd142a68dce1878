/**
 * What the frozen probe banks are made from: matches of mixed bots, delays and shares of random actions on reserved seeds, so
 * that the states are neither one policy's nor one latency's.
 */
import type { AnyTask } from '../../envs/environment.js';
import { PROBE_SEEDS_FROM, type BankRecipe } from '../../scoring/probes.js';
import type { SeatScript } from '../../scoring/rollout.js';

const MATCHES = 128;
const KEPT = 4;
const DRAWN = 12;
/** Four or more times the oracle's own number: a bank is made once and its noise stays in every figure. */
const FUTURES = 128;
const ERRORS_PERMILLE = [0, 250, 500] as const;

/** Which bots play, how late they may be, and for how long, by task. */
const MIXES: Record<string, { bots: string[]; delaysMs: number[]; playS: number }> = {
  hft: { bots: ['expert', 'maker', 'momentum', 'expert', 'random'], delaysMs: [50, 150, 400, 1000], playS: 60 },
  fighter: {
    bots: ['expert', 'rush', 'expert', 'turtle', 'fireball', 'expert', 'throw', 'random'],
    delaysMs: [50, 150, 300, 600],
    playS: 30,
  },
};

/** The recipe of a task's bank. The i-th match's seats are drawn round robin with strides that share no factor, so mixes differ. */
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
      options: {},
      seats: Array.from({ length: seats }, (_, seat) => script(i * seats + seat * 5)),
      probedSeat: i % seats,
    })),
    playUs: mix.playS * 1_000_000,
    kept: KEPT,
    drawn: DRAWN,
    futures: FUTURES,
  };
}
