/**
 * Worker threads for what is reckoned after the matches. The result does not depend on their number or on who took which job.
 *
 * A worker's module calls `serve` once.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';

export interface PoolSettings {
  /** Threads. */
  workers: number;
  /** Told after each job. */
  onProgress?(done: number, total: number): void;
  /** Stops early: jobs not begun by then are left out of the result (undefined). */
  signal?: AbortSignal;
  /** URLs of modules a worker imports first, to register worlds of your own. */
  modules?: string[];
}

/** What a worker answers: a job's result, or what went wrong with it; at first that it is there. */
type Reply<Result> = { index: number; result: Result } | { index: number; error: string } | { ready: true };

/** A job that could not be done. */
export class JobError extends Error {
  override name = 'JobError';
}

/**
 * Does the jobs in parallel, in the order given. Results are in that order too; undefined where the signal stopped it first.
 * @param module the workers' module @param nameOf what a job is called in an error
 * @throws JobError naming the job when one cannot be done, or its worker died
 */
export async function runJobs<Job, Result>(
  module: URL,
  jobs: readonly Job[],
  nameOf: (job: Job) => string,
  settings: PoolSettings,
): Promise<(Result | undefined)[]> {
  const results = new Array<Result | undefined>(jobs.length).fill(undefined);
  let begun = 0;
  let done = 0;
  const count = Math.max(1, Math.min(settings.workers, jobs.length));
  const workers: Worker[] = [];
  const runOne = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(module, { workerData: { modules: settings.modules ?? [] } });
      workers.push(worker);
      let current: number | undefined;
      const next = () => {
        current = settings.signal?.aborted || begun === jobs.length ? undefined : begun++;
        if (current === undefined) resolve();
        else worker.postMessage({ index: current, job: jobs[current] });
      };
      const name = () => (current === undefined ? 'no job' : nameOf(jobs[current]!));
      worker.on('error', (error) => reject(new JobError(`${name()}: worker failed: ${error.message}`)));
      worker.on('exit', (code) => reject(new JobError(`${name()}: worker exited with code ${code}`)));
      worker.on('message', (reply: Reply<Result>) => {
        if ('error' in reply) return reject(new JobError(`${nameOf(jobs[reply.index]!)}: ${reply.error}`));
        if ('result' in reply) {
          results[reply.index] = reply.result;
          settings.onProgress?.(++done, jobs.length);
        }
        next();
      });
    });
  if (jobs.length === 0) return results;
  try {
    await Promise.all(Array.from({ length: count }, runOne));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

/** A worker's side: does each job it is sent. What `work` throws is told as that job's error. */
export async function serve<Job, Result>(work: (job: Job) => Result): Promise<void> {
  const { modules } = workerData as { modules: string[] };
  for (const module of modules) await import(module);
  const port = parentPort!;
  const tell = (reply: Reply<Result>): void => port.postMessage(reply);
  port.on('message', ({ index, job }: { index: number; job: Job }) => {
    try {
      tell({ index, result: work(job) });
    } catch (error) {
      tell({ index, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    }
  });
  tell({ ready: true });
}
