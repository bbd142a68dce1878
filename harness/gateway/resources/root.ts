/** The folder of all worlds, taken by one gateway at a time, with what an earlier one left there reclaimed first. */
import { statSync } from 'node:fs';
import { ConfigurationError } from '../../configuration/configuration.js';
import { oneLine } from '../../endpoints/refusal.js';
import { fileFault, toldOf } from '../../host/fault.js';
import { makeFolder } from '../../host/folder.js';
import { lockFolder } from '../../host/folder-lock.js';
import { WORLD_NAME, worldsFolder, worldsWithFolders } from './folders.js';
import { Journal, type WorldRecord } from './journal.js';
import { ProcessTable } from './process-table.js';
import { reclaimWorld, type Reclaiming } from './reclamation.js';
import type { ResourceSettings } from './settings.js';
import { Starter } from './starter.js';

/** Worlds of an earlier gateway that are reclaimed at once. */
const AT_ONCE = 8;

/** What was found of an earlier gateway, and what became of it. */
export interface ReclaimReport {
  worlds: number;
  processes: number;
  folders: number;
  /** Release commands that were run to their end. */
  released: number;
  /** What could not be reclaimed, a sentence each. It stays in the journal. */
  left: string[];
}

/** The folder of all worlds, taken. */
export interface WorldsRoot extends Reclaiming {
  journal: Journal;
  report: ReclaimReport;
  /** Gives it back: the journal is closed, and another gateway may take it. */
  close(): Promise<void>;
}

/** Takes the folder and reclaims what is there. @param say lines for people @throws ConfigurationError when another gateway has it, or it cannot be used */
export async function openRoot({ folder, kinds, attempts }: ResourceSettings, say: (line: string) => void): Promise<WorldsRoot> {
  for (const [name, { folder: of }] of Object.entries(kinds)) if (typeof of === 'object') checkSnapshot(name, of.from);
  try {
    makeFolder(worldsFolder(folder));
  } catch (error) {
    throw new ConfigurationError(`resources.folder: ${toldOf(error)}; accepted: a folder that can be written`);
  }
  const words = {
    holder: 'a gateway',
    taken: 'another gateway has its worlds there',
    instead: 'end it, or give this one a folder of its own (resources.folder)',
    error: (message: string) => new ConfigurationError(message),
  };
  const unlock = lockFolder(folder, words, say);
  const by = { folder, processes: new ProcessTable(), starter: new Starter() };
  try {
    const { report, left } = await reclaimLeft(by, attempts, say);
    const journal = Journal.create(Journal.pathIn(folder), left);
    const close = async (): Promise<void> => {
      journal.close();
      await by.starter.close();
      unlock();
    };
    return { ...by, journal, report, close };
  } catch (error) {
    await by.starter.close();
    unlock();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ConfigurationError(`resources.folder: ${toldOf(error)}`, { cause: error });
  }
}

/** What was found, in one line; undefined when there was nothing. */
export function reportLine({ worlds, processes, folders, released, left }: ReclaimReport): string | undefined {
  if (worlds === 0) return undefined;
  const of = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
  const found = `of an earlier gateway ${of(worlds, 'world was', 'worlds were')} left: ended ${of(processes, 'process', 'processes')}, removed ${of(folders, 'folder')}, ran ${of(released, 'release command')}`; // prettier-ignore
  return left.length === 0 ? found : `${found}; ${left.length} could not be reclaimed`;
}

function checkSnapshot(kind: string, from: string): void {
  const where = `resources.kinds.${kind}.folder.from: ${from}`;
  try {
    if (!statSync(from).isDirectory()) throw new ConfigurationError(`${where}: a file; accepted: a folder to copy`);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${where}: ${fileFault(error)}; accepted: a folder to copy`);
  }
}

async function reclaimLeft(by: Reclaiming, attempts: number, say: (line: string) => void) {
  const { folder: root, processes } = by;
  const { worlds, starts, broken } = Journal.read(Journal.pathIn(root));
  for (const number of broken)
    say(`${Journal.pathIn(root)}:${number}: the line cannot be read; what it told of is looked for by other means`);
  const records = new Map(worlds.map((record) => [record.world, record]));
  // What lies in the folder, or names one of its worlds, is the gateway's also where no line tells of it.
  const unknown = { kind: 'unknown', program: 'unknown', graceMs: 5000 };
  for (const world of await worldsWithFolders(root)) if (!records.has(world)) records.set(world, { world, ...unknown, folder: true, runs: true }); // prettier-ignore
  const marks = new Set([...starts, ...[...records.keys()].map((world) => world.slice(0, 8))]);
  if (marks.size > 0)
    for (const { world } of await processes.look())
      if (world !== undefined && WORLD_NAME.test(world) && marks.has(world.slice(0, 8)) && !records.has(world))
        records.set(world, { world, ...unknown, folder: false, runs: true });
  const report: ReclaimReport = { worlds: records.size, processes: 0, folders: 0, released: 0, left: [] };
  const left: WorldRecord[] = [];
  const queue = [...records.values()];
  const work = async (): Promise<void> => {
    for (let record = queue.shift(); record; record = queue.shift()) {
      for (let attempt = 1; ; attempt++) {
        try {
          const { processes: ended, folder, released } = await reclaimWorld(by, record);
          report.processes += ended;
          report.folders += folder ? 1 : 0;
          report.released += released ? 1 : 0;
          break;
        } catch (error) {
          if (attempt < attempts) continue;
          const why = oneLine((error as Error).message);
          report.left.push(`world ${record.world} (${record.kind}, program ${record.program}): ${why}`);
          left.push(record);
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { report, left };
}
