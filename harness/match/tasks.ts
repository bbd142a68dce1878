/** The tasks by name: the one place in the harness that knows which worlds exist. */
import type { AnyTask } from '../../envs/environment.js';
import { fighter } from '../../envs/fighter/task.js';
import { paper } from '../../envs/hft/paper/task.js';
import { hft } from '../../envs/hft/task.js';

const TASKS = new Map<string, AnyTask>([
  [hft.name, hft],
  [fighter.name, fighter],
  [paper.name, paper],
]);

/** Every task's name. */
export function taskNames(): string[] {
  return [...TASKS.keys()];
}

/** Those whose decisions an oracle values: what has probe banks. */
export function valuedTaskNames(): string[] {
  return taskNames().filter((name) => TASKS.get(name)!.lacks?.oracle === undefined);
}

/** Those that the page draws. */
export function watchableTaskNames(): string[] {
  return taskNames().filter((name) => TASKS.get(name)!.lacks?.page === undefined);
}

/** The task of this name. @throws with the names there are */
export function taskNamed(name: string): AnyTask {
  const task = TASKS.get(name);
  if (!task) throw new Error(`no task "${name}"; there are ${taskNames().join(', ')}`);
  return task;
}

/** Adds a task, or replaces one of its name: how a world of your own is played, and how tests play a small one. */
export function registerTask(task: AnyTask): void {
  TASKS.set(task.name, task);
}
