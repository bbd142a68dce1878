/** The oracle's work for a sweep, when nothing is being measured any more: decisions of the models' matches, valued and kept. */
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import { hashOf } from '../configuration/hash.js';
import type { PoolSettings } from '../host/pool.js';
import { valueDecisions, type OracleJob } from '../oracle/pool.js';
import { valuedMatch } from './forms.js';
import type { CellResult } from './play.js';
import type { SweepStore } from './store.js';

/**
 * Values of a sample of the decisions of every model's match that counts; those that an earlier run valued are read.
 * Matches that `pool.signal` left out are not in it. @param say told how much there is to do @throws JobError when a match cannot be valued
 */
export async function valuedMatches(
  played: readonly CellResult[],
  store: SweepStore,
  say: (line: string) => void,
  pool: PoolSettings,
): Promise<ValuedMatch[]> {
  const results: ValuedMatch[] = [];
  const jobs: { job: OracleJob; id: string; key: string }[] = [];
  for (const { cell, trace } of played) {
    if (cell.entrant.kind === 'bot' || cell.purpose !== 'measure' || !trace.footer?.verdict.counts) continue;
    const sample = cell.taskPlan.oracleDecisions;
    if (sample === 0) continue;
    const { futures: usual, horizonUs } = cell.task.oracle;
    const futures = cell.taskPlan.oracleFutures ?? usual;
    const key = hashOf([cell.task.rules, trace.footer.digest, sample, futures, horizonUs]);
    const earlier = store.cached<ValuedMatch>('oracle', cell.id, key, valuedMatch);
    if (earlier) results.push(earlier);
    else jobs.push({ job: { trace, seat: cell.seat, sample, settings: { futures } }, id: cell.id, key });
  }
  const decisions = jobs.reduce((sum, { job }) => sum + job.sample, 0);
  if (jobs.length > 0) say(`valuing ${decisions} sampled decisions of ${jobs.length} matches on ${pool.workers} threads`);
  const found = await valueDecisions(jobs.map(({ job }) => job), pool); // prettier-ignore
  found.forEach((match, i) => {
    if (!match) return;
    store.keep('oracle', jobs[i]!.id, jobs[i]!.key, match);
    results.push(match);
  });
  return results;
}
