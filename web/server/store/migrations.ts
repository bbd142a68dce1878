/** What makes a board's tables (tables.ts), step by step; a step that was released is never changed. */
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../../harness/database/migrations.js';

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

async function alone(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('arena_game').addColumn('second_hash', 'text').execute();
  await db.schema.createIndex('arena_game_second_hash').on('arena_game').column('second_hash').execute();
}

async function expiry(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('token').addColumn('expires_at', 'bigint').execute();
}

async function reference(db: Kysely<unknown>): Promise<void> {
  for (const column of ['answers_json', 'host', 'measured_json']) await db.schema.alterTable('entry').addColumn(column, 'text').execute();
}

async function secret(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('secret')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}

export const MIGRATIONS: Migrations = {
  '001-board': { up: first },
  '002-withdrawn-by': { up: withdrawnBy },
  '003-arena': { up: arena },
  '004-alone': { up: alone },
  '005-token-expiry': { up: expiry },
  '006-reference': { up: reference },
  '007-secret': { up: secret },
};
