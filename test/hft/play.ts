/** Plays a bot through a market with a fixed reaction delay, as a match on the virtual clock does, without sockets. */
import type { Environment } from '../../envs/environment.js';
import { hft } from '../../envs/hft/task.js';
import type { HftOptions } from '../../envs/hft/options.js';
import type { HftScene } from '../../envs/hft/scene.js';
import { type HftPlan, type HftState, type SymbolView, views } from '../../envs/hft/state.js';

export type Env = Environment<HftState, HftPlan, HftScene>;

/** What a seat sees of the first symbol, or of another. */
export const view = (env: Env, seat = 0, symbol = 0): SymbolView => views(env.observe(seat))[symbol]!;

/** Called with every state before the bot decides on it. */
export type OnState = (state: HftState, env: Env) => void;

export function play(botName: string, delayUs: number, seed: number, options: HftOptions, onState?: OnState, errorPermille = 0): Env {
  const env = hft.create(options, seed);
  const bot = hft.bots.find((b) => b.name === botName)!.create({ seed, errorPermille });
  let at = env.nextPublish(0);
  while (at < options.durationUs) {
    env.advance(at);
    const state = env.observe(0);
    onState?.(state, env);
    at = env.nextPublish(env.act(0, bot.decide(state), at + delayUs, delayUs).at);
  }
  env.advance(options.durationUs);
  return env;
}
