/** What holds in every fight, whatever is played: bounds, nobody stuck, no favoured side, snapshots; and when a round or match is drawn. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Stream, keyOf } from '../../../envs/random.js';
import { ACTIONS, HELD_COUNT } from '../../../envs/fighter/actions.js';
import * as A from '../../../envs/fighter/arena.js';
import { CHARACTER_NAMES, fullHealth } from '../../../envs/fighter/characters.js';
import { GRAB_FRAMES } from '../../../envs/fighter/moves.js';
import type { State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { Fight, frameTime } from '../../../envs/fighter/world.js';
import { randomPlan } from './random-plan.js';
import { Ring } from './ring.js';

const SHORT = fighter.parseOptions({ rounds: 3, roundSeconds: 12, health: 600 });
const pairing = fc.tuple(fc.constantFrom(...CHARACTER_NAMES), fc.constantFrom(...CHARACTER_NAMES));
const seeds = fc.integer({ min: 0, max: 1e9 });

/** Plays random plans of both seats, which `orders` may turn round, and shows the arena's integers after every frame. */
function play(fight: Fight, seed: number, each?: (w: Int32Array) => void, orders = [0, 1]): void {
  const stream = new Stream(keyOf(seed, 2), 0);
  const { w } = (fight as unknown as { arena: A.Arena }).arena;
  for (let frame = w[A.FRAME]! + 1; !fight.over; frame++) {
    fight.advance(frameTime(frame));
    for (const seat of orders) {
      const lands = stream.chance(1, 18);
      const plan = randomPlan(stream);
      const standing = ACTIONS[stream.below(HELD_COUNT)]!.name;
      if (lands) fight.act(seat, { plan, standing }, fight.now, frameTime(stream.below(40)));
    }
    each?.(w);
  }
}

/** As `expect(value).within`, which is slow on every frame. */
function within(value: number, low: number, high: number, what: string): void {
  if (value < low || value > high) throw new Error(`${what} ${value}, not from ${low} to ${high}`);
}

const free = (w: Int32Array, f: number): boolean => w[f + A.MOVE] === 0 && w[f + A.STUN_KIND] === A.NO_STUN;

