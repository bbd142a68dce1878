/** The rows of a submission: how they are put in, and what is written into them once it was verified. */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { OpenedBundle } from '../../../harness/submission/bundle.js';
import type { Division } from '../../../harness/submission/claims.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { printable } from '../../../harness/protocol/printable.js';
import type { Measured } from '../../../harness/submission/measured.js';
import { termsDigest, type Terms } from '../../../harness/submission/terms.js';
import type { JudgedEntry } from '../../../harness/submission/verification.js';
import { requireKey, requireNew } from './admission.js';
import { audited } from './audit.js';
import type { BoardTables } from './tables.js';
import type { Caller } from './tokens.js';

/** Longest reason that is kept, in characters: a trace's own words may stand in it. */
const MOST_WHY = 600;

/** Why a trace is not accepted whose entry is refused by what it lists. */
const NOT_PLAYED = 'it was not played again: its entry is refused as it is listed';

export function newId(): string {
  return randomBytes(8).toString('hex');
}

/** A reason as it is kept. */
export function told(why: string): string {
  return printable(why).slice(0, MOST_WHY);
}

/** What is put in. */
export interface NewSubmission {
  id: string;
  opened: OpenedBundle;
  bundle: { hash: string; bytes: number };
  caller: Caller;
  /** Milliseconds since 1970. */
  now: number;
  division: Division;
  /** Of each entry by its order, in the division `reference`. */
  measured?: readonly Measured[];
}

/** Puts a submission in, all of it pending. @throws Refusal when the very same bundle was received before, or its key belongs to another holder */
export async function insertSubmission(
  db: Kysely<BoardTables>,
  { id, opened, bundle, caller, now, division, measured }: NewSubmission,
): Promise<void> {
  const { manifest, manifestText, signature } = opened;
  const { submitter, key, program, plan } = manifest;
  await requireNew(db, bundle.hash, signature);
  await requireKey(db, key, caller);
  await db
    .insertInto('submission')
    .values({
      id,
      bundle_hash: bundle.hash,
      key,
      holder: caller.holder,
      submitter: submitter.name,
      contact: submitter.contact ?? null,
      program,
      plan: plan.name,
      manifest_json: manifestText,
      signature,
      bytes: bundle.bytes,
      received_at: now,
      status: 'pending',
      why: null,
      settled_at: null,
    }) // prettier-ignore
    .execute();
  for (const [ordinal, entry] of manifest.entries.entries()) {
    const entryId = newId();
    const by = measured?.[ordinal];
    await db
      .insertInto('entry')
      .values({
        id: entryId,
        submission: id,
        ordinal,
        task: entry.task,
        rules: taskNamed(entry.task).rules,
        plan: plan.name,
        terms: termsDigest(entry.task, plan.tasks[entry.task] as Terms),
        division,
        kind: entry.kind,
        name: entry.name,
        about_json: JSON.stringify(entry.about),
        configuration_json: JSON.stringify(entry.configuration),
        status: 'pending',
        why: null,
        withdrawn_by: null,
        reward: null,
        figures_json: null,
        answers_json: null,
        host: by?.host.name ?? null,
        measured_json: by ? JSON.stringify(by) : null,
        received_at: now,
        changed_at: now,
      }) // prettier-ignore
      .execute();
    const rows = entry.traces.map(({ seed, purpose, hash }, i) => ({ entry: entryId, ordinal: i, seed, purpose, hash, text_hash: null, play_hash: null, status: 'pending' as const, why: null })); // prettier-ignore
    // A statement takes 65 535 values.
    for (let from = 0; from < rows.length; from += 5000) await db.insertInto('trace').values(rows.slice(from, from + 5000)).execute(); // prettier-ignore
  }
  const what = division === 'reference' ? 'submission measured' : 'submission received';
  await audited(db, caller.holder, what, id, `${manifest.entries.length} entries of the plan ${plan.name}, ${bundle.bytes} bytes`);
}

/** Writes down what was found, all of a submission at once. Entries that were withdrawn meanwhile stay so. */
export async function settleSubmission(db: Kysely<BoardTables>, id: string, judged: readonly JudgedEntry[], now: number): Promise<void> {
  const rows = await db.selectFrom('entry').select(['id', 'ordinal', 'status']).where('submission', '=', id).orderBy('ordinal').forUpdate().execute(); // prettier-ignore
  for (const { id: entry, ordinal, status } of rows) {
    const { traces, fault, figures, answers } = judged[ordinal]!;
    if (traces.length === 0) await db.updateTable('trace').set({ status: 'refused', why: NOT_PLAYED }).where('entry', '=', entry).execute(); // prettier-ignore
    for (const [i, { fault: why, textHash, playHash }] of traces.entries())
      await db
        .updateTable('trace')
        .set({
          text_hash: textHash ?? null,
          play_hash: playHash ?? null,
          status: why === null ? 'accepted' : 'refused',
          why: why === null ? null : told(why),
        }) // prettier-ignore
        .where('entry', '=', entry)
        .where('ordinal', '=', i)
        .execute();
    if (status !== 'pending') continue;
    await db
      .updateTable('entry')
      .set({
        status: fault === null ? 'accepted' : 'refused',
        why: fault === null ? null : told(fault),
        reward: figures?.reward.value ?? null,
        figures_json: figures ? JSON.stringify(figures) : null,
        answers_json: answers ? JSON.stringify(answers) : null,
        changed_at: now,
      }) // prettier-ignore
      .where('id', '=', entry)
      .execute();
  }
  await db.updateTable('submission').set({ status: 'verified', settled_at: now }).where('id', '=', id).execute();
  const accepted = judged.filter(({ fault }) => fault === null).length;
  await audited(db, 'board', 'submission verified', id, `${accepted} of ${judged.length} entries accepted`);
}
