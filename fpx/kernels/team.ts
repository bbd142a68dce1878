/**
 * The threads that compute one model together: the calling one, and workers that make in the same memory the kernel calls they are sent.
 * Which thread does which part is the caller's choice; the kernels give the same bits whoever calls them.
 */

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { KernelMemory, Kernels } from './kernels.js';
import { Mailbox, mailboxBuffer, ThreadError } from './mailbox.js';

/** Threads that one model computes on at most. */
export const MOST_THREADS = 64;

/** What a thread is told once. */
export interface ThreadSettings {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  mailbox: SharedArrayBuffer;
}

/** What it answers when it is ready. */
export interface ThreadStarted {
  task: string | undefined;
}

/** A model's threads. Make it, place the model, `start` it, and `close` it when the model is no longer needed. */
export class Team {
  /** Kernels for each thread: the first computes at once, the others write down what `together` then sends. */
  readonly kernels: readonly Kernels[];
  /** Where the system keeps its accounts of the other threads, such as `123/task/456` below /proc; empty where it keeps none. */
  readonly tasks: string[] = [];
  private readonly mailboxes: readonly Mailbox[];
  private readonly workers: Worker[] = [];
  /** Why the team computes no more. */
  private broken: ThreadError | undefined;

  /** @throws RangeError for a number of threads that is not from 1 to 64 */
  constructor(
    private readonly memory: KernelMemory,
    threads: number,
  ) {
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)
      throw new RangeError(`threads ${threads}; accepted are 1 to ${MOST_THREADS}`);
    this.mailboxes = Array.from({ length: threads - 1 }, () => new Mailbox(mailboxBuffer(), memory.kernels));
    this.kernels = [memory.kernels, ...this.mailboxes.map(({ kernels }) => kernels)];
  }

  /** Starts the other threads and waits until they are ready. @throws ThreadError when one cannot start */
  async start(): Promise<void> {
    try {
      await Promise.all(this.mailboxes.map(({ buffer }) => this.hire(buffer)));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Does `work` for every thread at the same time, told by its number, and returns when all are done. For a number other than 0 it may do
   * nothing but call that thread's `kernels`: they are run later, elsewhere.
   * @throws ThreadError when another thread failed; the team then computes no more
   */
  together(work: (thread: number) => void): void {
    const { mailboxes } = this;
    this.check();
    try {
      for (let i = 0; i < mailboxes.length; i++) {
        work(i + 1);
        mailboxes[i]!.post();
      }
      work(0);
      for (const mailbox of mailboxes) mailbox.join();
    } catch (error) {
      if (mailboxes.length > 0) this.broken = error instanceof ThreadError ? error : new ThreadError(`computing failed: ${String(error)}`);
      throw error;
    }
  }

  /** @throws ThreadError when the team is closed, or a thread has failed or ended */
  check(): void {
    if (this.broken) throw this.broken;
  }

  /** Ends the other threads. */
  async close(): Promise<void> {
    this.broken ??= new ThreadError('the model is closed');
    await Promise.all(this.workers.splice(0).map((worker) => worker.terminate()));
  }

  /** One more thread. It keeps no process from ending. */
  private hire(mailbox: SharedArrayBuffer): Promise<void> {
    const workerData: ThreadSettings = { ...this.memory.shared(), mailbox };
    const worker = new Worker(fileURLToPath(new URL('./team-thread.js', import.meta.url)), { workerData, execArgv: [] });
    this.workers.push(worker);
    return new Promise((resolve, reject) => {
      const lose = (why: string): void => {
        this.broken ??= new ThreadError(why);
        reject(this.broken);
      };
      worker.once('message', ({ task }: ThreadStarted) => {
        if (task !== undefined) this.tasks.push(task);
        worker.unref();
        resolve();
      });
      worker.on('error', (error) => lose(`a computing thread failed: ${error.message}`));
      worker.on('exit', (code) => lose(`a computing thread ended with status ${code}`));
    });
  }
}
