/**
 * Cells: one configuration or bot on one task with one seed. A cell's id carries a hash of everything that could change its
 * result, so that a second run knows what is finished and an edited configuration is played anew.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyTask } from '../../envs/environment.js';
import { injectedText, type SeatLatency } from '../../scoring/injected.js';
import { taskNamed } from '../match/tasks.js';
import type { Configuration } from '../configuration/configuration.js';
import type { Plan, TaskPlan } from './plan.js';

/** One player of the sweep on one task: a row of its table. */
export interface Entrant {
  name: string;
  /** `embedded` shares this machine's cores and is measured alone on the virtual clock; `external` plays in wall-clock time. */
  kind: 'embedded' | 'external' | 'bot';
  configuration?: Configuration;
  bot?: { name: string; errorPermille: number; delayUs: number; latency?: SeatLatency };
  /** Hash over what the entrant is: settings, precision map, weights. */
  digest: string;
}

export interface Cell {
  id: string;
  task: AnyTask;
  taskPlan: TaskPlan;
  options: unknown;
  entrant: Entrant;
  seed: number;
  clock: 'wall' | 'virtual';
  speed: number;
  /** Why the cell is played: the measurement itself, or the winners' wall-clock confirmation. */
  purpose: 'measure' | 'confirm';
  /** Which seat the entrant takes: alternates with the seed, so that no side is favoured. */
  seat: number;
}

/** First digits of a SHA-256 over any JSON-able value. Key order counts: values come from schemas, which fix it. */
export function hashOf(value: unknown, digits = 10): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, digits);
}

const weightHashes = new Map<string, string>();

/** Hash of a model folder's weights, read once a process. */
function weightsHash(folder: string): string {
  let hash = weightHashes.get(folder);
  if (!hash) {
    hash = createHash('sha256')
      .update(readFileSync(join(folder, 'model.safetensors')))
      .update(readFileSync(join(folder, 'tokenizer.json')))
      .digest('hex')
      .slice(0, 16);
    weightHashes.set(folder, hash);
  }
  return hash;
}

/** A configuration as an entrant. Reads the weights of an embedded model once, for their hash. */
export function modelEntrant(configuration: Configuration): Entrant {
  const { endpoint } = configuration;
  const embedded = endpoint.kind === 'embedded';
  const where = embedded ? { ...endpoint, model: weightsHash(endpoint.model) } : endpoint;
  return {
    name: configuration.name,
    kind: embedded ? 'embedded' : 'external',
    configuration,
    digest: hashOf({ ...configuration, endpoint: where }),
  };
}

/** A task plan's bots, one entrant for each delay. */
export function botEntrants(plan: TaskPlan): Entrant[] {
  return plan.bots.flatMap(({ bot, delaysMs, errorPermille, latency }) =>
    delaysMs.map((delayMs) => {
      const settings = { name: bot, errorPermille, delayUs: Math.round(delayMs * 1000), ...(latency ? { latency } : {}) };
      const error = errorPermille > 0 ? ` ${errorPermille / 10}% random` : '';
      const models = latency ? `, ${injectedText(latency)}` : '';
      return { name: `${bot}${error} @${delayMs} ms${models}`, kind: 'bot' as const, bot: settings, digest: hashOf(settings) };
    }),
  );
}

/** The cell of one entrant, one seed. Its id is a file name. */
export function makeCell(task: AnyTask, taskPlan: TaskPlan, entrant: Entrant, seed: number, purpose: Cell['purpose']): Cell {
  const options: unknown = task.parseOptions(taskPlan.options);
  const real = entrant.kind === 'external' || purpose === 'confirm';
  const clock = real && task.lacks?.wallClock === undefined ? 'wall' : 'virtual';
  const ownSpeed = purpose === 'confirm' ? (taskPlan.confirmSpeed ?? taskPlan.speed) : taskPlan.speed;
  const speed = entrant.kind === 'external' ? taskPlan.externalSpeed : ownSpeed;
  const seat = task.seats(options) > 1 ? seed % 2 : 0;
  const hash = hashOf({
    rules: task.rules,
    options,
    seed,
    clock,
    speed,
    seat,
    timeoutMs: taskPlan.timeoutMs,
    opponent: task.seats(options) > 1 ? taskPlan.opponent : undefined,
    entrant: entrant.digest,
  });
  const slug = entrant.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { id: `${task.name}-${slug}-${seed}-${clock}-${hash}`, task, taskPlan, options, entrant, seed, clock, speed, purpose, seat };
}

/** All measuring cells of one task, seed by seed, so that a sweep that is cut off has played everyone about equally often. */
export function measuringCells(plan: Plan['tasks'][number], entrants: readonly Entrant[]): Cell[] {
  const task = taskNamed(plan.name);
  const { first, count } = plan.plan.seeds;
  return Array.from({ length: count }, (_, i) =>
    entrants.map((entrant) => makeCell(task, plan.plan, entrant, first + i, 'measure')),
  ).flat();
}
