/** Worlds' folders: made empty or as copies of one that was warmed, and removed. All of them lie directly below one folder of the gateway's own. */
import { constants } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of worlds, and so of their folders: a start's mark and a number. */
export const WORLD_NAME = /^[0-9a-f]{8}-[1-9][0-9]{0,14}$/;

/** The folder of a world. @throws when the name is no world's: nothing else is ever written or removed */
export function folderOf(root: string, world: string): string {
  if (!WORLD_NAME.test(world)) throw new Error(`"${world.slice(0, 60)}" is no name of a world`);
  return join(worldsFolder(root), world);
}

/** Where all worlds' folders lie. */
export function worldsFolder(root: string): string {
  return join(root, 'worlds');
}

/** Makes a world's folder. @param from copied where it is given: its blocks are shared where the file system can, and links stay what they are */
export async function makeWorldFolder(path: string, from: string | undefined): Promise<void> {
  if (from === undefined) return void (await mkdir(path));
  await cp(from, path, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true, errorOnExist: true, force: false });
}

/** Removes a world's folder with all that is in it; links in it are removed, not followed. @returns whether there was one */
export async function removeWorldFolder(path: string): Promise<boolean> {
  if (!(await lstat(path).catch(() => undefined))) return false;
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Folders that their owner may not write, as package managers leave them, are opened for it.
    await open(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
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
