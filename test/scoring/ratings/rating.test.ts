/** Ratings by maximum likelihood: by hand, against a slow fit, over components, and how often intervals and tied sets hold the truth. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { placesOf, type FitSettings } from '../../../scoring/ratings/fit.js';
import { rate, type RatedComponent } from '../../../scoring/ratings/rating.js';
import type { Tally } from '../../../scoring/ratings/tally.js';
import { binomial, draw, drawTournament, meetingsOf } from '../../../scoring/ratings/tournament.js';

const tally = (first: number, second: number, won: number, lost: number, drawn = 0): Tally => ({ first, second, won, drawn, lost });

/** Strengths by player. */
function strengths({ players }: RatedComponent): number[] {
  const values = [...players].sort((a, b) => a.player - b.player);
  return values.map(({ strength }) => strength!);
}

/** Zermelo's own fixed point (1929), a step at a time: slow, and hard to get wrong. */
function byFixedPoint(players: number, tallies: readonly Tally[]): number[] {
  let worth = new Array<number>(players).fill(1);
  for (let step = 0; step < 20_000; step++) {
    const next = worth.map((own, player) => {
      let [wins, weight] = [0, 0];
      for (const { first, second, won, drawn, lost } of tallies) {
        if (first !== player && second !== player) continue;
        wins += (first === player ? won : lost) + drawn / 2;
        weight += (won + drawn + lost) / (own + worth[first === player ? second : first]!);
      }
      return wins / weight;
    });
    const mean = Math.exp(next.reduce((sum, each) => sum + Math.log(each), 0) / players);
    worth = next.map((each) => each / mean);
  }
  return worth.map(Math.log);
}

/** Everybody against everybody: so many games a pair, a row for each seat where seats count. */
function schedule(players: number, games: number, seat = false): Tally[] {
  const pairs: Tally[] = [];
  for (let a = 0; a < players; a++) for (let b = 0; b < players; b++) if (seat ? a !== b : a < b) pairs.push(tally(a, b, games, 0));
  return pairs;
}

/** How often each claim of the ratings holds over drawn tournaments. */
function held(
  truth: number[],
  settings: FitSettings,
  games: number,
  tournaments: number,
): { intervals: number; apart: number; seat: number } {
  const players = placesOf(0, settings).size === 0 ? truth.length : truth.length - placesOf(0, settings).size;
  const meetings = meetingsOf(schedule(players, games, settings.seat), placesOf(players, settings), truth);
  const stream = new Stream(keyOf(7, 0x4a7e), 0);
  let [intervals, apart, seat] = [0, 0, 0];
  for (let i = 0; i < tournaments; i++) {
    const [component, another] = rate(players, [drawTournament(meetings, stream)], { seat: settings.seat }).components;
    expect(another, 'all are connected').to.equal(undefined);
    const found = component!.players;
    intervals += found.filter(({ player, low, high }) => low! <= truth[player]! && truth[player]! <= high!).length / players;
    // Whoever is told apart from somebody is so in the true order, and nobody is told from an equal.
    apart += found.every(({ player, strength, tied }) =>
      found.every((other) => other.player === player || tied!.includes(other.player) || (strength! - other.strength!) * (truth[player]! - truth[other.player]!) > 0),
    ) ? 1 : 0; // prettier-ignore
    if (component!.seat) seat += component!.seat.low! <= truth[players]! && truth[players]! <= component!.seat.high! ? 1 : 0;
  }
  return { intervals: intervals / tournaments, apart: apart / tournaments, seat: seat / tournaments };
}

