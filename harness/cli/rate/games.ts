/** Recorded matches of two as games to rate players by. */
import type { Tally } from '../../../scoring/ratings/tally.js';
import { divisionOf } from '../../../scoring/figures/standings.js';
import type { SeatRecord, TraceHeader } from '../../../scoring/trace/trace.js';
import { canonicalJson, hashOf } from '../../configuration/hash.js';
import { mostAlike, unlikeText } from '../../evidence/alike.js';
import { taskNamed } from '../../match/tasks.js';
import { readMatches } from '../../evidence/matches.js';
import { asPlanned } from '../../seating/record.js';
import { UsageError } from '../values.js';

/** Players by name, games by seed, and what was left out, a sentence each. */
export interface SeededGames {
  task: string;
  names: string[];
  seeds: Tally[][];
  matches: number;
  left: string[];
}

/** Reads the games of matches that count: of those that most were played like. @throws UsageError without a game; ResultsError */
export async function seededGames(paths: readonly string[]): Promise<SeededGames> {
  const { matches, left } = await readMatches(paths);
  const games = matches.filter(({ path, trace }) => {
    const fault = faultOf(trace.header);
    if (fault !== undefined) left.push(`${path}: ${fault}`);
    return fault === undefined;
  });
  const { alike, others } = mostAlike(games, ({ trace }) => trace.header);
  const like = alike[0]?.trace.header;
  if (!like) throw new UsageError(`no match to rate by; ${left.slice(0, 3).join('; ') || 'no trace files there'}`);
  for (const { path, trace } of others) left.push(`${path}: ${unlikeText(trace.header, like)}`);
  const players: string[] = [];
  const playerOf = (seat: SeatRecord): number => {
    const record = recordKey(seat);
    if (!players.includes(record)) players.push(record);
    return players.indexOf(record);
  };
  const seeds = new Map<number, Tally[]>();
  for (const { trace } of alike) {
    const { header, footer } = trace;
    const [first, second] = header.seats.map(playerOf);
    const points = taskNamed(header.task).outcome!(footer.results, 0);
    const game: Tally = {
      first: first!,
      second: second!,
      won: points === 1 ? 1 : 0,
      drawn: points === 0.5 ? 1 : 0,
      lost: points === 0 ? 1 : 0,
    };
    seeds.set(header.seed, [...(seeds.get(header.seed) ?? []), game]);
  }
  return {
    task: like.task,
    names: namesOf(alike.flatMap(({ trace }) => trace.header.seats)),
    seeds: [...seeds.values()],
    matches: alike.length,
    left,
  };
}

/** A player is what its record says it was planned to be: two configurations of one name are two players. */
function recordKey(seat: SeatRecord): string {
  return canonicalJson(asPlanned(seat));
}

/** The players' names, in the order in which they first sit; a name that several have is told apart by what is behind it. */
function namesOf(seats: readonly SeatRecord[]): string[] {
  const players = new Map(seats.map((seat) => [recordKey(seat), seat]));
  const names = [...players.values()].map(({ name }) => name);
  return [...players].map(([key, { name }]) => (names.filter((each) => each === name).length > 1 ? `${name} #${hashOf(key, 6)}` : name));
}

/** Why a match is no game; undefined when it is. */
function faultOf(header: TraceHeader): string | undefined {
  const [a, b] = header.seats;
  if (!a || !b || header.seats.length !== 2 || !taskNamed(header.task).outcome) return `a match of ${header.task} has no winner among two`;
  if (divisionOf(header) === 'human') return 'a human had a seat; humans are never rated beside agents';
  return recordKey(a) === recordKey(b) ? `${a.name} played itself` : undefined;
}
