/** What a user may set about a market, with defaults, checked at the boundary. */
import { z } from 'zod';
import { OptionsError } from '../environment.js';
import { PRESETS, type Preset } from './background/crowd.js';
import { PRESET_SETTINGS } from './background/presets.js';
import { START_TICKS } from './background/settings.js';
import type { FeeTier } from './exchange/fees.js';
import { SPLITS } from './news/meaning.js';
import { SELF_TRADE_PREVENTIONS } from './exchange/order.js';
import { isMessages, recordingOf, type ReplayMessages } from './replay/messages.js';

/** Most symbols in one match, and most seats. */
export const MAX_SYMBOLS = 4;
export const MAX_SEATS = 64;

/** The news that matches are judged on unless told otherwise. */
const HELD_OUT: (typeof SPLITS)[number] = 'held-out';

const synthetic = z
  .strictObject({
    kind: z.literal('synthetic'),
    /** A strength of the background, by name (background/crowd.ts). */
    preset: z.enum(PRESETS).default('small-tick'),
    /** Where the price starts; the preset says where unless told. */
    startTicks: z.int().min(1000).max(1_000_000).optional(),
    /** A news wire, and of which forms and names. Absent: none, but `news-wire` has the held-out one. */
    news: z.enum(SPLITS).optional(),
  })
  .transform(({ startTicks, news, ...rest }) => {
    const split = news ?? (rest.preset === 'news-wire' ? HELD_OUT : undefined);
    return {
      ...rest,
      startTicks: startTicks ?? PRESET_SETTINGS[rest.preset].startTicks ?? START_TICKS,
      ...(split === undefined ? {} : { news: split }),
    };
  });

/** A symbol's name, here and in an order. */
export const symbolName = z
  .string()
  .regex(/^[A-Z][A-Z0-9.]{0,11}$/, 'a symbol is 1 to 12 capital letters, digits and dots, a letter first');
const bar = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1), z.int().min(1)]);
const ohlc = z.strictObject({
  kind: z.literal('ohlc'),
  symbol: symbolName,
  /** What the bars are a part of, for people: a date and a time of day. */
  from: z.string().max(40).default(''),
  /** How long each bar lasts; a second when absent. */
  barSeconds: z.int().min(2).max(3600).optional(),
  /** One bar after another without gaps, in ticks: [open, high, low, close]. `barsFromDay` makes them from published ones. */
  bars: z.array(bar).min(2).max(86_400),
});

const replay = z.strictObject({
  kind: z.literal('replay'),
  /** What the messages were read from. */
  format: z.enum(['lobster', 'mbo']),
  symbol: symbolName,
  /** Where the part played starts, for people. */
  from: z.string().max(60).default(''),
  /** How much of the market's time the messages cover. */
  lengthUs: z.int().min(1_000_000).max(86_400_000_000),
  /** Whether executions of hidden orders fill visible orders of seats at equal or better prices, or are only printed. */
  hidden: z.enum(['print', 'reach']).default('print'),
  /** The recording, in columns (replay/messages.ts); checked there. */
  messages: z.custom<ReplayMessages>(isMessages, 'accepted: {opening, wait, what, of, size}, the last four lists of integers'),
});

const market = z.discriminatedUnion('kind', [synthetic, ohlc, replay]);
/** Self-trade prevention by name; the default first (order.ts says what each does). */
const selfTrade = z.enum(SELF_TRADE_PREVENTIONS);
const feeTier = z.strictObject({
  /** Holds once a seat has traded this much in the match, in micro-units of currency. */
  fromMicros: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  makerFeePpm: z.int().min(-1000).max(1000),
  takerFeePpm: z.int().min(0).max(10_000),
});
/** Micro-units of currency in one tick: a cent. */
const tickMicros = z.int().min(1).max(1_000_000);
/** Sizes are whole multiples of this. */
const lotSize = z.int().min(1).max(1000);
/** Largest position either way, in shares, resting orders counted as if they filled. */
const positionLimit = z.int().min(1).max(100_000);

const symbol = z.strictObject({
  symbol: symbolName.optional(),
  market: market.optional(),
  tickMicros: tickMicros.optional(),
  lotSize: lotSize.optional(),
  positionLimit: positionLimit.optional(),
});

