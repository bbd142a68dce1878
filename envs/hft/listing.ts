/**
 * One symbol of a match: its exchange, where its value comes from and who trades in its background.
 * What a kind of market is made of is said in one place, `makeup`.
 */
import type { Digest } from '../digest.js';
import { RememberingStream, Stream } from '../random.js';
import type { Accounts } from './seats/accounts.js';
import { type BackgroundAgent, digestAgent } from './background/agent.js';
import { BarPath } from './background/bar-path.js';
import { crowd, type Preset } from './background/crowd.js';
import { PRESET_SETTINGS } from './background/presets.js';
import { WIRE } from './background/presets/news-wire.js';
import type { ValueSource } from './background/source.js';
import { FundamentalValue } from './background/value.js';
import { Exchange, type OnExecution } from './exchange/exchange.js';
import { STEP_US } from './history.js';
import { castsOf } from './news/names.js';
import { Wire } from './news/wire.js';
import { barsOf, MAX_SYMBOLS, type HftOptions, type MarketOptions, type SymbolOptions, type SyntheticMarket } from './options.js';
import { BookIndex } from './replay/book-index.js';
import { ReplayFeed } from './replay/feed.js';
import { recordingOf } from './replay/messages.js';

/** The background trades this long before the match begins, so that it opens on a book. */
export const WARM_UP_US = 5_000_000;
/** Random streams of one symbol, counted from its first; background agents' follow. */
const VALUE_STREAM = 1;
const NOISE_STREAM = 2;
const NEWS_TIMES_STREAM = 3;
const NEWS_TEXTS_STREAM = 4;
const FIRST_AGENT_STREAM = 16;
/** Streams set aside for each symbol. */
export const STREAMS_A_SYMBOL = 0x10000;
/** Who is who in the news is drawn for all symbols together. */
const CASTS_STREAM = 0xffffffe0;
/** The index is the value plus a noise of a tick at most, drawn again at one step in four. */
const NOISE = [-1, 0, 0, 1] as const;
const NOISE_EVERY = 4;

/** What drives one symbol. */
export interface Makeup {
  startTicks: number;
  /** Where its fundamental value comes from. */
  source: ValueSource;
  /** Who trades around the seats. */
  agents: BackgroundAgent[];
  /** Whether the index is the value as it is, without the noise of a tick. */
  exactIndex?: boolean;
  /** Whether its value may share moves with other symbols': a recorded path keeps its own. */
  correlates: boolean;
  /** Its news, where it has any. */
  wire?: Wire;
}

/**
 * What a kind of market is made of. A new kind of market is a case here.
 * @param firstStream random streams of this symbol start here; @param firstOwner accounts of its agents start here
 */
export function makeup(market: MarketOptions, key: number, firstStream: number, firstOwner: number): Makeup {
  const value = new RememberingStream(key, firstStream + VALUE_STREAM);
  const agents = (preset: Preset, wire?: Wire): BackgroundAgent[] => crowd(preset, key, firstStream + FIRST_AGENT_STREAM, firstOwner, wire);
  switch (market.kind) {
    case 'synthetic': {
      const { preset, startTicks } = market;
      const { exactIndex } = PRESET_SETTINGS[preset];
      const wire = wireOf(market, key, firstStream);
      const source = new FundamentalValue(value, startTicks, preset);
      return { startTicks, source, agents: agents(preset, wire), exactIndex, correlates: true, wire };
    }
    case 'ohlc':
      return {
        startTicks: market.bars[0]![0],
        source: new BarPath(value, market.bars, WARM_UP_US / STEP_US, market.barSeconds),
        agents: agents('small-tick'),
        correlates: false,
      };
    case 'replay': {
      const recording = recordingOf(market.messages);
      const { startTicks } = recording;
      const stream = new RememberingStream(key, firstStream + FIRST_AGENT_STREAM);
      return {
        startTicks,
        source: new BookIndex(value, startTicks),
        agents: [new ReplayFeed(stream, recording, firstOwner, -WARM_UP_US, market.hidden)],
        exactIndex: true,
        correlates: false,
      };
    }
  }
}

/** The wire of a synthetic market that has one. */
function wireOf(market: SyntheticMarket, key: number, firstStream: number): Wire | undefined {
  if (market.news === undefined) return undefined;
  const cast = castsOf(new Stream(key, CASTS_STREAM), market.news, MAX_SYMBOLS)[Math.floor(firstStream / STREAMS_A_SYMBOL) % MAX_SYMBOLS]!;
  return new Wire(
    WIRE,
    market.news,
    cast,
    new RememberingStream(key, firstStream + NEWS_TIMES_STREAM),
    new RememberingStream(key, firstStream + NEWS_TEXTS_STREAM),
  );
}

/** The same market without a wire. */
export function withoutNews(market: MarketOptions): MarketOptions {
  return market.kind === 'synthetic' ? { ...market, news: undefined } : market;
}

