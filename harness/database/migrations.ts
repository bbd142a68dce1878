/** Brings a database's tables up to date: each migration once, in the order of their names, all or none of a run. */
import { Migrator, type Kysely, type Migration } from 'kysely';
import { DatabaseError } from './address.js';

/** Migrations by name; names sort in the order in which they run, such as `001-tokens`. One that was ever released is never edited. */
export type Migrations = Readonly<Record<string, Migration>>;

/**
 * Runs those migrations that a database has not seen.
 * @param name of the set, a word: its record is kept in tables of that name @throws DatabaseError when one fails, or the database is of a newer program
 */
export async function migrate(query: Kysely<unknown>, name: string, migrations: Migrations, shown: string): Promise<void> {
  const migrator = new Migrator({
    db: query,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: `${name}_migrations`,
    migrationLockTableName: `${name}_migrations_lock`,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  const why = error instanceof Error ? error.message : JSON.stringify(error);
  const what = failed === undefined ? 'its tables could not be brought up to date' : `migration ${failed} failed, and nothing was changed`;
  throw new DatabaseError(`${shown}: ${what}: ${why}`);
}
