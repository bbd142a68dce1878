/**
 * An outage that a match was asked to have: at a stated time the endpoint of a seat is taken away. It is injected, and whatever shows the match says so
 * by `outageText`. What failed because of it is read from the trace here, so that it is told apart from what failed by itself.
 */
import type { Micros } from '../../envs/environment.js';
import { isPlay, type Decision } from './decisions.js';
import type { SeatRecord, TraceEvent } from './trace.js';

/** What is done to a seat's endpoint, in world time. */
export interface Outage {
  /** When it is taken away. */
  atUs: Micros;
  /** Calls to it are cut off for so long. Absent: its process is killed, and away for as long as starting it again takes. */
  forUs?: Micros;
}

/** An outage as it came about. */
export interface OutageSpan {
  downAt: Micros;
  /** When the endpoint could be called again; null where it could not before the match ended. */
  upAt: Micros | null;
  /** Real microseconds between the two; null as well. */
  downRealUs: number | null;
}

/** In a few words: `endpoint killed at 3 s`, `calls cut off for 2 s at 3 s`; empty where there is none. */
export function outageText(outage: Outage | undefined): string {
  if (!outage) return '';
  const { atUs, forUs } = outage;
  return forUs === undefined ? `endpoint killed at ${seconds(atUs)}` : `calls cut off for ${seconds(forUs)} at ${seconds(atUs)}`;
}

/** The outage of a seat; null where none was planned, or the match ended before it. */
export function outageOf(events: readonly TraceEvent[], record: Pick<SeatRecord, 'outage'> | undefined, seat: number): OutageSpan | null {
  if (!record?.outage) return null; // whatever events say: nobody is excused by an outage that nobody asked for
  const own = events.flatMap((event) => (event.kind === 'outage' && event.seat === seat ? [event] : []));
  const down = own.find(({ state }) => state === 'down');
  if (!down) return null;
  const up = own.find(({ state }) => state === 'up');
  return { downAt: down.at, upAt: up?.at ?? null, downRealUs: up?.realUs ?? null };
}

/** Whether a decision was open while the endpoint was away, at least for a part of its time. */
export function isInOutage({ observedAt, landedAt }: Pick<Decision, 'observedAt' | 'landedAt'>, { downAt, upAt }: OutageSpan): boolean {
  return landedAt >= downAt && (upAt === null || observedAt <= upAt);
}

/** A decision whose call failed because of an outage that was asked for: it says nothing of the endpoint. */
export function isExcused(decision: Decision, span: OutageSpan | null): boolean {
  return span !== null && !isPlay(decision) && isInOutage(decision, span);
}

function seconds(us: Micros): string {
  return `${Number((us / 1_000_000).toFixed(3))} s`;
}