describe('fighter engine', () => {
  it('keeps every quantity in its bounds, and nobody in the air, in stun or on the other for ever', () => {
    let longest = 0;
    let most = 0;
    fc.assert(
      fc.property(seeds, pairing, (seed, fighters) => {
        const fight = new Fight({ ...SHORT, fighters }, seed);
        const stunned = [0, 0];
        play(fight, seed, (w) => {
          for (let seat = 0; seat < 2; seat++) {
            const f = A.base(seat);
            const at = (place: number): number => w[f + place]!;
            within(at(A.HEALTH), 0, fullHealth(at(A.CHARACTER), SHORT.health), 'health');
            within(at(A.METER), 0, 100, 'meter');
            within(at(A.COMBO), 0, 6, 'combo');
            within(at(A.STOP), 0, 12, 'stop');
            within(at(A.GRAB), 0, GRAB_FRAMES, 'grab');
            within(at(A.X), 18, A.STAGE - 18, 'x');
            within(at(A.Y), 0, 104, 'y');
            const counts = at(A.STUN_KIND) === A.HIT_STUN || at(A.STUN_KIND) === A.KNOCKDOWN;
            if (at(A.COMBO) > 0 !== counts) throw new Error(`combo ${at(A.COMBO)} in stun kind ${at(A.STUN_KIND)}`);
            stunned[seat] = at(A.STUN_KIND) === A.NO_STUN || w[A.LIVE] === 0 ? 0 : stunned[seat]! + 1;
            longest = Math.max(longest, stunned[seat]!);
            most = Math.max(most, at(A.COMBO));
          }
          if (Math.abs(w[A.base(0) + A.Y]! - w[A.base(1) + A.Y]!) < A.AIR_HEIGHT)
            within(Math.abs(w[A.base(0) + A.X]! - w[A.base(1) + A.X]!), 34, A.STAGE, 'distance');
        });
      }),
      { numRuns: 40 },
    );
    expect(longest).within(60, 200);
    expect(most).least(2);
  });

  it('comes to every kind of contact by random play alone, the rarest within a few hundred fights', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 400 && kinds.size < A.CONTACT_KINDS.length; seed++) {
      const fighters: [string, string] = [CHARACTER_NAMES[seed % 3]!, CHARACTER_NAMES[Math.floor(seed / 3) % 3]!];
      const fight = new Fight({ ...SHORT, fighters }, seed);
      play(fight, seed);
      for (const hit of fight.scene().hits) kinds.add(hit.kind);
    }
    expect([...kinds]).members([...A.CONTACT_KINDS]);
  });

  it('leaves nobody stuck: from wherever a fight has come to, both are free within 140 frames when nothing new is planned', () => {
    fc.assert(
      fc.property(seeds, pairing, fc.integer({ min: 30, max: 900 }), (seed, fighters, cut) => {
        const fight = new Fight({ ...SHORT, roundSeconds: 99, health: 5000, fighters }, seed);
        const { w } = (fight as unknown as { arena: A.Arena }).arena;
        const stop = new Error('cut');
        try {
          play(fight, seed, () => {
            if (w[A.FRAME]! >= cut) throw stop;
          });
        } catch (error) {
          if (error !== stop) throw error;
        }
        for (let seat = 0; seat < 2; seat++) fight.act(seat, { plan: [], standing: 'wait' }, fight.now);
        const freeWithin = (limit: number): number | null => {
          for (let frame = 0; frame < limit; frame++) {
            if (free(w, A.base(0)) && free(w, A.base(1))) return frame;
            fight.advance(frameTime(w[A.FRAME]! + 1));
          }
          return null;
        };
        expect(freeWithin(140)).not.equal(null);
      }),
      { numRuns: 200 },
    );
  });

  it('favours no side: mirrored inputs and characters give the mirrored fight', () => {
    const mirrored = (s: State): unknown => ({ ...s, left: !s.left });
    fc.assert(
      fc.property(seeds, pairing, (seed, [one, other]) => {
        const a = new Fight({ ...SHORT, fighters: [one, other] }, seed);
        const b = new Fight({ ...SHORT, fighters: [other, one] }, seed);
        const seen: State[][] = [[], []];
        play(a, seed, () => seen[0]!.push(a.observe(0), a.observe(1)));
        play(b, seed, () => seen[1]!.push(b.observe(1), b.observe(0)), [1, 0]);
        expect(seen[1]!.length).equal(seen[0]!.length);
        seen[0]!.forEach((state, i) => expect(seen[1]![i]).deep.equal(mirrored(state)));
        expect(b.results().reward).deep.equal([...a.results().reward].reverse());
        expect(b.results().seats).deep.equal([...a.results().seats].reverse());
      }),
      { numRuns: 12 },
    );
  });

  it('goes from a snapshot as it went, whatever was running', () => {
    fc.assert(
      fc.property(seeds, pairing, fc.integer({ min: 1, max: 1500 }), (seed, fighters, cut) => {
        const fight = new Fight({ ...SHORT, fighters }, seed);
        const digests: string[] = [];
        let saved: ReturnType<Fight['snapshot']> | null = null;
        play(fight, seed, (w) => {
          if (w[A.FRAME] === cut) saved = fight.snapshot();
        });
        if (!saved) return;
        for (let i = 0; i < 2; i++) {
          fight.restore(saved);
          play(fight, seed + 1);
          digests.push(fight.digest());
        }
        expect(digests[1]).equal(digests[0]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('fighter digest', () => {
  it('differs in both words when any one integer of the state differs', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: A.SIZE - 1 }), fc.integer({ min: -1000, max: 1000 }), (seed, place, by) => {
        fc.pre(by !== 0);
        const fight = new Fight(SHORT, seed);
        fight.advance(frameTime(60));
        const { w } = fight.snapshot() as { w: Int32Array };
        const before = A.fold(w);
        w[place]! += by;
        const after = A.fold(w);
        expect(after[0]).not.equal(before[0]);
        expect(after[1]).not.equal(before[1]);
      }),
      { numRuns: 500 },
    );
    // Places are taken in two at a time.
    expect(A.SIZE % 2).equal(0);
  });
});

describe('fighter rounds', () => {
  /** A fight on the last frame of its first round, with these shares of health. */
  const ending = (health: [number, number], fighters: [string, string], timer = 1): Ring =>
    new Ring(300, { fighters }).set((w) => {
      w[A.TIMER] = timer;
      health.forEach((h, seat) => (w[A.base(seat) + A.HEALTH] = h));
    });
  const wins = (ring: Ring): number[] => ring.fight.results().seats.map((s) => s.roundsWon!);

  it('at the end of time more health wins, measured against full health; equal shares win nobody the round', () => {
    expect(wins(ending([501, 500], ['ash', 'ash']).run(1))).deep.equal([1, 0]);
    expect(wins(ending([500, 500], ['ash', 'ash']).run(1))).deep.equal([0, 0]);
    expect(wins(ending([525, 500], ['bram', 'ash']).run(1))).deep.equal([0, 0]);
    expect(wins(ending([525, 500], ['bram', 'kite']).run(1))).deep.equal([0, 1]);
    expect(wins(ending([1050, 950], ['bram', 'kite']).run(1))).deep.equal([0, 0]);
    expect(wins(ending([500, 500], ['ash', 'ash'], 2).run(1))).deep.equal([0, 0]);
  });

  it('two knockouts on one frame win nobody the round, one knockout wins it before its time', () => {
    const both = new Ring(70)
      .does(0, 'jab')
      .does(1, 'jab')
      .set((w) => {
        for (let seat = 0; seat < 2; seat++) w[A.base(seat) + A.HEALTH] = 10;
      });
    both.run(6);
    expect(both.see()).nested.include({ 'me.health': 0, 'op.health': 0 });
    expect(both.see().pause).above(0);
    expect(wins(both)).deep.equal([0, 0]);
    const one = new Ring(70)
      .stands(1, 'wait')
      .does(0, 'jab')
      .set((w) => (w[A.base(1) + A.HEALTH] = 30));
    one.run(5);
    expect(wins(one)).deep.equal([1, 0]);
  });

  it('a match of equal rounds is drawn: over, without a winner', () => {
    const fight = new Fight(fighter.parseOptions({ rounds: 3, roundSeconds: 3 }), 1);
    fight.advance(60_000_000);
    expect(fight.over).equal(true);
    expect(fight.scene()).deep.include({ over: true, winner: null, round: 3 });
    expect(fight.results().reward).deep.equal([0, 0]);
    const one = new Ring(300).set((w) => {
      w.set([1], A.base(0) + A.WINS);
      w.set([1], A.base(1) + A.WINS);
      w[A.ROUND] = 3;
      w[A.TIMER] = 1;
    });
    one.run(1);
    expect(one.fight.scene()).deep.include({ over: true, winner: null });
  });
});
