/** One process at a time works in a folder: a file that says which one does. */
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bornOf } from './born.js';
import { fileFault } from './fault.js';

const holder = z.object({
  pid: z.int().positive(),
  host: z.string(),
  startedAt: z.string(),
  /** When the process itself was started, by its system's count: another process may have got the same number since. Null where that cannot be told. */
  born: z.string().nullable(),
});

type Holder = z.infer<typeof holder>;

/** How a lock speaks of who takes it. */
export interface LockWords {
  /** Who holds one, with its article: `a sweep`. */
  holder: string;
  /** What another one does there: `another sweep plays into it`. */
  taken: string;
  /** What to do instead: `wait for it`. */
  instead: string;
  /** The error that says so. */
  error(message: string): Error;
}

/**
 * Takes a folder for this process. A lock whose process is gone is taken over, and that is said.
 * @returns what gives it back; a process that ends by itself gives it back too @throws the error of the words when another has it
 */
export function lockFolder(folder: string, words: LockWords, say: (line: string) => void): () => void {
  const path = join(folder, 'lock');
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    born: bornOf(process.pid),
  } satisfies Holder);
  while (!claim(path, mine, words)) {
    const text = read(path, words);
    if (text === undefined) continue; // given back just now
    const found = holderIn(text);
    if (found && isAlive(found)) {
      const elsewhere = found.host === hostname() ? '' : `; if it no longer runs there, delete ${path}`;
      throw words.error(
        `${folder}: ${words.taken} (process ${found.pid} on ${found.host}, since ${found.startedAt})${elsewhere}; ${words.instead}`,
      );
    }
    if (takeAway(path, text, words))
      say(`the lock of ${found ? `process ${found.pid}, which has ended,` : `${words.holder} that was cut off`} is taken over`);
  }
  const giveBack = (): void => {
    process.off('exit', giveBack);
    if (read(path, words) === mine) rmSync(path, { force: true });
  };
  process.on('exit', giveBack);
  return giveBack;
}

/** Whether a process holds a folder now, as its lock says; one of another host counts as one that does. */
export function isHeld(folder: string): boolean {
  let text: string | undefined;
  try {
    text = read(join(folder, 'lock'));
  } catch {
    return false; // a lock that nobody here may read
  }
  const found = text === undefined ? undefined : holderIn(text);
  return found !== undefined && isAlive(found);
}

/** Makes the lock unless there is one. */
function claim(path: string, mine: string, words: LockWords): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw words.error(`${path}: ${fileFault(error)}`);
  }
  writeSync(file, mine);
  closeSync(file);
  return true;
}

/** Removes the lock whose text this is. Another process may do the same meanwhile and hold a fresh one: that is put back. */
function takeAway(path: string, text: string, words: LockWords): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw words.error(`${path}: ${fileFault(error)}`);
  }
  const isThatOne = read(aside, words) === text;
  if (!isThatOne) {
    try {
      linkSync(aside, path);
    } catch {
      // a third one has claimed it since: the loop finds that
    }
  }
  rmSync(aside, { force: true });
  return isThatOne;
}

function read(path: string, words?: LockWords): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw words ? words.error(`${path}: ${fileFault(error)}`) : error;
  }
}

function holderIn(text: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a lock's process still runs. On another host that cannot be told, so it counts as running. */
function isAlive({ pid, host, born }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return born === null || bornOf(pid) === born;
}
