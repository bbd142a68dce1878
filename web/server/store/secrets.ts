/** What a board knows and tells nobody: made when it is first asked for, kept beside its tables, in no answer and in no backup. */
import type { Kysely } from 'kysely';
import { freshDraw } from '../../../harness/answers/draw.js';
import type { BoardTables } from './tables.js';

const DRAW = 'draw of answers';

/** The key by which this board draws the answers that it computes again (harness/answers/draw.ts): the same from its first use on. */
export async function drawKey(db: Kysely<BoardTables>): Promise<string> {
  // Of two processes that ask at once the first one's stands.
  await db
    .insertInto('secret')
    .values({ name: DRAW, value: freshDraw() })
    .onConflict((found) => found.column('name').doNothing())
    .execute();
  const { value } = await db.selectFrom('secret').select('value').where('name', '=', DRAW).executeTakeFirstOrThrow();
  return value;
}
