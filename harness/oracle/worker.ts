/** One worker of the oracle's pool: values the jobs it is sent, one message each. */
import { parentPort, workerData } from 'node:worker_threads';
import { decisionsOf } from '../../scoring/decisions.js';
import { sampleDecisions, valueDecisions } from '../../scoring/oracle.js';
import { taskNamed } from '../tasks.js';
import type { OracleJob, WorkerReply } from './pool.js';

/** What the pool starts a worker with. */
export interface WorkerSettings {
  /** Modules imported first, by URL: how worlds of your own are registered (`registerTask`). */
  modules: string[];
}

const { modules } = workerData as WorkerSettings;
for (const module of modules) await import(module);

const port = parentPort!;
port.on('message', ({ index, job }: { index: number; job: OracleJob }) => {
  let reply: WorkerReply;
  try {
    const { trace, seat, sample, settings } = job;
    const decisions = sampleDecisions(decisionsOf(trace, seat), sample, sampleSeed(settings?.seed ?? 0, trace.header.seed));
    const valued = valueDecisions(taskNamed(trace.header.task), trace, decisions, settings);
    reply = { index, result: { traceId: trace.header.id, seat, decisions: valued } };
  } catch (error) {
    reply = { index, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  port.postMessage(reply);
});
port.postMessage({ ready: true });

/** Samples differ between matches and stay the same between runs. */
function sampleSeed(seed: number, matchSeed: number): number {
  return seed * 0x10000 + matchSeed;
}
