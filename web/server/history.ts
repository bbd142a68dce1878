/**
 * The past of the current market match, symbol by symbol, so that a browser that arrives late, or turns to another symbol, starts with a
 * whole chart. Bounded: when a symbol's is full, every second point goes and points come half as often from then on.
 */
import type { HftScene, SymbolScene } from '../../envs/hft/scene.js';
import type { FillPoint, PricePoint, SymbolPast } from './frames.js';

const MOST_POINTS = 2048;
const MOST_FILLS = 512;
const FIRST_STEP_US = 100_000;

export class MarketHistory {
  readonly symbols: SymbolHistory[] = [];

  /** @param mostFills of a symbol that are kept, the newest */
  constructor(private readonly mostFills = MOST_FILLS) {}

  /** Adds what is new in a scene; scenes of an earlier world time add nothing. */
  add(scene: HftScene): void {
    scene.symbols.forEach((symbol, i) => (this.symbols[i] ??= new SymbolHistory(undefined, this.mostFills)).add(scene.at, symbol));
  }

  /** What a newcomer is told. */
  past(): SymbolPast[] {
    return this.symbols.map(({ tickMicros, points, fills }) => ({ tickMicros, points, fills }));
  }

  /** Goes on from what a newcomer was told. */
  recall(past: readonly SymbolPast[]): void {
    this.symbols.splice(0, Infinity, ...past.map((each) => new SymbolHistory(each, this.mostFills)));
  }
}

export class SymbolHistory implements SymbolPast {
  tickMicros: number;
  points: PricePoint[];
  fills: FillPoint[];
  private stepUs = FIRST_STEP_US;
  private lastTrade = -1;
  /** The tape of the next scene repeats the newest of the fills that were recalled. */
  private recalled: boolean;

  constructor(
    past?: SymbolPast,
    private readonly mostFills = MOST_FILLS,
  ) {
    this.tickMicros = past?.tickMicros ?? 0;
    this.points = [...(past?.points ?? [])];
    this.fills = [...(past?.fills ?? [])];
    this.recalled = past !== undefined;
  }

  add(at: number, symbol: SymbolScene): void {
    this.tickMicros = symbol.tickMicros;
    const last = this.points.at(-1);
    if (!last || at >= last[0] + this.stepUs) {
      this.points.push([at, symbol.mid2Ticks, symbol.lastTicks, symbol.indexTicks]);
      if (this.points.length > MOST_POINTS) {
        this.points = this.points.filter((_, i) => i % 2 === 0);
        this.stepUs *= 2;
      }
    }
    if (this.recalled) this.lastTrade = symbol.trades.at(-1)?.id ?? -1;
    this.recalled = false;
    for (const trade of symbol.trades) {
      if (trade.id <= this.lastTrade) continue;
      this.lastTrade = trade.id;
      if (trade.buyer >= 0) this.fills.push([trade.at, trade.priceTicks, trade.size, trade.buyer]);
      if (trade.seller >= 0) this.fills.push([trade.at, trade.priceTicks, -trade.size, trade.seller]);
    }
    if (this.fills.length > this.mostFills) this.fills.splice(0, this.fills.length - this.mostFills);
  }
}
