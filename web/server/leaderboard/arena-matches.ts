/** Matches of the arena, the newest first. What a pairing was played on is told once nobody plays on it any more. */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { BoardTables } from '../store/tables.js';
import { marked, markOf } from './queries.js';

/** Which matches. */
export interface MatchFilter {
  terms?: string;
  /** Of either of the two. */
  player?: string;
}

const mark = z.tuple([z.int(), z.string(), z.int()]);

function listing(db: Kysely<BoardTables>) {
  return db
    .selectFrom('arena_game')
    .innerJoin('arena_pairing', 'arena_pairing.id', 'arena_game.pairing')
    .innerJoin('arena_terms', 'arena_terms.id', 'arena_pairing.terms')
    .innerJoin('arena_player as one', 'one.id', 'arena_pairing.first')
    .innerJoin('arena_player as other', 'other.id', 'arena_pairing.second')
    .selectAll('arena_game')
    .select(['arena_pairing.terms', 'arena_pairing.first', 'arena_pairing.second', 'arena_pairing.seed', 'arena_pairing.chosen_by'])
    .select(['arena_pairing.status as pairing_status', 'one.task', 'one.name as first_name', 'one.holder as first_holder'])
    .select(['other.name as second_name', 'other.holder as second_holder', 'arena_terms.terms_json']);
}

export type ArenaMatch = Awaited<ReturnType<ReturnType<typeof listing>['execute']>>[number];

/** A page of them. @throws Refusal for a cursor of another making */
export async function arenaMatches(
  db: Kysely<BoardTables>,
  { terms, player }: MatchFilter,
  limit: number,
  cursor?: string,
): Promise<{ matches: ArenaMatch[]; next: string | null }> {
  let query = listing(db);
  if (terms !== undefined) query = query.where('arena_pairing.terms', '=', terms);
  if (player !== undefined)
    query = query.where((where) => where.or([where('arena_pairing.first', '=', player), where('arena_pairing.second', '=', player)]));
  if (cursor !== undefined) {
    const [at, pairing, game] = marked(cursor, mark);
    query = query.where((where) =>
      where.or([
        where('arena_game.began_at', '<', at),
        where.and([where('arena_game.began_at', '=', at), where('arena_game.pairing', '<', pairing)]),
        where.and([where('arena_game.began_at', '=', at), where('arena_game.pairing', '=', pairing), where('arena_game.game', '<', game)]),
      ]),
    ); // prettier-ignore
  }
  const rows = await query.orderBy('arena_game.began_at', 'desc').orderBy('arena_game.pairing', 'desc').orderBy('arena_game.game', 'desc').limit(limit + 1).execute(); // prettier-ignore
  const matches = rows.slice(0, limit);
  const last = matches.at(-1);
  return { matches, next: rows.length > limit && last ? markOf([last.began_at, last.pairing, last.game]) : null };
}

/** Matches that are being played, the newest first: more than any arena plays at once are not told. */
export async function runningMatches(db: Kysely<BoardTables>): Promise<ArenaMatch[]> {
  return await listing(db).where('arena_game.status', '=', 'playing').orderBy('arena_game.began_at', 'desc').orderBy('arena_game.pairing').limit(256).execute(); // prettier-ignore
}

/** The matches that have this trace and whose pairing is over. */
export async function matchesByTrace(db: Kysely<BoardTables>, hash: string): Promise<ArenaMatch[]> {
  return await listing(db)
    .where((where) => where.or([where('arena_game.hash', '=', hash), where('arena_game.second_hash', '=', hash)]))
    .where('arena_pairing.status', '<>', 'open')
    .limit(10)
    .execute();
}
