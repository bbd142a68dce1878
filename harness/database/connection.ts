/** Opens a database, brings its tables up to date, and hands out one query builder whichever kind it is. */
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DatabaseError, shownAddress, type DatabaseAddress } from './address.js';
import { serveFolder, type Served } from './embedded.js';
import { migrate, type Migrations } from './migrations.js';
import { socketFolder } from './socket.js';

/** Connections to a server at once; an embedded database has one session, which its clients share in turn. */
const MOST_CONNECTIONS = { server: 8, folder: 2 } as const;
/** How long a connection may take to come. */
const CONNECT_MS = 20_000;

/** An open database. */
export interface Database<Tables> {
  query: Kysely<Tables>;
  close(): Promise<void>;
}

/** Whole numbers of 64 bits as numbers: counts and sizes here stay far below 2^53. Times as PostgreSQL writes them are not used: times are numbers or text. */
function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new DatabaseError(`the database holds ${text}, which is no exact number here`);
  return value;
}

const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? exactNumber : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** Connections whose embedded process is started anew when it has died. */
class ServedPool extends pg.Pool {
  constructor(
    private readonly folder: string,
    private served: Served,
    config: pg.PoolConfig,
  ) {
    super(config);
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): void;
  override connect(
    callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): Promise<pg.PoolClient> | void {
    if (callback) return super.connect(callback);
    return super.connect().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw error;
      this.served = await serveFolder(this.folder);
      return super.connect();
    });
  }

  override async end(): Promise<void> {
    await super.end();
    this.served.release();
  }
}

async function poolOf(address: DatabaseAddress): Promise<pg.Pool> {
  // A server that is gone without a word is noticed by the system, in its time, and not waited for until somebody asks.
  const common = { types, keepAlive: true, connectionTimeoutMillis: CONNECT_MS, idleTimeoutMillis: 0, max: MOST_CONNECTIONS[address.kind] };
  const pool =
    address.kind === 'server'
      ? new pg.Pool({ ...common, connectionString: address.url })
      : new ServedPool(address.folder, await serveFolder(address.folder), {
          ...common,
          host: socketFolder(address.folder),
          port: 5432,
          user: 'postgres',
          database: 'postgres',
          ssl: false,
        });
  // A connection that breaks while nobody uses it is replaced by the next that is asked for.
  pool.on('error', () => undefined);
  // One that breaks between two statements of whoever has it is told by the next of them.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** How often an embedded database is tried, and how long is waited between. */
const MOST_OPENINGS = 5;
const BETWEEN_OPENINGS_MS = 300;

/**
 * Opens a database and runs the migrations it has not seen.
 * @param name of the set of migrations: what they create is recorded under it, so several sets share a database @throws DatabaseError
 */
export async function openDatabase<Tables>(address: DatabaseAddress, name: string, migrations: Migrations): Promise<Database<Tables>> {
  for (let tries = 1; ; tries++) {
    const query = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: await poolOf(address) }) });
    const ping = async (): Promise<void> => {
      try {
        await query.executeQuery(CompiledQuery.raw('select 1'));
      } catch (error) {
        throw new DatabaseError(
          `${shownAddress(address)} does not answer: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`,
        );
      }
    };
    let answers = false;
    try {
      await ping();
      answers = true;
      await migrate(query as Kysely<unknown>, name, migrations, shownAddress(address));
      return { query, close: () => query.destroy() };
    } catch (error) {
      await query.destroy();
      // The process of an embedded one ends when nobody uses it: it may do so while it is being opened again.
      if (answers || address.kind === 'server' || tries === MOST_OPENINGS) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_OPENINGS_MS));
    }
  }
}
