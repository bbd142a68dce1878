/**
 * The oracle after the matches: worker threads that value a stated sample of each trace's decisions. The result does not depend
 * on the number of workers or on who took which job.
 */
import { Worker } from 'node:worker_threads';
import type { OracleSettings } from '../../scoring/oracle.js';
import type { ValuedMatch } from '../../scoring/summary.js';
import type { Trace } from '../../scoring/trace.js';
import type { WorkerSettings } from './worker.js';

/** One seat of one trace, and how many of its decisions to value (a seeded sample; all of them when there are fewer). */
export interface OracleJob {
  trace: Trace;
  seat: number;
  sample: number;
  settings?: OracleSettings;
}

export interface PoolSettings {
  /** Threads. Each holds one world and plays its futures. */
  workers: number;
  /** Told after each job. */
  onProgress?(done: number, total: number): void;
  /** Stops early: jobs not begun by then are left out of the result (undefined). */
  signal?: AbortSignal;
  /** URLs of modules a worker imports first, to register worlds of your own. */
  modules?: string[];
}

export type WorkerReply = { index: number; result: ValuedMatch } | { index: number; error: string } | { ready: true };

/** A job that could not be valued. */
export class OracleJobError extends Error {
  override name = 'OracleJobError';
}

/**
 * Values the jobs' decisions in parallel. Results are in the jobs' order; undefined where the signal stopped it first.
 * @throws OracleJobError naming the trace when one cannot be valued (other rules, a bot that is gone, a worker that died).
 */
export async function valueDecisions(jobs: readonly OracleJob[], settings: PoolSettings): Promise<(ValuedMatch | undefined)[]> {
  const results = new Array<ValuedMatch | undefined>(jobs.length).fill(undefined);
  if (jobs.length === 0) return results;
  // The longest first, so that no worker is left alone with a big one at the end.
  const queue = jobs.map((_, index) => index).sort((a, b) => jobs[b]!.sample - jobs[a]!.sample || a - b);
  let done = 0;
  const count = Math.max(1, Math.min(settings.workers, jobs.length));
  const workers: Worker[] = [];
  const runOne = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.js', import.meta.url), {
        workerData: { modules: settings.modules ?? [] } satisfies WorkerSettings,
      });
      workers.push(worker);
      let current: number | undefined;
      const next = () => {
        current = settings.signal?.aborted ? undefined : queue.shift();
        if (current === undefined) resolve();
        else worker.postMessage({ index: current, job: jobs[current] });
      };
      const name = () => (current === undefined ? 'no trace' : `trace ${jobs[current]!.trace.header.id}`);
      worker.on('error', (error) => reject(new OracleJobError(`${name()}: worker failed: ${error.message}`)));
      worker.on('exit', (code) => reject(new OracleJobError(`${name()}: worker exited with code ${code}`)));
      worker.on('message', (reply: WorkerReply) => {
        if ('error' in reply) return reject(new OracleJobError(`trace ${jobs[reply.index]!.trace.header.id}: ${reply.error}`));
        if ('result' in reply) {
          results[reply.index] = reply.result;
          settings.onProgress?.(++done, jobs.length);
        }
        next();
      });
    });
  try {
    await Promise.all(Array.from({ length: count }, runOne));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}
