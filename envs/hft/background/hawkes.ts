/**
 * Clustered market orders: a Hawkes process (Hawkes 1971) whose kernel is a mixture of exponentials, near a power law
 * (Hardiman, Bercot and Bouchaud 2013), drawn by Ogata's thinning (1981): it wakes at the rate of its last intensity, an upper bound
 * since intensities only fall between events, and acts with the chance that the present intensity is of that bound. Price moves excite it too
 * (Blanc, Donier and Bouchaud 2017). Signs persist in runs with a power-law length (Lillo, Mike and Farmer 2005).
 */
import type { Stream } from '../../random.js';
import { BUY, SELL } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { BackgroundAgent } from './agent.js';
import { decayed, decaySteps } from './decay.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';

/** How one stream of orders behaves. Intensities are in events per million seconds. */
export interface HawkesSettings {
  /** Intensity without any past. */
  base: number;
  /** One exponential each: its half-life, and the intensity that an event adds. An event's expected offspring is sum(jump * halfLife / ln 2). */
  kernels: readonly { halfLifeUs: number; jump: number }[];
  /** Intensity that a tick of the mid's move since the last wake adds, to the kernel with the longest half-life but one. */
  perTick: number;
  sizeLeast1024: number;
  sizeMost: number;
  /** Ticks beyond the best price it accepts. */
  reach: number;
  /** Least length of a run of one sign in 1024ths, and the longest. */
  runLeast1024: number;
  runMost: number;
}

const BOUND = 0;
const SIGN = 1;
const RUN = 2;
const MID2 = 3;
/** Per kernel: what is left of its excitation, and the time it was last brought up to. */
const KERNELS = 4;
/** No burst goes beyond this many events a second. */
const MOST = 40_000_000;

export class HawkesTaker implements BackgroundAgent {
  readonly kind = 'hawkes';
  readonly memory: Float64Array;

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: HawkesSettings,
  ) {
    this.memory = new Float64Array(KERNELS + 2 * settings.kernels.length);
    this.memory[BOUND] = settings.base;
  }

  wait(): number {
    return waitUs(this.stream, Math.floor(1_000_000_000_000 / this.memory[BOUND]!));
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    const intensity = this.decay(exchange.now);
    const happens = stream.below(m[BOUND]!) < intensity;
    let next = intensity;
    const mid2 = exchange.mid2();
    if (m[MID2]! > 0 && mid2 !== m[MID2]!) {
      const place = KERNELS + 2 * Math.max(0, settings.kernels.length - 2);
      const added = Math.floor((Math.abs(mid2 - m[MID2]!) * settings.perTick) / 2);
      m[place]! += added;
      next += added;
    }
    m[MID2] = mid2;
    if (happens) {
      for (let k = 0; k < settings.kernels.length; k++) {
        m[KERNELS + 2 * k]! += settings.kernels[k]!.jump;
        next += settings.kernels[k]!.jump;
      }
      this.take(exchange);
    }
    m[BOUND] = Math.min(MOST, next);
  }

  /** Brings the excitation up to `now`. @returns the intensity */
  private decay(now: number): number {
    const { memory: m, settings } = this;
    let intensity = settings.base;
    for (let k = 0; k < settings.kernels.length; k++) {
      const { halfLifeUs } = settings.kernels[k]!;
      const place = KERNELS + 2 * k;
      // The background starts before time 0, where the memory says its last event was.
      if (now < m[place + 1]!) m[place + 1] = now;
      const steps = decaySteps(now - m[place + 1]!, halfLifeUs);
      if (steps > 0) {
        m[place] = decayed(m[place]!, steps);
        // Only the time that the table's steps account for has passed; what is left of it counts next time.
        m[place + 1]! += Math.ceil((steps * halfLifeUs) / 64);
      }
      intensity += m[place]!;
    }
    return Math.min(MOST, intensity);
  }

  private take(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    if (m[RUN]! <= 0) {
      m[RUN] = Math.max(1, powerLaw(stream, THREE_HALVES, settings.runLeast1024, settings.runMost));
      m[SIGN] = stream.below(2);
    }
    m[RUN]!--;
    const size = Math.max(1, powerLaw(stream, THREE_HALVES, settings.sizeLeast1024, settings.sizeMost));
    exchange.take(this.owner, m[SIGN] === 0 ? BUY : SELL, size, settings.reach);
  }
}
