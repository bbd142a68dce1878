/**
 * Plays a trace again: the same options, seed and landings must give the same digest, and everything else that the trace says must be
 * what a match by these rules would have recorded. The work is bounded by the world's own length, whatever times a file holds.
 */
import {
  OptionsError,
  type Action,
  type AnyEnvironment,
  type AnyTask,
  type Json,
  type Landing,
  type Micros,
} from '../../envs/environment.js';
import type { Trace, TraceEvent, TraceHeader } from '../../scoring/trace/trace.js';
import { PublishGrid, strideOf } from '../match/grid.js';
import { patientFault } from '../match/patient.js';
import { taskNamed } from '../match/tasks.js';
import { printable } from '../protocol/printable.js';
import { applyEvent } from './applying.js';
import { claimFaults } from './claims.js';
import { Course } from './course.js';
import { TraceError } from './parse.js';

/** What came of playing a trace again. */
export interface Replay {
  /** The digest is the recorded one. False when the trace has none. */
  same: boolean;
  digest: string;
  expected: string | null;
  /** The first event whose landing was not the recorded one (its index among the trace's events), with both. */
  diverged?: { event: number; recorded: string; replayed: string };
  /** What the trace says that is not so, a sentence each: latencies, deadlines, decisions left out, results, lateness, verdict. */
  faults: string[];
  /** How many of its events could be played again: all, unless one of them cannot happen in this world. */
  played: number;
}

/** Whether a replay found everything as the trace says. */
export function isAsRecorded(replay: Replay): boolean {
  return replay.same && replay.diverged === undefined && replay.faults.length === 0;
}

/** Why figures must not be taken from a trace, in a sentence; null when everything that was recorded is as it says. A record that was cut off may be so up to its end. */
export function replayFault({ same, expected, digest, diverged, faults }: Replay): string | null {
  if (faults.length > 0)
    return `it is not as it says: ${faults.slice(0, 3).join('; ')}${faults.length > 3 ? `; and ${faults.length - 3} more` : ''}`;
  if (expected !== null && !same) {
    const where = diverged ? `; first difference at event ${diverged.event}` : '';
    return `playing it again gives digest ${digest}, recorded was ${expected}${where}`;
  }
  return diverged ? `event ${diverged.event} lands otherwise than recorded: ${diverged.replayed} instead of ${diverged.recorded}` : null;
}

/** Looks on while a trace is played again. It may read the world, never change it. */
export interface ReplayWitness {
  /** The world as it begins. */
  begin(env: AnyEnvironment): void;
  /** Must bring the world to `to`, in as many steps as it likes. */
  reach(to: Micros): void;
  /** An event that changes no world: an observation, a refused frame. The world has been brought to its time. */
  passed(event: TraceEvent): void;
  /** An answer is about to land, and has landed. */
  landing(event: Extract<TraceEvent, { kind: 'act' }>): void;
  landed(): void;
}

/** Plays a trace again from its header and landings; `witness` may look on. @throws TraceError when its header is none of this program's */
export function replayTrace(trace: Trace, task: AnyTask = taskNamed(trace.header.task), witness?: ReplayWitness): Replay {
  const { header, footer, events } = trace;
  const options: unknown = task.parseOptions(header.options);
  checkHeader(header, task, options);
  const env = task.create(options, header.seed);
  const grid = new PublishGrid(env, strideOf(header.tickUs, header.speed));
  const course = new Course(header);
  const faults: string[] = [];
  let moments = 0;
  let played = 0;
  let diverged: Replay['diverged'];
  witness?.begin(env);
  const reach = (to: Micros): void => (witness ? witness.reach(to) : env.advance(to));
  /** Brings the world to its next publishing moment, as the match was. */
  const publish = (): void => {
    reach(grid.next);
    grid.take();
    moments++;
    if (!env.over) course.published(grid.last);
  };

  for (const [index, event] of events.entries()) {
    const follows = event.kind === 'observe' || event.kind === 'ticks';
    while (!env.over && (follows ? grid.next <= event.at : grid.next < event.at)) publish();
    if (env.over && !isOfTheEnd(event, Math.max(env.now, grid.last))) {
      faults.push(`event ${index} (${event.kind} at ${event.at} us): the match was over at ${env.now} us`);
      break;
    }
    if (!course.event(event, index)) break;
    if (follows || ['error', 'trips', 'energy', 'moved', 'outage'].includes(event.kind)) {
      if (!env.over) witness?.reach(event.at);
      witness?.passed(event);
      played++;
      continue;
    }
    witness?.reach(event.at);
    if (event.kind !== 'act') {
      applyEvent(env, event);
      played++;
      continue;
    }
    const action = actionOf(task, event.action);
    if (typeof action === 'string') {
      faults.push(`event ${index} (act at ${event.at} us): ${action}`);
      break;
    }
    witness?.landing(event);
    const landing = applyEvent(env, event)!;
    witness?.landed();
    played++;
    const [recorded, replayed] = [event.landing, landing].map(asTold) as [string, string];
    if (recorded !== replayed) diverged ??= { event: index, recorded, replayed };
  }

  const expected = footer?.digest ?? null;
  if (footer && played === events.length) {
    course.end();
    // A match stops at the first publishing moment at or after its world's end; one that was stopped from outside, where its world was then.
    const { over, endedAt } = footer.results;
    while (!env.over && (over || grid.next <= endedAt)) publish();
    if (env.over && env.now > grid.last) publish();
    if (!env.over && env.now < endedAt) reach(endedAt);
    course.ended(footer.givenUp);
    faults.push(...claimFaults(trace, footer, env.results(), moments));
  }
  const digest = env.digest();
  return { same: digest === expected, digest, expected, faults: [...course.faults, ...faults], played, ...(diverged ? { diverged } : {}) };
}

/** All that a landing says, as it stands in a trace. */
function asTold({ at, accepted, reason, detail }: Landing): string {
  return JSON.stringify([at, accepted, detail ?? null, reason === undefined ? null : printable(reason)]);
}

/** What is still recorded when the world is over: a frame that was refused, and what was measured of the host, the ways and the last moments. */
function isOfTheEnd(event: TraceEvent, endedAt: Micros): boolean {
  return event.kind === 'error' || (['ticks', 'trips', 'energy'].includes(event.kind) && event.at <= endedAt);
}

/** A header that no match of this program has: played by other rules, at another tick, with other seats. @throws TraceError */
function checkHeader(header: TraceHeader, task: AnyTask, options: unknown): void {
  if (header.rules !== task.rules)
    throw new TraceError(
      `the match was played by rules ${header.rules} of ${task.name}; this program has ${task.rules}, under which its digest means nothing`,
    );
  const { us } = task.tick(options);
  if (header.tickUs !== us)
    throw new TraceError(`header.tickUs: ${header.tickUs} us; a tick of ${task.name} by these options has ${us} us`);
  const seats = task.seats(options);
  if (header.seats.length !== seats)
    throw new TraceError(`header.seats: ${header.seats.length}; ${task.name} by these options has ${seats}`);
  const impatient = patientFault(header);
  if (impatient !== null) throw new TraceError(`header.patient: ${impatient}`);
  if (!Number.isSafeInteger(header.seed) || header.seed < 0)
    throw new TraceError(`header.seed: ${header.seed}; an integer from 0 is expected`);
}

/** The action as the task reads it, or why it is none. */
function actionOf(task: AnyTask, raw: unknown): Action<Json> | string {
  try {
    return task.parseAction(raw) as Action<Json>;
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
}
