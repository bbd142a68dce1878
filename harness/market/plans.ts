/** Tasks whose market a sweep plan may read from files. */
import { readPaperMarket } from './paper.js';

/** By task, what reads it: the files as the plan names them, and how a file is found. @throws MarketError, OptionsError */
export const PLAN_MARKETS: Readonly<Record<string, typeof readPaperMarket>> = { 'hft-paper': readPaperMarket };
