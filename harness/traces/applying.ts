/** What an event of a trace does to a world that is played again: the one place that says so, for replays, pages and matches that go on. */
import type { AnyEnvironment, Landing } from '../../envs/environment.js';
import type { TraceEvent } from '../../scoring/trace/trace.js';

/**
 * Lets an event happen in a world again, as it happened in the match; the world has been brought to its time, or is by it. What became of it when it was an
 * answer that landed.
 */
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
