/**
 * A folder belongs to one arena at a time: another one would take the matches that it plays for cut off. Where it is reached stands there, too, for
 * the board's server.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Takes the folder. @returns how to give it back @throws when an arena that is alive has it */
export function claimFolder(folder: string): () => void {
  const path = join(folder, 'pid');
  for (let tries = 0; ; tries++)
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(path, 'utf8').trim());
      if (tries > 0 || (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid)))
        throw new Error(`${folder}: another arena (process ${pid}) plays in this folder; delete ${path} if that is not so`, {
          cause: error,
        });
      rmSync(path, { force: true }); // of one that was killed
    }
}

const address = z.strictObject({
  url: z.url({ protocol: /^ws$/ }),
  watchDelayMs: z.number().nonnegative().optional(),
  pid: z.int().positive(),
});

/** Where an arena that runs is reached from this machine. */
export interface ArenaAddress {
  /** ws://HOST:PORT */
  url: string;
  /** By how much later its matches are shown, real milliseconds; absent: not at all. */
  watchDelayMs?: number;
}

/** Writes down where this process's arena is reached. @returns how to take it back */
export function tellAddress(folder: string, { url, watchDelayMs }: ArenaAddress): () => void {
  const path = join(folder, 'address.json');
  const told = { url: url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:'), watchDelayMs, pid: process.pid };
  writeFileSync(`${path}.part`, JSON.stringify(told), { mode: 0o600 });
  renameSync(`${path}.part`, path);
  return () => rmSync(path, { force: true });
}

/** Where the arena of this folder is reached; undefined while none runs on this machine. */
export function arenaAddress(folder: string): ArenaAddress | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'address.json'), 'utf8');
  } catch {
    return undefined; // none was ever opened here, or it was closed
  }
  const read = address.safeParse(parsed(text));
  if (!read.success || !isAlive(read.data.pid)) return undefined;
  const { url, watchDelayMs } = read.data;
  return { url, ...(watchDelayMs === undefined ? {} : { watchDelayMs }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