const schema = z.strictObject({
  durationUs: z.int().min(1_000_000).max(86_400_000_000).default(60_000_000),
  /** Observations are published at multiples of this. */
  gridUs: z.int().min(1_000).max(1_000_000).default(10_000),
  seats: z.int().min(1).max(MAX_SEATS).default(1),
  cashMicros: z.int().min(1_000_000).max(1_000_000_000_000_000).default(10_000_000_000),
  /** Fees in parts per million of what is traded; negative is a rebate. */
  makerFeePpm: z.int().min(-1000).max(1000).default(0),
  takerFeePpm: z.int().min(0).max(10_000).default(30),
  /** Other rates from some traded volume on, lowest first. */
  feeTiers: z.array(feeTier).max(8).default([]),
  /** Largest size of one order. */
  orderLimit: z.int().min(1).max(1000).default(30),
  /** Most orders a seat may have resting and waiting. */
  restingLimit: z.int().min(1).max(20).default(6),
  /** Largest value of a seat's positions together, in micro-units, resting orders counted as if they filled. Absent: none. */
  notionalLimitMicros: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  /** Equity needed to open a position, in permille of its value: at 1000 nothing is borrowed. */
  initialMarginPermille: z.int().min(20).max(1000).default(1000),
  /** Equity below this share of the positions' value, in permille, and the exchange closes them. */
  maintenanceMarginPermille: z.int().min(0).max(1000).default(250),
  /** What happens when an order meets one of its own seat: of all seats, or a list with one entry a seat. */
  selfTrade: z
    .union([selfTrade, z.array(selfTrade)], { error: `accepted: ${SELF_TRADE_PREVENTIONS.join(', ')}, or a list with one of them a seat` })
    .default(SELF_TRADE_PREVENTIONS[0]),
  /** Whose seats are whose: one number a seat, the same for seats of one owner, which never trade with each other. Absent: each its own. */
  selfTradeGroups: z.array(z.int().min(0).max(MAX_SEATS)).optional(),
  /** How many ticks beyond the index a seat may buy or sell. Absent: at any price. */
  priceBandTicks: z.int().min(1).max(100_000).optional(),
  /** The symbols of the match. Absent: one, of the `market` beside it. */
  symbols: z.array(symbol).min(1).max(MAX_SYMBOLS).optional(),
  /** Share of the fundamentals' moves that all synthetic symbols have in common: their correlation, in permille. */
  correlationPermille: z.int().min(0).max(1000).default(0),
  /** Of the only symbol; beside `symbols`, the other three are what symbols have that say nothing themselves. */
  market: market.optional(),
  tickMicros: tickMicros.default(10_000),
  lotSize: lotSize.default(1),
  positionLimit: positionLimit.default(60),
});

export type MarketOptions = z.infer<typeof market>;
export type SyntheticMarket = Extract<MarketOptions, { kind: 'synthetic' }>;
export type ReplayMarket = Extract<MarketOptions, { kind: 'replay' }>;
export type OhlcMarket = Extract<MarketOptions, { kind: 'ohlc' }>;
export { PRESETS, type Preset };

/** One symbol as set up. */
export interface SymbolOptions {
  symbol: string;
  market: MarketOptions;
  tickMicros: number;
  lotSize: number;
  positionLimit: number;
}

/** A match as set up: every default filled, every symbol spelled out. */
export interface HftOptions extends Omit<z.infer<typeof schema>, 'symbols' | 'market' | 'tickMicros' | 'lotSize' | 'positionLimit'> {
  symbols: SymbolOptions[];
}

/** The fee tiers of a match, the first from no volume on. */
export function feeTiers(options: HftOptions): FeeTier[] {
  return [{ fromMicros: 0, makerFeePpm: options.makerFeePpm, takerFeePpm: options.takerFeePpm }, ...options.feeTiers];
}

