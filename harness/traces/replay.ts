/** Plays a trace again: the same options, seed and landings must give the same digest. */
import type { AnyTask } from '../../envs/environment.js';
import type { Trace } from '../../scoring/trace.js';
import { PublishGrid, strideOf } from '../match/grid.js';
import { taskNamed } from '../tasks.js';
import { TraceError } from './reader.js';

/** What came of playing a trace again. */
export interface Replay {
  /** The digest is the recorded one. False when the trace has none. */
  same: boolean;
  digest: string;
  expected: string | null;
  /** The first event whose landing was not the recorded one (its index among the trace's events), with both. */
  diverged?: { event: number; recorded: string; replayed: string };
}

/** Plays a trace again from its header and landings. @throws TraceError when it was played by other rules than this program's */
export function replayTrace(trace: Trace, task: AnyTask = taskNamed(trace.header.task)): Replay {
  const { header } = trace;
  if (header.rules !== task.rules)
    throw new TraceError(
      `the match was played by rules ${header.rules} of ${task.name}; this program has ${task.rules}, under which its digest means nothing`,
    );
  const env = task.create(task.parseOptions(header.options), header.seed);
  const grid = new PublishGrid(env, strideOf(header.tickUs, header.speed));
  let diverged: Replay['diverged'];
  for (const [index, event] of trace.events.entries()) {
    if (event.kind === 'observe' || event.kind === 'error') continue;
    while (grid.next < event.at) grid.take();
    if (event.kind === 'reject' || event.kind === 'miss') {
      env.unanswered?.(event.seat, event.at);
      continue;
    }
    if (event.kind === 'return') {
      env.back?.(event.seat, event.at);
      continue;
    }
    if (event.kind === 'leave') {
      env.leave(event.seat, event.at);
      continue;
    }
    const landing = env.act(event.seat, event.action, event.at, event.latencyUs);
    const recorded = JSON.stringify([event.landing.at, event.landing.accepted, event.landing.detail ?? null]);
    const replayed = JSON.stringify([landing.at, landing.accepted, landing.detail ?? null]);
    if (recorded !== replayed) diverged ??= { event: index, recorded, replayed };
  }
  const expected = trace.footer?.digest ?? null;
  if (trace.footer) {
    // A match stops at the first publishing moment at or after its end. One that was stopped from outside has no end to go to.
    while (trace.footer.results.over && !env.over && grid.next !== Infinity) {
      env.advance(grid.next);
      grid.take();
    }
    if (env.now < grid.last) env.advance(grid.last);
    if (env.over && env.now > grid.last) env.advance(grid.next);
  }
  const digest = env.digest();
  return { same: digest === expected, digest, expected, ...(diverged ? { diverged } : {}) };
}
