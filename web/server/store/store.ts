/**
 * What a board keeps: submissions with their entries and traces. A submission is put in whole or not at all, and what was put in is there
 * before anybody is told so. Trace files lie in a folder by the hash of their content.
 */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { OpenedBundle } from '../../../harness/submission/bundle.js';
import type { Measured } from '../../../harness/submission/measured.js';
import type { CheckedTrace } from '../../../harness/submission/trace-check.js';
import type { JudgedEntry } from '../../../harness/submission/verification.js';
import { requireNew } from './admission.js';
import { audited } from './audit.js';
import { insertSubmission, newId, settleSubmission, told, type NewSubmission } from './insertion.js';
import { Refusal } from './refusal.js';
import type { BoardTables } from './tables.js';
import { BOARD, type Caller } from './tokens.js';

export type SubmissionRow = Selectable<BoardTables['submission']>;
export type EntryRow = Selectable<BoardTables['entry']>;
export type TraceRow = Selectable<BoardTables['trace']>;

/** PostgreSQL's number for a row that is there already. */
function isTwice(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}

/** A submission of which nobody knows whether it was put in: the database did not answer when it was told to keep it, nor afterwards. */
export class UncertainError extends Error {
  override name = 'UncertainError';
}

export class Store {
  private changes = 0;

  constructor(readonly db: Kysely<BoardTables>) {}

  /** Another number after every change of this process's to what is accepted. */
  get version(): number {
    return this.changes;
  }

  /**
   * Puts a submission in, all of it pending. Its trace files are on disk already.
   * @param id that it will have @throws Refusal when the very same bundle was received before, or its key belongs to another holder
   * @throws UncertainError when it may have been put in, or not
   */
  async receive(id: string, opened: OpenedBundle, bundle: NewSubmission['bundle'], caller: Caller): Promise<void> {
    let isCommitting = false;
    try {
      await this.db.transaction().execute(async (db) => {
        await insertSubmission(db, { id, opened, bundle, caller, now: Date.now(), division: 'reported' });
        isCommitting = true;
      });
    } catch (error) {
      if (isCommitting) return await this.requireFound(error as Error, id);
      // Another process of this board's was faster.
      if (isTwice(error)) await requireNew(this.db, bundle.hash, opened.signature);
      throw error;
    }
  }

  /**
   * Puts in what the board measured itself and has verified already, all of it accepted. Its trace files are on disk.
   * @param measured of each entry by its order @throws Refusal as `receive`
   */
  async receiveMeasured(
    opened: OpenedBundle,
    bundle: NewSubmission['bundle'],
    measured: readonly Measured[],
    judged: readonly JudgedEntry[],
  ): Promise<string> {
    const [id, now] = [newId(), Date.now()];
    await this.changing(async (db) => {
      await insertSubmission(db, { id, opened, bundle, caller: BOARD, now, division: 'reference', measured });
      await settleSubmission(db, id, judged, now);
    });
    return id;
  }

  /** The entry of the division `reference` in which a trace file stands accepted; undefined where there is none. */
  async measuredWith(hash: string): Promise<string | undefined> {
    const found = await this.db
      .selectFrom('trace')
      .innerJoin('entry', 'entry.id', 'trace.entry')
      .select('entry.id')
      .where('trace.hash', '=', hash)
      .where('entry.division', '=', 'reference')
      .where('entry.status', '=', 'accepted')
      .limit(1)
      .executeTakeFirst();
    return found?.id;
  }

  /** Makes sure that a submission is there though the answer to its COMMIT was lost. @throws UncertainError when that cannot be told */
  private async requireFound(error: Error, id: string): Promise<void> {
    const found = await this.submission(id).catch(() => undefined);
    // One that is not there may still come: the server may be at it.
    if (!found) throw new UncertainError(`submission ${id} may be kept or not: ${error.message}`);
  }

  /** The submission that has waited longest, or undefined. @param but ids of those that are not asked for */
  async nextPending(but: readonly string[] = []): Promise<SubmissionRow | undefined> {
    let query = this.db.selectFrom('submission').selectAll().where('status', '=', 'pending');
    if (but.length > 0) query = query.where('id', 'not in', [...but]);
    return await query.orderBy('received_at').orderBy('id').limit(1).executeTakeFirst();
  }

