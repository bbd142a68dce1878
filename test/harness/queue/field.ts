/** A sweep over a queue as users start it: the sweep, workers and the database as processes that a test may kill at any instant. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../harness/host/root.js';

const PROGRAM = 'dist/harness/cli/main.js';
/** A sweep without a report. */
export const BARE = 'dist/test/harness/queue/sweep-process.js';

/** A process of the field, with what it said. */
export interface Actor {
  args: string[];
  child: ChildProcess;
  said: string;
  ended: Promise<number | null>;
}

export class Field {
  readonly workers: Actor[] = [];
  sweep: Actor | undefined;
  private netns: string | undefined;
  /** What workers said that were killed. */
  private buried = '';

  /** @param queue as `--queue` takes it @param folder where everything is started */
  constructor(
    private readonly queue: string,
    private readonly folder: string,
    private readonly plan: string,
    private readonly kind: 'program' | 'bare' = 'program',
  ) {}

  /** What is started from now on runs in a network namespace. */
  on(netns: string): this {
    this.netns = netns;
    return this;
  }

  /** Starts the sweep: the program's own, or the bare one of sweep-process.ts. */
  startSweep(...more: string[]): Actor {
    const [module, args] =
      this.kind === 'bare' ? [BARE, [this.plan, this.queue]] : [PROGRAM, ['sweep', this.plan, '--no-page', '--queue', this.queue, ...more]];
    return (this.sweep = this.start(args, module));
  }

  startWorker(machine: string, ...more: string[]): Actor {
    const worker = this.start(['worker', '--queue', this.queue, '--machine', machine, '--lease', '1.5', ...more]);
    this.workers.push(worker);
    return worker;
  }

  /** Kills a worker, what plays for it left to itself, and starts another in its place. */
  async killWorker(at: number): Promise<void> {
    const worker = this.workers[at]!;
    await kill(worker);
    this.buried += worker.said;
    this.workers[at] = this.start(worker.args);
  }

  async killSweep(): Promise<void> {
    await kill(this.sweep!);
    this.startSweep();
  }

  /** How many matches workers began, those of killed workers among them. */
  begun(): number {
    const all = this.buried + this.workers.map(({ said }) => said).join('');
    return all.match(/^.* seed \d+(?: \(\w+\))?(?:, attempt \d+ of \d+)?$/gm)?.length ?? 0;
  }

  async stop(): Promise<void> {
    for (const actor of [...this.workers, ...(this.sweep ? [this.sweep] : [])]) await kill(actor);
  }

  private start(args: string[], module = PROGRAM): Actor {
    const within = this.netns === undefined ? [] : ['ip', 'netns', 'exec', this.netns];
    const [program, ...words] = [...within, process.execPath, join(packageRoot(), module), ...args];
    const child = spawn(program!, words, {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const actor: Actor = { args, child, said: '', ended: new Promise((resolve) => child.once('close', resolve)) };
    child.stderr.setEncoding('utf8').on('data', (text: string) => (actor.said += text));
    return actor;
  }
}

async function kill({ child }: Actor): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Kills the process that holds the embedded database of a folder, if one does (Linux alone can tell). */
export function killEmbedded(folder: string): boolean {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!line.some((each) => each.endsWith('embedded-process.js')) || !line.includes(folder)) continue;
      readlinkSync(`/proc/${pid}/exe`);
      process.kill(Number(pid), 'SIGKILL');
      return true;
    } catch {
      continue; // ended meanwhile, or another user's
    }
  return false;
}
