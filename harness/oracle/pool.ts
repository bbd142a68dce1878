/** The oracle after the matches: worker threads that value a stated sample of each trace's decisions, each in a world of its own. */
import type { OracleSettings } from '../../scoring/oracle/oracle.js';
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { runJobs, type PoolSettings } from '../host/pool.js';

/** One seat of one trace, and how many of its decisions to value (a seeded sample; all of them when there are fewer). */
export interface OracleJob {
  trace: Trace;
  seat: number;
  sample: number;
  settings?: OracleSettings;
}

/**
 * Values the jobs' decisions in parallel. Results are in the jobs' order; undefined where the signal stopped it first.
 * @throws JobError naming the trace when one cannot be valued (other rules, a bot that is gone, a worker that died).
 */
export async function valueDecisions(jobs: readonly OracleJob[], settings: PoolSettings): Promise<(ValuedMatch | undefined)[]> {
  // The longest first, so that no worker is left alone with a big one at the end.
  const order = jobs.map((_, index) => index).sort((a, b) => jobs[b]!.sample - jobs[a]!.sample || a - b);
  const module = new URL('./worker.js', import.meta.url);
  const sorted = await runJobs<OracleJob, ValuedMatch>(module, order.map((i) => jobs[i]!), ({ trace }) => `trace ${trace.header.id}`, settings); // prettier-ignore
  const results = new Array<ValuedMatch | undefined>(jobs.length);
  order.forEach((index, i) => (results[index] = sorted[i]));
  return results;
}
