/**
 * Metaorders that trade nothing: a trader that comes, and works its orders, at the times and under the conditions of the background's own, but
 * never sends one. What the price does in their course it would have done anyway, so they are the placebo for the impact of the real ones.
 */
import { MetaorderTrader, type Parent } from '../../envs/hft/background/metaorder.js';
import { PRESET_SETTINGS } from '../../envs/hft/background/presets.js';
import type { Exchange } from '../../envs/hft/exchange/exchange.js';
import type { Wire } from '../../envs/hft/news/wire.js';
import type { Preset } from '../../envs/hft/options.js';
import { keyOf, Stream } from '../../envs/random.js';

const PURPOSE = 0x7068616e;
/** Phantoms for each real trader, so that the placebo adds little noise of its own. */
const PHANTOMS = 4;

class PhantomTrader extends MetaorderTrader {
  protected override trade(_exchange: Exchange, _side: unknown, size: number): number {
    return size;
  }
}

/** The phantoms of a preset, who wake at times of their own and change nothing in the market. */
export class Phantoms {
  readonly parents: Parent[] = [];
  private readonly traders: { trader: PhantomTrader; at: number }[];

  /** @param wire the news that the real ones read, where there is any */
  constructor(preset: Preset, seed: number, wire?: Wire) {
    const key = keyOf(seed, PURPOSE);
    const settings = PRESET_SETTINGS[preset].metaorders ?? [];
    this.traders = settings.flatMap((each, i) =>
      Array.from({ length: PHANTOMS }, (_, k) => {
        const trader = new PhantomTrader(new Stream(key, i * PHANTOMS + k), -1, each, wire);
        trader.record = this.parents;
        return { trader, at: trader.wait() };
      }),
    );
  }

  /** Lets them look at the market up to a time, which `advance` brings the market to, step by step. */
  run(exchange: Exchange, to: number, advance: (to: number) => void): void {
    for (;;) {
      const next = this.traders.reduce((a, b) => (b.at < a.at ? b : a), { at: Infinity } as (typeof this.traders)[number]);
      if (next.at > to) break;
      advance(next.at);
      exchange.now = next.at;
      next.trader.wake(exchange);
      next.at += next.trader.wait();
    }
    advance(to);
  }
}