  /**
   * Whether a match counts elsewhere already, or the operator withdrew it, in words.
   * @param key of whoever submits it now: an entry that its own submitter withdrew may be submitted anew
   */
  async seenBefore({ textHash, playHash }: CheckedTrace, hash: string, key: string): Promise<string | null> {
    const found = await this.db
      .selectFrom('trace')
      .innerJoin('entry', 'entry.id', 'trace.entry')
      .innerJoin('submission', 'submission.id', 'entry.submission')
      .select(['entry.id', 'entry.withdrawn_by', 'entry.why', 'trace.seed'])
      .where('trace.status', '=', 'accepted')
      .where((where) =>
        where.or([
          where('trace.hash', '=', hash),
          where('trace.text_hash', '=', textHash ?? ''),
          ...(playHash === undefined ? [] : [where('trace.play_hash', '=', playHash)]),
        ]),
      )
      .where((where) =>
        where.or([
          where('entry.status', '=', 'accepted'),
          where.and([
            where('entry.status', '=', 'withdrawn'),
            where.or([where('entry.withdrawn_by', '=', 'operator'), where('submission.key', '<>', key)]),
          ]),
        ]),
      ) // prettier-ignore
      .orderBy('entry.withdrawn_by', (order) => order.asc().nullsLast())
      .limit(1)
      .executeTakeFirst();
    if (found?.withdrawn_by === 'operator') return `the operator withdrew entry ${found.id}, in which the same match was: ${found.why ?? 'without a word'}`; // prettier-ignore
    return found ? `the same match was submitted before, in entry ${found.id} on seed ${found.seed}` : null;
  }

  /** A transaction after which what is accepted may be other than before, even where its COMMIT was answered by nobody. */
  private async changing<T>(work: (db: Transaction<BoardTables>) => Promise<T>): Promise<T> {
    return await this.db
      .transaction()
      .execute(work)
      .finally(() => this.changes++);
  }

  /** Writes down what was found, all of a submission at once. Entries that were withdrawn meanwhile stay so. */
  async settle(id: string, judged: readonly JudgedEntry[]): Promise<void> {
    await this.changing((db) => settleSubmission(db, id, judged, Date.now()));
  }

  /** Refuses a whole submission: its entries and traces, too. @param detail for the audit log, where that says more */
  async refuse(id: string, why: string, detail = why): Promise<void> {
    const now = Date.now();
    await this.changing(async (db) => {
      const entries = db.selectFrom('entry').select('id').where('submission', '=', id);
      await db
        .updateTable('trace')
        .set({ status: 'refused', why: told(why) })
        .where('entry', 'in', entries)
        .execute();
      await db.updateTable('entry').set({ status: 'refused', why: told(why), changed_at: now }).where('submission', '=', id).where('status', '=', 'pending').execute(); // prettier-ignore
      await db
        .updateTable('submission')
        .set({ status: 'refused', why: told(why), settled_at: now })
        .where('id', '=', id)
        .execute();
      await audited(db, 'board', 'submission refused', id, detail);
    });
  }

  /** Has a submission that was refused as a whole verified anew; entries that were withdrawn stay so. @throws Refusal when there is none that was */
  async retry(id: string): Promise<void> {
    const now = Date.now();
    await this.changing(async (db) => {
      const found = await db.selectFrom('submission').select('status').where('id', '=', id).forUpdate().executeTakeFirst();
      if (!found) throw new Refusal(404, 'no_submission', `no submission "${id}"; the audit log and the entries' pages name them`);
      if (found.status !== 'refused')
        throw new Refusal(409, 'not_refused', `submission ${id} is ${found.status}; one that was refused as a whole can be tried again`);
      const entries = db.selectFrom('entry').select('id').where('submission', '=', id);
      await db.updateTable('trace').set({ status: 'pending', why: null }).where('entry', 'in', entries).execute();
      await db.updateTable('entry').set({ status: 'pending', why: null, changed_at: now }).where('submission', '=', id).where('status', '=', 'refused').execute(); // prettier-ignore
      await db.updateTable('submission').set({ status: 'pending', why: null, settled_at: null }).where('id', '=', id).execute();
      await audited(db, 'operator', 'submission tried again', id);
    });
  }

