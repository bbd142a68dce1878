/** One worker that records seeds of a market for its check. */
import type { MarketRecord } from '../../scoring/hft/realism/record.js';
import { serve } from '../host/pool.js';
import { recordMarket, type RecordJob } from './check.js';

await serve(({ preset, seed, seconds }: RecordJob): MarketRecord => recordMarket(preset, seed, seconds));
