/** What the harness itself adds to a latency on this host: measured once a folder and host. */
import type { AnyTask } from '../../envs/environment.js';
import { CalibrationError, overheadOf, playCalibration, type Overhead } from '../agents/calibration.js';
import { hashOf } from '../configuration/hash.js';
import { describeHost } from '../host/description.js';
import { overheadForm } from './forms.js';
import type { SweepStore } from './store.js';

/** The endpoint of known times by which the harness measures itself. */
const CALIBRATION = { clock: 'virtual', firstUs: 6_000, pieceUs: 2_000, unscored: 100, decisions: 40 } as const;

/** What was measured here before; else it is measured now, by playing `task`. Undefined when there is neither, and when what was played tells nothing. */
export async function overheadHere(store: SweepStore, task: AnyTask | undefined): Promise<Overhead | undefined> {
  const { cpu, cores, node } = describeHost();
  const key = hashOf([cpu, cores, node, CALIBRATION]);
  const known = store.cached('host', 'overhead', key, overheadForm);
  if (known || !task) return known;
  const played = await playCalibration({ ...CALIBRATION, task: task.name }).catch((error: unknown) => {
    if (error instanceof CalibrationError) return undefined; // no figure, and tried again by the next run
    throw error;
  });
  if (!played) return undefined;
  const overhead = overheadOf(played);
  store.keep('host', 'overhead', key, overhead);
  return overhead;
}
