/** What is known of a configuration as a whole: its qualities, which no match of it tells. What of that is a summary's word alone is said. */
import { qualityOf } from '../../scoring/figures/quality.js';
import { taskNamed } from '../match/tasks.js';
import type { Results } from './folder.js';
import type { PatientPlayer } from '../../scoring/reward/patient.js';
import type { PatientPlays } from './patient-play.js';
import { keptQuality } from './probes.js';
import { figureOf } from './summary.js';

/** A configuration of a sweep. `identity`: what its answers to the frozen states are kept under. */
export interface Known {
  task: string;
  name: string;
  identity?: string | undefined;
  /** What it is, if it is a bot. */
  bot?: PatientPlayer | undefined;
}

/** Quality and patient play as far as they are asked for and known, and what is to be said of them, a sentence each. */
export interface KnownQualities {
  quality?: number;
  patient?: number;
  notes: string[];
}

/** Sums in another order differ by less. */
const ROUNDING = 1e-6;

/** @param whole of `quality` and `patient` those that are asked for @param plays the folder's patient matches, where `patient` is */
export function knownOf(
  { folder, summary }: Results,
  { task, name, identity, bot }: Known,
  whole: readonly string[],
  plays?: PatientPlays,
): KnownQualities {
  const row = summary?.tasks[task]?.rows.find((each) => each.name === name);
  const told = (key: string): number | null => (row ? figureOf(row, key).value : null);
  const known: KnownQualities = { notes: [] };
  if (whole.includes('quality')) {
    const parts = identity === undefined ? undefined : keptQuality(folder, taskNamed(task), identity)?.get('all');
    const [reckoned, said] = [parts ? qualityOf(parts).value : null, told('probeQuality')];
    const value = reckoned ?? said;
    if (value !== null) known.quality = value;
    if (reckoned === null && said !== null)
      known.notes.push(
        `The quality of ${name} on ${task} is the word of summary.json alone: no answers of it to this program's bank of states lie in the folder.`,
      );
    if (reckoned !== null && said !== null && Math.abs(reckoned - said) > ROUNDING)
      known.notes.push(`The quality of ${name} on ${task} is ${reckoned} by its answers, which counts; summary.json says ${said}.`);
  }
  if (whole.includes('patient')) {
    const whose = bot ? { bot } : identity === undefined ? undefined : { identity };
    const [reckoned, said] = [whose && plays?.value(task, whose), told('patientPlay')];
    const value = reckoned ?? said;
    if (value !== null) known.patient = value;
    if (reckoned === undefined && said !== null)
      known.notes.push(
        `The patient play of ${name} on ${task} is the word of summary.json alone: the folder has no patient matches from which it can be reckoned.`,
      );
    if (reckoned !== undefined && said !== null && Math.abs(reckoned - said) > ROUNDING)
      known.notes.push(`The patient play of ${name} on ${task} is ${reckoned} by its matches, which counts; summary.json says ${said}.`);
  }
  return known;
}
