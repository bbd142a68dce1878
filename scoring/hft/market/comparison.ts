/** Reports of several matches side by side: one row a name, each figure with its interval over matches, the unit of sampling. */
import { clusteredShare } from '../../statistics/shares.js';
import { meanInterval } from '../../statistics/means.js';
import { ratioOfSums } from '../../statistics/ratios.js';
import type { Estimate } from '../../statistics/estimate.js';
import type { MarketReport, MarketSeatReport } from './schema.js';

/** Figures of one name over its matches. Shares in [0, 1]. */
export interface MarketRow {
  name: string;
  /** Seats in matches that count, and those left out because the match is void. */
  matches: number;
  voided: number;
  yieldPercent: Estimate;
  sharpePerMatch: Estimate;
  drawdownPercent: Estimate;
  fills: Estimate;
  feesPpm: Estimate;
  makerShare: Estimate;
  /** Sum of markouts at 1 s over the number of fills, in ticks. */
  makerMarkout1s: Estimate;
  takerMarkout1s: Estimate;
  /** Maker fills after which the mid went against the seat within a second. */
  adverse: Estimate;
  staleTaking: Estimate;
  staleMaking: Estimate;
  /** Races won of races run. */
  racesWon: Estimate;
  queueAtEntry: Estimate;
  /** Orders refused of orders sent. */
  refused: Estimate;
  /** Answers that were no action (or calls that failed), and observations nobody answered in time, of all decisions. */
  unread: Estimate;
  missed: Estimate;
}

const SECOND = 1_000_000;

/** One row for each name, in the order in which names first appear. */
export function compareMatches(reports: readonly MarketReport[]): MarketRow[] {
  const names = [...new Set(reports.flatMap((report) => report.seats.map(({ name }) => name)))];
  return names.map((name) => {
    const seats = reports.flatMap((report) => report.seats.filter((seat) => seat.name === name).map((seat) => ({ report, seat })));
    return marketRow(
      name,
      seats.filter(({ report }) => report.counts).map(({ seat }) => seat),
      seats.filter(({ report }) => !report.counts).length,
    );
  });
}

/** The figures of one name's seats in matches that count; `voided` others were left out. */
export function marketRow(name: string, seats: readonly MarketSeatReport[], voided: number): MarketRow {
  const mean = (of: (seat: MarketSeatReport) => number | null): Estimate =>
    meanInterval(seats.map(of).filter((value): value is number => value !== null));
  const share = (of: (seat: MarketSeatReport) => [number, number]): Estimate =>
    clusteredShare(
      seats.map((seat) => {
        const [successes, trials] = of(seat);
        return { successes, trials };
      }),
    );
  const markout = (side: 'maker' | 'taker'): Estimate =>
    ratioOfSums(
      seats.map((seat) => {
        const at = seat.all.markouts[side].find(({ horizonUs }) => horizonUs === SECOND)!;
        return { numerator: (at.markoutTicks.value ?? 0) * at.fills, denominator: at.fills };
      }),
    );
  return {
    name,
    matches: seats.length,
    voided,
    yieldPercent: mean((seat) => seat.account.yieldPpm / 10_000),
    sharpePerMatch: mean((seat) => seat.sharpe.perMatch),
    drawdownPercent: mean((seat) => seat.drawdown.ppm / 10_000),
    fills: mean((seat) => seat.all.fills.count),
    feesPpm: mean((seat) => (seat.account.feesMicros * 1_000_000) / seat.account.startMicros),
    makerShare: ratioOfSums(
      seats.map(({ all: { fills } }) => ({ numerator: fills.makerShares, denominator: fills.makerShares + fills.takerShares })),
      { range: { low: 0, high: 1 } },
    ),
    makerMarkout1s: markout('maker'),
    takerMarkout1s: markout('taker'),
    adverse: share(({ all: { adverse } }) => [adverse.against, adverse.fills]),
    staleTaking: share(({ all: { stale } }) => [stale.taking.stale, stale.taking.fills]),
    staleMaking: share(({ all: { stale } }) => [stale.making.stale, stale.making.fills]),
    racesWon: share(({ all: { races } }) => [races.won, races.won + races.shared + races.lost]),
    queueAtEntry: ratioOfSums(
      seats.map(({ all: { queue } }) => ({ numerator: (queue.entryMean ?? 0) * queue.fills, denominator: queue.fills })),
    ),
    refused: share(({ orders }) => [
      orders.rejections.filter(({ kind }) => kind === 'refused').reduce((sum, { count }) => sum + count, 0),
      Object.values(orders.orders).reduce((sum, count) => sum + count, 0),
    ]),
    unread: share(({ orders }) => [orders.unread, decisionsOf(orders)]),
    missed: share(({ orders }) => [orders.missed, decisionsOf(orders)]),
  };
}

function decisionsOf({ plans, unread, missed }: MarketSeatReport['orders']): number {
  return plans + unread + missed;
}
