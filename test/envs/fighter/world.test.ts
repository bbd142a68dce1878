/** A fight as a deterministic machine: splits, snapshots, purity, replay, mirrored sides, frame grid, rounds. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Stream, keyOf } from '../../../envs/random.js';
import type { Action } from '../../../envs/environment.js';
import { randomAction } from '../../../envs/fighter/bots/legal.js';
import type { Plan, State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { STAGE } from '../../../envs/fighter/arena.js';
import { ROUND_REWARD, frameTime } from '../../../envs/fighter/world.js';
import { randomPlan } from './random-plan.js';

type Landed = { seat: number; at: number; action: Action<Plan>; latencyUs: number };

const SHORT = fighter.parseOptions({ rounds: 3, roundSeconds: 5, health: 300 });

/** Random landings of both seats over `seconds`, measured latencies with them, times not on the frame grid. */
function landings(seed: number, seconds: number): Landed[] {
  const stream = new Stream(keyOf(seed, 1), 0);
  const out: Landed[] = [];
  let at = 0;
  while (at < seconds * 1_000_000) {
    at += stream.below(200_000);
    const action = stream.chance(1, 2) ? randomAction(stream) : { plan: randomPlan(stream) };
    out.push({ seat: stream.below(2), at, action, latencyUs: stream.below(600_000) });
  }
  return out;
}

function play(list: Landed[], seed: number, between?: (world: ReturnType<typeof fighter.create>, next: number) => void) {
  const world = fighter.create(SHORT, seed);
  for (const l of list) {
    between?.(world, l.at);
    world.act(l.seat, l.action, l.at, l.latencyUs);
  }
  world.advance(60_000_000);
  return world;
}

