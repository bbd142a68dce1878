/** The frontier against its definition, written down the obvious way. */
import { expect } from 'chai';
import fc from 'fast-check';
import { beatsSeparably, frontier, unbeaten, type FrontierPoint } from '../../../scoring/figures/frontier.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

const estimate = (value: number, half: number): Estimate => ({ value, low: value - half, high: value + half, n: 6 });
const point = (name: string, latency: number, quality: number, halves: [number, number] = [0, 0]): FrontierPoint => ({
  name,
  latency: estimate(latency, halves[0]),
  quality: estimate(quality, halves[1]),
});

const points = fc
  .array(fc.tuple(fc.nat(8), fc.nat(8), fc.nat(2), fc.nat(2)), { maxLength: 12 })
  .map((rows) => rows.map(([latency, quality, a, b], i) => point(String(i), latency, quality, [a, b])));

describe('frontier', () => {
  it('is the set of points nobody is at least as good as on both axes and better on one', () => {
    fc.assert(
      fc.property(points, (all) => {
        const obvious = all.map((a) =>
          all.every(
            (b) =>
              b.latency.value! > a.latency.value! ||
              b.quality.value! < a.quality.value! ||
              (b.latency.value === a.latency.value && b.quality.value === a.quality.value),
          ),
        );
        expect([...unbeaten(all)].sort((x, y) => x - y)).to.deep.equal(obvious.flatMap((is, i) => (is ? [i] : [])));
      }),
    );
  });

  it('calls a point dominated only when the intervals say so, and names by whom', () => {
    fc.assert(
      fc.property(points, (all) => {
        const statuses = frontier(all);
        const members = unbeaten(all);
        statuses.forEach(({ status, by }, i) => {
          const me = all[i]!;
          expect(status === 'frontier').to.equal(members.has(i));
          if (status === 'frontier') expect(by).to.deep.equal([]);
          else expect(by).not.to.be.empty;
          const separable = all.some((other) => beatsSeparably(other, me));
          if (status === 'dominated') expect(separable).to.equal(true);
          if (status === 'tied') expect(separable).to.equal(false);
        });
      }),
    );
  });

  it('tells apart, ties and dominates by hand', () => {
    const statuses = (...all: FrontierPoint[]) => frontier(all).map((each) => each.status);
    expect(statuses(point('fast', 10, 0.5, [1, 0.05]), point('slow', 20, 0.8, [1, 0.05]))).to.deep.equal(['frontier', 'frontier']);
    expect(statuses(point('good', 10, 0.8, [1, 0.05]), point('bad', 20, 0.5, [1, 0.05]))).to.deep.equal(['frontier', 'dominated']);
    expect(statuses(point('a', 10, 0.8, [1, 0.05]), point('b', 20, 0.78, [1, 0.05]))).to.deep.equal(['frontier', 'tied']);
    expect(statuses(point('a', 10, 0.8), point('same, slower', 20, 0.8))).to.deep.equal(['frontier', 'dominated']);
  });

  it('compares answers to the same probes in pairs', () => {
    const parts = (shift: number) => [1, 9, 3, 7, 5].map((x) => ({ numerator: x + shift, denominator: 10 }));
    const a: FrontierPoint = { ...point('a', 10, 0.6, [1, 0.3]), qualityParts: parts(1) };
    const b: FrontierPoint = { ...point('b', 20, 0.5, [1, 0.3]), qualityParts: parts(0) };
    expect(frontier([a, b])[1]).to.deep.equal({ name: 'b', status: 'dominated', by: ['a'] });
    const unpaired = frontier([a, { ...b, qualityParts: undefined }])[1]!;
    expect(unpaired.status).to.equal('tied');
  });

  it('never lets a latency win of which only a lower bound is known', () => {
    const silent = { ...point('silent', 1, 0.5), latency: { value: 1, low: 1, high: null, n: 6, atLeast: true as const } };
    const statuses = (...all: FrontierPoint[]) => frontier(all).map((each) => each.status);
    expect(statuses(silent, point('plays', 20, 0.5, [1, 0.05]))[1]).to.equal('frontier');
    expect(statuses(silent, point('plays', 20, 0.6, [1, 0.05]))).to.deep.equal(['tied', 'frontier']);
    expect(statuses(silent, { ...silent, name: 'silent too' })).to.deep.equal(['frontier', 'frontier']);
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
    expect(frontier([unmeasured, once('a', 1, 0.9), once('b', 2, 0.1)]).map((each) => each.status)).to.deep.equal([
      'unmeasured',
      'frontier',
      'tied',
    ]);
  });
});
