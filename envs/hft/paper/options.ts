/** What a user may set about a run by the published rules, with defaults, checked at the boundary. */
import { z } from 'zod';
import { OptionsError } from '../../environment.js';
import { problems } from '../options.js';
import { DEFAULT_THRESHOLD } from './rules.js';

/** How symbols are written. */
export const SYMBOL = /^[A-Z][A-Z0-9.]{0,11}$/;

/** A second with trades: [second of the day, high, low], prices in dollars as published. */
const bar = z.tuple([z.int().min(0).max(86_399), z.number().positive(), z.number().positive()]);

const symbolBars = z.strictObject({
  symbol: z.string().regex(SYMBOL, 'accepted: capital letters, digits and dots, 12 at most'),
  bars: z.array(bar).min(1).max(86_400),
});

const ohlc = z.strictObject({
  kind: z.literal('ohlc'),
  /** The day, for people. */
  date: z.string().max(40).default(''),
  /** Whether the bars are as published, or had the prices replaced that nothing around them supports. */
  prices: z.enum(['raw', 'cleaned']),
  /** Visit only the seconds from the first to the second of these (seconds of the day); the day's averages stay the whole day's. */
  part: z.tuple([z.int().min(0), z.int().min(0)]).optional(),
  /** Each symbol's whole day, in the order in which trades are carried out. */
  bars: z.array(symbolBars).min(1).max(8),
});

/** A made-up day, for rehearsals and tests: its seed draws the prices. */
const practice = z.strictObject({
  kind: z.literal('practice'),
  symbols: z.array(z.string().regex(SYMBOL, 'accepted: capital letters, digits and dots, 12 at most')).min(1).max(8).default(['ONE']),
  seconds: z.int().min(2).max(23_400).default(600),
});

const schema = z.strictObject({
  /** The move against the average cost, in per cent, from which the agent is asked: 0.03 in the published code, 2 in its paper. */
  threshold: z.number().min(0).max(100).default(DEFAULT_THRESHOLD),
  market: z.discriminatedUnion('kind', [ohlc, practice]).default({ kind: 'practice', symbols: ['ONE'], seconds: 600 }),
});

export type PaperOptions = z.infer<typeof schema>;
export type SymbolBars = z.infer<typeof symbolBars>;

/** Validates options and fills defaults. @throws OptionsError with every problem: where, what was found, what is accepted. */
export function parseOptions(raw: unknown): PaperOptions {
  const parsed = schema.safeParse(raw ?? {});
  if (!parsed.success) throw new OptionsError(`hft-paper options: ${problems(parsed.error).slice(0, 500)}`);
  const { market } = parsed.data;
  const symbols = market.kind === 'ohlc' ? market.bars.map(({ symbol }) => symbol) : market.symbols;
  const twice = symbols.find((symbol, i) => symbols.indexOf(symbol) !== i);
  if (twice !== undefined) throw new OptionsError(`hft-paper options: market: ${twice} twice; accepted: symbols that differ`);
  if (market.kind === 'ohlc') for (const each of market.bars) checkBars(each);
  return parsed.data;
}

function checkBars({ symbol, bars }: SymbolBars): void {
  bars.forEach(([second, high, low], i) => {
    const where = `hft-paper options: market.bars of ${symbol}, bar ${i}`;
    if (i > 0 && second <= bars[i - 1]![0])
      throw new OptionsError(`${where}: second ${second} after ${bars[i - 1]![0]}; accepted: seconds in rising order`);
    if (high < low) throw new OptionsError(`${where}: high ${high} under low ${low}; accepted: [second, high, low] with low <= high`);
  });
}
