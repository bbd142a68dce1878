/**
 * The past of the current market match, symbol by symbol, so that a browser that arrives late, or turns to another symbol, starts with a
 * whole chart. Bounded: when a symbol's is full, every second point goes and points come half as often from then on.
 */
import type { Micros } from '../../../envs/environment.js';
import type { HftScene, SymbolScene } from '../../../envs/hft/scene.js';

/** One point of the market's past: [world time, twice the mid in ticks, last trade in ticks, index in ticks]. */
export type PricePoint = [at: Micros, mid2Ticks: number, lastTicks: number, indexTicks: number];

/** One execution of a seat: [world time, price in ticks, shares (positive bought, negative sold), seat]. */
export type FillPoint = [at: Micros, priceTicks: number, size: number, seat: number];

/** One symbol's past, as newcomers are told it. */
export type SymbolPast = {
  tickMicros: number;
  points: PricePoint[];
  fills: FillPoint[];
};

/** How much of a symbol's past is kept. */
export interface HistoryBounds {
  mostPoints: number;
  /** The newest. */
  mostFills: number;
  /** World time between points before any have gone. */
  stepUs: Micros;
}

/** What fits in a message to everyone who arrives. */
const TO_NEWCOMERS: HistoryBounds = { mostPoints: 2048, mostFills: 512, stepUs: 100_000 };

export class MarketHistory {
  readonly symbols: SymbolHistory[] = [];

  constructor(private readonly bounds: HistoryBounds = TO_NEWCOMERS) {}

  /** Adds what is new in a scene; scenes of an earlier world time add nothing. */
  add(scene: HftScene): void {
    scene.symbols.forEach((symbol, i) => (this.symbols[i] ??= new SymbolHistory(this.bounds)).add(scene.at, symbol));
  }

  /** What a newcomer is told. */
  past(): SymbolPast[] {
    return this.symbols.map(({ tickMicros, points, fills }) => ({ tickMicros, points, fills }));
  }

  /** Goes on from what a newcomer was told. */
  recall(past: readonly SymbolPast[]): void {
    this.symbols.splice(0, Infinity, ...past.map((each) => new SymbolHistory(this.bounds, each)));
  }
}

export class SymbolHistory implements SymbolPast {
  tickMicros: number;
  points: PricePoint[];
  fills: FillPoint[];
  /** World time between points now. */
  stepUs: Micros;
  private lastTrade = -1;
  /** The tape of the next scene repeats the newest of the fills that were recalled. */
  private recalled: boolean;

  constructor(
    private readonly bounds: HistoryBounds,
    past?: SymbolPast,
  ) {
    this.stepUs = bounds.stepUs;
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
      if (this.points.length > this.bounds.mostPoints) {
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
    if (this.fills.length > this.bounds.mostFills) this.fills.splice(0, this.fills.length - this.bounds.mostFills);
  }
}
