import { expect } from 'chai';
import { play, SETTINGS } from './pressure.js';

/** Programs on so many emulated backends, with the scheduler and without. */
const both = (programs: number, backends: number, seed: number) =>
  ({ ours: play(programs, backends, SETTINGS, seed), plain: play(programs, backends, undefined, seed) }) as const;

describe('the scheduler, beside no scheduler on the same emulated backends', () => {
  for (const seed of [1, 2]) {
    it(`costs nothing where caches are not full (seed ${seed})`, () => {
      const { ours, plain } = both(4, 1, seed);
      expect(ours).to.deep.equal(plain);
    });

    it(`uses two backends where the prefix that all share is held by one of them (seed ${seed})`, () => {
      for (const programs of [4, 16]) {
        const { ours, plain } = both(programs, 2, seed);
        expect(ours.callsPerSecond).to.be.above(plain.callsPerSecond);
        expect(ours.reused).to.be.above(plain.reused);
        expect(ours.p99Ms).to.be.at.most(plain.p99Ms);
      }
    });

    it(`serves as much where everybody waits for longer than a call may before it goes first (seed ${seed})`, () => {
      const short = play(128, 1, { ...SETTINGS, forceAfterMs: 2500 }, seed);
      const long = play(128, 1, SETTINGS, seed);
      expect(long.p99Ms).to.be.above(7500);
      expect(short.callsPerSecond).to.be.above(0.9 * long.callsPerSecond);
      expect(short.slowest).to.be.above(0.9 * long.slowest);
    });

    it(`serves more where caches are full, and no program slower (seed ${seed})`, () => {
      const [one, two] = [both(64, 1, seed), both(64, 2, seed)];
      for (const { ours, plain } of [one, two]) {
        expect(ours.callsPerSecond).to.be.above(2 * plain.callsPerSecond);
        expect(ours.slowest).to.be.above(2 * plain.slowest);
        expect(ours.p99Ms).to.be.below(1.1 * plain.p99Ms);
      }
      // Programs that lost their place are not read anew by the other backend.
      expect(two.ours.callsPerSecond).to.be.above(1.6 * one.ours.callsPerSecond);
      expect(two.ours.reused).to.be.above(one.ours.reused - 0.03);
    });
  }
});