describe('fighter world', () => {
  it('gives the same digest however advance is split, and whatever is looked at meanwhile', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 60 }), (seed, steps) => {
        const list = landings(seed, 12);
        const plain = play(list, seed).digest();
        let at = 0;
        const split = play(list, seed, (world, next) => {
          for (const step of steps) {
            at += step;
            if (at > next) at = next;
            world.advance(at);
            const before = world.digest();
            world.observe(0);
            world.observe(1);
            world.scene();
            world.results();
            world.worth(0);
            expect(world.digest()).equal(before);
          }
        });
        expect(split.digest()).equal(plain);
      }),
      { numRuns: 40 },
    );
  });

  it('tells different seeds and different landings apart', () => {
    const digests = new Set<string>();
    for (let seed = 0; seed < 50; seed++) digests.add(play(landings(seed, 8), 1).digest());
    expect(digests.size).equal(50);
    const list = landings(3, 12);
    // The start gap has 25 values and is drawn per round, so 20 seeds can not all look alike.
    expect(new Set(Array.from({ length: 20 }, (_, seed) => play(list, seed).digest())).size).above(10);
  });

  it('after restore goes the way it went, also from the middle of a pause', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 14_000_000 }), (seed, cut) => {
        const list = landings(seed, 14);
        const world = fighter.create(SHORT, seed);
        const rest = list.filter((l) => l.at > cut);
        for (const l of list) if (l.at <= cut) world.act(l.seat, l.action, l.at, l.latencyUs);
        world.advance(cut);
        const saved = world.snapshot();
        const at = world.digest();
        const finish = (): string => {
          for (const l of rest) world.act(l.seat, l.action, l.at, l.latencyUs);
          world.advance(60_000_000);
          return world.digest();
        };
        const first = finish();
        world.restore(saved);
        expect(world.digest()).equal(at);
        expect(world.now).equal(cut);
        expect(finish()).equal(first);
        // Its twin by the same options takes the snapshot too.
        const twin = fighter.create(SHORT, seed + 1);
        twin.restore(saved);
        expect(twin.digest()).equal(at);
      }),
      { numRuns: 40 },
    );
  });

  it('reseeded from the same snapshot draws other rounds, and the same ones for the same seed', () => {
    const world = fighter.create(SHORT, 5);
    world.advance(1_000_000);
    const saved = world.snapshot();
    const future = (seed: number): string => {
      world.restore(saved);
      world.reseed(seed);
      world.advance(7_000_000);
      return JSON.stringify(world.scene().fighters.map((f) => f.x)) + world.scene().pause;
    };
    expect(future(1)).equal(future(1));
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(future)).size).above(3);
  });

  it('favours no side: mirrored inputs give the mirrored fight', () => {
    const mirrored = (s: State): unknown => ({ ...s, left: !s.left });
    for (let seed = 0; seed < 60; seed++) {
      const list = landings(seed, 14);
      const a = fighter.create(SHORT, 9);
      const b = fighter.create(SHORT, 9);
      for (const l of list) {
        a.act(l.seat, l.action, l.at, l.latencyUs);
        b.act(1 - l.seat, l.action, l.at, l.latencyUs);
        for (const seat of [0, 1]) expect(b.observe(1 - seat)).deep.equal(mirrored(a.observe(seat)), `seed ${seed} at ${l.at}`);
        const [x, y] = [a.scene(), b.scene()];
        expect(y.fighters.map((f) => f.x)).deep.equal([...x.fighters].reverse().map((f) => STAGE - f.x));
        expect(y.projectiles.length).equal(x.projectiles.length);
      }
      expect(b.results().reward).deep.equal([...a.results().reward].reverse());
    }
  });

  it('publishes on frames, and says when it changes next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (after) => {
        const world = fighter.create(SHORT, 0);
        const next = world.nextPublish(after);
        const k = Math.round((next * 60) / 1e6);
        expect(next).equal(frameTime(k)).above(after);
        expect(frameTime(k - 1)).most(after);
      }),
    );
    const world = fighter.create(SHORT, 0);
    world.advance(123_456);
    const before = world.digest();
    world.advance(world.nextChange() - 1);
    expect(world.digest()).equal(before);
    world.advance(world.nextChange());
    expect(world.digest()).not.equal(before);
    world.advance(100_000_000);
    expect(world.over).equal(true);
    expect(world.nextChange()).equal(Infinity);
  });

  it('ends a round at the end of its time, refuses what lands after the match, and pays zero in all', () => {
    const world = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 3 }), 1);
    const seen: number[] = [];
    for (let k = 1; !world.over; k++) {
      world.advance(frameTime(k));
      seen.push(world.observe(0).timer);
    }
    // Twenty frames at the marks, then three seconds.
    expect(seen.length).equal(20 + 180);
    expect(world.results().endedAt).equal(frameTime(200));
    const landing = world.act(0, { plan: [{ action: 'jab' }] }, 9_000_000);
    expect(landing).deep.include({ accepted: false, at: 9_000_000 });
    expect(landing.reason).match(/over/);
    expect(world.results().reward).deep.equal([0, 0]);
  });

  it('counts rounds and health into the reward, the same measure while it runs', () => {
    let decided = 0;
    for (let seed = 0; seed < 30; seed++) {
      const world = fighter.create(SHORT, seed);
      for (const l of landings(seed, 14)) {
        world.act(l.seat, l.action, l.at, l.latencyUs);
        expect(world.worth(0) + world.worth(1)).equal(0);
      }
      world.advance(60_000_000);
      const { reward, seats, over } = world.results();
      expect(over).equal(true);
      expect(reward).deep.equal([world.worth(0), world.worth(1)]);
      const rounds = seats[0]!.roundsWon! - seats[1]!.roundsWon!;
      if (rounds !== 0) decided++;
      expect(Math.abs(reward[0]! - ROUND_REWARD * rounds)).most(1000 * SHORT.rounds);
      expect(Math.max(seats[0]!.roundsWon!, seats[1]!.roundsWon!)).most(2);
    }
    expect(decided).above(15);
  });

  it('ends a plan when its seat leaves; the standing order goes on', () => {
    const world = fighter.create(SHORT, 1);
    world.advance(500_000);
    world.act(0, { plan: [{ action: 'walk_fwd', frames: 30 }], standing: 'guard_high' }, 500_000);
    world.advance(600_000);
    expect(world.observe(0).me.doing).equal('walk_fwd');
    world.leave(0, 600_000);
    world.advance(700_000);
    expect(world.observe(0)).deep.include({ plan: [], standing: 'guard_high' });
    expect(world.observe(0).me.doing).equal('guard_high');
  });
});
