/** What the API tells of the live division: ratings, and the matches they stand on. */
import { Router } from 'express';
import type { Kysely } from 'kysely';
import { PROVEN_LIVE } from '../../../harness/submission/claims.js';
import { arenaMatches, type ArenaMatch } from '../leaderboard/arena-matches.js';
import { liveRatings, ratedTerms } from '../leaderboard/ratings.js';
import { Refusal } from '../store/refusal.js';
import type { BoardTables } from '../store/tables.js';
import { asked } from './asked.js';
import type { ToldMatch, ToldRatings } from '../leaderboard/live.js';
import { arenaMatchesQuery, ratingsQuery } from './live-forms.js';

/** Ratings that were reckoned, by terms: they stand until another pairing was played to its end. */
type Reckoned = Map<string, { of: string; ratings: ToldRatings }>;

export function liveRoutes(db: Kysely<BoardTables>): Router {
  const routes = Router();
  const reckoned: Reckoned = new Map();
  routes.get('/ratings', async (request, response) => {
    const { task, terms } = asked(ratingsQuery, request.query, 'query');
    const found = await ratedTerms(db, task, terms);
    if (!found) throw new Refusal(404, 'no_ratings', 'nobody has played this in the arena');
    const { count, last } = await db
      .selectFrom('arena_pairing')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('closed_at').as('last')])
      .where('terms', '=', found.id)
      .where('status', '=', 'complete')
      .executeTakeFirstOrThrow();
    const of = `${count} ${last}`;
    let known = reckoned.get(found.id);
    if (known?.of !== of) {
      const { played, ...ratings } = await liveRatings(db, found);
      const { task: _task, rules: _rules, ...how } = played;
      known = { of, ratings: { division: 'live', ...ratings, played: how, proven: PROVEN_LIVE } };
      reckoned.set(found.id, known);
    }
    response.json(known.ratings);
  });
  routes.get('/arena/matches', async (request, response) => {
    const { limit, cursor, ...filter } = asked(arenaMatchesQuery, request.query, 'query');
    const { matches, next } = await arenaMatches(db, filter, limit, cursor);
    response.json({ matches: matches.map(shownMatch), next });
  });
  return routes;
}

/** A match as the API tells it: nothing of an open pairing's seed, which its trace would tell, too. */
export function shownMatch(row: ArenaMatch): ToldMatch {
  const isOver = row.pairing_status !== 'open';
  return {
    pairing: row.pairing,
    match: row.game + 1,
    task: row.task,
    terms: row.terms,
    first: { id: row.first, name: row.first_name, holder: row.first_holder },
    second: { id: row.second, name: row.second_name, holder: row.second_holder },
    status: row.status,
    why: row.why,
    points: row.points,
    rewards: row.first_reward === null ? null : [row.first_reward, row.second_reward!],
    chosenBy: row.chosen_by,
    seed: isOver ? row.seed : null,
    trace: isOver ? row.hash : null,
    beganAt: new Date(row.began_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  };
}
