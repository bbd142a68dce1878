/** Plays a bot through a market with a fixed reaction delay, as a match on the virtual clock does, without sockets. */
import type { Environment } from '../../../envs/environment.js';
import { hft } from '../../../envs/hft/task.js';
import type { HftOptions } from '../../../envs/hft/options.js';
import type { HftScene } from '../../../envs/hft/scene.js';
import type { Stream } from '../../../envs/random.js';
import { type HftOrder, type HftPlan, type HftState, type SymbolView, views } from '../../../envs/hft/state.js';

export type Env = Environment<HftState, HftPlan, HftScene>;

/** What a seat sees of the first symbol, or of another. */
export const view = (env: Env, seat = 0, symbol = 0): SymbolView => views(env.observe(seat))[symbol]!;

/** Plans of every kind of order, by chance, in any symbol. */
export function anyPlan(state: HftState, stream: Stream): HftPlan {
  const pick = <T>(of: readonly T[]): T => of[stream.below(of.length)]!;
  return Array.from({ length: stream.between(1, 3) }, (): HftOrder => {
    const { symbol } = pick(state.symbols);
    const size = stream.between(1, 25);
    const at = stream.between(-3, 3);
    const side = pick(['buy', 'sell'] as const);
    const far = side === 'sell' ? -stream.between(1, 8) : stream.between(1, 8);
    switch (stream.below(9)) {
      case 0:
        return { do: side, size, symbol };
      case 1:
        return { do: side, size, type: pick(['fok', 'market'] as const), symbol };
      case 2:
        return { do: pick(['bid', 'ask'] as const), size, at, type: 'limit', symbol };
      case 3:
        return { do: pick(['bid', 'ask'] as const), size, at, show: stream.between(1, 6), symbol };
      case 4:
        return { do: 'stop', side, size, at: far, symbol };
      case 5:
        return { do: 'stop', side, size, at: far, limit: far + at, symbol };
      case 6:
        return { do: 'oco', side, size, at: side === 'sell' ? 1 : -1, stop: far, symbol };
      case 7:
        return { do: 'move', order: stream.between(1, 4), size, at };
      default:
        return pick<HftOrder>([
          { do: 'cancel', order: stream.between(1, 4) },
          { do: 'cancel', side: 'bid', symbol },
          { do: 'cancel' },
          { do: 'flat', symbol },
        ]);
    }
  });
}

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
