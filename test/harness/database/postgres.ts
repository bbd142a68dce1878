/** A real PostgreSQL for tests, started in a folder of its own. Without one: a failure where CI is set, else a notice of what is left out. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server with one database; `crash` kills it and starts it again on its files; `stop` ends it and deletes everything. */
export interface RealPostgres {
  url: string;
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** The newest installed PostgreSQL's programs, or undefined. */
function programs(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  return [process.env.POSTGRES_BIN, ...found.map((version) => join(versions, version, 'bin'))].find(
    (folder) => folder !== undefined && existsSync(join(folder, 'initdb')),
  );
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function user(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody'])
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  return {};
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Where a server listens: in a network namespace (as root), to clients of a network. */
export interface Place {
  netns: string;
  address: string;
  from: string;
}

/** Starts one, or says what is left out. @param place elsewhere than on this machine's loopback @throws when CI is set and none is installed */
export async function startPostgres(leftOut: string, place?: Place): Promise<RealPostgres | undefined> {
  const bin = programs();
  if (bin === undefined) {
    const line = `No PostgreSQL found in /usr/lib/postgresql (set POSTGRES_BIN to its programs' folder): ${leftOut}`;
    if (process.env.CI) throw new Error(line);
    console.log(`      ${line} is left out.`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-postgres-'));
  const as = user();
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid!);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale', 'C'], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  });
  if (place) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${place.from} trust\n`);
  const port = await freePort();
  const address = place?.address ?? '127.0.0.1';
  let server = await serve();
  return {
    url: `postgres://tester@${address}:${port}/postgres`,
    crash: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
      // Its children notice that it is gone, and hold its memory until they do.
      for (let tries = 0; ; tries++)
        try {
          server = await serve();
          return;
        } catch (error) {
          if (tries === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };

  /** Starts the server on its files. */
  async function serve(): Promise<ChildProcess> {
    const own = [join(bin!, 'postgres'), '-D', data, '-h', address, '-p', String(port), '-k', folder];
    // Only root enters a namespace, and becomes PostgreSQL's user there. Each program takes the place of the one before.
    const within = place ? ['ip', 'netns', 'exec', place.netns, 'setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups'] : [];
    const [program, ...args] = [...within, ...own];
    const started = spawn(program!, args, { ...(place ? {} : as), cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    await new Promise<void>((resolve, reject) => {
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        words += text;
        if (words.includes('ready to accept connections')) resolve();
      });
      started.once('exit', () => reject(new Error(`PostgreSQL ended: ${words}`)));
    });
    return started;
  }
}
