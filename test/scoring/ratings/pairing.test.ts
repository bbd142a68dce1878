/** Who meets next: never whom one may not, everybody in the long run, and ranks sooner than by chance. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { choleskyFactor } from '../../../scoring/statistics/cholesky.js';
import { informationOf as matrixOf } from '../../../scoring/ratings/fit.js';
import { beliefOf, informationOf, nextPairing, type PairingSettings } from '../../../scoring/ratings/pairing.js';
import type { Tally } from '../../../scoring/ratings/tally.js';

const stream = (seed: number): Stream => new Stream(keyOf(seed, 0x9a1), 0);

const tallies = (players: number): fc.Arbitrary<Tally[]> => {
  const player = fc.nat(players - 1);
  const games = fc.nat(6);
  return fc
    .array(fc.record({ first: player, second: player, won: games, drawn: games, lost: games }), { maxLength: 12 })
    .map((all) => all.filter(({ first, second }) => first !== second));
};

const arena = fc
  .integer({ min: 1, max: 7 })
  .chain((players) =>
    fc.record({ players: fc.constant(players), games: tallies(players), free: fc.subarray([...Array(players).keys()]), seed: fc.nat(1e6) }),
  );

/** A player beats another by the model's own chance. */
function result(stream: Stream, truth: readonly number[], first: number, second: number): Tally {
  const isWon = stream.next() / 0x100000000 < 1 / (1 + Math.exp(truth[second]! - truth[first]!));
  return { first, second, won: isWon ? 1 : 0, drawn: 0, lost: isWon ? 0 : 1 };
}

/** Pairs of players whose believed order is not the true one. */
function misplaced(players: number, games: readonly Tally[], truth: readonly number[]): number {
  const { strengths } = beliefOf(players, games);
  let wrong = 0;
  for (let a = 0; a < players; a++) for (let b = 0; b < a; b++) if (strengths[a]! > strengths[b]! !== truth[a]! > truth[b]!) wrong++;
  return wrong;
}

describe('who meets next', () => {
  it('are two different players who are free and may meet, whenever there are such two', () => {
    fc.assert(
      fc.property(arena, fc.func(fc.boolean()), ({ players, games, free, seed }, decides) => {
        const mayMeet = (a: number, b: number): boolean => decides(Math.min(a, b), Math.max(a, b));
        const pairing = nextPairing(players, games, { free, mayMeet }, stream(seed));
        const may = free.some((a) => free.some((b) => a !== b && mayMeet(a, b)));
        expect(pairing !== undefined).to.equal(may);
        if (!pairing) return;
        expect(pairing.first).to.be.lessThan(pairing.second);
        expect(free).to.include.members([pairing.first, pairing.second]);
        expect(mayMeet(pairing.first, pairing.second)).to.equal(true);
        expect(pairing.information).to.be.greaterThan(0);
      }),
    );
  });

  it('are the same for the same games, in whatever order they are told, and the same stream', () => {
    fc.assert(
      fc.property(arena, ({ players, games, free, seed }) => {
        const settings: PairingSettings = { free };
        const once = nextPairing(players, games, settings, stream(seed));
        const turned = [...games].reverse().map(({ first, second, won, drawn, lost }) => ({ first: second, second: first, won: lost, drawn, lost: won })); // prettier-ignore
        const again = nextPairing(players, turned, { free: [...free].reverse() }, stream(seed));
        expect(again && [again.first, again.second, again.by]).to.deep.equal(once && [once.first, once.second, once.by]);
      }),
    );
  });

  it('tell by a game what it shrinks the volume of strengths by: against the determinants before and after', () => {
    fc.assert(
      fc.property(arena, fc.nat(), ({ players, games }, which) => {
        fc.pre(players > 1);
        const first = which % players;
        const second = (first + 1 + (which % (players - 1))) % players;
        const belief = beliefOf(players, games);
        // The information that is held on the sum of strengths moves with the games: it is divided out by holding it alike in both.
        const volume = (more: readonly Tally[]): number => {
          const settings = { seat: false, draws: 'half', ridge: 0.25 } as const;
          const all = matrixOf(players, [...games, ...more], settings, belief.strengths);
          const bare = matrixOf(players, [...games, ...more], { ...settings, ridge: 0 }, belief.strengths);
          let row = 0;
          for (let j = 0; j < players; j++) row += bare.values[j]!;
          // Rows of information sum to 0, so that what a row sums to is what is held, `players` times.
          const held = row / players;
          const values = all.values.map((each) => each - held + 1 / players);
          const factor = choleskyFactor({ size: players, values: Float64Array.from(values) })!;
          let sum = 0;
          for (let i = 0; i < players; i++) sum += Math.log(factor.values[i * players + i]!);
          return sum;
        };
        const gained = volume([{ first, second, won: 1, drawn: 0, lost: 0 }]) - volume([]);
        expect(informationOf(belief, first, second)).to.be.closeTo(gained, 1e-9);
      }),
    );
  });

  it('are, in the stated share of pairings, those who have met least; so everybody plays, however sure the model is', () => {
    // Player 5 loses every game, and nothing more is to be learnt of it.
    const truth = [0.3, 0.2, 0.1, 0, -0.1, -30];
    const games: Tally[] = [];
    const draws = stream(3);
    const count = { floor: 0, information: 0 };
    for (let i = 0; i < 600; i++) {
      const pairing = nextPairing(6, games, { free: [0, 1, 2, 3, 4, 5], floorPermille: 200 }, draws)!;
      count[pairing.by]++;
      games.push(result(draws, truth, pairing.first, pairing.second));
    }
    expect(count.floor / 600).to.be.within(0.15, 0.25);
    for (let a = 0; a < 6; a++)
      for (let b = 0; b < a; b++) {
        const met = games.filter(({ first, second }) => first === b && second === a).length;
        // The floor goes round: 15 pairs share at least 0.15 * 600 pairings.
        expect(met, `${b} and ${a}`).to.be.at.least(5);
      }
    const without = nextPairing(6, games, { free: [0, 1, 2, 3, 4, 5], floorPermille: 0 }, draws)!;
    expect(without.by).to.equal('information');
    expect(without.second, 'one whose defeat is sure is not asked for').to.not.equal(5);
  });

  it('find ranks with fewer games than chance: sixty games so chosen tell more than ninety drawn ones, over tournaments of the same players', () => {
    const players = 10;
    const free = [...Array(players).keys()];
    const wrong = { informed: 0, drawn: 0 };
    const ahead = { informed: 0, drawn: 0 };
    for (let seed = 0; seed < 30; seed++) {
      const draws = stream(1000 + seed);
      const truth = free.map(() => (draws.next() / 0x100000000 - 0.5) * 8);
      const [informed, drawn]: [Tally[], Tally[]] = [[], []];
      while (informed.length < 60) {
        const { first, second } = nextPairing(players, informed, { free }, draws)!;
        informed.push(result(draws, truth, first, second));
      }
      while (drawn.length < 90) {
        const a = draws.below(players);
        drawn.push(result(draws, truth, a, (a + 1 + draws.below(players - 1)) % players));
      }
      const [by, without] = [misplaced(players, informed, truth), misplaced(players, drawn, truth)];
      wrong.informed += by;
      wrong.drawn += without;
      if (by < without) ahead.informed++;
      if (without < by) ahead.drawn++;
    }
    expect(wrong.informed, 'pairs misplaced in all').to.be.lessThan(wrong.drawn);
    expect(ahead.informed, 'tournaments in which fewer were').to.be.greaterThan(ahead.drawn);
  });
});
