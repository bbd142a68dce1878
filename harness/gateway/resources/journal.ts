/**
 * What a gateway has prepared and not reclaimed yet, as lines of JSON in one file that is only added to: from it the next start reclaims what a
 * gateway left that was killed. A line is written before the thing that it tells of is made, so that nothing is there that it does not know.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { WORLD_NAME } from './folders.js';
import type { ProcessIdentity } from './process-table.js';

const worldRecord = z.object({
  world: z.string().regex(WORLD_NAME),
  kind: z.string(),
  /** The program's name as commands are given it. */
  program: z.string(),
  /** It has, or may have, a folder of its own. */
  folder: z.boolean(),
  port: z.int().optional(),
  /** Commands or processes are run for it, so that some may be left. */
  runs: z.boolean(),
  graceMs: z.number(),
  /** The command that releases it, with its values put in. */
  release: z.object({ command: z.array(z.string()), withinMs: z.number(), env: z.array(z.string()) }).optional(),
  process: z.object({ pid: z.int().positive(), born: z.string().nullable(), boot: z.string() }).optional(),
});

/** A world as it was begun. */
export type WorldRecord = z.infer<typeof worldRecord>;

const line = z.union([
  z.object({ start: z.string().regex(/^[0-9a-f]{8}$/) }),
  z.object({ begun: worldRecord }),
  z.object({ started: z.string(), process: worldRecord.shape.process.unwrap() }),
  z.object({ reclaimed: z.string() }),
]);

/** Lines of worlds that are over, beside which the file is written anew. */
const MOST_OVER = 4096;

/** What a journal tells of an earlier gateway. */
export interface Left {
  worlds: WorldRecord[];
  /** Marks of its starts: names of worlds begin with them. */
  starts: string[];
  /** Lines that cannot be read, by their numbers: all but a last one that was cut off. */
  broken: number[];
}

export class Journal {
  /** What names of this start's worlds begin with. */
  readonly start = randomBytes(4).toString('hex');
  private readonly open = new Map<string, WorldRecord>();
  private file: number | undefined;
  private over = 0;

  private constructor(private readonly path: string) {}

  /** The journal's path below the folder of all worlds. */
  static pathIn(root: string): string {
    return join(root, 'journal');
  }

  /** What an earlier gateway left. @throws when the file is there and cannot be read */
  static read(path: string): Left {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { worlds: [], starts: [], broken: [] };
      throw error;
    }
    const worlds = new Map<string, WorldRecord>();
    const left: Left = { worlds: [], starts: [], broken: [] };
    const lines = text.split('\n');
    for (const [i, each] of lines.entries()) {
      const read = each === '' ? undefined : parsed(each);
      if (!read) {
        if (i < lines.length - 1) left.broken.push(i + 1);
      } else if ('start' in read) left.starts.push(read.start);
      else if ('begun' in read) worlds.set(read.begun.world, read.begun);
      else if ('reclaimed' in read) worlds.delete(read.reclaimed);
      else if (worlds.has(read.started)) worlds.set(read.started, { ...worlds.get(read.started)!, process: read.process });
    }
    return { ...left, worlds: [...worlds.values()] };
  }

  /** Begins anew, with what could not be reclaimed of an earlier gateway. */
  static create(path: string, left: readonly WorldRecord[]): Journal {
    const journal = new Journal(path);
    for (const record of left) journal.open.set(record.world, record);
    journal.rewrite();
    return journal;
  }

  /** A world is about to be prepared. What others hold, such as containers, outlives the machine's power too: then the line is brought to the disk. */
  async begun(record: WorldRecord): Promise<void> {
    this.open.set(record.world, record);
    this.write({ begun: record });
    if (record.release) await promisify(fdatasync)(this.file!);
  }

  /** A process of a world's was started. */
  started(world: string, process: ProcessIdentity): void {
    const record = this.open.get(world);
    if (record) this.open.set(world, { ...record, process });
    this.write({ started: world, process });
  }

  /** Nothing of a world is left. */
  reclaimed(world: string): void {
    this.open.delete(world);
    this.write({ reclaimed: world });
    if (++this.over > MOST_OVER && this.over > 4 * this.open.size) this.rewrite();
  }

  /** Worlds that are not reclaimed. */
  get size(): number {
    return this.open.size;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private write(what: z.input<typeof line>): void {
    if (this.file === undefined) throw new Error(`${this.path}: the journal is closed`);
    writeSync(this.file, `${JSON.stringify(what)}\n`);
  }

  /** Writes what is open into a new file, which then takes the place of the old one. */
  private rewrite(): void {
    const starts = new Set([...this.open.keys()].map((world) => world.slice(0, 8))).add(this.start);
    const lines = [...[...starts].map((start) => ({ start })), ...[...this.open.values()].map((begun) => ({ begun }))];
    writeFileSync(`${this.path}.new`, lines.map((each) => `${JSON.stringify(each)}\n`).join(''), { flush: true });
    renameSync(`${this.path}.new`, this.path);
    this.close();
    this.file = openSync(this.path, 'a');
    this.over = 0;
  }
}

function parsed(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
