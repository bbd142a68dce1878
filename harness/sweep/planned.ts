/** What a plan comes to: of each task everybody who plays, every cell, and the bank that is asked. */
import { Probes } from '../../scoring/oracle/probes.js';
import { taskNamed } from '../match/tasks.js';
import { loadBank } from '../oracle/bank.js';
import { ConfigurationError } from '../configuration/configuration.js';
import { entrantsOf, measuringCells, patientCells, type Cell, type Entrant } from './cells.js';
import { contentionGroups, type CellGroup } from './contention/groups.js';
import type { Plan } from './plan.js';
import { scorerOf, type Scorer } from './scoring.js';

/** A task with everything that is to be played on it. */
export interface Planned {
  task: Plan['tasks'][number];
  entrants: Entrant[];
  cells: Cell[];
  /** Patient matches of the models. */
  patient: Cell[];
  /** What is played at the same time against one endpoint; empty where the plan asks for none. */
  contention: CellGroup[];
  /** Read before anything is played, since a bank of other rules is good for nothing; absent where none is asked. */
  probes?: Probes;
  /** The plan's own reward; absent where it names none. */
  score?: Scorer;
}

/**
 * Reads everything that is to be played.
 * @throws ProbeError when a bank that is to be asked cannot be, OptionsError, ConfigurationError, EndpointError, PromptError
 */
export async function plannedOf(plan: Plan): Promise<Planned[]> {
  if (plan.grid) throw new ConfigurationError(`${plan.grid.path}: its grid is not expanded yet, so that part of it would not be played`);
  // Models are identified in processes of their own, while the banks are read and played to here.
  const identified = plan.tasks.map((task) => entrantsOf(plan, task));
  for (const each of identified) each.catch(() => undefined); // told where it is awaited
  const planned: Planned[] = [];
  for (const [i, task] of plan.tasks.entries()) {
    const { name } = task;
    const { probes: count } = task.plan;
    const probes = count > 0 ? { probes: new Probes(taskNamed(name), loadBank(name), count) } : {};
    const score = task.plan.score === undefined ? {} : { score: await scorerOf(task.plan.score, taskNamed(name)) };
    const entrants = await identified[i]!;
    const cells = await measuringCells(task, entrants);
    planned.push({
      task,
      entrants,
      cells,
      patient: await patientCells(task, entrants),
      contention: await contentionGroups(task, entrants),
      ...probes,
      ...score,
    });
  }
  return planned;
}
