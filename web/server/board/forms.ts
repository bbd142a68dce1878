/** The API's forms: what is asked and answered, checked by the same schemas that its OpenAPI document is made from. */
import { z } from 'zod';
import { answersSchema } from '../../../harness/answers/account.js';
import { DIVISIONS } from '../../../harness/submission/claims.js';
import { figuresSchema } from '../../../harness/submission/figures-form.js';
import { purposes, sha256Text } from '../../../harness/submission/manifest.js';
import { measuredSchema, measuringHost } from '../../../harness/submission/measured.js';
import type { ToldEntry, ToldEntryWithTraces, ToldTable, ToldTrace } from '../leaderboard/entries.js';
import { ENTRY_STATUSES } from '../store/tables.js';

/** Most rows of a page. */
export const MOST_ROWS = 200;

export const idText = z.string().regex(/^[0-9a-f]{16}$/, 'an id of 16 hexadecimal digits');
const time = z.iso.datetime();
export const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/, 'letters, digits, ".", "_" and "-"');
export const terms = z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits, as /tables lists them');

export const paging = {
  limit: z.coerce.number('a number').int('a whole number').min(1, 'from 1').max(MOST_ROWS, `at most ${MOST_ROWS}`).default(50),
  cursor: z.string().max(400).optional(),
};

const which = {
  task: word.optional(),
  rules: word.optional(),
  plan: word.optional(),
  terms: terms.optional(),
  division: z.enum(DIVISIONS).optional(),
  host: z
    .string()
    .regex(/^host-[0-9a-f]{8}$/, "a host's name, as /tables lists it")
    .optional(),
};

export const entriesQuery = z.strictObject({
  ...which,
  kind: z.enum(['model', 'bot']).optional(),
  status: z.enum(ENTRY_STATUSES).optional(),
  submission: idText.optional(),
  ...paging,
});

export const leaderboardQuery = z.strictObject({
  ...which,
  kind: z.enum(['model', 'bot', 'all']).default('model'),
  ...paging,
});

export const auditQuery = z.strictObject({ ...paging, limit: paging.limit.default(MOST_ROWS) });

export const withdrawBody = z.strictObject({ why: z.string().min(1).max(400).optional() });

// The forms of answers are those of leaderboard/entries.ts, which the page's code reads: the compiler holds them together.

const claim = z.string().optional();
/** As manifest.ts has it, whose patterns an OpenAPI document cannot say. */
const aboutForm = z
  .object({
    model: claim,
    size: claim,
    precision: claim,
    engine: claim,
    kernel: claim,
    hardware: claim,
    notes: claim,
    price: z.unknown().optional(),
  })
  .meta({ description: "Claims of the submitter, as plain text; in the division reference what the board's own traces tell." });

export const entryForm = z
  .object({
    id: idText,
    submission: idText,
    status: z.enum(ENTRY_STATUSES),
    why: z.string().nullable().meta({ description: 'Why it was refused or withdrawn. May hold words of the submitter: show it as text.' }),
    task: z.string(),
    rules: z.string().meta({ description: "The task's rules version; entries of others cannot be compared." }),
    plan: z.string(),
    terms: z.string().meta({ description: 'Hash of what of the plan everybody shares: entries of the same were played alike.' }),
    division: z.enum(DIVISIONS),
    kind: z.enum(['model', 'bot']),
    name: z.string(),
    submitter: z.object({ name: z.string(), key: z.string(), fingerprint: z.string() }),
    about: aboutForm,
    figures: figuresSchema.nullable().meta({ description: 'Reckoned by the board from the traces; null until accepted.' }),
    answers: answersSchema.nullable().meta({ description: "What came of computing an embedded model's answers again; null where it was not tried." }),
    measured: measuredSchema.nullable().meta({ description: 'In the division reference: the host that measured, and the hashes of weights, precision map and engine build.' }),
    receivedAt: time,
    changedAt: time,
    proven: z.string().nullable().meta({ description: 'What the entry proves, in words; null of one that is not accepted.' }),
    claimed: z.string().meta({ description: 'What in it is a claim or taken on trust, in words.' }),
  })
  .meta({ id: 'Entry' }) satisfies z.ZodType<ToldEntry>; // prettier-ignore

export const entryTrace = z.object({
  seed: z.int(),
  purpose: z.enum(purposes),
  hash: sha256Text,
  status: z.enum(['pending', 'accepted', 'refused']),
  why: z.string().nullable(),
}) satisfies z.ZodType<ToldTrace>;

export const entryWithTraces = entryForm
  .extend({ configuration: z.unknown(), traces: z.array(entryTrace) })
  .meta({ id: 'EntryWithTraces' }) satisfies z.ZodType<ToldEntryWithTraces>;

export const entriesForm = z.object({ entries: z.array(entryForm), next: z.string().nullable() }).meta({ id: 'Entries' });
export const leaderboardForm = z
  .object({ rows: z.array(entryForm), next: z.string().nullable() })
  .meta({ id: 'Leaderboard', description: 'Accepted entries, the highest mean reward first.' });

const table = z.object({
  task: z.string(),
  rules: z.string(),
  plan: z.string(),
  terms: z.string(),
  division: z.enum(DIVISIONS),
  host: measuringHost.nullable().meta({ description: 'In the division reference: the host that measured. Latencies of two hosts are in two tables.' }),
  entries: z.int(),
}) satisfies z.ZodType<ToldTable>; // prettier-ignore
export const tablesForm = z.object({ tables: z.array(table) }).meta({ id: 'Tables' });

export const submissionForm = z
  .object({
    id: idText,
    status: z.enum(['pending', 'verified', 'refused']),
    why: z.string().nullable(),
    submitter: z.string(),
    plan: z.string(),
    receivedAt: time,
    settledAt: time.nullable(),
    /** Traces played again so far, while it is verified. */
    progress: z.object({ done: z.int(), total: z.int() }).nullable(),
    entries: z.array(
      z.object({
        id: idText,
        task: z.string(),
        name: z.string(),
        status: z.enum(ENTRY_STATUSES),
        why: z.string().nullable(),
        traces: z.object({ pending: z.int(), accepted: z.int(), refused: z.int() }),
      }),
    ),
  })
  .meta({ id: 'Submission' });

export const traceForm = z
  .object({
    hash: sha256Text,
    /** Of the arena, where it is one of its matches. */
    matches: z.array(z.unknown()).optional(),
    uses: z.array(
      z.object({ entry: idText, task: z.string(), name: z.string(), seed: z.int(), purpose: z.enum(purposes), status: z.string(), why: z.string().nullable() }), // prettier-ignore
    ),
  })
  .meta({ id: 'Trace' });

export const auditForm = z
  .object({
    lines: z.array(z.object({ at: time, who: z.string(), what: z.string(), subject: z.string(), detail: z.string() })),
    next: z.string().nullable(),
  })
  .meta({ id: 'Audit' });

export const errorForm = z.object({ error: z.object({ code: z.string(), message: z.string() }) }).meta({ id: 'Error' });
