/** Where an embedded database is served: a socket in its folder, or in a private one of the system's where that path is too long for a socket. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from './address.js';

/** As PostgreSQL's clients look for it in a folder, by the port 5432. */
export const SOCKET_NAME = '.s.PGSQL.5432';

/** Longest path of a socket, in bytes, that every system takes. */
const MOST_BYTES = 100;

/** The folder of the socket, which nobody else may enter. @param folder the database's, absolute @throws DatabaseError when the place is another user's */
export function socketFolder(folder: string): string {
  if (Buffer.byteLength(join(folder, SOCKET_NAME)) <= MOST_BYTES) return folder;
  const user = process.getuid?.() ?? 0;
  const place = join(tmpdir(), `tickbench-${user}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const stat = lstatSync(place);
  if (!stat.isDirectory() || stat.uid !== user || (stat.mode & 0o077) !== 0)
    throw new DatabaseError(`${place}: is not a private folder of this user, and the database's socket belongs there; delete it`);
  return place;
}

/** Whether the database of a folder is served: somebody answers on its socket. @param folder absolute */
export function isServed(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = createConnection(join(socketFolder(folder), SOCKET_NAME));
    client.once('connect', () => (client.destroy(), resolve(true)));
    client.once('error', () => resolve(false));
  });
}
