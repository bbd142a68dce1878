/** Strength as a reaction delay: known answers on made games. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Stream, keyOf } from '../../../envs/random.js';
import type { Points } from '../../../scoring/ratings/duels.js';
import { isotonic, playsLike, type RatedGame } from '../../../scoring/ratings/plays-like.js';

/** So many games at each delay, won with the chance given in permille. */
function games(each: number, chances: Record<number, number>, seed = 1): RatedGame[] {
  const stream = new Stream(keyOf(seed, 5), 0);
  return Object.entries(chances).flatMap(([delay, permille]) =>
    Array.from({ length: each }, (): RatedGame => ({ delay: Number(delay), points: stream.chance(permille, 1000) ? 1 : 0 })),
  );
}
const exact = (shares: Record<number, number>): RatedGame[] =>
  Object.entries(shares).flatMap(([delay, won]) =>
    Array.from({ length: 10 }, (_, i): RatedGame => ({ delay: Number(delay), points: i < won ? 1 : 0 })),
  );

describe('scoring: plays like', () => {
  it('is the delay at which half the points are won, straight between two rungs', () => {
    expect(playsLike(exact({ 6: 1, 12: 5, 24: 9 })).delay.value).equal(12);
    expect(playsLike(exact({ 6: 2, 12: 4, 24: 6, 48: 10 })).delay.value).closeTo(18, 1e-9);
    expect(playsLike(exact({ 6: 2, 12: 5, 24: 5, 48: 10 })).delay.value).equal(18);
  });

  it('pools rungs that fall', () => {
    const { delay, rungs } = playsLike(exact({ 6: 2, 12: 6, 24: 4, 48: 10 }));
    expect(rungs.map((rung) => rung.fitted)).deep.equal([0.2, 0.5, 0.5, 1]);
    expect(rungs.map((rung) => rung.share.value)).deep.equal([0.2, 0.6, 0.4, 1]);
    expect(delay.value).equal(18);
  });

  it('says so when the agent is ahead or behind on every rung', () => {
    const ahead = playsLike(exact({ 6: 8, 12: 10 })).delay;
    expect(ahead).include({ value: 6, atMost: true, low: null });
    const behind = playsLike(exact({ 6: 0, 12: 1 })).delay;
    expect(behind).include({ value: 12, atLeast: true, high: null });
  });

  it('draws count half, and one game has no interval', () => {
    const { delay, rungs } = playsLike([{ delay: 12, points: 0.5 }]);
    expect(delay).include({ value: 12, low: null, high: null, n: 1 });
    expect(rungs[0]!.share.value).equal(0.5);
    expect(() => playsLike([])).throw(RangeError);
  });

  it('its interval holds the true delay about as often as it says, and is the same each time', () => {
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { low, high } = playsLike(games(40, { 6: 100, 12: 400, 16: 600, 24: 900 }, seed)).delay;
      if ((low ?? -Infinity) <= 14 && (high ?? Infinity) >= 14) held++;
    }
    expect(held).least(52);
    const some = games(20, { 6: 200, 12: 700 });
    expect(playsLike(some)).deep.equal(playsLike(some));
  });

  it('where the reference hardly differs from rung to rung, all its equals are in the interval', () => {
    const { low, high } = playsLike(games(300, { 6: 100, 12: 530, 18: 590, 24: 500, 48: 900 }, 3)).delay;
    expect(low).most(12);
    expect(high).least(24);
  });

  it('property: the fit never falls, keeps the weighted mean, and leaves what rises as it is', () => {
    const point = fc.record({ value: fc.integer({ min: 0, max: 100 }), weight: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const fit = isotonic(points);
        const sum = (values: readonly number[]): number => values.reduce((total, value, i) => total + value * points[i]!.weight, 0);
        expect(fit.length).equal(points.length);
        for (let i = 1; i < fit.length; i++) expect(fit[i]!).least(fit[i - 1]! - 1e-9);
        expect(sum(fit)).closeTo(sum(points.map((each) => each.value)), 1e-6);
        const rising = [...points].sort((a, b) => a.value - b.value);
        isotonic(rising).forEach((value, i) => expect(value).closeTo(rising[i]!.value, 1e-9));
      }),
    );
  });

  it('property: winning more never makes an agent slower', () => {
    const wins = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(wins, fc.nat(3), (won, better) => {
        const [delays, more] = [[6, 12, 24, 48], won.map((n, i) => (i === better ? Math.min(10, n + 1) : n))];
        const value = (each: number[]): number => {
          const made = delays.flatMap((delay, i) =>
            Array.from({ length: 10 }, (_, k): RatedGame => ({ delay, points: (k < each[i]! ? 1 : 0) as Points })),
          );
          return playsLike(made).delay.value!;
        };
        expect(value(more)).most(value(won) + 1e-9);
      }),
      { numRuns: 25 },
    );
  });
});
