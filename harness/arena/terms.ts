/** By what the matches of an arena are played: the same for everybody who is rated together. */
import { createHash } from 'node:crypto';
import type { AnyTask, Json, Micros } from '../../envs/environment.js';
import { canonicalJson } from '../configuration/hash.js';
import { taskNamed, taskNames } from '../match/tasks.js';

/** What all matches of one table of ratings share. */
export interface ArenaTerms {
  task: string;
  /** The task's rules version: under others everybody is rated anew. */
  rules: string;
  /** The task's options, parsed. */
  options: Json;
  clock: 'wall' | 'virtual';
  speed: number;
  timeoutUs: Micros;
  /** A latency that everybody is charged instead of the measured one; absent: it is measured. */
  givenUs?: Micros;
}

/** World time after which an observation is missed. */
const TIMEOUT_US = 5_000_000;

/** Terms that no arena can play, in a sentence. */
export class ArenaError extends Error {
  override name = 'ArenaError';
}

/** The tasks that two can play against each other while the clock runs. */
export function arenaTasks(): string[] {
  return taskNames().filter((name) => taskNamed(name).lacks?.wallClock === undefined && seatedForTwo(taskNamed(name)) !== undefined);
}

/** A task's own options with seats for two; undefined where there are none. */
function seatedForTwo(task: AnyTask): unknown {
  for (const raw of [{}, { seats: 2 }])
    try {
      const options: unknown = task.parseOptions(raw);
      if (task.seats(options) === 2) return options;
    } catch {
      continue; // a task of whose options the number of seats is none
    }
  return undefined;
}

/**
 * The terms of a task's arena: on the wall clock, at life speed, unless told otherwise.
 * @param raw the task's options as a user writes them; absent: its own, for two @throws ArenaError, OptionsError
 */
export function arenaTerms(name: string, raw?: unknown, how: Partial<Omit<ArenaTerms, 'task' | 'rules' | 'options'>> = {}): ArenaTerms {
  if (!arenaTasks().includes(name)) throw new ArenaError(`no arena plays ${name}; accepted: ${arenaTasks().join(', ')}`);
  const task = taskNamed(name);
  const options: unknown = raw === undefined ? seatedForTwo(task) : task.parseOptions(raw);
  const seats = task.seats(options);
  if (seats !== 2)
    throw new ArenaError(`${name} has ${seats} seat${seats === 1 ? '' : 's'} with these options; an arena's matches have two`);
  return { task: name, rules: task.rules, options: options as Json, clock: 'wall', speed: 1, timeoutUs: TIMEOUT_US, ...how };
}

/** A short name of terms: who was rated under the same has the same. */
export function arenaTermsDigest(terms: ArenaTerms): string {
  return createHash('sha256')
    .update(`tickbench arena ${canonicalJson(terms as unknown as Json)}`)
    .digest('hex')
    .slice(0, 16);
}
