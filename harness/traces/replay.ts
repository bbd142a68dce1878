/** Plays a trace again: the same options, seed and landings must give the same digest. */
import type { AnyEnvironment, AnyTask, Landing, Micros } from '../../envs/environment.js';
import type { Trace, TraceEvent } from '../../scoring/trace.js';
import { PublishGrid, strideOf } from '../match/grid.js';
import { taskNamed } from '../match/tasks.js';
import { TraceError } from './parse.js';

/** What came of playing a trace again. */
export interface Replay {
  /** The digest is the recorded one. False when the trace has none. */
  same: boolean;
  digest: string;
  expected: string | null;
  /** The first event whose landing was not the recorded one (its index among the trace's events), with both. */
  diverged?: { event: number; recorded: string; replayed: string };
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

/** Lets an event happen in a world again, as it happened in the match; what became of it when it was an answer that landed. */
export function applyEvent(env: AnyEnvironment, event: TraceEvent): Landing | undefined {
  switch (event.kind) {
    case 'act':
      return env.act(event.seat, event.action, event.at, event.latencyUs);
    case 'reject':
    case 'miss':
      return void env.unanswered?.(event.seat, event.at);
    case 'leave':
      return void env.leave(event.seat, event.at);
    case 'return':
      return void env.back?.(event.seat, event.at);
    default:
      return undefined;
  }
}

/** Plays a trace again from its header and landings; `witness` may look on. @throws TraceError when it was played by other rules than this program's */
export function replayTrace(trace: Trace, task: AnyTask = taskNamed(trace.header.task), witness?: ReplayWitness): Replay {
  const { header } = trace;
  if (header.rules !== task.rules)
    throw new TraceError(
      `the match was played by rules ${header.rules} of ${task.name}; this program has ${task.rules}, under which its digest means nothing`,
    );
  const env = task.create(task.parseOptions(header.options), header.seed);
  const grid = new PublishGrid(env, strideOf(header.tickUs, header.speed));
  witness?.begin(env);
  const reach = (to: Micros): void => (witness ? witness.reach(to) : env.advance(to));
  let diverged: Replay['diverged'];
  for (const [index, event] of trace.events.entries()) {
    if (event.kind === 'observe' || event.kind === 'error') {
      witness?.reach(event.at);
      witness?.passed(event);
      continue;
    }
    while (grid.next < event.at) grid.take();
    witness?.reach(event.at);
    if (event.kind !== 'act') {
      applyEvent(env, event);
      continue;
    }
    witness?.landing(event);
    const landing = applyEvent(env, event)!;
    witness?.landed();
    const recorded = JSON.stringify([event.landing.at, event.landing.accepted, event.landing.detail ?? null]);
    const replayed = JSON.stringify([landing.at, landing.accepted, landing.detail ?? null]);
    if (recorded !== replayed) diverged ??= { event: index, recorded, replayed };
  }
  const expected = trace.footer?.digest ?? null;
  if (trace.footer) {
    // A match stops at the first publishing moment at or after its end. One that was stopped from outside has no end to go to.
    while (trace.footer.results.over && !env.over && grid.next !== Infinity) {
      reach(grid.next);
      grid.take();
    }
    if (env.now < grid.last) reach(grid.last);
    if (env.over && env.now > grid.last) reach(grid.next);
  }
  const digest = env.digest();
  return { same: digest === expected, digest, expected, ...(diverged ? { diverged } : {}) };
}
