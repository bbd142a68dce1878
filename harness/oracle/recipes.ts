/**
 * What the frozen probe banks are made from: matches of mixed bots, delays and shares of random actions on reserved seeds, so
 * that the states are neither one policy's nor one latency's. States are drawn from every kind of situation, and values are means over
 * several families of players, prompt and late ones: an action is good when it is so whoever plays on. The task's own oracle, by which
 * models may have been trained, is none of them; its values stand beside.
 */
import type { AnyTask } from '../../envs/environment.js';
import type { BankRecipe } from '../../scoring/oracle/bank-builder.js';
import { PROBE_SEEDS_FROM } from '../../scoring/oracle/probes.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';

const MATCHES = 128;
const KEPT = 4;
/** Four times the oracle's own number: a bank is made once and its noise stays in every figure. */
const FUTURES = 64;
const ERRORS_PERMILLE = [0, 250, 500] as const;

/** How large a bank is; what is absent is as in the frozen banks. */
export interface BankSize {
  matches?: number;
  futures?: number;
}

/** The recipe of a task's bank. Seats go through the bots at different strides, so that the same two seldom meet under the same options. */
export function bankRecipe(task: AnyTask, { matches = MATCHES, futures = FUTURES }: BankSize = {}): BankRecipe {
  if (task.lacks?.oracle !== undefined) throw new RangeError(`no bank recipe for ${task.name}: ${task.lacks.oracle}`);
  const mix = task.oracle.bank;
  if (!mix) throw new RangeError(`no bank recipe for ${task.name}: its oracle names no matches for one (\`bank\`)`);
  const seats = task.seats(task.parseOptions({}));
  const script = (turn: number): SeatScript => ({
    bot: mix.bots[turn % mix.bots.length]!,
    delayUs: mix.delaysMs[Math.floor(turn / 3) % mix.delaysMs.length]! * 1000,
    errorPermille: ERRORS_PERMILLE[turn % ERRORS_PERMILLE.length]!,
  });
  return {
    matches: Array.from({ length: matches }, (_, i) => ({
      seed: PROBE_SEEDS_FROM + i,
      options: mix.options[i % mix.options.length]!,
      seats: Array.from({ length: seats }, (_, seat) => script(i * (1 + 4 * seat) + 7 * seat)),
      probedSeat: Math.floor(i / 2) % seats,
    })),
    playUs: mix.playS * 1_000_000,
    ...(mix.asks && { asks: mix.asks }),
    stratum: mix.stratum ?? ((state) => task.situation?.(state) ?? 'any'),
    families: mix.families,
    kept: KEPT,
    futures,
  };
}
