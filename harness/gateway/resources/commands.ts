/** Commands and processes of worlds: started without a shell, in process groups of their own, with an environment that names their world. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileFault } from '../../host/fault.js';
import { oneLine } from '../../endpoints/refusal.js';
import { signal as send, WORLD_VARIABLE } from './process-table.js';
import { IN_BRACES, type Placeholder } from './settings.js';

/** Variables that every command is given of the gateway's own. Keys are in others, and stay here. */
const PASSED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Bytes that a command may print, and how much of the end is kept to say why it failed. */
const MOST_PRINTED = 65_536;
const KEPT = 2000;

/** How long the outputs of a command that has ended are read on: something that it started may hold them open. */
const LINGER_MS = 200;

/** How long a command that is broken off has to end before it is killed. */
const GRACE_MS = 1000;

/** What placeholders stand for in one world. */
export type Values = Readonly<Partial<Record<Placeholder, string>> & { program: string; world: string; here: string }>;

/**
 * A program's name as commands are given it: its letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 40 of them, and a
 * mark that tells it from every other. It is a name for files and containers, whatever the program is called.
 */
export function commandName(program: string): string {
  const name = program.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '').slice(0, 40); // prettier-ignore
  return `${name === '' ? 'program' : name}-${createHash('sha256').update(program).digest('hex').slice(0, 12)}`;
}

/** A command with the placeholders' values in it. */
export function filled(command: readonly string[], values: Values): string[] {
  return command.map((argument) => argument.replace(IN_BRACES, (text, name: string) => values[name as Placeholder] ?? text));
}

/** The environment of a world's commands and processes. @param passed names of further variables of the gateway's */
export function worldEnvironment({ program, world, folder, port }: Omit<Values, 'here'>, passed: readonly string[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const name of [...PASSED, ...passed]) if (process.env[name] !== undefined) environment[name] = process.env[name];
  return {
    ...environment,
    [WORLD_VARIABLE]: world,
    TICKBENCH_PROGRAM: program,
    ...(folder === undefined ? {} : { TICKBENCH_FOLDER: folder }),
    ...(port === undefined ? {} : { TICKBENCH_PORT: port }),
  };
}

export interface Started {
  command: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** A process of a world's, or a command under way. */
export class WorldProcess {
  readonly child: ChildProcess;
  /** How it ended: a sentence's end; undefined while it runs. */
  ended: string | undefined;
  /** The exit status; null when it could not be started or a signal ended it. */
  status: number | null = null;
  /** Resolves when it has ended. Never rejects. */
  readonly exited: Promise<void>;
  private readonly closed: Promise<void>;
  private printed: Buffer[] = [];
  private printedBytes = 0;
  private tail = '';

  /** @param line called with each line that it writes to its output @param keep whether all that it prints is kept */
  constructor({ command, cwd, env }: Started, { line, keep = false }: { line?: (text: string) => void; keep?: boolean } = {}) {
    const [program, ...rest] = command;
    const child = spawn(program!, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) this.ended ??= `cannot be started: ${program}: ${fileFault(error)}`;
        resolve();
      });
      child.once('exit', (code, by) => {
        this.status = code;
        this.ended ??= by ? `was ended by ${by}` : `ended with status ${code}`;
        resolve();
      });
    });
    this.closed = new Promise((resolve) => child.once('close', () => resolve()));
    let unfinished = '';
    child.stdout?.on('data', (piece: Buffer) => {
      this.printedBytes += piece.length;
      if (keep && this.printedBytes <= MOST_PRINTED) this.printed.push(piece);
      this.remember(piece);
      if (!line) return;
      const lines = (unfinished + piece.toString('utf8')).split(/\r?\n/);
      unfinished = lines.pop()!.slice(-MOST_PRINTED);
      for (const each of lines) line(each);
    });
    child.stderr?.on('data', (piece: Buffer) => this.remember(piece));
    for (const stream of [child.stdout, child.stderr]) stream?.on('error', () => undefined);
  }

  /** The last that it wrote, for the end of an error message. */
  get lastWords(): string {
    const text = oneLine(this.tail.split(/\r?\n/).filter((each) => each.trim() !== '').slice(-3).join(' / ')); // prettier-ignore
    return text === '' ? '' : `; it wrote last: ${text}`;
  }

  /** All that it printed, once its outputs are closed or were read on for long enough. @throws when that is too much */
  async output(): Promise<string> {
    await this.drain();
    if (this.printedBytes > MOST_PRINTED) throw new Error(`it printed ${this.printedBytes} bytes; ${MOST_PRINTED} are accepted at most`);
    return Buffer.concat(this.printed).toString('utf8');
  }

  /** Lets go of its outputs, once it has ended. */
  async drain(): Promise<void> {
    if (this.child.pid === undefined) return;
    const over = new AbortController();
    await Promise.race([this.closed, sleep(LINGER_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  /** Asks its group to end, kills it after a while, and resolves when it has ended. */
  async breakOff(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined && this.ended === undefined) {
      send(-pid, 'SIGTERM');
      const timer = setTimeout(() => send(-pid, 'SIGKILL'), GRACE_MS);
      await this.exited;
      clearTimeout(timer);
      send(-pid, 'SIGKILL');
    }
    await this.drain();
  }

  private remember(piece: Buffer): void {
    this.tail = (this.tail + piece.toString('utf8')).slice(-KEPT);
  }
}

/** How long it may take to copy or to remove a folder. */
const TREE_WITHIN_MS = 600_000;

/** What runs the system's own commands for a world's folder. @param signal breaks them off */
export function runIn(cwd: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): (command: readonly string[]) => Promise<string> {
  return (command) => runCommand({ command, cwd, env }, { withinMs: TREE_WITHIN_MS, ...(signal === undefined ? {} : { signal }) });
}

/** Runs a command to its end. @returns what it printed @throws when it cannot be started, fails, prints too much, or is not over within the time */
export async function runCommand(started: Started, { withinMs, signal }: { withinMs: number; signal?: AbortSignal }): Promise<string> {
  signal?.throwIfAborted();
  const running = new WorldProcess(started, { keep: true });
  let why: string | undefined;
  const stop = (reason: string) => (): void => {
    why ??= reason;
    void running.breakOff();
  };
  const timer = setTimeout(stop(`was not over within ${withinMs / 1000} s`), withinMs);
  const abandoned = stop('was broken off');
  signal?.addEventListener('abort', abandoned, { once: true });
  await running.exited;
  clearTimeout(timer);
  signal?.removeEventListener('abort', abandoned);
  const printed = await running.output();
  why ??= running.status === 0 ? undefined : running.ended;
  if (why !== undefined) throw new Error(`${why}${running.lastWords}`);
  return printed;
}
