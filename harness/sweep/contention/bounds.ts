/** What bounds a sweep in which several agents of one configuration ask at once. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BudgetLimits } from '../../endpoints/budget.js';
import type { SharedBudget } from '../../endpoints/tally.js';
import type { Plan } from '../plan.js';

/** Why a plan's contention cannot be played as it was asked for, in words; undefined when it can. @param isElsewhere others play the sweep's cells */
export function contentionFault({ tasks }: Plan, { maxCost }: BudgetLimits, isElsewhere: boolean): string | undefined {
  const task = tasks.find(({ plan }) => plan.contention);
  if (!task) return undefined;
  const where = `tasks.${task.name}.contention`;
  if (isElsewhere) return `${where}: agents that ask at once are played on this machine; accepted: a sweep without --queue`;
  if (maxCost === undefined) return undefined;
  return `${where}: several agents ask at once, and each knows what it spent alone; accepted: --max-calls in place of --max-cost`;
}

/**
 * The sweep's budget with a tally of its own where the plan has contention, so that the calls of all agents are counted together, those before
 * among them. Whoever asked for it removes the tally's folder.
 */
export function boundedTogether(budget: BudgetLimits, { tasks }: Plan): SharedBudget {
  if (budget.maxCalls === undefined || tasks.every(({ plan }) => !plan.contention)) return budget;
  return { ...budget, tallies: mkdtempSync(join(tmpdir(), 'tickbench-calls-')) };
}
