/** One sweep at a time plays into a results folder: a file that says which process does. */
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { fileFault } from '../host/fault.js';
import { StoreError } from './store.js';

const holder = z.object({
  pid: z.int().positive(),
  host: z.string(),
  startedAt: z.string(),
  /** When the process itself was started, by its system's count: another process may have got the same number since. Null where that cannot be told. */
  born: z.string().nullable(),
});

type Holder = z.infer<typeof holder>;

/**
 * Takes a results folder for this process. A lock whose process is gone is taken over, and that is said.
 * @returns what gives it back; a process that ends by itself gives it back too @throws StoreError when another sweep has it
 */
export function lockFolder(folder: string, say: (line: string) => void): () => void {
  const path = join(folder, 'lock');
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    born: bornOf(process.pid),
  } satisfies Holder);
  while (!claim(path, mine)) {
    const text = read(path);
    if (text === undefined) continue; // given back just now
    const found = holderIn(text);
    if (found && isAlive(found)) {
      const elsewhere = found.host === hostname() ? '' : `; if it no longer runs there, delete ${path}`;
      throw new StoreError(
        `${folder}: another sweep plays into it (process ${found.pid} on ${found.host}, since ${found.startedAt})${elsewhere}; ` +
          'wait for it, or give this one a folder of its own with --out',
      );
    }
    if (takeAway(path, text))
      say(`the lock of ${found ? `process ${found.pid}, which has ended,` : 'a sweep that was cut off'} is taken over`);
  }
  const giveBack = (): void => {
    process.off('exit', giveBack);
    if (read(path) === mine) rmSync(path, { force: true });
  };
  process.on('exit', giveBack);
  return giveBack;
}

/** Whether a sweep plays into a results folder now, as its lock says; one of another host counts as playing. */
export function isPlayedInto(folder: string): boolean {
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
function claim(path: string, mine: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new StoreError(`${path}: ${fileFault(error)}`);
  }
  writeSync(file, mine);
  closeSync(file);
  return true;
}

/** Removes the lock whose text this is. Another process may do the same meanwhile and hold a fresh one: that is put back. */
function takeAway(path: string, text: string): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new StoreError(`${path}: ${fileFault(error)}`);
  }
  const isThatOne = read(aside) === text;
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

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StoreError(`${path}: ${fileFault(error)}`);
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

/** When a process was started, in its system's own count (Linux: proc(5), field 22 of stat). */
function bornOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
