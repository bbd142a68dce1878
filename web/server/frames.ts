/**
 * What the spectator's server tells a browser (`/live`): the match server's own frames, passed on as they came, and two of its own.
 * Types only: the browser's code imports them too.
 */
import type { Micros } from '../../envs/environment.js';
import type { WatchFrame } from '../../harness/protocol/watching.js';

/** One point of the market's past: [world time, twice the mid in ticks, last trade in ticks, index in ticks]. */
export type PricePoint = [at: Micros, mid2Ticks: number, lastTicks: number, indexTicks: number];

/** One execution of a seat: [world time, price in ticks, shares (positive bought, negative sold), seat]. */
export type FillPoint = [at: Micros, priceTicks: number, size: number, seat: number];

/** One symbol's past. */
export interface SymbolPast {
  tickMicros: number;
  points: PricePoint[];
  fills: FillPoint[];
}

export type LiveFrame =
  | WatchFrame
  /** Whether the match server is there. `url` is null when the page was started without one. */
  | { type: 'upstream'; connected: boolean; url: string | null }
  /** The current market match so far, thinned: sent to those who arrive in the middle. */
  | { type: 'history'; id: string; symbols: SymbolPast[] };

/** A finished sweep's folder, as `/api/sweeps` lists it, newest first. `files` are the ones that are there. */
export interface SweepListing {
  name: string;
  /** ISO 8601. */
  modified: string;
  files: string[];
}

/** A recorded match under the results folder, as `/api/traces` lists it, newest first. `/traces/PATH` gives the file. */
export interface TraceListing {
  path: string;
  bytes: number;
  /** ISO 8601. */
  modified: string;
}
