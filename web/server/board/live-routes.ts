/** What the API tells of the live division: ratings, and the matches they stand on. */
import { Router, type Request, type Response } from 'express';
import type { Kysely } from 'kysely';
import { worldsIn } from '../../../harness/arena/order.js';
import type { ArenaTerms } from '../../../harness/arena/terms.js';
import { provenLive } from '../../../harness/submission/claims.js';
import { arenaAddress } from '../arena/claim.js';
import { arenaMatches, runningMatches, type ArenaMatch } from '../leaderboard/arena-matches.js';
import type { ToldMatch, ToldRatings, ToldRunning } from '../leaderboard/live.js';
import { matchesCsv, ratingsCsv } from '../leaderboard/live-csv.js';
import { liveRatings, ratedTerms } from '../leaderboard/ratings.js';
import { Refusal } from '../store/refusal.js';
import type { BoardTables } from '../store/tables.js';
import { asked, nextLink } from './asked.js';
import { arenaMatchesQuery, ratingsQuery } from './live-forms.js';

/** Ratings that were reckoned, by terms: they stand until another pairing was played to its end. */
type Reckoned = Map<string, { of: string; ratings: ToldRatings }>;

/** @param arena the folder of the arena that plays for this board */
export function liveRoutes(db: Kysely<BoardTables>, arena: string): Router {
  const routes = Router();
  const reckoned: Reckoned = new Map();
  const ratings = async (request: Request): Promise<ToldRatings> => {
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
      known = { of, ratings: { division: 'live', ...ratings, played: how, proven: provenLive(played.alone === true) } };
      reckoned.set(found.id, known);
    }
    return known.ratings;
  };
  routes.get('/ratings', async (request, response) => void response.json(await ratings(request)));
  routes.get('/ratings.csv', async (request, response) => void response.type('text/csv').send(ratingsCsv(await ratings(request))));
  const page = async (request: Request, response: Response): Promise<{ matches: ToldMatch[]; next: string | null }> => {
    const { limit, cursor, ...filter } = asked(arenaMatchesQuery, request.query, 'query');
    const { matches, next } = await arenaMatches(db, filter, limit, cursor);
    if (next !== null) response.set('link', nextLink(request, next));
    return { matches: matches.map(shownMatch), next };
  };
  routes.get('/arena/matches', async (request, response) => void response.json(await page(request, response)));
  routes.get('/arena/matches.csv', async (request, response) => {
    const { matches } = await page(request, response);
    response.type('text/csv').send(matchesCsv(matches));
  });
  routes.get('/arena/running', async (_request, response) => {
    const address = arenaAddress(arena);
    // What an arena that was killed left as played is cut off, and nobody plays it.
    const matches = address ? await runningMatches(db) : [];
    const told: ToldRunning = {
      isOpen: address !== undefined,
      watchDelayS: address?.watchDelayMs === undefined ? null : address.watchDelayMs / 1000,
      matches: matches.map((row) => shownRunning(row, address?.watchDelayMs !== undefined)),
    };
    response.set('cache-control', 'no-store').json(told);
  });
  return routes;
}

function shownRunning(row: ArenaMatch, isShown: boolean): ToldRunning['matches'][0] {
  const { pairing, match, task, mode, terms, first, second, beganAt } = shownMatch(row);
  const [one, other] = worldsIn(pairing);
  const alone = [{ match: one, whose: first.name }, { match: other, whose: second.name }]; // prettier-ignore
  const together = [{ match: match === 1 ? one : other, whose: `${first.name} against ${second.name}` }];
  return { pairing, match, task, mode, terms, first, second, beganAt, watch: !isShown ? [] : mode === 'alone' ? alone : together };
}

/** A match as the API tells it: nothing of an open pairing's seed, which its trace would tell, too. */
export function shownMatch(row: ArenaMatch): ToldMatch {
  const isOver = row.pairing_status !== 'open';
  const { alone } = JSON.parse(row.terms_json) as ArenaTerms;
  return {
    pairing: row.pairing,
    match: row.game + 1,
    task: row.task,
    mode: alone ? 'alone' : 'together',
    terms: row.terms,
    first: { id: row.first, name: row.first_name, holder: row.first_holder },
    second: { id: row.second, name: row.second_name, holder: row.second_holder },
    status: row.status,
    why: row.why,
    points: row.points,
    rewards: row.first_reward === null && row.second_reward === null ? null : [row.first_reward, row.second_reward],
    chosenBy: row.chosen_by,
    seed: isOver ? row.seed : null,
    trace: isOver ? row.hash : null,
    otherTrace: isOver ? row.second_hash : null,
    beganAt: new Date(row.began_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  };
}
