/** Who plays patiently: anybody, with the latency that the task says instead of a measured or an injected one. */
import type { AnyTask } from '../../envs/environment.js';
import { patientSpecOf } from '../../scoring/reward/patient-spec.js';
import { SeatError, type Player } from './seats.js';

/** A player as it plays patiently. @throws SeatError for a human, who sees a stream; PatientError where the task cannot be played so */
export function patientPlayer(task: AnyTask, player: Player): Player {
  const { latencyUs } = patientSpecOf(task);
  if (player.kind === 'human') throw new SeatError(`${player.name}: a human sees the world run on, so no clock can wait`);
  const { latency: _latency, outage: _outage, ...rest } = player;
  return { ...rest, addedUs: 0, givenUs: latencyUs };
}
