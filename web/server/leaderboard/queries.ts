/** Pages of entries, the newest first or the best first, and of the audit log. What pages and tables stand on. */
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { z } from 'zod';
import type { Division } from '../../../harness/submission/claims.js';
import type { Measured } from '../../../harness/submission/measured.js';
import { Refusal } from '../store/refusal.js';
import type { EntryRow, SubmissionRow } from '../store/store.js';
import type { BoardTables, EntryStatus } from '../store/tables.js';
import type { ToldTable } from './entries.js';

/** An entry with who submitted it. */
export type ListedEntry = EntryRow & Pick<SubmissionRow, 'submitter' | 'key' | 'program'>;

/** Which entries; what is absent is not asked about. */
interface EntryFilter {
  task?: string;
  rules?: string;
  plan?: string;
  terms?: string;
  division?: Division;
  host?: string;
  kind?: 'model' | 'bot';
  status?: EntryStatus;
  submission?: string;
}

/** A page, and where the next one begins; null after the last. */
export interface Page {
  entries: ListedEntry[];
  next: string | null;
}

const newestMark = z.tuple([z.int(), z.string()]);
const bestMark = z.tuple([z.number().nullable(), z.string()]);

/** A place in a list, as a cursor. */
export function markOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Where a page begins, from what `next` said. @throws Refusal */
export function marked<T>(text: string, form: z.ZodType<T>): T {
  try {
    return form.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new Refusal(400, 'bad_cursor', 'cursor: accepted: what "next" of the page before said');
  }
}

type Listing = SelectQueryBuilder<BoardTables, 'entry' | 'submission', ListedEntry>;

function listing(db: Kysely<BoardTables>, filter: EntryFilter): Listing {
  let query = db
    .selectFrom('entry')
    .innerJoin('submission', 'submission.id', 'entry.submission')
    .selectAll('entry')
    .select(['submission.submitter', 'submission.key', 'submission.program']) as Listing;
  for (const [name, value] of Object.entries(filter) as [keyof typeof filter, string | undefined][])
    if (value !== undefined) query = query.where(`entry.${name}`, '=', value as never);
  return query;
}

async function page(query: Listing, limit: number, placeOf: (entry: ListedEntry) => unknown): Promise<Page> {
  const rows = await query.limit(limit + 1).execute();
  const entries = rows.slice(0, limit);
  return { entries, next: rows.length > limit ? markOf(placeOf(entries.at(-1)!)) : null };
}

/** Entries by when they came, the newest first. @throws Refusal for a cursor of another making */
export async function newestEntries(db: Kysely<BoardTables>, filter: EntryFilter, limit: number, cursor?: string): Promise<Page> {
  let query = listing(db, filter);
  if (cursor !== undefined) {
    const [at, id] = marked(cursor, newestMark);
    query = query.where((where) => where.or([where('entry.received_at', '<', at), where.and([where('entry.received_at', '=', at), where('entry.id', '<', id)])])); // prettier-ignore
  }
  return await page(query.orderBy('entry.received_at', 'desc').orderBy('entry.id', 'desc'), limit, ({ received_at, id }) => [
    received_at,
    id,
  ]);
}

/** Accepted entries by their mean reward, the best first; those without one at the end. @throws Refusal for a cursor of another making */
export async function bestEntries(
  db: Kysely<BoardTables>,
  filter: Omit<EntryFilter, 'status'>,
  limit: number,
  cursor?: string,
): Promise<Page> {
  let query = listing(db, { ...filter, status: 'accepted' });
  if (cursor !== undefined) {
    const [reward, id] = marked(cursor, bestMark);
    query = query.where(
      (where) =>
      reward === null
        ? where.and([where('entry.reward', 'is', null), where('entry.id', '>', id)])
        : where.or([where('entry.reward', '<', reward), where('entry.reward', 'is', null), where.and([where('entry.reward', '=', reward), where('entry.id', '>', id)])]), // prettier-ignore
    );
  }
  return await page(query.orderBy('entry.reward', (order) => order.desc().nullsLast()).orderBy('entry.id'), limit, ({ reward, id }) => [reward, id]); // prettier-ignore
}

/** Which tables there are: what was accepted, by what has to be alike to stand in one. */
export async function tablesOf(db: Kysely<BoardTables>): Promise<ToldTable[]> {
  const rows = await db
    .selectFrom('entry')
    .select([
      'task',
      'rules',
      'plan',
      'terms',
      'division',
      'host',
      ({ fn }) => fn.countAll<number>().as('entries'),
      ({ fn }) => fn.max('measured_json').as('measured'),
    ])
    .where('status', '=', 'accepted')
    .groupBy(['task', 'rules', 'plan', 'terms', 'division', 'host'])
    .orderBy('task')
    .orderBy('rules', 'desc')
    .orderBy('plan')
    .orderBy('terms')
    .orderBy('division')
    .orderBy('host')
    .execute();
  // Of one host all say the same of it, whichever is taken.
  return rows.map(({ measured, host: _, ...table }) => ({
    ...table,
    host: measured === null ? null : (JSON.parse(measured) as Measured).host,
  }));
}

/** A page of the audit log, the newest line first. @throws Refusal for a cursor of another making */
export async function auditLines(
  db: Kysely<BoardTables>,
  limit: number,
  cursor?: string,
): Promise<{ rows: BoardTables['audit'][]; next: string | null }> {
  let query = db.selectFrom('audit').selectAll();
  if (cursor !== undefined) {
    const [at, id] = marked(cursor, newestMark);
    query = query.where((where) => where.or([where('at', '<', at), where.and([where('at', '=', at), where('id', '<', id)])]));
  }
  const rows = await query
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? markOf([last.at, last.id]) : null };
}
