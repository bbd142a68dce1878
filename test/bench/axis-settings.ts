/** What the trial of the frontier's axis plays: both tasks as the quick plan plays them, with more bots, at delays of each task's own. */
import { taskNamed } from '../../harness/match/tasks.js';
import { opponentOf } from '../../harness/sweep/cells.js';
import { loadPlan } from '../../harness/sweep/plan.js';
import { withMorePolicies } from './axis-policies.js';
import type { TrialPolicy, TrialSettings } from './axis-trial.js';

/** By task: matches of a policy at a delay, and the delays, from what a small model needs to what a large one does. */
const TRIALS: Record<string, { matches: number; delaysMs: number[] }> = {
  fighter: { matches: 60, delaysMs: [200, 300, 430, 650] },
  hft: { matches: 100, delaysMs: [220, 400, 730, 1100] },
};

/** A task's trial without its policies. */
export type TaskTrial = Omit<TrialSettings, 'policies'>;

/** The trials of the quick plan's tasks. */
export function trialsOfPlan(): TaskTrial[] {
  return loadPlan('quick').tasks.flatMap((planned): TaskTrial[] => {
    const trial = TRIALS[planned.name];
    if (!trial) return [];
    const task = withMorePolicies(taskNamed(planned.name));
    const { options, opponent: named, patient } = planned.plan;
    const { bot, errorPermille, givenUs = 0 } = opponentOf(task, planned.plan);
    return [
      {
        task,
        options,
        patientOptions: patient.options,
        ...(named ? { opponent: { bot, errorPermille, delayUs: givenUs } } : {}),
        delaysUs: trial.delaysMs.map((ms) => ms * 1000),
        matches: trial.matches,
      },
    ];
  });
}

/** Every bot of a trial's task, whole. */
export function botsOf({ task }: TaskTrial): TrialPolicy[] {
  return task.bots.map(({ name }) => ({ bot: name, errorPermille: 0 }));
}
