/** Whether a bundle is taken in: whether there is room, whose key signed it, and whether it was here before. */
import type { Kysely } from 'kysely';
import { fingerprint } from '../../../harness/submission/keys.js';
import { audited } from './audit.js';
import { Refusal } from './refusal.js';
import type { BoardTables } from './tables.js';
import { LOCAL, type Caller } from './tokens.js';

/** Submissions of one holder, and of all, that may wait for verification, those that are just being received among them. */
const MOST_WAITING_OF_ONE = 10;
const MOST_WAITING = 200;

/** Bundles that are just being received, the one in question among them: the ids of the submissions that they become. */
export interface Coming {
  ofHolder: readonly string[];
  all: readonly string[];
}

/** @throws Refusal when nothing more is taken now */
export async function requireRoom(db: Kysely<BoardTables>, { holder }: Caller, coming: Coming): Promise<void> {
  const waiting = await db
    .selectFrom('submission')
    .select(({ fn }) => [fn.countAll<number>().as('all'), fn.countAll<number>().filterWhere('holder', '=', holder).as('own')])
    .where('status', '=', 'pending')
    // One that is in the store by now and has not been acknowledged yet has one place, not two.
    .where('id', 'not in', coming.all)
    .executeTakeFirstOrThrow();
  const others = coming.ofHolder.length - 1;
  if (waiting.own + others >= MOST_WAITING_OF_ONE) {
    const received = others > 0 ? ` and ${others} are being received` : '';
    throw new Refusal(429, 'too_many_waiting', `${waiting.own} submissions of ${holder} wait for verification${received}; at most ${MOST_WAITING_OF_ONE} may`, 60); // prettier-ignore
  }
  if (waiting.all + coming.all.length - 1 >= MOST_WAITING) throw new Refusal(503, 'busy', `${waiting.all} submissions wait for verification, and no more are taken now`, 300); // prettier-ignore
}

/**
 * The signature is looked at beside the bundle's own hash: what a board shows of a submission is enough to pack the same content anew, and
 * whoever does so is not its signer.
 * @throws Refusal when the same bundle was received before, packed alike or not
 */
export async function requireNew(db: Kysely<BoardTables>, bundleHash: string, signature: string): Promise<void> {
  const before = await db
    .selectFrom('submission')
    .select(['id', 'status'])
    .where((where) => where.or([where('bundle_hash', '=', bundleHash), where('signature', '=', signature)]))
    .limit(1)
    .executeTakeFirst();
  if (before) throw new Refusal(409, 'received_before', `this very bundle was received before, as submission ${before.id}, which is ${before.status}`); // prettier-ignore
}

/**
 * A key belongs to whose token its bundles come with. What it signed while the board asked for no tokens goes to the first holder who sends
 * something new that it signed. @throws Refusal when it is another holder's
 */
export async function requireKey(db: Kysely<BoardTables>, key: string, { holder }: Caller): Promise<void> {
  const other = await db
    .selectFrom('submission')
    .select('holder')
    .where('key', '=', key)
    .where('holder', 'not in', [holder, LOCAL.holder])
    .limit(1)
    .executeTakeFirst();
  if (other) throw new Refusal(403, 'key_of_another', 'bundles signed by this key came with the token of another holder; sign with a key of your own'); // prettier-ignore
  if (holder === LOCAL.holder) return;
  const { numUpdatedRows } = await db
    .updateTable('submission')
    .set({ holder })
    .where('key', '=', key)
    .where('holder', '=', LOCAL.holder)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await audited(db, holder, 'key claimed', fingerprint(key), `${numUpdatedRows} submissions that came before any token was issued`); // prettier-ignore
}
