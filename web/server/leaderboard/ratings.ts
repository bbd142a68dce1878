/** Ratings of the live division: who beat whom in the arena, how sure that is, and how late each was, with the way there and without. */
import type { Kysely } from 'kysely';
import type { AgentFigures, OfBoth } from '../../../harness/arena/order.js';
import type { ArenaTerms } from '../../../harness/arena/terms.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { meanLatency, type LatencyPart } from '../../../scoring/figures/latency.js';
import { rate } from '../../../scoring/ratings/rating.js';
import type { Tally } from '../../../scoring/ratings/tally.js';
import { scaled, type Estimate } from '../../../scoring/statistics/estimate.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { quantile } from '../../../scoring/statistics/quantiles.js';
import type { BoardTables, GameStatus } from '../store/tables.js';
import type { ToldTable } from './entries.js';
import type { LiveComponent, LivePlayer } from './live.js';

export interface LiveRatings {
  terms: string;
  task: string;
  rules: string;
  /** Of what players earned; null where two play in one world, and what one earns the other may have lost. */
  rewardUnit: string | null;
  played: ArenaTerms;
  components: LiveComponent[];
  /** Matches between players of different components. */
  across: number;
}

interface CountedGame {
  pairing: string;
  game: number;
  status: GameStatus;
  points: number;
  figures: OfBoth<AgentFigures | null> | null;
  rewards: OfBoth<number | null>;
  first: number;
  second: number;
}

