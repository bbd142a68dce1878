/** The end of a world, told by its record alone: of this gateway's own, and of one that was killed before. */
import { folderOf, removeWorldFolder } from './folders.js';
import { runCommand, runIn, worldEnvironment } from './commands.js';
import type { WorldRecord } from './journal.js';
import type { ProcessTable } from './process-table.js';
import type { Starter } from './starter.js';

/** What a reclamation is done by: the folder of all worlds, and what finds and starts processes. */
export interface Reclaiming {
  folder: string;
  processes: ProcessTable;
  starter: Starter;
}

/** What was found of a world and is gone now. */
export interface Reclaimed {
  processes: number;
  folder: boolean;
  /** Its release command was run. */
  released: boolean;
}

/**
 * Ends its processes, runs the command that releases it, ends what that one and the one that prepared it left, and removes its folder. All of it
 * may be done again: where it failed, or where it is not known how far it came.
 * @param exited resolves when its process ends, where that is a child of this one that has not ended yet
 * @throws with what could not be done
 */
export async function reclaimWorld(
  { folder: root, processes, starter }: Reclaiming,
  record: WorldRecord,
  exited?: Promise<void>,
): Promise<Reclaimed> {
  const { world, program, port, process: leader, graceMs, release } = record;
  const folder = record.folder ? folderOf(root, world) : undefined;
  const values = { program, world, ...(folder === undefined ? {} : { folder }), ...(port === undefined ? {} : { port: String(port) }) };
  let ended = record.runs ? await processes.end(world, leader, graceMs, exited) : 0;
  if (release) {
    try {
      // Not in its folder: a preparation may have failed before there was one.
      await runCommand(
        starter,
        { command: release.command, cwd: root, env: worldEnvironment(values, release.env) },
        { withinMs: release.withinMs },
      );
    } catch (error) {
      throw new Error(`release ${(error as Error).message}`, { cause: error });
    }
    ended += await processes.end(world, undefined, graceMs);
  }
  const hadFolder = folder !== undefined && (await removeWorldFolder(folder, runIn(starter, root, worldEnvironment(values, []))));
  return { processes: ended, folder: hadFolder, released: release !== undefined };
}
