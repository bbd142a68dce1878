/**
 * A sweep's plan and cells as they go through the queue, and back. Everything that could change a result is in a cell's id, so a worker that makes
 * the cell anew knows whether it would play the same.
 */
import { relative } from 'node:path';
import { z } from 'zod';
import type { Configuration } from '../configuration/configuration.js';
import { hashOf } from '../configuration/hash.js';
import { embeddedMembers, membersOf, type Setup } from '../configuration/team.js';
import { packageRoot } from '../host/root.js';
import { taskNamed } from '../match/tasks.js';
import { identityParts } from '../seating/identity.js';
import { entrantsOf, makeCell, type Cell, type Entrant } from '../sweep/cells.js';
import type { Plan, TaskPlan } from '../sweep/plan.js';
import type { Work } from './work.js';

/** A job that this build cannot do as it was meant: why, in words. */
export class JobRefused extends Error {
  override name = 'JobRefused';
}

/** A plan as it goes through the queue. What its parts mean is held against each cell's id. */
const planForm = z.object({
  name: z.string(),
  configurations: z.array(z.looseObject({ name: z.string() })),
  tasks: z.array(z.object({ name: z.string(), plan: z.looseObject({}) })),
});

/** A plan as JSON. Models below the package's folder are named from there, so that they are found on other machines. */
export function planText(plan: Plan): string {
  const configurations = plan.configurations.map(portable);
  const tasks = plan.tasks.map(({ name, plan: { rival, ...rest } }) => ({
    name,
    plan: { ...rest, ...(rival ? { rival: portable(rival) } : {}) },
  }));
  return JSON.stringify({ name: plan.name, configurations, tasks });
}

/** @throws JobRefused for what is no plan of this version */
export function readPlan(text: string): Plan {
  const parsed = planForm.safeParse(JSON.parse(text));
  if (!parsed.success) throw new JobRefused('its plan is not one that this version reads');
  return parsed.data as unknown as Plan;
}

function portable<T extends Setup>(setup: T): T {
  const copy = structuredClone(setup);
  for (const { configuration } of membersOf(copy)) {
    const { endpoint } = configuration;
    if (endpoint.kind !== 'embedded') continue;
    const inside = relative(packageRoot(), endpoint.model);
    if (!inside.startsWith('..') && inside !== '') endpoint.model = inside;
  }
  return copy;
}

/** The models that a job needs: its entrant's, and in a match also the rival's of its task. */
function setupsOf(configuration: Setup | undefined, { rival }: TaskPlan, kind: Work['kind']): Setup[] {
  return [configuration, kind === 'match' ? rival : undefined].filter((each) => each !== undefined);
}

/** What a job asks of whoever does it: the models' labels and their members', with those of the plan; and the machine to itself, where one computes there. */
export function needsOf(
  plan: Plan,
  { configuration }: Entrant,
  taskPlan: TaskPlan,
  kind: Work['kind'],
): { labels: string[]; engine: boolean } {
  const setups = setupsOf(configuration, taskPlan, kind);
  const own = setups
    .flatMap((each) => [each, ...membersOf(each).map((member) => member.configuration)])
    .flatMap(({ labels = [] }) => labels);
  return {
    labels: [...new Set([...(plan.labels ?? []), ...own])].sort(),
    engine: setups.some((each) => embeddedMembers(each).length > 0),
  };
}

/** The endpoints whose calls a job costs: those of a job's models that are not engines of ours. Empty where its plan has not what it names. */
export function paidMembers(plan: Plan, work: Work): Configuration[] {
  const taskPlan = plan.tasks[work.task]?.plan;
  const configuration = work.isBot ? undefined : plan.configurations.find(({ name }) => name === work.name);
  return (taskPlan ? setupsOf(configuration, taskPlan, work.kind) : [])
    .flatMap(membersOf)
    .map((member) => member.configuration)
    .filter(({ endpoint }) => endpoint.kind !== 'embedded');
}

/** Under which name a job's player is kept in the queue: who cannot play it against a rival may still play it against others. */
export function playerOf({ id }: Entrant, { rival }: TaskPlan, kind: Work['kind']): string {
  return rival && kind === 'match' ? `${id} against ${hashOf(rival, 8)}` : id;
}

/** The parts of a cell that its id is made of, each as a hash. */
function partsOf({ planned }: Cell): Record<string, string> {
  const { seats, ...rest } = planned;
  const named = [...Object.entries(rest), ...seats.map((seat, i) => [`seat ${i + 1} (${seat.name})`, seat] as const)];
  return Object.fromEntries(named.filter(([, value]) => value !== undefined).map(([name, value]) => [name, hashOf(value)]));
}

