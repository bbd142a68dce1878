/** A folder belongs to one arena at a time: another one would take the matches that it plays for cut off. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
