/** What a user may set about a market, with defaults, checked at the boundary. */
import { z } from 'zod';
import { OptionsError } from '../environment.js';

/** Named strengths of the synthetic background: how often the fundamental value jumps and how much noise trades around it. */
export const PRESETS = ['calm', 'normal', 'fast'] as const;
export type Preset = (typeof PRESETS)[number];

const synthetic = z.strictObject({
  kind: z.literal('synthetic'),
  preset: z.enum(PRESETS).default('normal'),
  /** Where the price starts. */
  startTicks: z.int().min(1000).max(1_000_000).default(10_000),
});

const bar = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1), z.int().min(1)]);
const ohlc = z.strictObject({
  kind: z.literal('ohlc'),
  symbol: z.string().min(1).max(12),
  /** What the bars are a part of, for people: a date and a time of day. */
  from: z.string().max(40).default(''),
  /** One bar a second without gaps, in ticks: [open, high, low, close]. `barsFromDay` makes them from published JSON. */
  bars: z.array(bar).min(2).max(86_400),
});

const schema = z.strictObject({
  durationUs: z.int().min(1_000_000).max(86_400_000_000).default(60_000_000),
  /** Observations are published at multiples of this. */
  gridUs: z.int().min(1_000).max(1_000_000).default(10_000),
  seats: z.int().min(1).max(4).default(1),
  cashMicros: z.int().min(1_000_000).max(1_000_000_000_000_000).default(10_000_000_000),
  /** Micro-units of currency in one tick: a cent. */
  tickMicros: z.int().min(1).max(1_000_000).default(10_000),
  /** Fees in parts per million of what is traded; negative is a rebate. */
  makerFeePpm: z.int().min(-1000).max(1000).default(0),
  takerFeePpm: z.int().min(0).max(10_000).default(30),
  /** Largest position either way, in shares, resting orders counted as if they filled. */
  positionLimit: z.int().min(1).max(100_000).default(60),
  /** Largest size of one order. */
  orderLimit: z.int().min(1).max(1000).default(30),
  /** Most resting orders a seat may have. */
  restingLimit: z.int().min(1).max(20).default(6),
  market: z.discriminatedUnion('kind', [synthetic, ohlc]).default({ kind: 'synthetic', preset: 'normal', startTicks: 10_000 }),
});

export type HftOptions = z.infer<typeof schema>;

/** Validates options and fills defaults. @throws OptionsError with every problem: where, what was found, what is accepted. */
export function parseOptions(raw: unknown): HftOptions {
  const parsed = schema.safeParse(raw ?? {});
  if (!parsed.success) throw new OptionsError(`hft options: ${problems(parsed.error)}`);
  const options = parsed.data;
  if (options.durationUs % options.gridUs !== 0) {
    throw new OptionsError(`hft options: durationUs: ${options.durationUs} is no multiple of gridUs (${options.gridUs})`);
  }
  if (options.market.kind === 'ohlc') {
    const { bars } = options.market;
    const bad = bars.findIndex(([open, high, low, close]) => high < Math.max(open, close) || low > Math.min(open, close));
    if (bad >= 0)
      throw new OptionsError(
        `hft options: market.bars.${bad}: [${bars[bad]!.join(', ')}] is no bar; accepted: [open, high, low, close] with low <= open, close <= high`,
      );
    if (bars.length * 1_000_000 < options.durationUs) {
      throw new OptionsError(
        `hft options: durationUs: ${options.durationUs} is longer than the ${bars.length} one-second bars; accepted: up to ${bars.length * 1_000_000}`,
      );
    }
  }
  return options;
}

/** A zod error in one line. */
export function problems(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`).join('; ');
}
