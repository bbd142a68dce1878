/** `--rules paper` on the command line: the options of a run by the published rules. */
import type { Json } from '../../../envs/environment.js';
import { readPaperMarket } from '../../market/paper.js';
import { UsageError } from '../values.js';

/** What the command line may say about it. */
export interface PaperFlags {
  options?: Record<string, unknown>;
  market?: string;
  prices?: 'raw' | 'cleaned';
  minutes?: number;
  from?: string;
  date?: string;
}

/**
 * The options as a user writes them, with the files read into them; and what was read, for people and for JSON. Without files the market
 * is the made-up practice day. @throws UsageError, MarketError, OptionsError
 */
export function paperOptions(flags: PaperFlags): { options: Record<string, unknown>; market?: { summary: string; report: Json } } {
  const { options, market: files, prices, from, minutes, date } = flags;
  if (files === undefined) {
    for (const name of ['prices', 'minutes', 'from', 'date'] as const)
      if (flags[name] !== undefined) throw new UsageError(`--${name}: with --rules paper it goes with --market ohlc:FILE[,FILE...]`);
    return { options: { ...options } };
  }
  const { market, ...read } = readPaperMarket(files, { prices: prices ?? 'raw', from, minutes, date });
  return { options: { ...options, market }, market: read };
}
