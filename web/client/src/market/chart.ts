/** The price chart: mid, index and last trades over world time, and the seats' own fills as arrows. */
import {
  ColorType,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  LineSeries,
  LineStyle,
  LineType,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type LineData,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
  type WhitespaceData,
} from 'lightweight-charts';
import type { SymbolSceneView, SceneTrade } from '../../../../envs/hft/scene.js';
import type { FillPoint, PricePoint } from '../../../server/market/history.js';
import { clock, halfPrice, price, priceDecimals } from '../format.js';
import { onTheme, theme } from '../theme.js';

/** Points of a live match lie on this grid of world time: scenes come a few times in each of its slots. */
const LIVE_SLOT_US = 100_000;
/** World time shown at once while the chart follows the match. */
const WINDOW_US = 60_000_000;
/** The least of it, so that a match's first seconds are not stretched over the whole chart. */
const FIRST_WINDOW_US = 15_000_000;
/** World time kept empty at the right edge. */
const RIGHT_US = 600_000;
const MOST_MARKERS = 300;
const SECOND_US = 1_000_000;

/** The axis's words for a moment; marks that are less than a second apart say their part of it too. */
function markOf(time: Time): string {
  const us = Math.round((time as number) * SECOND_US);
  return us % SECOND_US === 0
    ? clock(us)
    : `${clock(us - (us % SECOND_US))}.${String(Math.round((us % SECOND_US) / 1000))
        .padStart(3, '0')
        .replace(/0+$/, '')}`;
}

export class PriceChart {
  private readonly chart: IChartApi;
  private readonly mid: ISeriesApi<'Line'>;
  private readonly index: ISeriesApi<'Line'>;
  private readonly last: ISeriesApi<'Line'>;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  private fills: SeriesMarker<Time>[] = [];
  private fillsChanged = false;
  /** Points lie on a grid of world time, so that distances on the axis are times; scenes that come seldom leave gaps, not lies. */
  private slotUs = LIVE_SLOT_US;
  private slot = -1;
  private firstSlot = 0;
  private dotted?: { cell: number; lastTicks: number };
  private tickMicros = 10_000;
  private lastTrade = -1;
  private following = true;
  private readonly stopTheme: () => void;

