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
  /** Each of two plays a world of its own on the same seed, alone against the crowd; absent: both are in one world. */
  alone?: true;
}

/** World time after which an observation is missed. */
const TIMEOUT_US = 5_000_000;

/** Terms that no arena can play, in a sentence. */
export class ArenaError extends Error {
  override name = 'ArenaError';
}

/** The tasks that two can play against each other while the clock runs. @param alone that one can play alone, so that two can be compared on one seed */
export function arenaTasks(alone = false): string[] {
  const seats = alone ? 1 : 2;
  return taskNames().filter((name) => taskNamed(name).lacks?.wallClock === undefined && seatedFor(taskNamed(name), seats) !== undefined);
}

/** A task's own options with so many seats; undefined where there are none. */
function seatedFor(task: AnyTask, seats: number): unknown {
  for (const raw of [{}, { seats }])
    try {
      const options: unknown = task.parseOptions(raw);
      if (task.seats(options) === seats) return options;
    } catch {
      continue; // a task of whose options the number of seats is none
    }
  return undefined;
}

/**
 * The terms of a task's arena: on the wall clock, at life speed, unless told otherwise.
 * @param raw the task's options as a user writes them; absent: its own, with the seats there must be @throws ArenaError, OptionsError
 */
export function arenaTerms(name: string, raw?: unknown, how: Partial<Omit<ArenaTerms, 'task' | 'rules' | 'options'>> = {}): ArenaTerms {
  const tasks = arenaTasks(how.alone);
  if (!tasks.includes(name))
    throw new ArenaError(`no arena plays ${name}${how.alone ? ' alone against the crowd' : ''}; accepted: ${tasks.join(', ')}`);
  const task = taskNamed(name);
  const wanted = how.alone ? 1 : 2;
  const options: unknown = raw === undefined ? seatedFor(task, wanted) : task.parseOptions(raw);
  const seats = task.seats(options);
  if (seats !== wanted) {
    const expected = how.alone ? 'whoever plays alone has one' : "an arena's matches have two";
    throw new ArenaError(`${name} has ${seats} seat${seats === 1 ? '' : 's'} with these options; ${expected}`);
  }
  return { task: name, rules: task.rules, options: options as Json, clock: 'wall', speed: 1, timeoutUs: TIMEOUT_US, ...how };
}

/** A short name of terms: who was rated under the same has the same. */
export function arenaTermsDigest(terms: ArenaTerms): string {
  return createHash('sha256')
    .update(`tickbench arena ${canonicalJson(terms as unknown as Json)}`)
    .digest('hex')
    .slice(0, 16);
}
