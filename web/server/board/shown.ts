/** Rows of the store as the API tells them. */
import type { z } from 'zod';
import { isAllEqual, type AnswersAccount } from '../../../harness/answers/account.js';
import { CLAIMED_TIMES, PROVEN, PROVEN_REFERENCE } from '../../../harness/submission/claims.js';
import type { Figures } from '../../../harness/submission/figures-form.js';
import { fingerprint } from '../../../harness/submission/keys.js';
import type { About } from '../../../harness/submission/manifest.js';
import type { Measured } from '../../../harness/submission/measured.js';
import type { ToldEntry, ToldTrace } from '../leaderboard/entries.js';
import type { ListedEntry } from '../leaderboard/queries.js';
import type { EntryRow, SubmissionRow, TraceRow } from '../store/store.js';
import type { submissionForm } from './forms.js';

const iso = (ms: number): string => new Date(ms).toISOString();

/** An entry, with what it proves and what it claims. */
export function shownEntry(row: ListedEntry): ToldEntry {
  const { id, submission, status, why, task, rules, plan, terms, division, kind, name, submitter, key } = row;
  const answers = row.answers_json === null ? null : (JSON.parse(row.answers_json) as AnswersAccount);
  const isReference = division === 'reference';
  return {
    ...{ id, submission, status, why, task, rules, plan, terms, division, kind, name },
    submitter: { name: submitter, key, fingerprint: fingerprint(key) },
    about: JSON.parse(row.about_json) as About,
    figures: row.figures_json === null ? null : (JSON.parse(row.figures_json) as Figures),
    answers,
    measured: row.measured_json === null ? null : (JSON.parse(row.measured_json) as Measured),
    receivedAt: iso(row.received_at),
    changedAt: iso(row.changed_at),
    // Only of what was accepted is anything proven.
    proven: status === 'accepted' ? (isReference ? PROVEN_REFERENCE : PROVEN)[0] : null,
    claimed: isReference ? PROVEN_REFERENCE[1] : answers !== null && isAllEqual(answers) ? CLAIMED_TIMES : PROVEN[1],
  };
}

export function shownTrace({ seed, purpose, hash, status, why }: TraceRow): ToldTrace {
  return { seed, purpose, hash, status, why };
}

const POSTPONED = 'verifying it failed here, by no fault of what was submitted; it stays pending and is tried again';

/** A submission with how far each of its entries is. */
export function shownSubmission(
  row: SubmissionRow,
  entries: readonly (EntryRow & { traces: readonly TraceRow[] })[],
  progress: { done: number; total: number } | null,
  isPostponed: boolean,
): z.infer<typeof submissionForm> {
  return {
    id: row.id,
    status: row.status,
    why: row.status === 'pending' && isPostponed ? POSTPONED : row.why,
    submitter: row.submitter,
    plan: row.plan,
    receivedAt: iso(row.received_at),
    settledAt: row.settled_at === null ? null : iso(row.settled_at),
    progress,
    entries: entries.map(({ id, task, name, status, why, traces }) => {
      const count = (which: TraceRow['status']): number => traces.filter((trace) => trace.status === which).length;
      return { id, task, name, status, why, traces: { pending: count('pending'), accepted: count('accepted'), refused: count('refused') } };
    }),
  };
}
