/** What makes a match patient: its clock waits, and every seat is charged a latency that was given, none that was measured. */
import type { Micros } from '../../envs/environment.js';
import type { TraceHeader } from '../../scoring/trace/trace.js';

/**
 * World time after which an unanswered observation of a patient match is missed. At life speed it is the real time for which the world waits,
 * too: enough for any endpoint, and an end for one that hangs.
 */
export const PATIENT_TIMEOUT_US: Micros = 120_000_000;

/** Why a match that is called patient is none, in a sentence; null when it is one, or is not called so. */
export function patientFault({ patient, clock, seats }: Pick<TraceHeader, 'patient' | 'clock' | 'seats'>): string | null {
  if (!patient) return null;
  if (clock !== 'virtual') return `a patient match is played on the virtual clock, and the ${clock} clock was given`;
  const measured = seats.find(({ givenUs, replayed }) => givenUs === undefined && !replayed);
  return measured ? `in a patient match every seat's latency is given, and that of ${measured.name} is not` : null;
}

/** What is said of a patient match wherever it shows, and who was charged what. */
export function patientText({ seats }: Pick<TraceHeader, 'seats'>): string {
  const charged = seats.map(
    ({ name, givenUs }) => `${name} ${givenUs === undefined ? 'as recorded' : `${Number((givenUs / 1000).toFixed(1))} ms`}`,
  );
  return `patient play: the clock waited for every answer; charged ${charged.join(', ')}`;
}
