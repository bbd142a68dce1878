/** The queue's database: where it is, its connection, and patience while it is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, databaseAddress, SERVER_FORM, shownAddress, type DatabaseAddress } from '../database/address.js';
import { openDatabase, type Database } from '../database/connection.js';
import { keepSecret } from '../host/secrets.js';
import { QUEUE_MIGRATIONS, type QueueTables } from './tables.js';

export { shownAddress } from '../database/address.js';

/** Shortest and longest wait before a database that is away is tried again, in milliseconds. */
const WAIT_MS = { first: 100, most: 3000 };

/** PostgreSQL's own codes for a server that goes down, comes up or takes no more connections; class 08 is about connections, 40 about conflicts. */
const AWAY = /^(?:57P0[123]|53300|08...|40...)$/;
const BROKEN = /ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN/;

/**
 * Where the queue is: `--queue`, else DATABASE_URL. A password in it is cut out of every text from now on.
 * @throws DatabaseError when neither is given, or it is an address of another kind
 */
export function queueAddress(written: string | undefined, environment: string | undefined): DatabaseAddress {
  const text = written?.trim() ? written.trim() : environment?.trim();
  if (!text) throw new DatabaseError(`--queue: no address; accepted: ${SERVER_FORM}, a folder, or DATABASE_URL in the environment`);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !written?.trim();
  if (!isUrl) return databaseAddress(text, undefined);
  try {
    const address = databaseAddress('.', text);
    if (address.kind === 'server') {
      const { password, searchParams } = new URL(address.url);
      for (const secret of [password, searchParams.get('password') ?? ''])
        for (const written of [secret, decoded(secret)]) if (written !== '') keepSecret(written);
    }
    return address;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new DatabaseError(`${written?.trim() ? '--queue' : 'DATABASE_URL'}: no address of a PostgreSQL database; accepted: ${SERVER_FORM}${written?.trim() ? ', or a folder' : ''}`); // prettier-ignore
  }
}

/** A password as it is used: what is no code in it is meant as it is written. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}

/** Whether an error says that the database is away for a while, and the same may be tried again. */
export function isAway(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (error instanceof DatabaseError) return true;
  if (typeof code === 'string' && (AWAY.test(code) || BROKEN.test(code))) return true;
  return /connection (?:terminated|ended|closed|timeout)|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i.test(message); // prettier-ignore
}

/** A connection to a queue. */
export class QueueDatabase {
  private constructor(
    readonly address: DatabaseAddress,
    private readonly database: Database<QueueTables>,
    private readonly say: (line: string) => void,
  ) {}

  /** Opens the queue and makes its tables. @param say told when the database goes and comes back @throws DatabaseError */
  static async open(address: DatabaseAddress, say: (line: string) => void): Promise<QueueDatabase> {
    return new QueueDatabase(address, await openDatabase<QueueTables>(address, 'queue', QUEUE_MIGRATIONS), say);
  }

  get query(): Database<QueueTables>['query'] {
    return this.database.query;
  }

  /**
   * Does something with the database, again and again while it is away. What is done must be harmless when it is done twice: the answer of the
   * first time may have been lost.
   * @param signal gives up @throws what `work` throws of anything but a database that is away; the last error when it was given up
   */
  async patiently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let waitMs = WAIT_MS.first, told = false; ; waitMs = Math.min(WAIT_MS.most, waitMs * 2)) {
      try {
        const result = await work();
        if (told) this.say(`${shownAddress(this.address)} is back`);
        return result;
      } catch (error) {
        if (!isAway(error) || signal?.aborted) throw error;
        if (!told && waitMs > 4 * WAIT_MS.first) {
          told = true;
          this.say(
            `${shownAddress(this.address)} is away (${(error as Error).message || (error as NodeJS.ErrnoException).code}); waiting for it`,
          );
        }
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