describe('scoring: ratings', () => {
  it('by hand: two players, and three in a row', () => {
    const [pair] = rate(2, [[tally(0, 1, 30, 10)]]).components;
    expect(strengths(pair!)[0]).to.be.closeTo(Math.log(3) / 2, 1e-9);
    // Half the logarithm of the odds, whose standard error is sqrt(1/30 + 1/10); 40 games less one parameter.
    const half = 1.959964 * 0.5 * Math.sqrt(1 / 30 + 1 / 10) * Math.sqrt(40 / 39);
    expect(pair!.players[0]!.high! - pair!.players[0]!.strength!).to.be.closeTo(half, 1e-6);
    // Who has only met the middle one: each difference is that pair's own logarithm of odds.
    const [row] = rate(3, [[tally(0, 1, 8, 2), tally(1, 2, 6, 3)]]).components;
    const [a, b, c] = strengths(row!);
    expect(a! - b!).to.be.closeTo(Math.log(4), 1e-9);
    expect(b! - c!).to.be.closeTo(Math.log(2), 1e-9);
    expect(a! + b! + c!).to.be.closeTo(0, 1e-12);
    expect(row!.goodness, 'as many strengths as odds').to.equal(undefined);
  });

  it("by hand: draws as an outcome, and the first seat's worth", () => {
    // Equals who draw a third of their games: e^tie = 1. Won at the first seat three times as often as at the second: worth ln 3.
    const [equals] = rate(2, [[tally(0, 1, 20, 20, 20)]]).components;
    expect(equals!.tie!.value).to.be.closeTo(0, 1e-9);
    const [seated] = rate(2, [[tally(0, 1, 30, 10), tally(1, 0, 30, 10)]], { seat: true }).components;
    expect(seated!.seat!.value).to.be.closeTo(Math.log(3), 1e-9);
    expect(strengths(seated!)).to.satisfy(([a, b]: number[]) => Math.abs(a!) < 1e-9 && Math.abs(b!) < 1e-9);
  });

  it('a fit agrees with a slow and obvious one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.infiniteStream(fc.nat(20)), (players, counts) => {
        const tallies = schedule(players, 0).map(({ first, second }) =>
          tally(first, second, counts.next().value + 1, counts.next().value + 1),
        );
        const expected = byFixedPoint(players, tallies);
        strengths(rate(players, [tallies]).components[0]!).forEach((each, i) => expect(each).to.be.closeTo(expected[i]!, 1e-6));
      }),
      { numRuns: 15 },
    );
  });

  it('at the best strengths everybody won as many games as the model expects', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(9)), (counts) => {
        const next = (): number => counts.next().value;
        const tallies = schedule(4, 0, true).map(({ first, second }) => tally(first, second, next() + 1, next() + 1, next() + 1));
        const [found] = rate(4, [tallies], { seat: true }).components;
        fc.pre(found!.seat !== undefined && found!.tie !== undefined);
        const x = [...strengths(found!), found!.seat!.value, found!.tie!.value];
        const gap = [0, 0, 0, 0];
        let [first, drawn] = [0, 0];
        for (const { first: a, second: b, won, drawn: even, lost } of tallies) {
          const d = x[a]! - x[b]! + x[4]!;
          const parts = [Math.exp(d / 2), Math.exp(x[5]!), Math.exp(-d / 2)];
          const [w, t, l] = parts.map((each) => (each / (parts[0]! + parts[1]! + parts[2]!)) * (won + even + lost));
          gap[a]! += won - lost - (w! - l!);
          gap[b]! -= won - lost - (w! - l!);
          first += won - lost - (w! - l!);
          drawn += even - t!;
        }
        for (const each of [...gap, first, drawn]) expect(each).to.be.closeTo(0, 1e-6);
      }),
      { numRuns: 25 },
    );
  });

  it('two components are rated apart, and who nobody leads back from is alone', () => {
    const { components, across } = rate(5, [[tally(0, 1, 3, 2), tally(2, 3, 1, 4), tally(0, 2, 9, 0), tally(3, 4, 2, 0)]]);
    expect(components.map(({ members }) => members)).to.deep.equal([[0, 1], [2, 3], [4]]); // prettier-ignore
    expect(across).to.equal(11);
    for (const { players } of components) expect(players.reduce((sum, { strength }) => sum + strength!, 0)).to.be.closeTo(0, 1e-12);
    expect(components[1]!.players.map(({ player, rank }) => [player, rank])).to.deep.equal([[3, 1], [2, 2]]); // prettier-ignore
    expect(components[2]!.players[0]).to.include({ strength: 0, low: null, high: null, rank: 1 });
  });

  it('a ridge rates everybody, and the less the larger it is', () => {
    const games = [[tally(0, 1, 5, 0), tally(1, 2, 5, 0)]];
    expect(rate(3, games).components).to.have.length(3);
    const spread = (ridge: number): number => rate(3, games, { ridge }).components[0]!.players[0]!.strength!;
    expect(rate(3, games, { ridge: 1 }).ridge).to.equal(1);
    expect(spread(0.1)).to.be.greaterThan(spread(1));
    expect(spread(1)).to.be.greaterThan(spread(10));
    expect(rate(3, games, { ridge: 1 }).components[0]!.goodness).to.equal(undefined);
  });

  it('what has no finite best is left out and told', () => {
    // Who sits first always wins.
    const [seat] = rate(2, [[tally(0, 1, 9, 0), tally(1, 0, 9, 0)]], { seat: true }).components;
    expect(seat!.seat).to.equal(undefined);
    expect(seat!.notes.join()).to.include("first seat's worth");
    expect(strengths(seat!)[0]).to.be.closeTo(0, 1e-9);
    // One decided game that a loose enough tie explains ever better.
    const [loose] = rate(3, [[tally(0, 1, 1, 0), tally(1, 2, 0, 0, 1), tally(0, 2, 0, 0, 1)]]).components;
    expect(loose!.draws).to.equal('half');
    expect(loose!.notes.join()).to.include('chance of a draw');
    const [drawn] = rate(2, [[tally(0, 1, 0, 0, 7)]]).components;
    expect(drawn!.players.map(({ low }) => low)).to.deep.equal([null, null]);
    expect(drawn!.notes.join()).to.include('Every game was drawn');
    for (const player of drawn!.players) expect(player).to.include({ strength: null, rank: null, games: 7 });
  });

  it('property: strengths are found however lopsided the games are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 9 }), (won, lost) => {
        const [pair] = rate(2, [[tally(0, 1, won, lost)]]).components;
        expect(strengths(pair!)[0]).to.be.closeTo(Math.log(won / lost) / 2, 1e-9);
        expect(won + lost === 1 || pair!.players[0]!.low !== null).to.equal(true);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3000 }),
        (won, lost, drawn) => {
          const [seated] = rate(2, [[tally(0, 1, won, lost, drawn), tally(1, 0, won, lost, drawn)]], { seat: true }).components;
          expect(seated!.seat!.value).to.be.closeTo(Math.log(won / lost), 1e-8);
          expect(seated!.tie!.value).to.be.closeTo(Math.log(drawn / Math.sqrt(won * lost)), 1e-8);
        },
      ),
    );
  });

  it('a chain of hundreds of players does not exhaust anything', () => {
    const players = 200;
    const chain = Array.from({ length: players - 1 }, (_, i) => tally(i, i + 1, 9, 1));
    const [found] = rate(players, [chain]).components;
    const values = strengths(found!);
    expect(values[0]! - values[1]!).to.be.closeTo(Math.log(9), 1e-6);
    expect(values[0]! - values.at(-1)!).to.be.closeTo((players - 1) * Math.log(9), 1e-3);
  });

  it('intervals hold the truth in 93 to 97 % of 1,000 tournaments, and all pairs at once are told right as often', () => {
    const none = held([0.8, 0.3, 0, -0.3, -0.8], { seat: false, draws: 'half', ridge: 0 }, 40, 1000);
    expect(none.intervals).to.be.within(0.93, 0.97);
    const equals = held([0, 0, 0, 0], { seat: false, draws: 'half', ridge: 0 }, 40, 1000);
    expect(equals.intervals).to.be.within(0.93, 0.97);
    expect(equals.apart).to.be.within(0.93, 0.97);
    const rich = held([0.5, 0, -0.5, 0.4, 0.2], { seat: true, draws: 'outcome', ridge: 0 }, 40, 1000);
    expect(rich.intervals).to.be.within(0.93, 0.97);
    expect(rich.seat).to.be.within(0.93, 0.97);
  });

  it('games of a seed go together: intervals over seeds hold the truth where those over games do not', () => {
    const stream = new Stream(keyOf(3, 0x5eed), 0);
    const meetings = (by: number) => meetingsOf(schedule(3, 4), { players: 3, seat: -1, tie: -1, size: 3 }, [by, 0, -by]);
    const replicates = 300;
    let [seeded, loose, resampled] = [0, 0, 0];
    for (let i = 0; i < replicates; i++) {
      // A seed favours the first or the last: its games are alike.
      const seeds = Array.from({ length: 40 }, () => drawTournament(meetings(stream.chance(1, 2) ? 1.2 : -1.2), stream));
      const holds = (ends: { low: number | null; high: number | null }): number => (ends.low! <= 0 && ends.high! >= 0 ? 1 : 0);
      const own = rate(3, seeds, { seeded: true, resamples: i < 15 ? 200 : 0 }).components[0]!.players.find(({ player }) => player === 0)!;
      seeded += holds(own);
      if (i < 15) resampled += holds(own.bootstrap!);
      loose += holds(rate(3, seeds).components[0]!.players.find(({ player }) => player === 0)!);
    }
    expect(seeded / replicates).to.be.within(0.92, 0.98);
    expect(loose / replicates).to.be.lessThan(0.8);
    expect(resampled).to.be.at.least(11);
  });

  it('the test of fit passes what the model drew and fails what goes in a circle', () => {
    const stream = new Stream(keyOf(5, 0x60d), 0);
    const p = (games: number): number[] => {
      const meetings = meetingsOf(schedule(4, games), { players: 4, seat: -1, tie: -1, size: 4 }, [0.4, 0.1, -0.1, -0.4]);
      return Array.from({ length: 60 }, () => rate(4, [drawTournament(meetings, stream)]).components[0]!.goodness!.p);
    };
    for (const games of [60, 9]) expect(p(games).filter((each) => each < 0.05).length).to.be.at.most(9);
    const circle = [tally(0, 1, 20, 5), tally(1, 2, 20, 5), tally(2, 0, 20, 5)];
    expect(rate(3, [circle]).components[0]!.goodness).to.include({ test: 'chi-squared', degrees: 1 });
    expect(rate(3, [circle]).components[0]!.goodness!.p).to.be.lessThan(1e-4);
    const small = circle.map((each) => ({ ...each, won: 7, lost: 1 }));
    expect(rate(3, [small]).components[0]!.goodness).to.include({ test: 'parametric bootstrap', replicates: 999 });
    expect(rate(3, [small]).components[0]!.goodness!.p).to.be.lessThan(0.01);
  });
});

describe('scoring: drawn tournaments', () => {
  it('binomial numbers have the shares that they should', () => {
    const stream = new Stream(keyOf(9, 0xb1), 0);
    for (const [trials, chance] of [
      [1, 0.3],
      [8, 0.5],
      [12, 0.03],
      [5000, 0.4],
      [20, 0.97],
    ] as const) {
      // prettier-ignore
      const draws = Array.from({ length: 4000 }, () => draw(stream, binomial(trials, chance)));
      const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
      const variance = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length;
      const expected = trials * chance * (1 - chance);
      expect(mean).to.be.closeTo(trials * chance, 5 * Math.sqrt(expected / 4000));
      expect(variance / expected).to.be.within(0.85, 1.15);
      expect(draws.every((each) => each >= 0 && each <= trials)).to.equal(true);
    }
    expect(draw(stream, binomial(5, 0))).to.equal(0);
    expect(draw(stream, binomial(5, 1))).to.equal(5);
    expect(draw(stream, binomial(0, 0.5))).to.equal(0);
  });
});
