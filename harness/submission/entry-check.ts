/** An entry of a bundle, judged by a board: whether every cell of the published plan is there, on the published seeds, none picked. */
import { taskNames } from '../match/tasks.js';
import { botEntrants, patientSeeds } from '../sweep/cells.js';
import type { Plan, TaskPlan } from '../sweep/plan.js';
import { LEAST_SEEDS, purposes, type Manifest, type ManifestEntry, type Purpose } from './manifest.js';
import { overlapping } from './plausibility.js';
import { otherTerms, termsOf, type PublishedPlans } from './terms.js';
import type { CheckedTrace } from './trace-check.js';

/** Why nothing of a bundle can be judged: its plan is none that the board publishes. Null when it can. @throws ConfigurationError for a published plan that cannot be read */
export function planFault({ plan: { name, tasks }, entries }: Manifest, published: PublishedPlans): string | null {
  const plan = published.plan(name);
  if (!plan) return `plan: "${name}" is not published here; published are ${published.names.join(', ') || 'none'}`;
  for (const [task, terms] of Object.entries(tasks)) {
    const own = taskPlanOf(plan, task);
    if (!own)
      return `plan.tasks.${task}: the published plan ${name} has no such task; it has ${plan.tasks.map((each) => each.name).join(', ')}`;
    const other = otherTerms(terms, termsOf(own));
    if (other !== undefined) return `plan.tasks.${task}: ${other}`;
  }
  const stranger = entries.find(({ task }) => !Object.hasOwn(tasks, task) || !taskNames().includes(task));
  return stranger ? `entries: ${stranger.name} is of task ${stranger.task}, and the bundle's plan has ${Object.keys(tasks).join(', ') || 'none'}` : null; // prettier-ignore
}

/** A published plan's part of a task. */
export function taskPlanOf(plan: Plan, task: string): TaskPlan | undefined {
  return plan.tasks.find(({ name }) => name === task)?.plan;
}

/** Why an entry is not whole, in words; null when it is: told by what the bundle lists, before any trace is read. */
export function listFault({ name, kind, traces }: ManifestEntry, plan: TaskPlan): string | null {
  if (kind === 'bot' && !botEntrants(plan).some((each) => each.name === name)) return `no bot ${name} in the plan`;
  const { first, count } = plan.seeds;
  if (count < LEAST_SEEDS) return `the plan has ${count} seeds; a board takes entries of plans with at least ${LEAST_SEEDS}`;
  const measure = Array.from({ length: count }, (_, i) => first + i);
  const patient = kind === 'bot' ? [] : patientSeeds(plan);
  const planned: Record<Purpose, readonly number[]> = { measure, patient };
  for (const purpose of purposes) {
    const seeds = traces.filter((trace) => trace.purpose === purpose).map(({ seed }) => seed);
    const picked = seeds.find((seed) => !planned[purpose].includes(seed));
    if (picked !== undefined)
      return `seed ${picked} is none of the plan's for this purpose (${purpose}); published are ${range(planned[purpose])}`;
    const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
    if (twice !== undefined) return `seed ${twice} is there twice (${purpose}); one match each is taken, not the better of two`;
    const missing = planned[purpose].filter((seed) => !seeds.includes(seed));
    if (missing.length > 0) return `${missing.length} of the plan's ${planned[purpose].length} matches are missing (${purpose}, seeds ${some(missing)}): every cell of the plan is needed`; // prettier-ignore
  }
  return null;
}

/** Why an entry is not accepted though it is whole, by what was found in its traces; null when it is. */
export function entryFault({ traces, kind }: ManifestEntry, checked: readonly CheckedTrace[]): string | null {
  const bad = checked.flatMap(({ fault }, i) => (fault === null ? [] : [{ fault, trace: traces[i]! }]));
  if (bad.length > 0) {
    const { fault, trace } = bad[0]!;
    const count = bad.length === 1 ? 'a trace is' : `${bad.length} traces are`;
    return `${count} not accepted, and every cell of the plan is needed; ${trace.purpose} on seed ${trace.seed}: ${fault}`;
  }
  if (kind === 'bot') return null;
  const players = new Set(checked.map(({ player }) => player));
  if (players.size > 1) return 'its traces are of configurations or engines that differ from each other';
  const alone = checked.filter((_, i) => traces[i]!.purpose === 'measure').flatMap(({ when }) => (when ? [when] : []));
  const overlaps = overlapping(alone);
  return overlaps > 0 ? `${overlaps} of its measured matches were played while another was, by their own account; a configuration is measured one match at a time` : null; // prettier-ignore
}

function range(seeds: readonly number[]): string {
  return seeds.length === 0 ? 'none' : seeds.length === 1 ? `${seeds[0]}` : `${seeds[0]} to ${seeds.at(-1)}`;
}

function some(seeds: readonly number[]): string {
  return `${seeds.slice(0, 5).join(', ')}${seeds.length > 5 ? '...' : ''}`;
}