/** Terms that a task is rated by: the given ones, else those by which was played last; undefined where there are none. */
export async function ratedTerms(db: Kysely<BoardTables>, task: string, terms?: string) {
  const query = db.selectFrom('arena_terms').selectAll('arena_terms').where('arena_terms.task', '=', task);
  if (terms !== undefined) return await query.where('arena_terms.id', '=', terms).executeTakeFirst();
  const last = await query
    .innerJoin('arena_pairing', 'arena_pairing.terms', 'arena_terms.id')
    .where('arena_pairing.status', '=', 'complete')
    .orderBy('arena_pairing.closed_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? (await query.orderBy('arena_terms.made_at', 'desc').limit(1).executeTakeFirst());
}

/** Which tables of live ratings there are, by how many players have a match that counts. */
export async function liveTables(db: Kysely<BoardTables>): Promise<ToldTable[]> {
  const rows = await db
    .selectFrom('arena_terms')
    .innerJoin('arena_pairing', 'arena_pairing.terms', 'arena_terms.id')
    .select(['arena_terms.id', 'arena_terms.task', 'arena_terms.terms_json', 'arena_pairing.first', 'arena_pairing.second'])
    .where('arena_pairing.status', '=', 'complete')
    .distinct()
    .orderBy('arena_terms.task')
    .orderBy('arena_terms.id')
    .execute();
  const tables = new Map<string, { task: string; rules: string; plan: string; players: Set<string> }>();
  for (const { id, task, terms_json, first, second } of rows) {
    const { rules, alone } = JSON.parse(terms_json) as ArenaTerms;
    const table = tables.get(id) ?? { task, rules, plan: alone ? 'arena-alone' : 'arena', players: new Set() };
    tables.set(id, table);
    table.players.add(first).add(second);
  }
  return [...tables].map(([terms, { task, rules, plan, players }]) => ({ task, rules, plan, terms, division: 'live' as const, host: null, entries: players.size })); // prettier-ignore
}

/** Rates everybody who has a match that counts under these terms. */
export async function liveRatings(db: Kysely<BoardTables>, terms: { id: string; task: string; terms_json: string }): Promise<LiveRatings> {
  const rows = await db
    .selectFrom('arena_game')
    .innerJoin('arena_pairing', 'arena_pairing.id', 'arena_game.pairing')
    .select([
      'arena_game.pairing',
      'arena_game.game',
      'arena_game.status',
      'arena_game.points',
      'arena_game.figures_json',
      'arena_game.first_reward',
      'arena_game.second_reward',
      'arena_pairing.first',
      'arena_pairing.second',
    ]) // prettier-ignore
    .where('arena_pairing.terms', '=', terms.id)
    .where('arena_pairing.status', '=', 'complete')
    .orderBy('arena_game.pairing')
    .orderBy('arena_game.game')
    .execute();
  const ids = [...new Set(rows.flatMap(({ first, second }) => [first, second]))].sort();
  const number = new Map(ids.map((id, i) => [id, i]));
  const games = rows.map(({ first, second, figures_json, points, first_reward, second_reward, ...row }): CountedGame => ({
    ...row,
    points: points!,
    figures: figures_json === null ? null : (JSON.parse(figures_json) as OfBoth<AgentFigures | null>),
    rewards: [first_reward, second_reward],
    first: number.get(first)!,
    second: number.get(second)!,
  }));
  const people = ids.length === 0 ? [] : await db.selectFrom('arena_player').selectAll().where('id', 'in', ids).execute();
  const played = JSON.parse(terms.terms_json) as ArenaTerms;
  const { unit, scale } = taskNamed(terms.task).reward;
  const reward = (player: number): Estimate | null => (played.alone ? scaled(rewardOf(games, player), 1 / scale) : null);
  // Both matches of a pairing are played on one seed: together they are the unit of sampling.
  const rating = rate(ids.length, unitsOf(games), { seeded: true, resamples: 0 });
  const components = rating.components.map(({ players, games: matches, notes }): LiveComponent => ({
    matches,
    notes,
    players: players.map(({ player, rank, ranks, strength, low, high }): LivePlayer => {
      const { id, name, holder } = people.find((each) => each.id === ids[player])!;
      return { id, name, holder, rank, ranks, strength, low, high, reward: reward(player), ...countsOf(games, player), ...latenciesOf(games, player, played) };
    }),
  })); // prettier-ignore
  return {
    terms: terms.id,
    task: terms.task,
    rules: played.rules,
    rewardUnit: played.alone ? unit : null,
    played,
    components,
    across: rating.across,
  };
}

function unitsOf(games: readonly CountedGame[]): Tally[][] {
  const units = new Map<string, Tally[]>();
  for (const { pairing, first, second, points } of games) {
    const unit = units.get(pairing) ?? [];
    units.set(pairing, unit);
    unit.push({ first, second, won: points === 1 ? 1 : 0, drawn: points === 0.5 ? 1 : 0, lost: points === 0 ? 1 : 0 });
  }
  return [...units.values()];
}

/** What a player earned a match where each plays alone: every match is of another seed. */
function rewardOf(games: readonly CountedGame[], player: number): Estimate {
  return meanInterval(
    games.flatMap(({ first, second, rewards }) => (first === player ? rewards[0] : second === player ? rewards[1] : null) ?? []),
  );
}

function countsOf(games: readonly CountedGame[], player: number) {
  const counts = { matches: 0, won: 0, drawn: 0, lost: 0, forfeited: 0 };
  for (const { first, second, points, status } of games) {
    if (first !== player && second !== player) continue;
    const own = first === player ? points : 1 - points;
    counts.matches++;
    counts[own === 1 ? 'won' : own === 0 ? 'lost' : 'drawn']++;
    if (own === 0 && status === 'forfeited') counts.forfeited++;
  }
  return counts;
}

function latenciesOf(games: readonly CountedGame[], player: number, { speed, givenUs }: ArenaTerms) {
  const all: LatencyPart[] = [];
  const less: LatencyPart[] = [];
  const trips: number[] = [];
  for (const { first, second, figures } of games) {
    const own = first === player ? figures?.[0] : second === player ? figures?.[1] : undefined;
    if (!own || own.waitedUs === 0) continue;
    all.push({ seed: all.length, numerator: own.waitedUs, denominator: own.acts });
    if (!own.roundTrip) continue;
    trips.push(own.roundTrip.medianUs);
    if (givenUs !== undefined) continue;
    const onTheWay = own.roundTrip.medianUs * speed * (own.acts + own.rejected);
    less.push({ seed: less.length, numerator: Math.max(0, own.waitedUs - onTheWay), denominator: own.acts });
  }
  const ms = (parts: readonly LatencyPart[]): Estimate => scaled(meanLatency(parts), 1 / 1000);
  return {
    latencyMs: ms(all),
    latencyLessRoundTripMs: ms(less),
    roundTripMs: trips.length === 0 ? null : quantile(trips.sort((a, b) => a - b), 0.5) / 1000, // prettier-ignore
  };
}
