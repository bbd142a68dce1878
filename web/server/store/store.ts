/**
 * What a board keeps: submissions with their entries and traces. A submission is put in whole or not at all, and what was put in is there
 * before anybody is told so. Trace files lie in a folder by the hash of their content.
 */
import { randomBytes } from 'node:crypto';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { OpenedBundle } from '../../../harness/submission/bundle.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { printable } from '../../../harness/protocol/printable.js';
import { termsDigest, type Terms } from '../../../harness/submission/terms.js';
import type { CheckedTrace } from '../../../harness/submission/trace-check.js';
import type { JudgedEntry } from '../../../harness/submission/verification.js';
import { audited } from './audit.js';
import { Refusal } from './refusal.js';
import type { BoardTables } from './tables.js';
import type { Caller } from './tokens.js';

export type SubmissionRow = Selectable<BoardTables['submission']>;
export type EntryRow = Selectable<BoardTables['entry']>;
export type TraceRow = Selectable<BoardTables['trace']>;

/** Submissions of one holder, and of all, that may wait for verification. */
const MOST_WAITING_OF_ONE = 10;
const MOST_WAITING = 200;

/** Longest reason that is kept, in characters: a trace's own words may stand in it. */
const MOST_WHY = 600;

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

export class Store {
  constructor(readonly db: Kysely<BoardTables>) {}

  /** Why nothing more is taken now; throws it. @throws Refusal */
  async requireRoom({ holder }: Caller): Promise<void> {
    const { all, own } = await this.db
      .selectFrom('submission')
      .select(({ fn }) => [fn.countAll<number>().as('all'), fn.countAll<number>().filterWhere('holder', '=', holder).as('own')])
      .where('status', '=', 'pending')
      .executeTakeFirstOrThrow();
    if (own >= MOST_WAITING_OF_ONE) throw new Refusal(429, 'too_many_waiting', `${own} submissions of ${holder} wait for verification; at most ${MOST_WAITING_OF_ONE} may`, 60); // prettier-ignore
    if (all >= MOST_WAITING) throw new Refusal(503, 'busy', `${all} submissions wait for verification, and no more are taken now`, 300);
  }

  /**
   * Puts a submission in, all of it pending. Its trace files are on disk already.
   * @returns its id @throws Refusal when the very same bundle was received before, or its key belongs to another holder
   */
  async receive(
    { manifest, manifestText, signature }: OpenedBundle,
    bundle: { hash: string; bytes: number },
    caller: Caller,
  ): Promise<string> {
    const [id, now] = [newId(), Date.now()];
    const { submitter, key, program, plan } = manifest;
    try {
      await this.db.transaction().execute(async (db) => {
        const other = await db.selectFrom('submission').select('holder').where('key', '=', key).where('holder', '<>', caller.holder).executeTakeFirst(); // prettier-ignore
        if (other) throw new Refusal(403, 'key_of_another', 'bundles signed by this key came with the token of another holder; sign with a key of your own'); // prettier-ignore
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
      });
    } catch (error) {
      if (!isTwice(error)) throw error;
      const before = await this.db
        .selectFrom('submission')
        .select(['id', 'status'])
        .where('bundle_hash', '=', bundle.hash)
        .executeTakeFirst();
      throw new Refusal(409, 'received_before', `this very bundle was received before${before ? `, as submission ${before.id}, which is ${before.status}` : ''}`); // prettier-ignore
    }
    return id;
  }

  /** The submission that has waited longest, or undefined. */
  async nextPending(): Promise<SubmissionRow | undefined> {
    return await this.db.selectFrom('submission').selectAll().where('status', '=', 'pending').orderBy('received_at').orderBy('id').limit(1).executeTakeFirst(); // prettier-ignore
  }

  /** Whether a match counts elsewhere already, in words. @param key of whoever submits it now: one's own withdrawn entry may be submitted anew */
  async seenBefore({ textHash, playHash }: CheckedTrace, hash: string, key: string): Promise<string | null> {
    const found = await this.db
      .selectFrom('trace')
      .innerJoin('entry', 'entry.id', 'trace.entry')
      .innerJoin('submission', 'submission.id', 'entry.submission')
      .select(['entry.id', 'trace.seed'])
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
          where.and([where('entry.status', '=', 'withdrawn'), where('submission.key', '<>', key)]),
        ]),
      ) // prettier-ignore
      .limit(1)
      .executeTakeFirst();
    return found ? `the same match was submitted before, in entry ${found.id} on seed ${found.seed}` : null;
  }

  /** Writes down what was found, all of a submission at once. Entries that were withdrawn meanwhile stay so. */
  async settle(id: string, judged: readonly JudgedEntry[]): Promise<void> {
    const now = Date.now();
    await this.db.transaction().execute(async (db) => {
      const rows = await db.selectFrom('entry').select(['id', 'ordinal', 'status']).where('submission', '=', id).orderBy('ordinal').forUpdate().execute(); // prettier-ignore
      for (const { id: entry, ordinal, status } of rows) {
        const { traces, fault, figures } = judged[ordinal]!;
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
    await this.db.transaction().execute(async (db) => {
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
    return await this.db.transaction().execute(async (db) => {
      const entry = await db.selectFrom('entry').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
      if (!entry) throw new Refusal(404, 'no_entry', 'no such entry');
      const { holder } = await db.selectFrom('submission').select('holder').where('id', '=', entry.submission).executeTakeFirstOrThrow();
      if (holder !== caller.holder && !caller.scopes.includes('operate')) throw new Refusal(403, 'not_yours', 'this entry came with the token of another holder, who may withdraw it, as the operator may'); // prettier-ignore
      if (entry.status !== 'pending' && entry.status !== 'accepted') throw new Refusal(409, 'not_standing', `this entry is ${entry.status}; what is pending or accepted can be withdrawn`); // prettier-ignore
      const changed = { status: 'withdrawn' as const, why: told(why ?? `withdrawn by ${caller.holder}`), changed_at: Date.now() };
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
    const by = (table: 'trace' | 'arena_game') =>
      this.db
        .selectFrom(table)
        .select('hash')
        .distinct()
        .where('hash', 'in', [...hashes])
        .execute();
    return new Set([...(await by('trace')), ...(await by('arena_game'))].flatMap(({ hash }) => hash ?? []));
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
