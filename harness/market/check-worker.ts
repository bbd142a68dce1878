/** A thread's work: records a seed of a market for its check. */
import type { MarketRecord } from '../../scoring/hft/realism/record.js';
import { recordMarket, type RecordJob } from './check.js';

export const work = ({ preset, seed, seconds }: RecordJob): MarketRecord => recordMarket(preset, seed, seconds);
