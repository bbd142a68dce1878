/**
 * The fundamental value of the synthetic market, in whole ticks, moving at the steps of the market's clock: a walk, jumps with a cubic
 * tail, and news, all busier when the volatility is high. Jumps are what latency is about; the walk keeps everything between them uncertain.
 */
import type { Stream } from '../../random.js';
import { PRESET_SETTINGS, type Preset } from './presets.js';
import { CUBIC, powerLaw } from './power-law.js';
import type { ValueSource } from './source.js';
import { startVolatility, stepVolatility, type Switch } from './volatility.js';

/** How the value moves. Chances are per step (20 a second). */
export interface ValueSettings {
  /** Chance of a step of one tick, in permille, and of a jump, per 100,000; both at volatility 1000, and in proportion to it. */
  walkPermille: number;
  jumpPer100k: number;
  /** Smallest jump in 1024ths of a tick, and largest in ticks; the sizes between have a cubic tail. */
  jumpLeast1024: number;
  jumpMost: number;
  switches: readonly Switch[];
  /** News: chance per 100,000 whatever the volatility, smallest and largest move in ticks, and the steps of high activity that follow, on average. */
  news?: { per100k: number; least: number; most: number; stirredSteps: number; stirredPermille: number };
}

const VALUE = 0;
const VOLATILITY = 1;
/** 1 while news is being digested. */
const STIRRED = 2;
const SWITCHES = 3;

export class FundamentalValue implements ValueSource {
  /** The value in ticks, the volatility in permille, whether news stirs it, and the switches. */
  readonly memory: Float64Array;
  private readonly settings: ValueSettings;

  constructor(
    readonly stream: Stream,
    startTicks: number,
    preset: Preset,
  ) {
    this.settings = PRESET_SETTINGS[preset].value;
    this.memory = new Float64Array(SWITCHES + this.settings.switches.length);
    this.memory[VALUE] = startTicks;
    this.memory[VOLATILITY] = startVolatility(stream, this.settings.switches, this.memory, SWITCHES);
  }

  get activityPermille(): number {
    return this.memory[VOLATILITY]!;
  }

  step(): number {
    const { stream, memory: m, settings } = this;
    m[VOLATILITY] = stepVolatility(stream, settings.switches, m, SWITCHES, m[VOLATILITY]!);
    let volatility = m[VOLATILITY];
    const { news } = settings;
    let move = 0;
    if (news !== undefined) {
      if (m[STIRRED] === 1) {
        volatility = Math.floor((volatility * news.stirredPermille) / 1000);
        if (stream.below(news.stirredSteps) === 0) m[STIRRED] = 0;
      }
      if (stream.below(100_000) < news.per100k) {
        m[STIRRED] = 1;
        move = stream.between(news.least, news.most);
      }
    }
    if (move === 0) move = this.ordinary(volatility);
    if (move > 0 && stream.below(2) === 0) move = -move;
    m[VALUE] = Math.max(100, m[VALUE]! + move);
    return m[VALUE];
  }

  resample(): void {
    // Memoryless: a new seed is all it takes.
  }

  /** Size of an ordinary step: a jump, or one of the walk. Where chances would pass 1 the walk takes steps of two. */
  private ordinary(volatility: number): number {
    const { stream, settings } = this;
    const what = stream.below(1_000_000);
    const jump = Math.floor((settings.jumpPer100k * volatility) / 100);
    if (what < jump) return powerLaw(stream, CUBIC, settings.jumpLeast1024, settings.jumpMost);
    const walk = settings.walkPermille * volatility;
    if (walk + jump <= 1_000_000) return what < jump + walk ? 1 : 0;
    return what < jump + walk / 4 ? 2 : 0;
  }
}
