/** One program's world: its folder, its port, what its commands prepare, its process. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../endpoints/refusal.js';
import { commandName, filled, runCommand, runIn, worldEnvironment, type Values } from './commands.js';
import { folderOf, makeWorldFolder } from './folders.js';
import type { WorldRecord } from './journal.js';
import type { Ports } from './ports.js';
import { processIdentity, signal as send } from './process-table.js';
import { reclaimWorld } from './reclamation.js';
import type { WorldsRoot } from './root.js';
import type { KindSettings, Ready } from './settings.js';
import type { Started, WorldProcess } from './starter.js';

/** Where a world is: what its program is told. */
export interface WorldAddress {
  folder?: string;
  port?: number;
  /** What its preparation printed, where that was JSON. */
  data?: unknown;
}

/** Most characters of what a preparation prints that are told. */
const MOST_DATA = 4096;

export interface WorldTerms {
  name: string;
  kindName: string;
  kind: KindSettings;
  /** The program's own name, as it was given. */
  program: string;
  root: WorldsRoot;
  ports: Ports;
  /** The folder that `{here}` stands for. */
  here: string;
}

export class World {
  address: WorldAddress = {};
  private record: WorldRecord | undefined;
  private process: WorldProcess | undefined;
  private isReclaiming = false;

  /** Nothing is made yet. @param lost called when its process ends though nobody ended it, with how */
  constructor(
    private readonly terms: WorldTerms,
    private readonly lost: (how: string) => void,
  ) {}

  /** Makes it. @param signal breaks it off @throws with the step that failed and why: what was made till then is for `reclaim` to take away */
  async prepare(signal: AbortSignal): Promise<void> {
    const { name, kind, kindName, program, root, ports, here } = this.terms;
    const port = kind.port && (await ports.take(kind.port));
    const folder = kind.folder && folderOf(root.folder, name);
    const from = typeof kind.folder === 'object' ? kind.folder.from : undefined;
    const values: Values = {
      ...{ program: commandName(program), world: name, here },
      ...(folder === undefined ? {} : { folder }),
      ...(port === undefined ? {} : { port: String(port) }),
    };
    this.address = { ...(folder === undefined ? {} : { folder }), ...(port === undefined ? {} : { port }) };
    const { prepare, start, release, env } = kind;
    this.record = {
      ...{ world: name, kind: kindName, program: values.program, folder: folder !== undefined, graceMs: kind.graceS * 1000 },
      ...(port === undefined ? {} : { port }),
      runs: prepare !== undefined || start !== undefined || from !== undefined,
      ...(release === undefined ? {} : { release: { command: filled(release.command, values), withinMs: release.withinS * 1000, env } }),
    };
    await root.journal.begun(this.record);
    const where = { cwd: folder ?? root.folder, env: worldEnvironment(values, env) };
    if (folder !== undefined)
      await inStep('folder', () => makeWorldFolder(folder, from, runIn(root.starter, root.folder, where.env, signal)));
    if (prepare) {
      const command = { command: filled(prepare.command, values), ...where };
      const printed = await inStep('prepare', () => runCommand(root.starter, command, { withinMs: prepare.withinS * 1000, signal }));
      const data = dataIn(printed);
      if (data !== undefined) this.address.data = data;
    }
    if (start) {
      signal.throwIfAborted();
      await inStep('start', () => this.start({ command: filled(start.command, values), ...where }, start.ready, start.readyWithinS * 1000, signal)); // prettier-ignore
    }
    signal.throwIfAborted();
  }

  /** Takes away all that there is of it. May be called again after it failed. @throws with what could not be done */
  async reclaim(): Promise<void> {
    this.isReclaiming = true;
    const { root, ports } = this.terms;
    if (this.record) {
      const { process } = this;
      await reclaimWorld(root, this.record, process?.ended === undefined ? process?.exited : undefined);
      root.journal.reclaimed(this.record.world);
    }
    if (this.address.port !== undefined) ports.giveBack(this.address.port);
  }

  private async start(started: Started, ready: Ready | undefined, withinMs: number, signal: AbortSignal): Promise<void> {
    const process = this.terms.root.starter.start(started, typeof ready === 'object' && 'line' in ready ? ready.line : undefined);
    this.process = process;
    await process.begun;
    const { pid } = process;
    if (pid === undefined) throw new Error(process.ended);
    const identity = processIdentity(pid);
    this.record = { ...this.record!, process: identity };
    this.terms.root.journal.started(this.terms.name, identity);
    // What it leaves in its group when it ends by itself: nobody else has its number yet.
    void process.exited.then(() => void (this.isReclaiming || send(-pid, 'SIGKILL')));
    const isReady = async (): Promise<boolean> => {
      if (ready === undefined) return true;
      if (ready === 'port') return isOpen(this.address.port!);
      return 'line' in ready ? process.isSaid : existsSync(join(this.address.folder!, ready.file));
    };
    const endMs = performance.now() + withinMs;
    for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
      if (process.ended !== undefined) throw new Error(`${process.ended}${process.lastWords}`);
      signal.throwIfAborted();
      if (await isReady()) break;
      if (performance.now() >= endMs) throw new Error(`was not ready within ${withinMs / 1000} s${process.lastWords}`);
      await sleep(pause);
    }
    void process.exited.then(() => {
      if (!this.isReclaiming) this.lost(`its process ${process.ended}${process.lastWords}`);
    });
  }
}

async function inStep<T>(step: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(oneLine(`${step}: ${(error as Error).message}`), { cause: error });
  }
}

/** What was printed, where it is JSON and short enough to be told; undefined where it is some other text. */
function dataIn(printed: string): unknown {
  const text = printed.trim();
  if (text === '' || text.length > MOST_DATA) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const over = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1000, over(false)).once('connect', over(true)).once('error', over(false));
  });
}
