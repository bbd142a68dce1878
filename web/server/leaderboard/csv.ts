/** The leaderboard as CSV: a row for each entry, figures with their intervals. No cell is taken for a formula by a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import type { Figures } from '../../../harness/submission/figures.js';
import type { ShownEntry } from '../board/shown.js';

const ESTIMATES = ['reward', 'latencyMeanMs', 'latencyP50Ms', 'latencyP90Ms', 'realLatencyP50Ms', 'rejected', 'missed', 'patientReward'] as const satisfies readonly (keyof Figures)[]; // prettier-ignore

/** @returns text with a line of names first */
export function leaderboardCsv(rows: readonly ShownEntry[]): string {
  const records = rows.map(({ id, task, rules, plan, terms, division, kind, name, submitter, about, figures, receivedAt }) => ({
    ...{ id, task, rules, plan, terms, division, kind, name, submitter: submitter.name, fingerprint: submitter.fingerprint },
    rewardUnit: figures?.rewardUnit,
    ...Object.fromEntries(
      ESTIMATES.flatMap((key) => {
        const estimate = figures?.[key];
        // A lower bound is no figure: it says that it is one, as in a sweep's own table.
        return [[key, estimate?.value], [`${key}Low`, estimate?.low], [`${key}High`, estimate?.high], [`${key}IsAtLeast`, estimate && estimate.atLeast === true]]; // prettier-ignore
      }),
    ),
    ...{ matches: figures?.matches, decisions: figures?.decisions, clock: figures?.clock, speed: figures?.speed },
    ...{ claimedModel: about.model, claimedSize: about.size, claimedPrecision: about.precision, claimedEngine: about.engine, claimedKernel: about.kernel, claimedHardware: about.hardware }, // prettier-ignore
    receivedAt,
  }));
  return stringify(records, {
    header: true,
    escape_formulas: true,
    cast: { boolean: String },
    columns: rows.length > 0 ? undefined : ['id'],
  });
}
