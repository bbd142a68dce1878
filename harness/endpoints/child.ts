/**
 * A server started as a child process: its last words are kept for error messages, and it never outlives us.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** Output lines kept for error messages. */
const LAST_LINES = 12;

/** How long a process may take to end after a polite signal, in milliseconds. */
const GRACE_MS = 5000;

const groups = new Set<number>();

function killGroups(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
}

let guarded = false;

/** A process that ends without calling `stop` (an exception, process.exit, a signal nobody handles) takes the groups it started with it. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.on('exit', killGroups);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const handler = (): void => {
      if (process.listenerCount(signal) > 1) return; // someone else decides, and `exit` follows
      killGroups();
      process.removeListener(signal, handler);
      process.kill(process.pid, signal);
    };
    process.on(signal, handler);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    return; // it has ended already
  }
}

/** A running child, in a process group of its own. */
export class ServerProcess {
  private lines: string[] = [];
  private unfinished = '';
  /** How it ended: a sentence; undefined while it runs. */
  ended: string | undefined;
  /** Resolves when it has ended. */
  readonly exit: Promise<void>;

  private constructor(readonly child: ChildProcess) {
    guard();
    if (child.pid !== undefined) groups.add(child.pid);
    this.exit = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.ended !== undefined) return;
        this.ended = how;
        if (child.pid !== undefined) groups.delete(child.pid);
        resolve();
      };
      child.on('error', (error) => end(`could not be started: ${error.message}`));
      child.on('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with status ${code}`));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    child.stdin?.on('error', () => undefined); // it went before we did: `ended` says so
  }

  /** Starts a program with its arguments; its stdin stays open as long as we live. Its stdout is the caller's. */
  static program(file: string, args: readonly string[]): ServerProcess {
    return new ServerProcess(spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true }));
  }

  /** Starts a shell line; both outputs are kept as its last lines. */
  static shell(line: string): ServerProcess {
    const started = new ServerProcess(spawn(line, { shell: true, stdio: ['ignore', 'pipe', 'pipe'], detached: true }));
    started.child.stdout?.setEncoding('utf8').on('data', (text: string) => started.keep(text));
    return started;
  }

  /** The last lines it wrote, indented, for the end of an error message; empty when it wrote none. */
  lastLines(): string {
    const lines = [...this.lines, this.unfinished].filter((line) => line.trim() !== '').slice(-LAST_LINES);
    return lines.length === 0 ? '' : `\nits last lines were:\n${lines.map((line) => `  ${line.slice(0, 200)}`).join('\n')}`;
  }

  /** Kills its group at once, as a crash would. */
  kill(): void {
    const { pid } = this.child;
    if (this.ended === undefined && pid !== undefined) signalGroup(pid, 'SIGKILL');
  }

  /** Asks its group to end, insists after a while, and resolves when it has. */
  async stop(): Promise<void> {
    const { pid } = this.child;
    if (this.ended === undefined && pid !== undefined) {
      this.child.stdin?.end();
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
      await this.exit;
      clearTimeout(timer);
    }
    if (pid !== undefined) signalGroup(pid, 'SIGKILL'); // what a shell line left behind in its group
  }

  private keep(text: string): void {
    const lines = (this.unfinished + text).split(/\r?\n/);
    this.unfinished = (lines.pop() ?? '').slice(-2000);
    this.lines = [...this.lines, ...lines].slice(-LAST_LINES);
  }
}
