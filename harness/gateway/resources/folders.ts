/** Worlds' folders: made empty or as copies of one that was warmed, and removed. All of them lie directly below one folder of the gateway's own. */
import { spawnSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of worlds, and so of their folders: a start's mark and a number. */
export const WORLD_NAME = /^[0-9a-f]{8}-[1-9][0-9]{0,14}$/;

/**
 * Runs a command to its end. Trees are copied and removed by the system's own commands: Node took twenty times as long for a copy of 5,000 files, and
 * what the gateway's own thread is busy with holds up answers.
 */
export type Run = (command: readonly string[]) => Promise<unknown>;

/** The folder of a world. @throws when the name is no world's: nothing else is ever written or removed */
export function folderOf(root: string, world: string): string {
  if (!WORLD_NAME.test(world)) throw new Error(`"${world.slice(0, 60)}" is no name of a world`);
  return join(worldsFolder(root), world);
}

/** Where all worlds' folders lie. */
export function worldsFolder(root: string): string {
  return join(root, 'worlds');
}

/** Makes a world's folder. @param from copied where it is given: links stay links, and times and modes what they are */
export async function makeWorldFolder(path: string, from: string | undefined, run: Run): Promise<void> {
  await mkdir(path);
  if (from !== undefined) await run(['cp', '-a', ...(sharesBlocks() ? ['--reflink=auto'] : []), '--', `${from}/.`, path]);
}

/** Removes a world's folder with all that is in it; links in it are removed, not followed. @returns whether there was one */
export async function removeWorldFolder(path: string, run: Run): Promise<boolean> {
  if (!(await lstat(path).catch(() => undefined))) return false;
  try {
    await rmdir(path);
  } catch {
    try {
      await run(['rm', '-rf', '--', path]);
    } catch {
      // Folders that their owner may not write, as package managers leave them, are opened for it.
      await open(path);
      await run(['rm', '-rf', '--', path]);
    }
  }
  return true;
}

async function open(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await open(join(path, name));
}

/** Worlds that have a folder there. */
export async function worldsWithFolders(root: string): Promise<string[]> {
  return (await readdir(worldsFolder(root))).filter((name) => WORLD_NAME.test(name));
}

let shares: boolean | undefined;

/** Whether `cp` can share blocks between a file and its copy where the file system can: that of GNU does. */
function sharesBlocks(): boolean {
  return (shares ??= spawnSync('cp', ['--reflink=auto', '--version'], { stdio: 'ignore' }).status === 0);
}
