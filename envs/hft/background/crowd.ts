/** Who trades in the background of each preset, and how. All of it belongs to the rules. */
import type { Preset } from '../options.js';
import type { MakerSettings } from './market-maker.js';

/** A quick maker with little size near the price, and a slow one with more. Lags are in steps of 50 ms. */
export const MARKET_MAKERS: readonly MakerSettings[] = [
  { meanWaitUs: 300_000, lagSteps: 8, halfSpread: 1, sizes: [12, 8, 8], skewShares: 60, maxSkew: 1 },
  { meanWaitUs: 500_000, lagSteps: 20, halfSpread: 2, sizes: [20, 16, 16], skewShares: 90, maxSkew: 1 },
];

/** Mean waiting times of the zero-intelligence traders, one each. */
export const ZERO_INTELLIGENCE: Record<Preset, readonly number[]> = {
  calm: [160_000, 160_000],
  normal: [90_000, 90_000],
  fast: [50_000, 50_000],
};
