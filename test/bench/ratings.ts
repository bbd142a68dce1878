/** Ratings of 500 players from about a million games: strengths, intervals, tied sets and the test of fit; beside the fixed point that many use. */
import { keyOf, Stream } from '../../envs/random.js';
import { fitStrengths, placesOf, type FitSettings } from '../../scoring/ratings/fit.js';
import { rate } from '../../scoring/ratings/rating.js';
import type { Tally } from '../../scoring/ratings/tally.js';
import { drawTournament, meetingsOf } from '../../scoring/ratings/tournament.js';
import type { BenchRow } from './main.js';

const PLAYERS = 500;
const GAMES = 8;
const SETTINGS: FitSettings = { seat: false, draws: 'half', ridge: 0 };

/** Processor seconds that something takes. */
function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Zermelo's fixed point until no strength moves by more than 1e-8. */
function fixedPoint(tallies: readonly Tally[]): number[] {
  let worth = new Array<number>(PLAYERS).fill(1);
  for (;;) {
    const wins = new Array<number>(PLAYERS).fill(0);
    const weight = new Array<number>(PLAYERS).fill(0);
    for (const { first, second, won, lost } of tallies) {
      const each = (won + lost) / (worth[first]! + worth[second]!);
      wins[first]! += won;
      wins[second]! += lost;
      weight[first]! += each;
      weight[second]! += each;
    }
    const next = wins.map((each, i) => each / weight[i]!);
    const moved = next.reduce((most, each, i) => Math.max(most, Math.abs(Math.log(each / worth[i]!))), 0);
    worth = next;
    if (moved < 1e-8) return worth.map(Math.log);
  }
}

export async function bench(): Promise<BenchRow[]> {
  const stream = new Stream(keyOf(1, 0xbe), 0);
  const truth = Array.from({ length: PLAYERS }, () => (stream.next() / 0x100000000 - 0.5) * 3);
  const pairs: Tally[] = [];
  for (let first = 0; first < PLAYERS; first++)
    for (let second = first + 1; second < PLAYERS; second++) pairs.push({ first, second, won: GAMES, drawn: 0, lost: 0 });
  const games = drawTournament(meetingsOf(pairs, placesOf(PLAYERS, SETTINGS), truth), stream);
  const fit = seconds(() => fitStrengths(PLAYERS, games, SETTINGS));
  const peer = seconds(() => fixedPoint(games));
  const all = seconds(() => rate(PLAYERS, [games]));
  const note = `${PLAYERS} players, ${pairs.length * GAMES} games`;
  return [
    { case: 'strengths', unit: 's of processor', ours: fit, peer, ratio: fit / peer, note: `${note}; peer: Zermelo's fixed point` },
    { case: 'with intervals, tied sets and test of fit', unit: 's of processor', ours: all, note },
  ];
}
