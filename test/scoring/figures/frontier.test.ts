/** The frontier against its definition, written down the obvious way, and how often chance puts a beaten configuration on it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { beatsSeparably, frontier, mayBeat, type FrontierPoint } from '../../../scoring/figures/frontier.js';
import { meanLatency } from '../../../scoring/figures/latency.js';
import { qualityOf } from '../../../scoring/figures/quality.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { normal } from '../statistics/coverage.js';

const estimate = (value: number, half: number): Estimate => ({ value, low: value - half, high: value + half, n: 6 });
const point = (name: string, latency: number, quality: number, halves: [number, number] = [0, 0]): FrontierPoint => ({
  name,
  latency: estimate(latency, halves[0]),
  quality: estimate(quality, halves[1]),
});
const statuses = (...all: FrontierPoint[]) => frontier(all).map((each) => each.status);

const points = fc
  .array(fc.tuple(fc.nat(8), fc.nat(8), fc.nat(2), fc.nat(2)), { maxLength: 12 })
  .map((rows) => rows.map(([latency, quality, a, b], i) => point(String(i), latency, quality, [a, b])));

describe('frontier', () => {
  it('without error is the set of points nobody is at least as good as on both axes and better on one', () => {
    fc.assert(
      fc.property(points, (all) => {
        const exact = all.map(({ name, latency, quality }) => point(name, latency.value!, quality.value!));
        const obvious = exact.map((a) =>
          exact.every(
            (b) =>
              b.latency.value! > a.latency.value! ||
              b.quality.value! < a.quality.value! ||
              (b.latency.value === a.latency.value && b.quality.value === a.quality.value),
          ),
        );
        expect(statuses(...exact)).to.deep.equal(obvious.map((is) => (is ? 'frontier' : 'dominated')));
      }),
    );
  });

  it('holds only those that all others are told from, drops only those that one is separably better than, and names whom', () => {
    fc.assert(
      fc.property(points, (all) => {
        frontier(all).forEach(({ status, by }, i) => {
          const me = all[i]!;
          const others = all.filter((other) => other !== me);
          const beaten = others.filter((other) => beatsSeparably(other, me)).map(({ name }) => name);
          const open = others.filter((other) => mayBeat(other, me)).map(({ name }) => name);
          expect(status).to.equal(beaten.length > 0 ? 'dominated' : open.length > 0 ? 'tied' : 'frontier');
          expect(by).to.deep.equal(beaten.length > 0 ? beaten : open);
          // Who beats another separably may beat it, so no one is on the frontier and beaten at once.
          for (const name of beaten) expect(open).to.include(name);
        });
      }),
    );
  });

  it('tells apart, ties and dominates by hand', () => {
    expect(statuses(point('fast', 10, 0.5, [1, 0.05]), point('slow', 20, 0.8, [1, 0.05]))).to.deep.equal(['frontier', 'frontier']);
    expect(statuses(point('good', 10, 0.8, [1, 0.05]), point('bad', 20, 0.5, [1, 0.05]))).to.deep.equal(['frontier', 'dominated']);
    expect(statuses(point('a', 10, 0.8, [1, 0.05]), point('b', 20, 0.78, [1, 0.05]))).to.deep.equal(['frontier', 'tied']);
    // Better by the figures, and not told from the other: a frontier of one would claim what nobody knows.
    expect(statuses(point('a', 10, 0.82, [1, 0.05]), point('b', 10.5, 0.78, [1, 0.05]))).to.deep.equal(['tied', 'tied']);
    expect(statuses(point('a', 10, 0.8), point('same, slower', 20, 0.8))).to.deep.equal(['frontier', 'dominated']);
    expect(statuses(point('alone', 10, 0.8, [1, 0.05]))).to.deep.equal(['frontier']);
  });

  it('compares answers to the same probes, and matches of the same seeds, in pairs', () => {
    const parts = (shift: number) => [1, 9, 3, 7, 5].map((x) => ({ numerator: x + shift, denominator: 10 }));
    const a: FrontierPoint = { ...point('a', 10, 0.6, [1, 0.3]), qualityParts: parts(1) };
    const b: FrontierPoint = { ...point('b', 20, 0.5, [1, 0.3]), qualityParts: parts(0) };
    expect(frontier([a, b])[1]).to.deep.equal({ name: 'b', status: 'dominated', by: ['a'] });
    expect(statuses(a, { ...b, qualityParts: undefined })[1]).to.equal('tied');
    // A host that is now slow and now quick, for both alike: 2 % apart at every seed, in whatever order they were played.
    const latencies = (factor: number) =>
      [80, 130, 95, 160, 110, 70].map((ms, i) => ({ seed: i, numerator: factor * ms * 50, denominator: 50 }));
    const [fast, slow] = [latencies(1), latencies(1.02)];
    const c: FrontierPoint = { ...a, latency: meanLatency(fast), latencyParts: fast };
    const d: FrontierPoint = { ...b, latency: meanLatency(slow), latencyParts: [...slow].reverse() };
    expect(statuses(c, d)).to.deep.equal(['frontier', 'dominated']);
    expect(statuses(c, { ...d, latencyParts: undefined })).to.deep.equal(['frontier', 'tied']);
  });

  it('prints a slightly beaten configuration as FRONTIER in at most one run of twenty, and tells a clear one from it in most', () => {
    const stream = new Stream(keyOf(5, 0xf0), 0);
    /** A configuration's six matches and twenty-four source matches of probes; what the seeds share is shared. */
    const run = (slower: number, worse: number): string[] => {
      const host = Array.from({ length: 6 }, () => Math.exp(0.1 * normal(stream)));
      const stakes = Array.from({ length: 24 }, () => Math.exp(0.7 * normal(stream)));
      const hard = stakes.map(() => 0.15 * normal(stream));
      const configuration = (name: string, late: number, lost: number): FrontierPoint => {
        const latencyParts = host.map((each, seed) => {
          const denominator = 40 + stream.below(40);
          return { seed, numerator: denominator * 100 * late * each * Math.exp(0.04 * normal(stream)), denominator };
        });
        const qualityParts = stakes.map((denominator, i) => {
          const good = Math.min(1, Math.max(0, 0.8 - lost + hard[i]! + 0.1 * normal(stream)));
          return { numerator: denominator * good, denominator };
        });
        return { name, latency: meanLatency(latencyParts), latencyParts, quality: qualityOf(qualityParts), qualityParts };
      };
      return statuses(configuration('better', 1, 0), configuration('beaten', 1 + slower, worse));
    };
    const share = (slower: number, worse: number, status: string, runs = 1000): number =>
      Array.from({ length: runs }, () => run(slower, worse)[1]).filter((each) => each === status).length / runs;
    for (const [slower, worse] of [
      [0.001, 0.0005],
      [0.01, 0.005],
      [0.03, 0.01],
    ] as const)
      // prettier-ignore
      expect(share(slower, worse, 'frontier'), `${slower} slower, ${worse} worse`).to.be.at.most(0.05);
    expect(share(0.4, 0.15, 'dominated', 200)).to.be.at.least(0.8);
  });

  it('never lets a latency win of which only a lower bound is known', () => {
    const silent = { ...point('silent', 1, 0.5), latency: { value: 1, low: 1, high: null, n: 6, atLeast: true as const } };
    expect(statuses(silent, point('plays', 20, 0.5, [1, 0.05]))[0]).not.to.equal('frontier');
    expect(statuses(silent, point('plays', 20, 0.6, [1, 0.05]))).to.deep.equal(['tied', 'frontier']);
    expect(statuses(silent, { ...silent, name: 'silent too' })).to.deep.equal(['tied', 'tied']);
    expect(statuses({ ...silent, latency: { ...silent.latency, value: 90, low: 80 } }, point('plays', 20, 0.6, [1, 0.05]))).to.deep.equal([
      'dominated',
      'frontier',
    ]);
  });

  it('leaves out what was not measured and never separates a figure without an interval', () => {
    const unmeasured = { ...point('none', 10, 0.5), quality: { value: null, low: null, high: null, n: 0 } };
    const once = (name: string, latency: number, quality: number): FrontierPoint => ({
      name,
      latency: { value: latency, low: null, high: null, n: 1 },
      quality: { value: quality, low: null, high: null, n: 1 },
    });
    expect(statuses(unmeasured, once('a', 1, 0.9), once('b', 2, 0.1))).to.deep.equal(['unmeasured', 'tied', 'tied']);
  });
});
