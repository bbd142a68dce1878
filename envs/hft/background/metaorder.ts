/**
 * Metaorders (Lillo, Mike and Farmer 2005): parents of heavy-tailed size, each worked in small market orders of one sign over time,
 * which is where the long memory of order signs comes from. Parents arrive, and children follow, at memoryless times.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Wire } from '../news/wire.js';
import type { BackgroundAgent } from './agent.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';

/** How metaorders come and are worked. */
export interface MetaorderSettings {
  /** Mean time between two parents, and between two children of one. */
  arrivalUs: number;
  childUs: number;
  /** Parents at work at a time; one that comes while all places are taken goes elsewhere. */
  places: number;
  /** Least size of a parent in 1024ths of a share, and the largest. */
  sizeLeast1024: number;
  sizeMost: number;
  /**
   * A parent comes only where the index is this many ticks or more from the mid, goes that way, and wants this many 1024ths of a share for each
   * squared tick: the square-root law of impact, and sizes with a tail of 3/2 where moves have one of 3 (Gabaix et al. 2003). Absent: at random.
   */
  informed?: { fromTicks: number; shares1024: number };
  /** A child's largest size (uniform from 1), and the ticks beyond the best price it accepts. */
  childMost: number;
  reach: number;
}

/** A parent order that is done, for measuring. `size` is what it wanted, all of it traded; times in microseconds. */
export interface Parent {
  id: number;
  side: 'buy' | 'sell';
  size: number;
  start: number;
  end: number;
}

/** Parents so far, and how many are at work; then the places: id (0: free), side, size, shares left, start. */
const PARENTS = 0;
const ACTIVE = 1;
const PLACES = 2;
const CELLS = 5;

export class MetaorderTrader implements BackgroundAgent {
  readonly kind = 'metaorder';
  readonly memory: Float64Array;
  /** Set it to a list to be told of every parent when it is done. Not part of the world's state, and of no observation. */
  record: Parent[] | undefined;

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: MetaorderSettings,
    private readonly wire?: Wire,
  ) {
    this.memory = new Float64Array(PLACES + CELLS * settings.places);
  }

  wait(): number {
    const { arrivalUs, childUs } = this.settings;
    // The first of several memoryless times: the rates add up.
    return waitUs(this.stream, Math.floor((arrivalUs * childUs) / (childUs + this.memory[ACTIVE]! * arrivalUs)));
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { arrivalUs, childUs } = this.settings;
    const active = this.memory[ACTIVE]!;
    let draw = this.stream.below(childUs + active * arrivalUs) - childUs;
    if (draw < 0) this.arrive(exchange);
    else {
      for (let place = 0; place < this.settings.places; place++) {
        if (this.memory[PLACES + CELLS * place] === 0) continue;
        draw -= arrivalUs;
        if (draw < 0) {
          this.work(exchange, PLACES + CELLS * place);
          return;
        }
      }
    }
  }

  private arrive(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    const { informed } = settings;
    let size: number;
    let side: number;
    if (informed === undefined) {
      size = Math.max(1, powerLaw(stream, THREE_HALVES, settings.sizeLeast1024, settings.sizeMost));
      side = stream.below(2);
    } else {
      const gap2 = 2 * (exchange.history.indexAgo(0) + (this.wire?.opinionTicks ?? 0)) - exchange.mid2();
      if (Math.abs(gap2) < 2 * informed.fromTicks) return;
      size = Math.max(1, Math.min(settings.sizeMost, Math.floor((gap2 * gap2 * informed.shares1024) / 4096)));
      side = gap2 > 0 ? BUY : SELL;
    }
    for (let place = 0; place < settings.places; place++) {
      const o = PLACES + CELLS * place;
      if (m[o] !== 0) continue;
      m[ACTIVE]!++;
      m[o] = ++m[PARENTS]!;
      m[o + 1] = side;
      m[o + 2] = size;
      m[o + 3] = size;
      m[o + 4] = exchange.now;
      return;
    }
  }

  private work(exchange: Exchange, o: number): void {
    const { memory: m, settings, stream } = this;
    const size = Math.min(m[o + 3]!, stream.between(1, settings.childMost));
    m[o + 3]! -= this.trade(exchange, m[o + 1] === 0 ? BUY : SELL, size, settings.reach);
    if (m[o + 3]! > 0) return;
    this.record?.push({ id: m[o]!, side: m[o + 1] === 0 ? 'buy' : 'sell', size: m[o + 2]!, start: m[o + 4]!, end: exchange.now });
    m[o] = 0;
    m[ACTIVE]!--;
  }

  /** Sends a child order. @returns shares traded */
  protected trade(exchange: Exchange, side: Side, size: number, reach: number): number {
    return exchange.take(this.owner, side, size, reach);
  }
}
