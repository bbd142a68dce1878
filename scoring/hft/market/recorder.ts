/**
 * Records a market while its match is played again. It brings the world forward itself (`reach`), in steps that stop at every sample and
 * at every horizon after a fill, so that the mids there are exact; how often a world is stopped on its way changes nothing in it.
 */
import type { AnyEnvironment, Action, Json, Micros } from '../../../envs/environment.js';
import { BUY, SELL, type Side } from '../../../envs/hft/exchange/order.js';
import { HORIZONS_US } from './markouts.js';
import type { LandedPlan, MarketRecord, Touch } from './record.js';
import { tapMarket, type MarketTap } from './tap.js';

/** Interval of the accounts' samples, and the longest of the mids'. Shorter than the first horizon. */
export const SAMPLE_US: Micros = 100_000;

export class MarketRecorder {
  readonly record: MarketRecord;
  private readonly tap: MarketTap;
  private nextSample = 0;
  /** Horizons after own fills that are still to come, by horizon; each rises by itself. */
  private readonly due: Micros[][] = HORIZONS_US.map(() => []);
  /** What each seat saw by the number of its observation. */
  private readonly seen: Map<number, { at: Micros; touch: Touch[] }>[];
  private open: LandedPlan | null = null;

  /** Attaches to a market at its start. @throws TypeError for a world that is no market */
  constructor(private readonly env: AnyEnvironment) {
    const executions: MarketRecord['executions'] = [];
    const tap = tapMarket(env, (execution) => {
      executions.push(execution);
      if (execution.owner >= tap!.seats) return;
      HORIZONS_US.forEach((horizon, i) => this.due[i]!.push(execution.at + horizon));
    });
    if (!tap) throw new TypeError('only a market can be recorded here');
    this.tap = tap;
    this.seen = Array.from({ length: tap.seats }, () => new Map());
    this.record = {
      symbols: tap.symbols,
      markets: tap.markets,
      seats: tap.seats,
      tickMicros: tap.tickMicros,
      startMicros: tap.startMicros,
      endAt: tap.durationUs,
      sampleUs: SAMPLE_US,
      executions,
      mids: tap.symbols.map(() => ({ at: [], mid2: [] })),
      accounts: Array.from({ length: tap.seats }, () => ({ at: [], equityMicros: [], position: tap.symbols.map(() => []) })),
      plans: [],
    };
  }

  /** Brings the world to `to`. */
  reach(to: Micros): void {
    for (;;) {
      let next = this.nextSample;
      for (const times of this.due) if (times[0] !== undefined && times[0] < next) next = times[0];
      if (next > Math.min(to, this.record.endAt)) break;
      this.env.advance(next);
      this.sampleMids();
      if (next === this.nextSample) {
        this.sampleAccounts();
        this.nextSample += SAMPLE_US;
      }
      for (const times of this.due) while (times[0] !== undefined && times[0] <= next) times.shift();
    }
    this.env.advance(to);
  }

  /** A seat is shown the world as it is now. */
  observed(seat: number, seq: number): void {
    this.seen[seat]?.set(seq, { at: this.env.now, touch: this.tap.symbols.map((_, symbol) => this.tap.touch(symbol)) });
  }

  /** A seat's answer is about to land; `landed` follows. The world has been brought to that time. */
  landing(seat: number, seq: number, action: Action<Json>): void {
    const seen = this.seen[seat]?.get(seq);
    this.seen[seat]?.delete(seq);
    if (!seen) return;
    const from = this.record.executions.length;
    this.open = { seat, observedAt: seen.at, at: this.env.now, seen: seen.touch, tries: this.triesOf(seat, action.plan), from, to: from };
  }

  landed(): void {
    if (!this.open) return;
    this.open.to = this.record.executions.length;
    this.record.plans.push(this.open);
    this.open = null;
  }

  /** Nothing more comes: the last state is sampled. */
  finish(): MarketRecord {
    if (!this.env.over) this.record.endAt = this.env.now;
    if (this.record.accounts[0]!.at.at(-1) !== this.record.endAt) {
      this.sampleMids();
      this.sampleAccounts();
    }
    return this.record;
  }

  private sampleMids(): void {
    this.record.mids.forEach((path, symbol) => {
      path.at.push(this.env.now);
      path.mid2.push(this.tap.mid2(symbol));
    });
  }

  private sampleAccounts(): void {
    this.record.accounts.forEach((path, seat) => {
      path.at.push(this.env.now);
      path.equityMicros.push(this.tap.equityMicros(seat));
      path.position.forEach((positions, symbol) => positions.push(this.tap.position(seat, symbol)));
    });
  }

  /** The sides that a plan means to take from at the best price: `buy`, `sell`, and `flat` against the position. */
  private triesOf(seat: number, plan: Json): LandedPlan['tries'] {
    const tries: LandedPlan['tries'] = [];
    const add = (symbol: number, side: Side): void => {
      if (!tries.some((each) => each.symbol === symbol && each.side === side)) tries.push({ symbol, side });
    };
    for (const order of Array.isArray(plan) ? plan : []) {
      if (typeof order !== 'object' || order === null || Array.isArray(order)) continue;
      const named = typeof order.symbol === 'string' ? this.tap.symbols.indexOf(order.symbol) : undefined;
      if (named === -1) continue;
      if (order.do === 'buy') add(named ?? 0, BUY);
      else if (order.do === 'sell') add(named ?? 0, SELL);
      else if (order.do === 'flat') {
        // Without a symbol it means all of them.
        for (const symbol of named === undefined ? this.tap.symbols.keys() : [named]) {
          const position = this.tap.position(seat, symbol);
          if (position !== 0) add(symbol, position > 0 ? SELL : BUY);
        }
      }
    }
    return tries;
  }
}
