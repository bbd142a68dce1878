/** The reference models as they stand in for a published table: each size in whole formats and in one mix by the published rule. */
import { embeddedEntrant, FAMILY, PLAIN_PRECISIONS, type PaperEntrant } from '../../paper/entrants.js';
import { calibrated, gammaMap, type Keeping } from '../fpx-gamma.js';
import type { SweepStore } from '../../sweep/store.js';

/** States of the task that a map is calibrated on: their seeds are beyond those of all matches. */
export const CALIBRATION_STATES = 32;

/** What a table keeps beside its matches. */
export function keeping(store: SweepStore): Keeping {
  return {
    cached: (name, key, form) => store.cached('paper', name, key, form),
    keep: (name, key, result) => store.keep('paper', name, key, result),
  };
}

/** Both sizes in BF16, FP8, FP4, and mixed by the rule with one scale a matrix, as published. @param gamma the mix's */
export async function familyEntrants(store: SweepStore, task: string, gamma: number, say: (line: string) => void): Promise<PaperEntrant[]> {
  const entrants: PaperEntrant[] = [];
  for (const { size, model } of FAMILY) {
    say(`${size}: the published rule at gamma ${gamma} is calibrated on ${CALIBRATION_STATES} states of ${task}`);
    const errors = await calibrated(model, { task, states: CALIBRATION_STATES, kept: keeping(store) });
    const { precision, gammaByCount } = gammaMap(errors, gamma, 'fp4-tensor');
    const mix = { name: `gamma ${gamma}`, precision, bits: 8 - 4 * gammaByCount };
    const [bf16, fp8, fp4] = PLAIN_PRECISIONS;
    entrants.push(...[bf16!, fp8!, mix, fp4!].map((each) => embeddedEntrant(model, size, each)));
  }
  return entrants;
}
