/** How long a seat's agent was away during a match, and what it was asked meanwhile. Read from the events alone. */
import type { Micros } from '../../envs/environment.js';
import type { TraceEvent } from './trace.js';

/** A seat's absences in one match, together. */
export interface Absence {
  /** How often its agent went. */
  times: number;
  /** World time without it. */
  awayUs: Micros;
  /** Observations that went unanswered while it was away. */
  missed: number;
  /** It was not there at the match's end. */
  gone: boolean;
}

/** The absences of one seat; null when its agent was there throughout. @param endUs world time at which the match ended */
export function absenceOf(events: readonly TraceEvent[], seat: number, endUs: Micros): Absence | null {
  const absence: Absence = { times: 0, awayUs: 0, missed: 0, gone: false };
  let since = 0;
  for (const event of events) {
    if (event.seat !== seat) continue;
    if (event.kind === 'leave' && !absence.gone) {
      absence.times++;
      absence.gone = true;
      since = event.at;
    } else if (event.kind === 'return' && absence.gone) {
      absence.gone = false;
      absence.awayUs += event.at - since;
    } else if (event.kind === 'miss' && absence.gone) absence.missed++;
  }
  if (absence.gone) absence.awayUs += Math.max(0, endUs - since);
  return absence.times === 0 ? null : absence;
}