  constructor(
    container: HTMLElement,
    /** With several seats an arrow has its seat's colour; with one, that of the side. */
    private readonly seats: number,
    private readonly onFollow: (following: boolean) => void,
  ) {
    this.chart = createChart(container, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Magnet },
      rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.12, bottom: 0.12 } },
      timeScale: { borderVisible: false, minBarSpacing: 0.02, allowBoldLabels: false, timeVisible: true, tickMarkFormatter: markOf },
      localization: { locale: 'en', timeFormatter: (time: Time) => clock((time as number) * 1e6, true) },
    }); // prettier-ignore
    const common = { priceLineVisible: false, lastValueVisible: true, crosshairMarkerRadius: 3 } as const;
    this.index = this.chart.addSeries(LineSeries, { ...common, lineWidth: 1, lineStyle: LineStyle.Dashed, lineType: LineType.WithSteps });
    this.last = this.chart.addSeries(LineSeries, {
      ...common,
      lastValueVisible: false,
      lineVisible: false,
      pointMarkersVisible: true,
      pointMarkersRadius: 1.4,
    });
    this.mid = this.chart.addSeries(LineSeries, { ...common, lineWidth: 2, lineType: LineType.WithSteps });
    this.markers = createSeriesMarkers(this.mid, []);
    this.stopTheme = onTheme(() => this.paint());
    this.chart.timeScale().subscribeSizeChange(() => this.showNewest());
    // Whoever drags or zooms looks at the past, until asked to follow again.
    for (const event of ['pointerdown', 'wheel'] as const) container.addEventListener(event, () => this.follow(false), { passive: true });
    this.paint();
  }

  /** Starts anew from the match so far. @param slotUs world time between points, where they are closer than a live match's */
  recall(tickMicros: number, points: readonly PricePoint[], fills: readonly FillPoint[], slotUs = LIVE_SLOT_US): void {
    this.tickMicros = tickMicros;
    this.slotUs = slotUs;
    this.slot = -1;
    this.dotted = undefined;
    this.fills = [];
    for (const series of [this.mid, this.index, this.last]) series.setData([]);
    // One by one, as they came to those who watched from the beginning: the same picture; but a recorded match has too many for that.
    if (slotUs === LIVE_SLOT_US) for (const point of points) this.point(...point);
    else this.load(points);
    for (const fill of fills) this.fill(...fill);
    // The tape of the next scene repeats the newest of these fills.
    this.lastTrade = Infinity;
    this.paint();
  }

  add(scene: SymbolSceneView): void {
    if (scene.tickMicros !== this.tickMicros) {
      this.tickMicros = scene.tickMicros;
      this.paint();
    }
    this.point(scene.at, scene.mid2Ticks, scene.lastTicks, scene.indexTicks);
    if (this.lastTrade === Infinity) this.lastTrade = scene.trades.at(-1)?.id ?? -1;
    for (const trade of scene.trades) this.trade(trade);
  }

  /** Puts new fills on the chart and keeps the newest point in view; lines are drawn by themselves. */
  draw(): void {
    this.showNewest();
    if (!this.fillsChanged) return;
    this.fillsChanged = false;
    this.markers.setMarkers(this.fills);
  }

  /** Whether the newest point is kept in view. */
  follow(following: boolean): void {
    this.following = following;
    this.onFollow(following);
    this.showNewest();
  }

  close(): void {
    this.stopTheme();
    this.chart.remove();
  }

  private showNewest(): void {
    if (!this.following || this.slot < 0) return;
    const newest = this.slot - this.firstSlot;
    const to = Math.max(FIRST_WINDOW_US / this.slotUs, newest + RIGHT_US / this.slotUs);
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, to - WINDOW_US / this.slotUs), to });
  }

  private trade({ id, at, priceTicks, size, buyer, seller }: SceneTrade): void {
    if (id <= this.lastTrade) return;
    this.lastTrade = id;
    if (buyer >= 0) this.fill(at, priceTicks, size, buyer);
    if (seller >= 0) this.fill(at, priceTicks, -size, seller);
  }

  private fill(at: number, priceTicks: number, size: number, seat: number): void {
    const bought = size > 0;
    const slot = Math.min(Math.max(this.slot, 0), Math.floor(at / this.slotUs));
    this.fills.push({
      time: this.timeOf(slot),
      position: bought ? 'atPriceBottom' : 'atPriceTop',
      price: (priceTicks * this.tickMicros) / 1e6,
      shape: bought ? 'arrowUp' : 'arrowDown',
      color: this.seats > 1 ? (theme().seats[seat % theme().seats.length] ?? theme().text) : bought ? theme().bid : theme().ask,
      size: 0.8,
    });
    this.fills.sort((a, b) => (a.time as number) - (b.time as number));
    if (this.fills.length > MOST_MARKERS) this.fills.splice(0, this.fills.length - MOST_MARKERS);
    this.fillsChanged = true;
  }

  private point(at: number, mid2Ticks: number, lastTicks: number, indexTicks: number): void {
    const slot = Math.floor(at / this.slotUs);
    if (slot < this.slot) return;
    this.beginSlot(slot, (empty) => this.mid.update({ time: this.timeOf(empty) }));
    const time = this.timeOf(slot);
    const unit = this.tickMicros / 1e6;
    this.mid.update({ time, value: (mid2Ticks / 2) * unit });
    this.index.update({ time, value: indexTicks * unit });
    if (this.marksLast(at, lastTicks)) this.last.update({ time, value: lastTicks * unit });
  }

  /** The last trade's price is dotted: on a live match's grid and where it changes, however close the points are. */
  private marksLast(at: number, lastTicks: number): boolean {
    const cell = Math.floor(at / LIVE_SLOT_US);
    if (this.slotUs < LIVE_SLOT_US && this.dotted?.cell === cell && this.dotted.lastTicks === lastTicks) return false;
    this.dotted = { cell, lastTicks };
    return true;
  }

  /** All points at once. */
  private load(points: readonly PricePoint[]): void {
    const [mid, index, last]: (LineData | WhitespaceData)[][] = [[], [], []];
    const unit = this.tickMicros / 1e6;
    for (const [at, mid2Ticks, lastTicks, indexTicks] of points) {
      const slot = Math.floor(at / this.slotUs);
      if (slot < this.slot) continue;
      if (slot === this.slot)
        for (const series of [mid!, index!, ...(last!.at(-1)?.time === this.timeOf(slot) ? [last!] : [])]) series.pop();
      else this.beginSlot(slot, (empty) => mid!.push({ time: this.timeOf(empty) }));
      const time = this.timeOf(slot);
      mid!.push({ time, value: (mid2Ticks / 2) * unit });
      index!.push({ time, value: indexTicks * unit });
      if (this.marksLast(at, lastTicks)) last!.push({ time, value: lastTicks * unit });
    }
    this.mid.setData(mid!);
    this.index.setData(index!);
    this.last.setData(last!);
  }

  /** Slots nobody saw stay empty, so that the axis keeps to time. */
  private beginSlot(slot: number, leave: (empty: number) => void): void {
    if (this.slot < 0) this.firstSlot = slot;
    for (let empty = this.slot < 0 ? slot : this.slot + 1; empty < slot; empty++) leave(empty);
    this.slot = slot;
  }

  private timeOf(slot: number): UTCTimestamp {
    return (Math.round((slot * this.slotUs) / 1000) / 1000) as UTCTimestamp;
  }

  private paint(): void {
    const { text, muted, line, index } = theme();
    this.chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: 'transparent' }, textColor: muted, fontSize: 11, fontFamily: 'ui-sans-serif, system-ui, sans-serif' },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: { vertLine: { color: muted, labelBackgroundColor: muted }, horzLine: { color: muted, labelBackgroundColor: muted } },
    }); // prettier-ignore
    const decimals = Math.min(6, priceDecimals(this.tickMicros) + 1);
    const priceFormat = { type: 'custom', minMove: this.tickMicros / 1e6, formatter: (value: number) => value.toFixed(decimals) } as const;
    this.mid.applyOptions({ color: text, priceFormat });
    this.index.applyOptions({ color: index, priceFormat });
    this.last.applyOptions({ color: muted, priceFormat });
  }
}

/** The chart's values in words, for its legend. */
export function priceWords(scene: SymbolSceneView): { mid: string; last: string; index: string } {
  return {
    mid: halfPrice(scene.mid2Ticks, scene.tickMicros),
    last: price(scene.lastTicks, scene.tickMicros),
    index: price(scene.indexTicks, scene.tickMicros),
  };
}