/** What an entrant is made of on a task, part by part, each as a hash; nothing for a bot, of which the plan says all. @throws EndpointError, PromptError */
export async function madeOf({ configuration, player }: Entrant, task: string): Promise<Record<string, string>> {
  if (!configuration) return {};
  return { ...(await identityParts(configuration, taskNamed(task))), 'injected latency': hashOf(player.latency ?? {}) };
}

/** A cell as work. @param task the plan's task that it is of, by its place @param made what its entrant is made of (`madeOf`) */
export function matchWorkOf(cell: Cell, task: number, made: Work['made'], expectedS: number): Work {
  const { entrant, seed, purpose, id } = cell;
  if (purpose === 'contention') throw new Error('cells that are played at the same time are no jobs of a queue');
  const addedUs = purpose === 'patient' ? 0 : cell.players[cell.seat]!.addedUs - entrant.player.addedUs;
  return { kind: 'match', task, ...aboutOf(entrant), made, cell: id, seed, purpose, addedUs, parts: partsOf(cell), expectedS };
}

/** Asking an entrant a task's bank as work. */
export function probesWorkOf(entrant: Entrant, task: number, made: Work['made'], expectedS: number): Work {
  return { kind: 'probes', task, ...aboutOf(entrant), made, expectedS };
}

function aboutOf({ id, name, bot }: Entrant): { entrant: string; name: string; isBot: boolean } {
  return { entrant: id, name, isBot: bot !== undefined };
}

/**
 * The entrant of a job as it is here.
 * @throws JobRefused when it is another one here, or cannot be had
 */
export async function entrantOf(
  plan: Plan,
  work: Work,
  mayCommand: boolean,
): Promise<{ entrant: Entrant; name: string; taskPlan: TaskPlan }> {
  const task = plan.tasks[work.task];
  if (!task) throw new JobRefused(`its plan has no task ${work.task + 1}`);
  const configuration = work.isBot ? undefined : plan.configurations.find(({ name }) => name === work.name);
  if (!work.isBot && !configuration) throw new JobRefused(`its plan has no configuration "${work.name}"`);
  if (!mayCommand && paidMembers(plan, work).some(({ endpoint }) => endpoint.kind === 'command'))
    throw new JobRefused(`${work.name} is started by a command of the plan's; accepted: a worker started with --allow-commands`);
  const taskPlan = { ...task.plan, without: [], ...(work.isBot ? {} : { bots: [] }) };
  const alone = { name: plan.name, configurations: configuration ? [configuration] : [], tasks: [{ name: task.name, plan: taskPlan }] };
  let entrants: Entrant[];
  try {
    entrants = await entrantsOf(alone, alone.tasks[0]!);
  } catch (error) {
    throw new JobRefused(`${work.name} cannot be had here: ${(error as Error).message}`);
  }
  const entrant = entrants.find(({ id }) => id === work.entrant);
  if (!entrant) {
    const here = entrants[0] ? await madeOf(entrants[0], task.name) : {};
    throw new JobRefused(
      `${work.name} is another one here than the sweep's: it differs in ${differing(work.made, here) || 'its settings'}`,
    );
  }
  return { entrant, name: task.name, taskPlan };
}

/** The cell of a job as it would be played here. @throws JobRefused when it would be another one */
export async function cellOf(plan: Plan, work: Extract<Work, { kind: 'match' }>, mayCommand: boolean): Promise<Cell> {
  const { entrant, name, taskPlan } = await entrantOf(plan, work, mayCommand);
  let cell: Cell;
  try {
    const task = taskNamed(name);
    const options: unknown = task.parseOptions(work.purpose === 'patient' ? taskPlan.patient.options : taskPlan.options);
    cell = await makeCell(task, taskPlan, options, entrant, work.seed, work.purpose, { addedUs: work.addedUs });
  } catch (error) {
    throw new JobRefused(`${work.name} cannot be played here: ${(error as Error).message}`);
  }
  if (cell.id === work.cell) return cell;
  throw new JobRefused(
    `${work.name} would be played otherwise here than the sweep's: it differs in ${differing(work.parts, partsOf(cell)) || 'the protocol'}`,
  );
}

/** Names of the parts that are other ones on the two sides, or on one side alone, with commas between. */
function differing(there: Record<string, string>, here: Record<string, string>): string {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])].filter((part) => here[part] !== there[part]).join(', ');
}
