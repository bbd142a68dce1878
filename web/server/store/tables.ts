/** A board's tables, and the migrations that make them: the same for the embedded database and for a PostgreSQL server. */
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../../harness/database/migrations.js';
import type { GameOutcome } from '../../../harness/arena/order.js';
import type { Division } from '../../../harness/submission/claims.js';
import type { Purpose } from '../../../harness/submission/manifest.js';

/** Of a submission: waiting for verification, through with it, or refused as a whole. */
type SubmissionStatus = 'pending' | 'verified' | 'refused';
export const ENTRY_STATUSES = ['pending', 'accepted', 'refused', 'withdrawn'] as const;
export type EntryStatus = (typeof ENTRY_STATUSES)[number];
type TraceStatus = 'pending' | 'accepted' | 'refused';
/** Of a pairing in the arena: still to be played to its end, both matches done, or given up. */
export type PairingStatus = 'open' | 'complete' | 'void';
/** Of a match in the arena; see harness/arena/order.ts. */
export type GameStatus = 'playing' | GameOutcome['status'];

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
    /** What came of computing an embedded model's answers again; null where it was not tried. */
    answers_json: string | null;
    /** In the division `reference` the host that measured, by name, and all that it was measured by. */
    host: string | null;
    measured_json: string | null;
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
  /** Who plays in the arena: a holder's agent of one name, on one task. */
  arena_player: {
    id: string;
    task: string;
    holder: string;
    name: string;
    made_at: number;
  };
  /** What is shared by those who are rated together; see `arenaTermsDigest`. */
  arena_terms: {
    id: string;
    task: string;
    terms_json: string;
    made_at: number;
  };
  /** Two players on one seed, sides swapped: two matches. */
  arena_pairing: {
    id: string;
    terms: string;
    first: string;
    second: string;
    /** Told to nobody while the pairing is open. */
    seed: number;
    /** By which rule it was chosen; see scoring/ratings/pairing.ts. */
    chosen_by: string;
    status: PairingStatus;
    why: string | null;
    made_at: number;
    closed_at: number | null;
  };
  arena_game: {
    pairing: string;
    /** 0: the first player has the first seat; 1: the other one. */
    game: number;
    status: GameStatus;
    why: string | null;
    /** How often it was begun. */
    tries: number;
    /** Of the first player. */
    points: number | null;
    first_reward: number | null;
    second_reward: number | null;
    /** Of both, in the order of the pairing; see `AgentFigures`. */
    figures_json: string | null;
    /** Of the trace's file. */
    hash: string | null;
    began_at: number;
    ended_at: number | null;
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
export const TABLES = [
  'token',
  'submission',
  'entry',
  'trace',
  'arena_player',
  'arena_terms',
  'arena_pairing',
  'arena_game',
  'audit',
] as const satisfies readonly (keyof BoardTables)[];

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

async function arena(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('arena_player')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('arena_player_who', ['task', 'holder', 'name'])
    .execute();
  await db.schema
    .createTable('arena_terms')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('terms_json', 'text', (column) => column.notNull())
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('arena_pairing')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('terms', 'text', (column) => column.notNull().references('arena_terms.id'))
    .addColumn('first', 'text', (column) => column.notNull().references('arena_player.id'))
    .addColumn('second', 'text', (column) => column.notNull().references('arena_player.id'))
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('chosen_by', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .addColumn('closed_at', 'bigint')
    .execute();
  await db.schema.createIndex('arena_pairing_newest').on('arena_pairing').columns(['terms', 'made_at', 'id']).execute();
  await db.schema.createIndex('arena_pairing_status').on('arena_pairing').column('status').execute();
  await db.schema
    .createTable('arena_game')
    .addColumn('pairing', 'text', (column) => column.notNull().references('arena_pairing.id'))
    .addColumn('game', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('points', 'double precision')
    .addColumn('first_reward', 'double precision')
    .addColumn('second_reward', 'double precision')
    .addColumn('figures_json', 'text')
    .addColumn('hash', 'text')
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addPrimaryKeyConstraint('arena_game_key', ['pairing', 'game'])
    .execute();
  await db.schema.createIndex('arena_game_hash').on('arena_game').column('hash').execute();
}

async function reference(db: Kysely<unknown>): Promise<void> {
  for (const column of ['answers_json', 'host', 'measured_json']) await db.schema.alterTable('entry').addColumn(column, 'text').execute();
}

export const MIGRATIONS: Migrations = {
  '001-board': { up: first },
  '002-withdrawn-by': { up: withdrawnBy },
  '003-arena': { up: arena },
  '004-reference': { up: reference },
};
