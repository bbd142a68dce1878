/** Builds a probe bank on several cores: a job for each match. The bank is the same whatever the number of workers. */
import { assembleBank, drawBank, type Seen, type ValuedBankMatch } from '../../scoring/oracle/bank-builder.js';
import type { ProbeBank } from '../../scoring/oracle/probes.js';
import { runJobs, type PoolSettings } from '../host/pool.js';
import { taskNamed } from '../match/tasks.js';
import { bankRecipe, type BankSize } from './recipes.js';

/** One match to value. Its recipe holds functions and its snapshots are large, so the worker makes them anew. */
export interface BankJob {
  task: string;
  size: BankSize;
  match: number;
  drawn: readonly Seen[];
}

/**
 * Builds a task's bank by its recipe.
 * @param size a smaller one than the frozen bank, for trying out
 * @throws JobError naming the match that could not be valued
 */
export async function buildBankOnCores(name: string, settings: Omit<PoolSettings, 'signal'>, size: BankSize = {}): Promise<ProbeBank> {
  const task = taskNamed(name);
  const recipe = bankRecipe(task, size);
  const drawn = drawBank(task, recipe);
  const jobs = drawn.byMatch.map((own, match): BankJob => ({ task: name, size, match, drawn: own }));
  const module = new URL('./bank-worker.js', import.meta.url);
  const valued = await runJobs<BankJob, ValuedBankMatch>(module, jobs, ({ match }) => `match ${match} of the bank of ${name}`, settings);
  return assembleBank(task, recipe, drawn, valued as ValuedBankMatch[]);
}
