/** The audit log: who did what to what, in the transaction that does it. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { printable } from '../../../harness/protocol/printable.js';
import type { BoardTables } from './tables.js';

/** Writes a line. @param who a token's holder, `operator` or `local` @param detail a sentence; no secret belongs into it */
export async function audited(db: Kysely<BoardTables>, who: string, what: string, subject: string, detail = ''): Promise<void> {
  const at = Date.now();
  // Sorts by time; what came within one millisecond is in no order.
  const id = `${at.toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`;
  await db
    .insertInto('audit')
    .values({ id, at, who, what, subject, detail: printable(detail).slice(0, 600) })
    .execute();
}
