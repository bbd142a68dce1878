/**
 * Worker threads for what is reckoned after the matches. The result does not depend on their number or on who took which job.
 *
 * What is done with a job stands in a module of its own, which exports it as `work`.
 */
import { Worker } from 'node:worker_threads';
import type { Order, Reply } from './pool-thread.js';

export interface PoolSettings {
  /** Threads. */
  workers: number;
  /** Threads that stay for the jobs after these; absent: some of their own, which end with them. */
  threads?: Threads;
  /** Told after each job. */
  onProgress?(done: number, total: number): void;
  /** Stops early: jobs not begun by then are left out of the result (undefined). */
  signal?: AbortSignal;
  /** URLs of modules a thread imports first, to register worlds of your own. */
  modules?: string[];
}

/** What a module of jobs exports. */
export interface JobModule<Job, Result> {
  work: (job: Job) => Result;
}

/** A job that could not be done. */
export class JobError extends Error {
  override name = 'JobError';
}

const THREAD = new URL('./pool-thread.js', import.meta.url);

/** Nobody listens to it any more. Its other listeners are Node's own: without them it says nothing again. */
const deaf = (worker: Worker): Worker => worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');

/** Threads that wait for jobs of any kind. One starts when there is a job for it, and takes longer to start than most jobs take. */
export class Threads {
  private idle: Worker[] = [];

  /** One that waits, or a new one. */
  take(modules: readonly string[]): Worker {
    const worker = this.idle.pop();
    return worker ? deaf(worker) : new Worker(THREAD, { workerData: { modules } });
  }

  /** Takes one back that is through. */
  give(worker: Worker): void {
    const gone = (): void => void (this.idle = this.idle.filter((each) => each !== worker));
    deaf(worker).once('error', gone).once('exit', gone);
    this.idle.push(worker);
  }

  /** Ends those that wait. */
  async close(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }
}

/**
 * Does the jobs in parallel, in the order given. Results are in that order too; undefined where the signal stopped it first.
 * @param module where the work stands (`JobModule`) @param nameOf what a job is called in an error
 * @throws JobError naming the job when one cannot be done, or its thread died
 */
export async function runJobs<Job, Result>(
  module: URL,
  jobs: readonly Job[],
  nameOf: (job: Job) => string,
  settings: PoolSettings,
): Promise<(Result | undefined)[]> {
  const results = new Array<Result | undefined>(jobs.length).fill(undefined);
  const threads = settings.threads ?? new Threads();
  const busy = new Set<Worker>();
  let begun = 0;
  let done = 0;
  const runOne = (): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      if (settings.signal?.aborted) return resolve();
      const worker = threads.take(settings.modules ?? []);
      busy.add(worker);
      let current: number | undefined;
      const next = (): void => {
        current = settings.signal?.aborted || begun === jobs.length ? undefined : begun++;
        if (current !== undefined) return worker.postMessage({ index: current, module: module.href, job: jobs[current] } satisfies Order);
        busy.delete(worker);
        threads.give(worker);
        resolve();
      };
      const name = (): string => (current === undefined ? 'no job' : nameOf(jobs[current]!));
      worker.on('error', (error) => reject(new JobError(`${name()}: worker failed: ${error.message}`)));
      worker.on('exit', (code) => reject(new JobError(`${name()}: worker exited with code ${code}`)));
      worker.on('message', (reply: Reply) => {
        if ('error' in reply) return reject(new JobError(`${nameOf(jobs[reply.index]!)}: ${reply.error}`));
        results[reply.index] = reply.result as Result;
        settings.onProgress?.(++done, jobs.length);
        next();
      });
      next();
    });
  try {
    await Promise.all(Array.from({ length: Math.min(Math.max(1, settings.workers), jobs.length) }, runOne));
  } finally {
    // Of jobs of which one failed, others are still at work.
    await Promise.all([...busy].map((worker) => deaf(worker).terminate()));
    if (!settings.threads) await threads.close();
  }
  return results;
}
