/** Entries as CSV: a row for each, figures with their intervals. No cell is taken for a formula by a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import type { Figures } from '../../../harness/submission/figures-form.js';
import { hostText } from '../../../harness/submission/measured.js';
import type { ToldEntry } from './entries.js';

const ESTIMATES = ['reward', 'latencyMeanMs', 'latencyP50Ms', 'latencyP90Ms', 'realLatencyP50Ms', 'rejected', 'missed', 'patientReward'] as const satisfies readonly (keyof Figures)[]; // prettier-ignore

/** What an entry says that it is: claimed by a submitter, told by the board's own traces in the division `reference`. */
const ABOUT = ['model', 'size', 'precision', 'engine', 'kernel', 'hardware'] as const;

/** Rows as CSV, with a line of names first. @param columns undefined: those of the rows */
export function csvText(rows: readonly object[], columns?: readonly string[]): string {
  return stringify([...rows], { header: true, escape_formulas: true, cast: { boolean: String }, columns: columns && [...columns] });
}

/** @returns text with a line of names first */
export function entriesCsv(rows: readonly ToldEntry[]): string {
  const records = rows.map(
    ({
      id,
      task,
      rules,
      plan,
      terms,
      division,
      kind,
      name,
      submitter,
      about,
      figures,
      answers,
      measured,
      receivedAt,
      submission,
      status,
      why,
    }) => ({
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
      ...Object.fromEntries(ABOUT.map((key) => [`claimed${key[0]!.toUpperCase()}${key.slice(1)}`, measured ? undefined : about[key]])),
      ...Object.fromEntries(ABOUT.map((key) => [`measured${key[0]!.toUpperCase()}${key.slice(1)}`, measured ? about[key] : undefined])),
      ...{ host: measured?.host.name, hostAbout: measured ? hostText(measured.host) : undefined, modelIdentity: measured?.identity, precisionMap: measured?.precision, engineBuild: measured?.engine }, // prettier-ignore
      ...{
        answers: answers?.decisions,
        answersUnanswered: answers?.unanswered,
        answersCompared: answers?.compared,
        answersEqual: answers?.equal,
        answersLeft: answers?.left,
      },
      ...{ receivedAt, submission, status, why },
    }),
  );
  return csvText(records, rows.length > 0 ? undefined : ['id']);
}
