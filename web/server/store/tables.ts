/** A board's tables, and the migrations that make them: the same for the embedded database and for a PostgreSQL server. */
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../../harness/database/migrations.js';
import type { Division } from '../../../harness/submission/claims.js';
import type { Purpose } from '../../../harness/submission/manifest.js';

/** Of a submission: waiting for verification, through with it, or refused as a whole. */
type SubmissionStatus = 'pending' | 'verified' | 'refused';
export const ENTRY_STATUSES = ['pending', 'accepted', 'refused', 'withdrawn'] as const;
export type EntryStatus = (typeof ENTRY_STATUSES)[number];
type TraceStatus = 'pending' | 'accepted' | 'refused';

/** Times are milliseconds since 1970; what ends in `_json` is JSON as text. */
export interface BoardTables {
  submission: {
    id: string;
    bundle_hash: string;
    key: string;
    /** Whose token it came with; `local` where none was asked for. */
    holder: string;
    submitter: string;
    contact: string | null;
    program: string;
    plan: string;
    /** The bytes that were signed, and the signature. */
    manifest_json: string;
    signature: string;
    bytes: number;
    received_at: number;
    status: SubmissionStatus;
    why: string | null;
    settled_at: number | null;
  };
  entry: {
    id: string;
    submission: string;
    ordinal: number;
    task: string;
    rules: string;
    plan: string;
    /** See `termsDigest`: entries of the same are played alike. */
    terms: string;
    division: Division;
    kind: 'model' | 'bot';
    name: string;
    about_json: string;
    configuration_json: string;
    status: EntryStatus;
    why: string | null;
    /** Of one that is withdrawn: what the operator withdrew does not come in again. */
    withdrawn_by: 'submitter' | 'operator' | null;
    /** The mean reward, to order by. */
    reward: number | null;
    figures_json: string | null;
    received_at: number;
    changed_at: number;
  };
  trace: {
    entry: string;
    ordinal: number;
    seed: number;
    purpose: Purpose;
    hash: string;
    text_hash: string | null;
    play_hash: string | null;
    status: TraceStatus;
    why: string | null;
  };
  token: {
    id: string;
    holder: string;
    /** Words with commas between. */
    scopes: string;
    /** SHA-256 of its secret part. */
    hash: string;
    made_at: number;
    revoked_at: number | null;
  };
  audit: {
    /** In the order in which they came. */
    id: string;
    at: number;
    who: string;
    what: string;
    subject: string;
    detail: string;
  };
}

/** Tables in an order in which their rows can be put in. */
export const TABLES = ['token', 'submission', 'entry', 'trace', 'audit'] as const satisfies readonly (keyof BoardTables)[];

async function first(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('submission')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('bundle_hash', 'text', (column) => column.notNull().unique())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('submitter', 'text', (column) => column.notNull())
    .addColumn('contact', 'text')
    .addColumn('program', 'text', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('manifest_json', 'text', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('settled_at', 'bigint')
    .execute();
  await db.schema.createIndex('submission_waiting').on('submission').columns(['status', 'received_at']).execute();
  await db.schema.createIndex('submission_key').on('submission').column('key').execute();
  await db.schema
    .createTable('entry')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('submission', 'text', (column) => column.notNull().references('submission.id'))
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('rules', 'text', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('terms', 'text', (column) => column.notNull())
    .addColumn('division', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('about_json', 'text', (column) => column.notNull())
    .addColumn('configuration_json', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('reward', 'double precision')
    .addColumn('figures_json', 'text')
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('entry_table').on('entry').columns(['status', 'task', 'rules', 'division', 'reward']).execute();
  await db.schema.createIndex('entry_newest').on('entry').columns(['received_at', 'id']).execute();
  await db.schema.createIndex('entry_submission').on('entry').column('submission').execute();
  await db.schema
    .createTable('trace')
    .addColumn('entry', 'text', (column) => column.notNull().references('entry.id'))
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('text_hash', 'text')
    .addColumn('play_hash', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addPrimaryKeyConstraint('trace_key', ['entry', 'ordinal'])
    .execute();
  for (const column of ['hash', 'text_hash', 'play_hash'])
    await db.schema.createIndex(`trace_${column}`).on('trace').column(column).execute();
  await db.schema
    .createTable('token')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema
    .createTable('audit')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_newest').on('audit').columns(['at', 'id']).execute();
}

async function withdrawnBy(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('entry').addColumn('withdrawn_by', 'text').execute();
  // Until now the audit log alone told who it was.
  await sql`update entry set withdrawn_by = case when exists (
      select 1 from audit join submission on submission.id = entry.submission
      where audit.what = 'entry withdrawn' and audit.subject = entry.id and audit.who <> submission.holder
    ) then 'operator' else 'submitter' end where status = 'withdrawn'`.execute(db);
  await db.schema.createIndex('submission_signature').on('submission').column('signature').execute();
}

export const MIGRATIONS: Migrations = { '001-board': { up: first }, '002-withdrawn-by': { up: withdrawnBy } };
