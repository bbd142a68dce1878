/** Plays a preset's market with no seat acting, and records what the realism gate measures. */
import { Market } from '../../envs/hft/market.js';
import { parseOptions, type Preset } from '../../envs/hft/options.js';
import type { Parent } from '../../scoring/hft/realism/metaorders.js';
import { Recorder, type MarketRecord } from '../../scoring/hft/realism/record.js';
import { runJobs, type PoolSettings } from '../host/pool.js';
import { Phantoms } from './phantom.js';

/** One seed to record. */
export interface RecordJob {
  preset: string;
  seed: number;
  seconds: number;
}

/** Several seeds of a preset on several cores, in the order of the seeds: what `recordMarket` says of each. @throws JobError naming the seed that failed */
export async function recordMarkets(
  preset: string,
  seeds: readonly number[],
  seconds: number,
  settings: Omit<PoolSettings, 'signal'>,
): Promise<MarketRecord[]> {
  const jobs = seeds.map((seed): RecordJob => ({ preset, seed, seconds }));
  const module = new URL('./check-worker.js', import.meta.url);
  const records = await runJobs<RecordJob, MarketRecord>(module, jobs, ({ seed }) => `seed ${seed} of ${preset}`, settings);
  return records as MarketRecord[];
}

/** One seed of a preset, for so many whole seconds. @throws OptionsError for a preset that there is not */
export function recordMarket(preset: string, seed: number, seconds: number): MarketRecord {
  const options = parseOptions({ durationUs: seconds * 1_000_000, market: { kind: 'synthetic', preset } });
  const market = new Market(options, seed);
  const recorder = new Recorder(market.exchange, seed, seconds);
  const parents: Parent[] = [];
  for (const agent of market.listings[0]!.agents) if ('record' in agent) agent.record = parents;
  market.exchange.witness = recorder;
  const phantoms = new Phantoms(preset as Preset, seed, market.listings[0]!.wire);
  for (let second = 1; second <= seconds; second++) {
    phantoms.run(market.exchange, second * 1_000_000, (to) => market.advance(to));
    recorder.tick();
  }
  market.exchange.witness = undefined;
  return recorder.finish(parents, phantoms.parents);
}
