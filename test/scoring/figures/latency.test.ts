/** Latency with censoring, rates and the row of figures. */
import { expect } from 'chai';
import { latencyQuantile, latencySummary, meanLatency } from '../../../scoring/figures/latency.js';
import { valueDecisions } from '../../../scoring/oracle/oracle.js';
import { bySeed } from '../../../scoring/reward/reward.js';
import { pairedDifference } from '../../../scoring/statistics/pairing.js';
import { summarise } from '../../../scoring/figures/summary.js';
import { TICK, toy, toyDecisions, toyTrace, type ToyMove } from '../oracle/toy.js';

const seen = (...us: number[]) => us.map((each) => ({ us: each, censored: false }));
const cut = (...us: number[]) => us.map((each) => ({ us: each, censored: true }));

describe('latency', () => {
  it('keeps censored samples in: a percentile that falls among them is a lower bound', () => {
    const matches = [
      [...seen(10, 20, 30), ...cut(500)],
      [...seen(10, 20, 30), ...cut(500)],
    ];
    const p50 = latencyQuantile(matches, 0.5);
    expect([p50.value, p50.atLeast, p50.n]).to.deep.equal([20, undefined, 2]);
    const p90 = latencyQuantile(matches, 0.9);
    expect([p90.value, p90.atLeast, p90.high]).to.deep.equal([500, true, null]);
  });

  it('cannot be made fast by quick answers that are no actions', () => {
    const honest = latencyQuantile([seen(100, 100, 100, 100), seen(100, 100, 100, 100)], 0.5);
    const junk = latencyQuantile([[...seen(100), ...cut(1, 1, 1)], [...seen(100), ...cut(1, 1, 1)]], 0.5); // prettier-ignore
    expect([honest.value, honest.atLeast]).to.deep.equal([100, undefined]);
    expect(junk.atLeast).to.equal(true);
    expect(junk.high).to.equal(null);
  });

  it('takes its interval from the spread between matches', () => {
    const alike = Array.from({ length: 8 }, () => seen(...Array.from({ length: 50 }, (_, i) => 100 + i)));
    const apart = Array.from({ length: 8 }, (_, m) => seen(...Array.from({ length: 50 }, (_, i) => 100 + 20 * m + (i % 3))));
    const width = (matches: typeof alike) => {
      const { low, high } = latencyQuantile(matches, 0.5);
      return high! - low!;
    };
    expect(width(alike)).to.equal(0);
    expect(width(apart)).to.be.greaterThan(30);
  });

  it('charges an action with the time of the decisions before it that brought none', () => {
    const part = (seed: number, numerator: number, denominator: number) => ({ seed, numerator, denominator });
    const steady = meanLatency([part(1, 400, 4), part(2, 400, 4), part(3, 400, 4)]);
    expect([steady.value, steady.low, steady.high]).to.deep.equal([100, 100, 100]);
    // The same time went by, and a quarter of the answers was no action.
    expect(meanLatency([part(1, 400, 3), part(2, 400, 3), part(3, 400, 3)]).value).to.be.closeTo(400 / 3, 1e-9);
    expect(meanLatency([part(1, 900, 0), part(2, 700, 0)])).to.deep.equal({ value: 800, low: null, high: null, n: 2, atLeast: true });
    expect(meanLatency([]).value).to.equal(null);
  });

  const moves: ToyMove[] = [
    { observedAt: TICK, latencyUs: 2 * TICK, press: 'A' },
    { observedAt: 4 * TICK, latencyUs: 2 * TICK, press: 'A' },
    { observedAt: 7 * TICK, latencyUs: TICK, outcome: 'reject' },
    { observedAt: 12 * TICK, latencyUs: 50 * TICK, outcome: 'miss' },
  ];

  it('sums up matches: world and real time, rates, shares', () => {
    const matches = [1, 2, 3].map((seed) => ({ trace: toyTrace(moves, seed), seat: 0 }));
    const summary = latencySummary(matches);
    expect(summary.decisions).to.equal(12);
    expect(summary.worldP50Us.value).to.equal(2 * TICK);
    // 2 + 2 + 1 + 50 ticks were waited for two actions.
    expect(summary.worldMeanUs.value).to.equal(27.5 * TICK);
    expect(summary.latencyParts.map(({ seed }) => seed)).to.deep.equal([1, 2, 3]);
    expect(summary.realP50Us.value).to.equal(TICK);
    // The miss has no real stamp: 500 ms of world time at speed 2.
    expect([summary.realP90Us.value, summary.realP90Us.atLeast]).to.deep.equal([25 * TICK, true]);
    expect(summary.perWorldSecond.value).to.be.closeTo(2, 1e-9);
    expect(summary.perRealSecond.value).to.be.closeTo(4, 1e-9);
    expect([summary.rejected.value, summary.missed.value]).to.deep.equal([0.25, 0.25]);
    expect(summary.rejected.low).to.be.greaterThan(0);
  });

  it('makes one row of all figures, void matches counted and left out', () => {
    const traces = [1, 2, 3].map((seed) => toyTrace(moves, seed));
    const cutOff = toyTrace(moves, 4);
    delete cutOff.footer;
    const matches = [...traces, cutOff].map((trace) => ({ trace, seat: 0 }));
    const valued = traces.map((trace) => ({
      traceId: trace.header.id,
      seat: 0,
      decisions: valueDecisions(toy, trace, toyDecisions(trace)),
    }));
    const parts = [{ numerator: 3, denominator: 4 }, { numerator: 1, denominator: 4 }]; // prettier-ignore
    traces[2]!.events.push({ kind: 'leave', seat: 0, at: 900_000, reason: 'x' });
    const row = summarise(toy, 'player', matches, valued, { parts, asked: 8, rejected: 1 });
    expect([row.matches, row.voided, row.valued, row.away]).to.deep.equal([3, 1, 12, 1]);
    expect(row.probeQuality.value).to.equal(0.5);
    expect(row.probeQuality.n).to.equal(2);
    // Twice +10 of [-10, 10], twice the standing order's 0.
    expect(row.decidedQuality.value).to.equal(0.75);
    expect(row.latencyCost.value).to.equal(0);
    // Two presses of 10 tenths each, in points.
    expect([row.reward.value, row.reward.low]).to.deep.equal([2, 2]);
    const none = summarise(toy, 'nobody', [], [], { parts, asked: 8, rejected: 1 });
    expect([none.probeQuality.value, none.probeParts]).to.deep.equal([null, []]);
    expect([none.reward.value, none.worldP50Us.value, none.probeQuality.value]).to.deep.equal([null, null, null]);
  });

  it('pairs rewards by seed', () => {
    const better = [1, 2, 3].map((seed) => ({ trace: toyTrace(moves, seed), seat: 0 }));
    const worse = [1, 2, 3].map((seed) => ({ trace: toyTrace([], seed), seat: 0 }));
    expect(pairedDifference(bySeed(toy, better), bySeed(toy, worse))).to.deep.equal({ value: 2, low: 2, high: 2, n: 3 });
  });
});
