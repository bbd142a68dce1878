/** What of a match is not held against it, because an outage was asked for. */
import { decisionsOf } from '../../scoring/trace/decisions.js';
import { isExcused, isInOutage, outageOf, outageText } from '../../scoring/trace/outage.js';
import type { TraceEvent, TraceHeader } from '../../scoring/trace/trace.js';

type Seats = Pick<TraceHeader, 'seats'>;

/** Events without those by which decisions ended that were open in a seat's outage: starting an engine again takes processor time that the match asked for. */
export function besideOutage(events: readonly TraceEvent[], { seats }: Seats, seat: number): readonly TraceEvent[] {
  const span = outageOf(events, seats[seat], seat);
  if (!span) return events;
  const within = new Set(decisionsOf({ events }, seat).flatMap((each) => (isInOutage(each, span) ? [each.landedIndex] : [])));
  return events.filter((_, i) => !within.has(i));
}

/** What came of the outages that the match was asked to have. */
export function outageNotes({ events, header }: { events: readonly TraceEvent[]; header: Seats }): string[] {
  return header.seats.flatMap(({ name, outage }, seat) => {
    if (!outage) return [];
    const asked = `${name}, as the match was asked for`;
    const span = outageOf(events, header.seats[seat], seat);
    if (!span) return [`${asked}: it ended before that came.`];
    const failed = decisionsOf({ events }, seat).filter((decision) => isExcused(decision, span)).length;
    const calls = failed === 1 ? '1 call that failed meanwhile does' : `${failed} calls that failed meanwhile do`;
    const back = span.upAt === null ? 'not back at its end' : `back at ${(span.upAt / 1_000_000).toFixed(2)} s`;
    return [`${asked}: ${outageText(outage)}, ${back}; ${calls} not void it.`];
  });
}
