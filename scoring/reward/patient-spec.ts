/** Whether, and at what latency, a task is played patiently (`patient.ts` says what that is). Apart from its statistics, so that whoever only seats a match does not load them. */
import type { AnyTask } from '../../envs/environment.js';

/** A task that cannot be played patiently. */
export class PatientError extends Error {
  override name = 'PatientError';
}

/** How patient matches of a task are played. @throws PatientError where it does not say */
export function patientSpecOf(task: AnyTask): NonNullable<AnyTask['patient']> {
  if (!task.patient) throw new PatientError(`${task.name} cannot be played patiently: the task names no latency for it`);
  return task.patient;
}
