/** Starts worlds' processes and tells how they end, by a small process of its own (./starter-process.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { oneLine } from '../../endpoints/refusal.js';
import { signal } from './process-table.js';

/** What a process is started with. */
export interface Started {
  command: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** A process that is to be started. `wanted`: a text of a line that is waited for; `mostPrinted`: bytes of its output that are kept. */
export type ToStarter = Started & { id: number; wanted?: string; mostPrinted: number };

/** What is told of one: its number, that it wrote the line, how it ended. */
export type FromStarter =
  | { id: number; pid: number }
  | { id: number; said: true }
  | { id: number; ended: string; status: number | null; printed: string; bytes: number; last: string };

/** Bytes of a process's output that are kept. */
export const MOST_PRINTED = 65_536;

/** How long a process that is broken off has to end before it is killed. */
const GRACE_MS = 1000;

/** A process of a world's, or a command under way: in a group of its own, so that its number is its group's. */
export class WorldProcess {
  pid: number | undefined;
  /** How it ended: a sentence's end; undefined while it runs. */
  ended: string | undefined;
  /** The exit status; null when it could not be started or a signal ended it. */
  status: number | null = null;
  /** It wrote the line that is waited for. */
  isSaid = false;
  printed = '';
  printedBytes = 0;
  /** Resolves when it has ended. Never rejects. */
  readonly exited: Promise<void>;
  /** Resolves when its number is known, or that it has none. Never rejects. */
  readonly begun: Promise<void>;
  private last = '';
  private resolveExited!: () => void;
  private resolveBegun!: () => void;

  constructor() {
    this.exited = new Promise((resolve) => (this.resolveExited = resolve));
    this.begun = new Promise((resolve) => (this.resolveBegun = resolve));
  }

  /** Something is told of it. */
  hear(message: FromStarter): void {
    if ('said' in message) this.isSaid = true;
    else if ('pid' in message) this.pid = message.pid;
    else {
      const { ended, status, printed, bytes, last } = message;
      Object.assign(this, { ended, status, printed, printedBytes: bytes, last });
      this.resolveExited();
    }
    if (!('said' in message)) this.resolveBegun();
  }

  /** The last that it wrote, for the end of an error message. */
  get lastWords(): string {
    const lines = this.last.split(/\r?\n/).filter((each) => each.trim() !== '');
    const text = oneLine(lines.slice(-3).join(' / '));
    return text === '' ? '' : `; it wrote last: ${text}`;
  }

  /** Asks its group to end, kills it after a while, and resolves when it has ended. */
  async breakOff(): Promise<void> {
    await this.begun;
    const { pid } = this;
    if (pid === undefined || this.ended !== undefined) return;
    signal(-pid, 'SIGTERM');
    const timer = setTimeout(() => signal(-pid, 'SIGKILL'), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
    signal(-pid, 'SIGKILL');
  }
}

export class Starter {
  private child: ChildProcess | undefined;
  private readonly processes = new Map<number, WorldProcess>();
  private nextId = 1;

  /** Starts a process. @param wanted a text of a line that is waited for */
  start(started: Started, wanted?: string): WorldProcess {
    const id = this.nextId++;
    const process = new WorldProcess();
    this.processes.set(id, process);
    const message: ToStarter = { id, ...started, mostPrinted: MOST_PRINTED, ...(wanted === undefined ? {} : { wanted }) };
    this.running().send(message, (error) => {
      if (error) this.hear({ id, ended: `cannot be started: ${error.message}`, status: null, printed: '', bytes: 0, last: '' });
    });
    return process;
  }

  /** Ends the small process; what it started lives on. */
  async close(): Promise<void> {
    const { child } = this;
    if (!child) return;
    const over = once(child, 'exit');
    if (child.connected) child.disconnect();
    await over;
  }

  private running(): ChildProcess {
    if (this.child) return this.child;
    const child = fork(fileURLToPath(new URL('./starter-process.js', import.meta.url)), { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }); // prettier-ignore
    this.child = child;
    child.on('message', (message: FromStarter) => this.hear(message));
    child.on('error', () => undefined); // `exit` follows, or the message's own error
    child.once('exit', () => {
      this.child = undefined;
      // What it started may run on, and is nobody's child any more: it is looked for when its world is reclaimed.
      const lost = { ended: 'is not known any more: the process that started it ended', status: null, printed: '', bytes: 0, last: '' };
      for (const id of [...this.processes.keys()]) this.hear({ id, ...lost });
    });
    return child;
  }

  private hear(message: FromStarter): void {
    this.processes.get(message.id)?.hear(message);
    if ('ended' in message) this.processes.delete(message.id);
  }
}
