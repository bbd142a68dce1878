/** Ends a match when the endpoint of one of its models is dead: its process has ended, or nothing but failed calls has come for a while. */
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { PLANNER } from '../../scoring/trace/askings.js';
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
  private readonly seats = new Set<number>();
  /** Failed calls in a row, by who was asked: a seat's one model, or each of a team's. */
  private readonly rows = new Map<string, { count: number; sinceUs: number }>();
  private over = false;
  /** Seats whose endpoint was taken away on purpose: what ends or fails meanwhile is no news. */
  private readonly excused = new Set<number>();

  constructor(
    models: readonly { endpoint: RunningEndpoint; seat: number }[],
    signal: AbortSignal | undefined,
    private readonly nowUs: () => number = monotonicUs,
  ) {
    this.signal = signal ? AbortSignal.any([signal, this.dead.signal]) : this.dead.signal;
    for (const { endpoint, seat } of models) {
      this.seats.add(seat);
      this.follow(endpoint, seat);
    }
  }

  /** A seat's endpoint is taken away, as the match was asked for. */
  excuse(seat: number): void {
    this.excused.add(seat);
  }

  /** It is back. @param endpoint where another process answers than before */
  expect(seat: number, endpoint?: RunningEndpoint): void {
    this.excused.delete(seat);
    for (const row of this.rows.values()) row.count = 0;
    if (endpoint) this.follow(endpoint, seat);
  }

  private follow(endpoint: RunningEndpoint, seat: number): void {
    void endpoint.exited.then(() => {
      if (!this.over && !this.excused.has(seat)) this.dead.abort(`the server of seat ${seat + 1} ${endpoint.ended() ?? 'ended'}`);
    });
  }

  /** Takes note of an event as it is recorded. */
  see(event: TraceEvent): void {
    if (event.kind !== 'act' && event.kind !== 'reject') return;
    if (!this.seats.has(event.seat) || this.excused.has(event.seat)) return;
    const { choice, planner } = event.telemetry ?? {};
    const failed = event.kind === 'reject' && !isPlay(event);
    this.note(event.seat, choice?.arm ?? '', failed ? 1 : 0, failed ? event.reason : '');
    if (planner && planner.ended > 0) {
      const failures = planner.failures.filter((failure) => !isPlay({ failure }));
      // Of several that ended together it is not known which was the last: only when all failed do they make a row.
      const failed = failures.length === planner.ended ? failures.length : 0;
      this.note(event.seat, PLANNER, failed, planner.error ?? failures[0] ?? '');
    }
  }

  /** So many calls have failed one after another, the last as told; none: one was answered. */
  private note(seat: number, who: string, failed: number, reason: string): void {
    const key = `${seat} ${who}`;
    const row = this.rows.get(key) ?? { count: 0, sinceUs: 0 };
    this.rows.set(key, row);
    if (failed === 0) {
      row.count = 0;
      return;
    }
    if (row.count === 0) row.sinceUs = this.nowUs();
    row.count += failed;
    if (row.count >= DEAD_CALLS && this.nowUs() - row.sinceUs >= DEAD_AFTER_US) {
      const whose = who === '' ? `seat ${seat + 1}` : `${who} of seat ${seat + 1}`;
      this.dead.abort(`the last ${row.count} calls of ${whose} failed: ${reason}`);
    }
  }

  /** The match is over: what ends now is no news. */
  stop(): void {
    this.over = true;
  }
}
