/** A thread of a pool: does what it is sent, each with the module in which its work stands. */
import { parentPort, workerData } from 'node:worker_threads';
import type { JobModule } from './pool.js';

/** A job for a thread, by its number. */
export interface Order {
  index: number;
  /** URL of the module that does it. */
  module: string;
  job: unknown;
}

/** What a thread answers: a job's result, or what went wrong with it. */
export type Reply = { index: number; result: unknown } | { index: number; error: string };

const { modules } = workerData as { modules: readonly string[] };
for (const module of modules) await import(module);

parentPort!.on('message', async ({ index, module, job }: Order) => {
  let reply: Reply;
  try {
    const { work } = (await import(module)) as JobModule<unknown, unknown>;
    reply = { index, result: work(job) };
  } catch (error) {
    reply = { index, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  parentPort!.postMessage(reply);
});
