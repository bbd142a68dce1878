/**
 * What a board keeps: submissions with their entries and traces. A submission is put in whole or not at all, and what was put in is there
 * before anybody is told so. Trace files lie in a folder by the hash of their content.
 */
import { randomBytes } from 'node:crypto';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { OpenedBundle } from '../../../harness/submission/bundle.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { printable } from '../../../harness/protocol/printable.js';
import { termsDigest, type Terms } from '../../../harness/submission/terms.js';
import type { CheckedTrace } from '../../../harness/submission/trace-check.js';
import type { JudgedEntry } from '../../../harness/submission/verification.js';
import { requireKey, requireNew } from './admission.js';
import { audited } from './audit.js';
import { Refusal } from './refusal.js';
import type { BoardTables } from './tables.js';
import type { Caller } from './tokens.js';

export type SubmissionRow = Selectable<BoardTables['submission']>;
export type EntryRow = Selectable<BoardTables['entry']>;
export type TraceRow = Selectable<BoardTables['trace']>;

/** Longest reason that is kept, in characters: a trace's own words may stand in it. */
const MOST_WHY = 600;

/** Why a trace is not accepted whose entry is refused by what it lists. */
const NOT_PLAYED = 'it was not played again: its entry is refused as it is listed';

function newId(): string {
  return randomBytes(8).toString('hex');
}

function told(why: string): string {
  return printable(why).slice(0, MOST_WHY);
}

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
   * @returns its id @throws Refusal when the very same bundle was received before, or its key belongs to another holder
   * @throws UncertainError when it may have been put in, or not
   */
  async receive(
    { manifest, manifestText, signature }: OpenedBundle,
    bundle: { hash: string; bytes: number },
    caller: Caller,
  ): Promise<string> {
    const [id, now] = [newId(), Date.now()];
    const { submitter, key, program, plan } = manifest;
    let isCommitting = false;
    try {
      await this.db.transaction().execute(async (db) => {
        await requireNew(db, bundle.hash, signature);
        await requireKey(db, key, caller);
        await db
          .insertInto('submission')
          .values({
            id,
            bundle_hash: bundle.hash,
            key,
            holder: caller.holder,
            submitter: submitter.name,
            contact: submitter.contact ?? null,
            program,
            plan: plan.name,
            manifest_json: manifestText,
            signature,
            bytes: bundle.bytes,
            received_at: now,
            status: 'pending',
            why: null,
            settled_at: null,
          }) // prettier-ignore
          .execute();
        for (const [ordinal, entry] of manifest.entries.entries()) {
          const entryId = newId();
          const terms = termsDigest(entry.task, plan.tasks[entry.task] as Terms);
          await db
            .insertInto('entry')
            .values({
              id: entryId,
              submission: id,
              ordinal,
              task: entry.task,
              rules: taskNamed(entry.task).rules,
              plan: plan.name,
              terms,
              division: 'reported',
              kind: entry.kind,
              name: entry.name,
              about_json: JSON.stringify(entry.about),
              configuration_json: JSON.stringify(entry.configuration),
              status: 'pending',
              why: null,
              withdrawn_by: null,
              reward: null,
              figures_json: null,
              received_at: now,
              changed_at: now,
            }) // prettier-ignore
            .execute();
          const rows = entry.traces.map(({ seed, purpose, hash }, i) => ({ entry: entryId, ordinal: i, seed, purpose, hash, text_hash: null, play_hash: null, status: 'pending' as const, why: null })); // prettier-ignore
          // A statement takes 65 535 values.
          for (let from = 0; from < rows.length; from += 5000) await db.insertInto('trace').values(rows.slice(from, from + 5000)).execute(); // prettier-ignore
        }
        await audited(
          db,
          caller.holder,
          'submission received',
          id,
          `${manifest.entries.length} entries of the plan ${plan.name}, ${bundle.bytes} bytes`,
        );
        isCommitting = true;
      });
    } catch (error) {
      if (isCommitting) return await this.foundAfter(error as Error, id);
      // Another process of this board's was faster.
      if (isTwice(error)) await requireNew(this.db, bundle.hash, signature);
      throw error;
    }
    return id;
  }

  /** Whether a submission is there though the answer to its COMMIT was lost. @throws UncertainError when that cannot be told */
  private async foundAfter(error: Error, id: string): Promise<string> {
    const found = await this.submission(id).catch(() => undefined);
    // One that is not there may still come: the server may be at it.
    if (!found) throw new UncertainError(`submission ${id} may be kept or not: ${error.message}`);
    return id;
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
    const now = Date.now();
    await this.changing(async (db) => {
      const rows = await db.selectFrom('entry').select(['id', 'ordinal', 'status']).where('submission', '=', id).orderBy('ordinal').forUpdate().execute(); // prettier-ignore
      for (const { id: entry, ordinal, status } of rows) {
        const { traces, fault, figures } = judged[ordinal]!;
        if (traces.length === 0) await db.updateTable('trace').set({ status: 'refused', why: NOT_PLAYED }).where('entry', '=', entry).execute(); // prettier-ignore
        for (const [i, { fault: why, textHash, playHash }] of traces.entries())
          await db
            .updateTable('trace')
            .set({
              text_hash: textHash ?? null,
              play_hash: playHash ?? null,
              status: why === null ? 'accepted' : 'refused',
              why: why === null ? null : told(why),
            }) // prettier-ignore
            .where('entry', '=', entry)
            .where('ordinal', '=', i)
            .execute();
        if (status !== 'pending') continue;
        await db
          .updateTable('entry')
          .set({
            status: fault === null ? 'accepted' : 'refused',
            why: fault === null ? null : told(fault),
            reward: figures?.reward.value ?? null,
            figures_json: figures ? JSON.stringify(figures) : null,
            changed_at: now,
          }) // prettier-ignore
          .where('id', '=', entry)
          .execute();
      }
      await db.updateTable('submission').set({ status: 'verified', settled_at: now }).where('id', '=', id).execute();
      const accepted = judged.filter(({ fault }) => fault === null).length;
      await audited(db, 'board', 'submission verified', id, `${accepted} of ${judged.length} entries accepted`);
    });
  }

  /** Refuses a whole submission: its entries and traces, too. */
  async refuse(id: string, why: string): Promise<void> {
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
      await audited(db, 'board', 'submission refused', id, why);
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
