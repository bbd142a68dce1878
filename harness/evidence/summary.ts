/** What a sweep's `summary.json` holds, as far as its report shows it. Summaries of older versions lack some of it. */
import { z } from 'zod';
import type { ContentionFigures } from '../../scoring/figures/contention.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { overheadForm } from '../sweep/forms.js';

/** No figure of a match comes near this; sums and pictures of larger ones would overflow. */
const MOST = 1e15;
const figure = z.number().min(-MOST).max(MOST).nullable();

const count = z.int().min(0);

/** A figure with its interval. */
export const estimateForm: z.ZodType<Estimate> = z
  .object({
    value: figure,
    low: figure,
    high: figure,
    n: count,
    atLeast: z.literal(true).optional(),
  })
  .refine(({ low, high }) => low === null || high === null || low <= high, 'an interval whose low end is above its high one');

/** What names a row, in tables and in pictures: longer ones than any configuration's, with its host, would fill a page. */
const name = z.string().max(200);

/** A configuration or bot with its figures. */
export const rowForm = z.object({
  name,
  kind: name,
  /** The model that answers, as its endpoint calls it. */
  model: name.optional(),
  /** How charts group it: a model's size. */
  group: name.optional(),
  status: z.enum(['frontier', 'tied', 'dominated', 'unmeasured', 'anchor']).default('unmeasured'),
  by: z.array(z.string()).default([]),
  clock: z.string().optional(),
  speed: z.number().optional(),
  injectedDelayMs: z.number().optional(),
  injectedLatency: z.string().optional(),
  /** Matches with an injected outage, which are in the figures of recovery alone. */
  recovery: z.object({ injected: name, matches: count, unrecovered: count, spared: count, void: count }).optional(),
  engine: z
    .looseObject({
      activations: name.optional(),
      bitsPerWeight: z.number().optional(),
      identity: z.string().optional(),
      notes: z.array(z.string()).optional(),
    })
    .optional(),
  identity: z.string().optional(),
  /** The host that measured it, one of the summary's hosts; absent where it is the summary's own. */
  host: z.string().optional(),
  matches: count.default(0),
  void: count.default(0),
  playedAgain: count.default(0),
  decisions: count.default(0),
  /** Probe quality by kinds of situation, and how many states asked for each: where the task tells any apart. */
  probeQualityBySituation: z
    .array(z.object({ situation: name, asked: count, quality: estimateForm }))
    .max(100)
    .default([]),
  figures: z.record(z.string(), estimateForm).default({}),
});

/** What a number of agents at one endpoint got of it (scoring/figures/contention.ts). */
const contentionForm: z.ZodType<ContentionFigures> = z.object({
  agents: count,
  groups: count,
  left: count,
  figures: z.object({
    ...{ latencyMeanMs: estimateForm, latencyP50Ms: estimateForm, latencyP90Ms: estimateForm, reward: estimateForm },
    ...{ decisionsPerSecond: estimateForm, decisionsPerSecondInAll: estimateForm, jain: estimateForm, jainByWeight: estimateForm },
  }),
  added: z
    .object({
      agents: count,
      figures: z.object({ latencyMeanMs: estimateForm, reward: estimateForm, decisionsPerSecond: estimateForm }),
    })
    .optional(),
  tenants: z.array(
    z.object({
      ...{ tenant: name, weight: z.number().positive(), owed: z.number().min(0).max(1), agents: count },
      ...{ share: estimateForm, latencyP50Ms: estimateForm },
    }),
  ),
});

export const taskForm = z.object({
  rewardUnit: z.string(),
  rewardAbout: z.string().default(''),
  axis: z.string().optional(),
  /** The plan's own reward: a formula. */
  score: z.string().optional(),
  speed: z.number().optional(),
  tick: z.object({ us: z.number().positive(), name: z.string() }).optional(),
  patient: z.object({ about: z.string(), latencyMs: z.number(), zero: z.string(), one: z.string() }).optional(),
  unfinished: z.array(z.object({ entrant: z.string(), unplayed: count, void: count, reasons: z.array(z.string()) })).default([]),
  contention: z.array(z.object({ configuration: name, host: name.optional(), counts: z.array(contentionForm) })).optional(),
  rows: z.array(rowForm).refine((rows) => new Set(rows.map(({ name }) => name)).size === rows.length, 'two rows have the same name'),
});

/** What is said of a task: an answer, and what else was found, a sentence each. Older ones have all of it in `sentence`. */
export const verdictForm = z.object({
  task: z.string().default(''),
  answer: z.string().optional(),
  details: z.array(z.string()).default([]),
  sentence: z.string().optional(),
});

export const summaryForm = z.object({
  tickbench: z.literal('summary.v1'),
  sweep: z.string(),
  finished: z.boolean().default(true),
  verdicts: z.array(verdictForm).default([]),
  host: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  /** The hosts that measured, where they are told apart; `host` is then the one that reports. */
  hosts: z.array(z.looseObject({ name: z.string() })).optional(),
  overhead: overheadForm.optional(),
  /** The version that wrote it, and the command that was given. */
  version: z.string().optional(),
  command: z.string().optional(),
  tasks: z.record(z.string(), taskForm),
});

export type SweepSummary = z.infer<typeof summaryForm>;
export type SummaryTask = z.infer<typeof taskForm>;
export type SummaryRow = z.infer<typeof rowForm>;

/** A row's figure; not measured where it is not there. */
export function figureOf(row: Pick<SummaryRow, 'figures'>, key: string): Estimate {
  return row.figures[key] ?? { value: null, low: null, high: null, n: 0 };
}