/** Validates options and fills defaults. @throws OptionsError with every problem: where, what was found, what is accepted. */
export function parseOptions(raw: unknown): HftOptions {
  const parsed = schema.safeParse(raw ?? {});
  if (!parsed.success) {
    const unknown = parsed.error.issues.some(({ code, path }) => code === 'unrecognized_keys' && path.length === 0);
    throw new OptionsError(`hft options: ${problems(parsed.error)}${unknown ? `; accepted: ${Object.keys(schema.shape).join(', ')}` : ''}`);
  }
  const { symbols, market: only, tickMicros, lotSize, positionLimit, ...rest } = parsed.data;
  if (symbols !== undefined && only !== undefined)
    throw new OptionsError('hft options: market: beside symbols; accepted: either market, or symbols that name a market each');
  const options: HftOptions = {
    ...rest,
    symbols: (symbols ?? [{ market: only }]).map((each, i): SymbolOptions => {
      const chosen = each.market ?? market.parse({ kind: 'synthetic' });
      const name = each.symbol ?? (chosen.kind === 'synthetic' ? `SYN${i === 0 ? '' : i + 1}` : chosen.symbol);
      return {
        symbol: name,
        market: chosen,
        tickMicros: each.tickMicros ?? tickMicros,
        lotSize: each.lotSize ?? lotSize,
        positionLimit: each.positionLimit ?? positionLimit,
      };
    }),
  };
  if (options.durationUs % options.gridUs !== 0) {
    throw new OptionsError(`hft options: durationUs: ${options.durationUs} is no multiple of gridUs (${options.gridUs})`);
  }
  const late = options.feeTiers.findIndex(({ fromMicros }, i) => i > 0 && fromMicros <= options.feeTiers[i - 1]!.fromMicros);
  if (late >= 0) throw new OptionsError(`hft options: feeTiers.${late}.fromMicros: not above the tier before; accepted: lowest first`);
  if (options.maintenanceMarginPermille > options.initialMarginPermille)
    throw new OptionsError(
      `hft options: maintenanceMarginPermille: ${options.maintenanceMarginPermille}; accepted: up to initialMarginPermille (${options.initialMarginPermille})`,
    );
  if (Array.isArray(options.selfTrade) && options.selfTrade.length !== options.seats)
    throw new OptionsError(
      `hft options: selfTrade: ${options.selfTrade.length} entries; accepted: one for each of ${options.seats} seats, or one word`,
    );
  if (options.selfTradeGroups !== undefined && options.selfTradeGroups.length !== options.seats)
    throw new OptionsError(
      `hft options: selfTradeGroups: ${options.selfTradeGroups.length} entries; accepted: one number for each of ${options.seats} seats, the same for those of one owner`,
    );
  options.symbols.forEach((each, i) => {
    const where = symbols === undefined ? '' : `symbols.${i}.`;
    if (options.symbols.findIndex(({ symbol }) => symbol === each.symbol) < i)
      throw new OptionsError(`hft options: symbols.${i}.symbol: a second ${each.symbol}; accepted: a name of its own for each`);
    if (each.lotSize > options.orderLimit)
      throw new OptionsError(`hft options: ${where}lotSize: ${each.lotSize}, over orderLimit; accepted: up to ${options.orderLimit}`);
    if (each.market.kind === 'ohlc') checkBars(each.market, options.durationUs, where);
    if (each.market.kind === 'replay') checkReplay(each.market, options.durationUs, where);
    checkSums(each, where);
  });
  return options;
}

function checkBars({ bars, barSeconds = 1 }: OhlcMarket, durationUs: number, where: string): void {
  const bad = bars.findIndex(([open, high, low, close]) => high < Math.max(open, close) || low > Math.min(open, close));
  if (bad >= 0)
    throw new OptionsError(
      `hft options: ${where}market.bars.${bad}: [${bars[bad]!.join(', ')}] is no bar; accepted: [open, high, low, close] with low <= open, close <= high`,
    );
  const lengthUs = bars.length * barSeconds * 1_000_000;
  if (lengthUs < durationUs) {
    throw new OptionsError(
      `hft options: durationUs: ${durationUs} is longer than the ${bars.length} ${barsOf(barSeconds)}; accepted: up to ${lengthUs}`,
    );
  }
}

/** Bars of a length, for people. */
export function barsOf(barSeconds = 1): string {
  return barSeconds === 1 ? 'one-second bars' : `${barSeconds}-second bars`;
}

/** A share and a position at the starting price are worth at most this, in micro-units: sums of them, and of twice the price, stay exact. */
const MAX_SHARE_MICROS = 100_000_000_000;
const MAX_POSITION_MICROS = 1_000_000_000_000_000;

function checkSums({ market, tickMicros, positionLimit }: SymbolOptions, where: string): void {
  const ticks =
    market.kind === 'synthetic' ? market.startTicks : market.kind === 'ohlc' ? market.bars[0]![1] : recordingOf(market.messages).startTicks;
  const share = ticks * tickMicros;
  if (share > MAX_SHARE_MICROS)
    throw new OptionsError(
      `hft options: ${where}tickMicros: ${tickMicros} makes a share of ${ticks} ticks worth ${share} micro-units; accepted: up to ${MAX_SHARE_MICROS}`,
    );
  if (share * positionLimit > MAX_POSITION_MICROS)
    throw new OptionsError(
      `hft options: ${where}positionLimit: ${positionLimit} shares of ${share} micro-units; accepted: positions up to ${MAX_POSITION_MICROS} micro-units`,
    );
}

function checkReplay({ messages, lengthUs }: ReplayMarket, durationUs: number, where: string): void {
  try {
    recordingOf(messages);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new OptionsError(`hft options: ${where}market.messages: ${error.message}`);
  }
  if (lengthUs < durationUs)
    throw new OptionsError(`hft options: durationUs: ${durationUs} is longer than the recording; accepted: up to ${lengthUs}`);
}

/** A zod error in one line. */
export function problems(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`).join('; ');
}
