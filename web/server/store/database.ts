/** Where a board keeps what it holds: its database and its trace files. */
import { join } from 'node:path';
import { databaseAddress, type DatabaseAddress } from '../../../harness/database/address.js';
import { openDatabase, type Database } from '../../../harness/database/connection.js';
import { makeFolder } from '../../../harness/host/folder.js';
import { MIGRATIONS } from './migrations.js';
import type { BoardTables } from './tables.js';

/** Where a board's trace files lie. @param folder the board's */
export function tracesFolder(folder: string): string {
  return join(folder, 'traces');
}

/** Where the arena that plays for a board keeps what it needs while it runs. @param folder the board's */
export function arenaFolder(folder: string): string {
  return join(folder, 'arena');
}

/** A board's database: in its folder, unless a server is named. @param databaseUrl the value of DATABASE_URL @throws DatabaseError */
export function boardAddress(folder: string, databaseUrl: string | undefined): DatabaseAddress {
  return databaseAddress(join(folder, 'database'), databaseUrl);
}

/** Opens a board's database. @throws DatabaseError */
export async function openBoardDatabase(folder: string, databaseUrl: string | undefined): Promise<Database<BoardTables>> {
  makeFolder(folder);
  return await openDatabase<BoardTables>(boardAddress(folder, databaseUrl), 'board', MIGRATIONS);
}