/** What a symbol's market is made of, in words that never claim a replayed book where there is none. */
export function label(market: MarketOptions): string {
  if (market.kind === 'synthetic') return `synthetic (${market.preset}${market.news === undefined ? '' : `, ${market.news} news`})`;
  if (market.kind === 'replay') {
    const format = market.format === 'lobster' ? 'LOBSTER' : 'MBO';
    return `${market.symbol}${market.from === '' ? '' : ` ${market.from}`}: recorded ${format} messages; nobody in the record reacts to a seat`;
  }
  return `${market.symbol}${market.from === '' ? '' : ` ${market.from}`}: ${barsOf(market.barSeconds)}; the book around them is synthetic`;
}

/** A move of all correlated symbols at a step: the common factor before and after, and where it began. */
export interface CommonMove {
  from: number;
  to: number;
  start: number;
}

export class Listing {
  /** The public signal now, in ticks. */
  index: number;
  /** The fundamental value now, in ticks. Hidden. */
  value: number;
  readonly exchange: Exchange;
  private noise = 0;
  /** What the own source said last. */
  private sourced: number;
  private readonly noiseStream: Stream;
  /** All its streams and memories, in a fixed order: an oracle goes through them for every future. */
  private readonly streams: readonly Stream[];
  private readonly memories: readonly Float64Array[];

  constructor(
    readonly symbol: SymbolOptions,
    readonly makeup: Makeup,
    key: number,
    firstStream: number,
    accounts: Accounts,
    kinds: readonly string[],
    onExecution: OnExecution,
    { selfTradeGroups, priceBandTicks }: Pick<HftOptions, 'selfTradeGroups' | 'priceBandTicks'>,
  ) {
    const { startTicks } = makeup;
    this.noiseStream = new RememberingStream(key, firstStream + NOISE_STREAM);
    this.index = startTicks;
    this.value = startTicks;
    this.sourced = startTicks;
    this.exchange = new Exchange(startTicks, accounts, kinds, onExecution, selfTradeGroups);
    if (priceBandTicks !== undefined) this.exchange.band = { ticks: priceBandTicks, reference: () => this.index };
    makeup.source.attach?.(this.exchange);
    const { source, wire, agents } = makeup;
    this.streams = [source.stream, this.noiseStream, ...(wire?.streams() ?? []), ...agents.map((agent) => agent.stream)];
    this.memories = [source.memory, ...agents.map((agent) => agent.memory)];
  }

  get agents(): readonly BackgroundAgent[] {
    return this.makeup.agents;
  }

  get wire(): Wire | undefined {
    return this.makeup.wire;
  }

  /** One step of the clock: the value moves, by the common factor's move where one is given and by its own otherwise, and the index with it. */
  step(common?: CommonMove): void {
    const { source, correlates, startTicks, wire } = this.makeup;
    const sourced = source.step();
    const move =
      common !== undefined && correlates
        ? Math.floor((common.to * startTicks) / common.start) - Math.floor((common.from * startTicks) / common.start)
        : sourced - this.sourced;
    this.sourced = sourced;
    const news = wire?.step(this.exchange.now, source.activityPermille) ?? 0;
    this.value = Math.max(100, this.value + move + news);
    if (this.noiseStream.below(NOISE_EVERY) === 0) this.noise = NOISE[this.noiseStream.below(NOISE.length)]!;
    const known = wire === undefined ? this.value : Math.max(1, this.value - wire.hiddenTicks);
    this.index = this.makeup.exactIndex === true ? known : known + this.noise;
    this.exchange.history.add(this.index, this.exchange.mid2());
  }

  digest(into: Digest): void {
    const { source } = this.makeup;
    this.exchange.digest(into);
    into.int(source.stream.key).int32(source.stream.counter).int(this.noiseStream.key).int32(this.noiseStream.counter);
    for (const cell of source.memory) into.int(cell);
    for (const agent of this.agents) digestAgent(agent, into);
    this.wire?.digest(into);
    into.int32(this.index).int32(this.value).int32(this.noise).int32(this.sourced);
  }

  snapshot() {
    return {
      scalars: [this.index, this.value, this.noise, this.sourced] as const,
      exchange: this.exchange.snapshot(),
      news: this.wire?.snapshot(),
      memories: this.memories.map((memory) => memory.slice()),
      keys: this.streams.map(({ key }) => key),
      // In an array of their own they stay whole numbers to the engine, and so do the streams' counters when they are set back.
      counters: this.streams.map(({ counter }) => counter),
    };
  }

  restore(from: ReturnType<Listing['snapshot']>): void {
    [this.index, this.value, this.noise, this.sourced] = from.scalars;
    this.exchange.restore(from.exchange);
    if (from.news !== undefined) this.wire?.restore(from.news);
    const { streams, memories } = this;
    for (let i = 0; i < memories.length; i++) memories[i]!.set(from.memories[i]!);
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      stream.key = from.keys[i]!;
      stream.counter = from.counters[i]!;
    }
  }

  /** All randomness to come is of another key from now on. */
  reseed(key: number): void {
    for (const stream of this.streams) stream.key = key;
    this.makeup.source.resample();
    for (const agent of this.agents) agent.resample?.();
  }
}
