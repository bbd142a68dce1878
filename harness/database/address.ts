/** Where a database is: a folder, in which an embedded PostgreSQL keeps it, or the address of a PostgreSQL server. */
import { resolve } from 'node:path';

/** An embedded database in a folder, or a PostgreSQL server's database. */
export type DatabaseAddress = { kind: 'folder'; folder: string } | { kind: 'server'; url: string };

/**
 * What an address of a PostgreSQL server looks like, for help and refusals. In angle brackets: written without them, the part before the `@` would be
 * cut out of a refusal as somebody's password.
 */
export const SERVER_FORM = 'postgres://<user>:<password>@<host>:<port>/<name>';

/** A database that cannot be reached, opened or used: which, why, and what is accepted. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/**
 * The database to use: the PostgreSQL server that DATABASE_URL names, else the embedded one in a folder.
 * @param url the value of DATABASE_URL; empty is none @throws DatabaseError for an address of another kind; it is not repeated, since it may hold a password
 */
export function databaseAddress(folder: string, url: string | undefined): DatabaseAddress {
  if (url === undefined || url.trim() === '') return { kind: 'folder', folder: resolve(folder) };
  if (!/^postgres(?:ql)?:\/\//i.test(url) || !URL.canParse(url))
    throw new DatabaseError(`DATABASE_URL: no address of a PostgreSQL database; accepted: ${SERVER_FORM}`);
  return { kind: 'server', url };
}

/** How people are told of a database; no password is in it. */
export function shownAddress(address: DatabaseAddress): string {
  if (address.kind === 'folder') return address.folder;
  const { hostname, port, pathname } = new URL(address.url);
  return `PostgreSQL at ${hostname === '' ? 'a local socket' : hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}
