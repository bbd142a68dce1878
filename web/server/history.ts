/**
 * The past of the current market match's first symbol, so that a browser that arrives late starts with a whole chart. Bounded: when it is
 * full, every second point goes and points come half as often from then on.
 */
import type { HftScene } from '../../envs/hft/scene.js';
import type { FillPoint, PricePoint } from './frames.js';

const MOST_POINTS = 2048;
const MOST_FILLS = 512;
const FIRST_STEP_US = 100_000;

export class MarketHistory {
  points: PricePoint[] = [];
  fills: FillPoint[] = [];
  tickMicros = 0;
  private stepUs = FIRST_STEP_US;
  private lastTrade = -1;

  /** Adds what is new in a scene; scenes of an earlier world time add nothing. */
  add(scene: HftScene): void {
    const symbol = scene.symbols[0]!;
    this.tickMicros = symbol.tickMicros;
    const last = this.points.at(-1);
    if (!last || scene.at >= last[0] + this.stepUs) {
      this.points.push([scene.at, symbol.mid2Ticks, symbol.lastTicks, symbol.indexTicks]);
      if (this.points.length > MOST_POINTS) {
        this.points = this.points.filter((_, i) => i % 2 === 0);
        this.stepUs *= 2;
      }
    }
    for (const trade of symbol.trades) {
      if (trade.id <= this.lastTrade) continue;
      this.lastTrade = trade.id;
      if (trade.buyer >= 0) this.fills.push([trade.at, trade.priceTicks, trade.size, trade.buyer]);
      if (trade.seller >= 0) this.fills.push([trade.at, trade.priceTicks, -trade.size, trade.seller]);
    }
    if (this.fills.length > MOST_FILLS) this.fills.splice(0, this.fills.length - MOST_FILLS);
  }
}
