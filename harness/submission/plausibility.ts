/**
 * Whether the times that a trace tells can have been measured. They are claims all the same: whoever takes the trouble makes up times that pass.
 * What is caught is what was made up without trouble, and what broke on its way.
 */
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';

/** No model answers over a socket in less real time, in microseconds. */
const LEAST_REAL_US = 100;
/** Stamps of two clocks may disagree by so much, in real microseconds. */
const SLACK_US = 50_000;
/** The clock of a submitter's machine may be ahead of ours by so much. */
const MOST_AHEAD_MS = 10 * 60_000;
/** From so many decisions on, measured times do not repeat. */
const ENOUGH = 12;
/** Most of the decisions that may share one time to the microsecond. */
const SHARED_SHARE = 0.5;

type Settled = Extract<TraceEvent, { kind: 'act' | 'reject' }>;

/** When a match was played, by its own account, in milliseconds since 1970. */
export interface PlayedWhen {
  fromMs: number;
  toMs: number;
}

/** @returns undefined when the trace has no such times */
export function playedWhen({ header, footer }: Trace): PlayedWhen | undefined {
  const [fromMs, toMs] = [Date.parse(header.startedAt), Date.parse(footer?.endedAt ?? '')];
  return Number.isFinite(fromMs) && Number.isFinite(toMs) ? { fromMs, toMs } : undefined;
}

/** What cannot have been measured so, a sentence; null when nothing. @param nowMs when the trace is looked at, in milliseconds since 1970 */
export function implausible(trace: Trace, nowMs: number): string | null {
  const when = playedWhen(trace);
  if (!when) return 'its beginning and end are no times';
  if (when.toMs < when.fromMs) return 'it ended before it began';
  if (when.toMs > nowMs + MOST_AHEAD_MS) return `it ended in the future, ${trace.footer!.endedAt}`;
  const tookMs = when.toMs - when.fromMs;
  const { clock, speed, seats } = trace.header;
  const leastMs = clock === 'wall' ? trace.footer!.results.endedAt / speed / 1000 : 0;
  if (tookMs + SLACK_US / 1000 < leastMs * 0.99)
    return `it took ${tookMs} ms from start to end, and its world alone ran for ${Math.round(leastMs)} ms of real time`;
  for (const [seat, { name, givenUs, replayed }] of seats.entries()) {
    if (givenUs !== undefined || replayed) continue;
    const settled = trace.events.filter(
      (event): event is Settled => (event.kind === 'act' || event.kind === 'reject') && event.seat === seat,
    );
    const fault = answersFault(settled, tookMs);
    if (fault !== null) return `${name}: ${fault}`;
  }
  return null;
}

function answersFault(settled: readonly Settled[], tookMs: number): string | null {
  const real = settled.filter((event) => event.kind !== 'reject' || event.failure === undefined).map(({ realUs }) => realUs);
  const quick = real.filter((us) => us < LEAST_REAL_US).length;
  if (quick > 0)
    return `${quick} of ${real.length} answers came in under ${LEAST_REAL_US / 1000} ms of real time, in which no model is even asked`;
  const waitedMs = real.reduce((sum, us) => sum + us, 0) / 1000;
  if (waitedMs > tookMs + SLACK_US / 1000)
    return `its answers took ${Math.round(waitedMs)} ms one after another, and the match ${tookMs} ms from start to end`;
  const counts = new Map<number, number>();
  for (const us of real) counts.set(us, (counts.get(us) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  if (real.length >= ENOUGH && most > SHARED_SHARE * real.length)
    return `${most} of ${real.length} answers took the same time to the microsecond, which no clock measures`;
  return settled.map(stampsFault).find((fault) => fault !== null) ?? null;
}

/** Stamps of a call come in order, and none after its answer had landed. */
function stampsFault({ telemetry, realUs, seq }: Settled): string | null {
  if (!telemetry) return null;
  const { requestUs, firstTokenUs, releasedUs } = telemetry;
  const stamps = [requestUs, firstTokenUs, releasedUs].filter((us) => us !== undefined);
  if (stamps.some((us, i) => i > 0 && us < stamps[i - 1]!)) return `decision ${seq}: the stamps of its call are not in order`;
  const last = stamps.at(-1);
  return last !== undefined && last > realUs + SLACK_US ? `decision ${seq}: its answer was ready ${last} us after it was asked, and landed after ${realUs} us` : null; // prettier-ignore
}

/** Measured matches that overlap though what plays in them is said to be measured alone: how many; 0 when none. */
export function overlapping(matches: readonly PlayedWhen[]): number {
  const sorted = [...matches].sort((a, b) => a.fromMs - b.fromMs);
  let end = -Infinity;
  let count = 0;
  for (const { fromMs, toMs } of sorted) {
    if (fromMs < end - SLACK_US / 1000) count++;
    end = Math.max(end, toMs);
  }
  return count;
}
