/** Folders that are written into. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that there are not. Unlike `mkdirSync` with `recursive`, which asks some file systems (/proc) again and
 * again without end, it asks once for each folder.
 * @throws an error of the file system with its code and path, or in words that name the path
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (!isThere(at)) {
    missing.push(at);
    at = dirname(at);
  }
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The folder above is there: this file system takes no folders.
      if (code === 'ENOENT') throw new Error(`${folder}: no folder can be made here`, { cause: error });
      // Another process may have made it meanwhile.
      if (code !== 'EEXIST' || !isThere(folder)) throw error;
    }
  }
}

/** Whether a folder is there. @throws when something else is, or what is there cannot be asked */
function isThere(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST', path });
  return stat !== undefined;
}
