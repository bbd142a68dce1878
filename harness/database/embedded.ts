/** Starts the process of an embedded database, unless one serves its folder already. */
import { fork } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { DatabaseError } from './address.js';
import type { EmbeddedSay } from './embedded-process.js';
import { isServed } from './socket.js';

/** A served folder: `release` lets its process end once nobody is connected. */
export interface Served {
  release(): void;
}

/** Has a folder's database served on its socket (see socket.ts). @param folder absolute @throws DatabaseError when it cannot be opened */
export async function serveFolder(folder: string): Promise<Served> {
  try {
    makeFolder(folder);
    chmodSync(folder, 0o700);
  } catch (error) {
    throw new DatabaseError(`${folder}: ${fileFault(error)}; the database needs a folder of its own`);
  }
  if (await isServed(folder)) return { release: () => undefined };
  const child = fork(fileURLToPath(new URL('./embedded-process.js', import.meta.url)), [folder], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = `${words}${text}`.slice(-2000)));
  const said = await new Promise<EmbeddedSay>((resolve) => {
    child.once('message', (message) => resolve(message as EmbeddedSay));
    child.once('error', (error) => resolve({ say: 'fault', detail: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ say: 'fault', detail: `its process ended (${signal ?? `exit status ${code}`}): ${words.trim() || 'without a word'}` }),
    );
  });
  if (said.say === 'fault') throw new DatabaseError(`the database in ${folder} cannot be opened: ${said.detail}`);
  // It keeps nobody from ending: with this process its channel closes, which it hears.
  child.unref();
  child.channel?.unref();
  (child.stderr as unknown as { unref(): void }).unref();
  return { release: () => void (child.connected && child.disconnect()) };
}
