/** Ends a match when the endpoint of one of its models is dead: its process has ended, or nothing but failed calls has come for a while. */
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { isPlay } from '../../scoring/trace/decisions.js';
import { monotonicUs } from '../host/clock.js';
import type { RunningEndpoint } from '../endpoints/start.js';

/** An endpoint is dead after so many failed calls in a row, */
export const DEAD_CALLS = 20;
/** when they took at least so long: a moment's refusals (a limit of calls a second) are no death. */
const DEAD_AFTER_US = 5_000_000;

export class EndpointWatch {
  /** Aborted when an endpoint is dead, or by the signal that was given. */
  readonly signal: AbortSignal;
  private readonly dead = new AbortController();
  private readonly rows = new Map<number, { count: number; sinceUs: number }>();
  private over = false;

  constructor(
    models: readonly { endpoint: RunningEndpoint; seat: number }[],
    signal: AbortSignal | undefined,
    private readonly nowUs: () => number = monotonicUs,
  ) {
    this.signal = signal ? AbortSignal.any([signal, this.dead.signal]) : this.dead.signal;
    for (const { endpoint, seat } of models) {
      this.rows.set(seat, { count: 0, sinceUs: 0 });
      void endpoint.exited.then(() => {
        if (!this.over) this.dead.abort(`the server of seat ${seat + 1} ${endpoint.ended() ?? 'ended'}`);
      });
    }
  }

  /** Takes note of an event as it is recorded. */
  see(event: TraceEvent): void {
    if (event.kind !== 'act' && event.kind !== 'reject') return;
    const row = this.rows.get(event.seat);
    if (!row) return;
    if (event.kind === 'act' || isPlay(event)) {
      row.count = 0;
      return;
    }
    if (row.count++ === 0) row.sinceUs = this.nowUs();
    if (row.count >= DEAD_CALLS && this.nowUs() - row.sinceUs >= DEAD_AFTER_US)
      this.dead.abort(`the last ${row.count} calls of seat ${event.seat + 1} failed: ${event.reason}`);
  }

  /** The match is over: what ends now is no news. */
  stop(): void {
    this.over = true;
  }
}
