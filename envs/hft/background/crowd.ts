/** Who trades in the background of each preset, and how. All of it belongs to the rules. */
import { Stream } from '../../random.js';
import type { BackgroundAgent } from './agent.js';
import { type MakerSettings, MarketMaker } from './market-maker.js';
import { ZeroIntelligence } from './zero-intelligence.js';

/** Named strengths of the synthetic background: how often the fundamental value jumps and how much noise trades around it. */
export const PRESETS = ['calm', 'normal', 'fast'] as const;
export type Preset = (typeof PRESETS)[number];

/** A quick maker with little size near the price, and a slow one with more. Lags are in steps of 50 ms. */
const MARKET_MAKERS: readonly MakerSettings[] = [
  { meanWaitUs: 300_000, lagSteps: 8, halfSpread: 1, sizes: [12, 8, 8], skewShares: 60, maxSkew: 1 },
  { meanWaitUs: 500_000, lagSteps: 20, halfSpread: 2, sizes: [20, 16, 16], skewShares: 90, maxSkew: 1 },
];

/** Mean waiting times of the zero-intelligence traders, one each. */
const ZERO_INTELLIGENCE: Record<Preset, readonly number[]> = {
  calm: [160_000, 160_000],
  normal: [90_000, 90_000],
  fast: [50_000, 50_000],
};

/**
 * The background agents of one symbol.
 * @param firstStream the first agent's random stream under `key`; the others' follow
 * @param firstOwner the first agent's account; the others' follow
 */
export function crowd(preset: Preset, key: number, firstStream: number, firstOwner: number): BackgroundAgent[] {
  const makers = MARKET_MAKERS.map((settings, i) => new MarketMaker(new Stream(key, firstStream + i), firstOwner + i, settings));
  const noise = ZERO_INTELLIGENCE[preset].map((meanWaitUs, i) => {
    const n = makers.length + i;
    return new ZeroIntelligence(new Stream(key, firstStream + n), firstOwner + n, meanWaitUs);
  });
  return [...makers, ...noise];
}
