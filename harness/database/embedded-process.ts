/**
 * The process in which an embedded database lives: PostgreSQL compiled to WebAssembly, which computes for 100 ms and more without a pause, so
 * it never shares a process with anything that keeps time. It serves the database on a socket beside its files; who opened it first started
 * it, and others may connect, such as a command beside a running server. It ends when that first one has gone and nobody is connected.
 *
 *     node dist/harness/database/embedded-process.js FOLDER
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../host/folder.js';
import { fileFault } from '../host/fault.js';
import { isServed, SOCKET_NAME, socketFolder } from './socket.js';
import { takeTurns } from './turns.js';

/** What it tells whoever started it: that clients may connect (to itself, or to the one that was there before), or why not. */
export type EmbeddedSay = { say: 'ready'; isOther: boolean } | { say: 'fault'; detail: string };

const folder = process.argv[2]!;
const sockets = socketFolder(folder);
const socket = join(sockets, SOCKET_NAME);
const starting = join(folder, 'starting');

function tell(message: EmbeddedSay): Promise<void> {
  return new Promise((resolve) => (process.send ? process.send(message, () => resolve()) : resolve()));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Makes this process the only one that takes the folder over. False when another one is at it. */
function claim(): boolean {
  try {
    const file = openSync(starting, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const pid = Number(readFileSync(starting, 'utf8').trim());
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) rmSync(starting, { force: true });
    return false;
  }
}

let parentGone = false;
process.on('disconnect', () => {
  parentGone = true;
  endWhenUnused();
});
let endWhenUnused = (): void => process.exit(0);
// Ctrl-C reaches the whole process group; whoever uses the database says when it is over.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);

async function serve(): Promise<void> {
  makeFolder(folder);
  makeFolder(sockets);
  for (let tries = 0; ; tries++) {
    if (await isServed(folder)) {
      await tell({ say: 'ready', isOther: true });
      process.exit(0);
    }
    if (claim()) break;
    if (tries > 600)
      throw new Error(`${starting}: another process has been opening the database for a minute; delete it if that is not so`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { PGlite } = await import('@electric-sql/pglite');
  const database = new PGlite({ dataDir: join(folder, 'data') });
  await database.waitReady;
  const { server, connections } = takeTurns(
    (message) => database.execProtocolRaw(message),
    () => endWhenUnused(),
  );
  // Whoever took the folder over before it was claimed here has gone: nobody answered.
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, () => resolve()));
  rmSync(starting, { force: true });
  let isEnding = false;
  endWhenUnused = (): void => {
    if (!parentGone || connections.size > 0 || isEnding) return;
    isEnding = true;
    server.close();
    void database.close().finally(() => process.exit(0));
  };
  await tell({ say: 'ready', isOther: false });
  endWhenUnused();
}

serve().catch(async (error: unknown) => {
  const { path } = error as NodeJS.ErrnoException;
  await tell({ say: 'fault', detail: `${path === undefined ? '' : `${path}: `}${fileFault(error)}` });
  process.exit(1);
});