  /** Takes an entry back. @throws Refusal when there is none, it is not the caller's, or nothing is left to take back */
  async withdraw(id: string, caller: Caller, why: string | null): Promise<EntryRow> {
    return await this.changing(async (db) => {
      const entry = await db.selectFrom('entry').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
      if (!entry) throw new Refusal(404, 'no_entry', 'no such entry');
      const { holder } = await db.selectFrom('submission').select('holder').where('id', '=', entry.submission).executeTakeFirstOrThrow();
      if (holder !== caller.holder && !caller.scopes.includes('operate')) throw new Refusal(403, 'not_yours', 'this entry came with the token of another holder, who may withdraw it, as the operator may'); // prettier-ignore
      if (entry.status !== 'pending' && entry.status !== 'accepted') throw new Refusal(409, 'not_standing', `this entry is ${entry.status}; what is pending or accepted can be withdrawn`); // prettier-ignore
      const changed = { status: 'withdrawn' as const, why: told(why ?? `withdrawn by ${caller.holder}`), withdrawn_by: holder === caller.holder ? ('submitter' as const) : ('operator' as const), changed_at: Date.now() }; // prettier-ignore
      await db.updateTable('entry').set(changed).where('id', '=', id).execute();
      await audited(db, caller.holder, 'entry withdrawn', id, why ?? '');
      return { ...entry, ...changed };
    });
  }

  async submission(id: string): Promise<SubmissionRow | undefined> {
    return await this.db.selectFrom('submission').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async entriesOf(submission: string): Promise<EntryRow[]> {
    return await this.db.selectFrom('entry').selectAll().where('submission', '=', submission).orderBy('ordinal').execute();
  }

  async entry(id: string): Promise<(EntryRow & Pick<SubmissionRow, 'submitter' | 'key' | 'program'>) | undefined> {
    return await this.db
      .selectFrom('entry')
      .innerJoin('submission', 'submission.id', 'entry.submission')
      .selectAll('entry')
      .select(['submission.submitter', 'submission.key', 'submission.program'])
      .where('entry.id', '=', id)
      .executeTakeFirst();
  }

  async tracesOf(entry: string): Promise<TraceRow[]> {
    return await this.db.selectFrom('trace').selectAll().where('entry', '=', entry).orderBy('ordinal').execute();
  }

  /** Where a trace file belongs, newest first; none for a file that nothing names. */
  async tracesByHash(hash: string): Promise<(TraceRow & Pick<EntryRow, 'task' | 'name'>)[]> {
    return await this.db
      .selectFrom('trace')
      .innerJoin('entry', 'entry.id', 'trace.entry')
      .selectAll('trace')
      .select(['entry.task', 'entry.name'])
      .where('trace.hash', '=', hash)
      .orderBy('entry.received_at', 'desc')
      .limit(100)
      .execute();
  }

  /** Those of these trace files that a submission or a match of the arena names. */
  async namedAmong(hashes: readonly string[]): Promise<Set<string>> {
    if (hashes.length === 0) return new Set();
    const all = [...hashes];
    const submitted = await this.db.selectFrom('trace').select('hash').distinct().where('hash', 'in', all).execute();
    const played = await this.db
      .selectFrom('arena_game')
      .select(['hash', 'second_hash'])
      .where((where) => where.or([where('hash', 'in', all), where('second_hash', 'in', all)]))
      .execute();
    return new Set([
      ...submitted.map(({ hash }) => hash),
      ...played.flatMap(({ hash, second_hash }) => [hash ?? [], second_hash ?? []].flat()),
    ]);
  }

  /** How many there are by status. */
  async counts(): Promise<{ what: 'submission' | 'entry'; status: string; count: number }[]> {
    const of = async (what: 'submission' | 'entry') => {
      const rows = await this.db
        .selectFrom(what)
        .select(['status', sql<number>`count(*)`.as('count')])
        .groupBy('status')
        .execute();
      return rows.map(({ status, count }) => ({ what, status: String(status), count }));
    };
    return [...(await of('submission')), ...(await of('entry'))];
  }
}
