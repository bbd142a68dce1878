/** How far a sweep is, as it says in its folder (`course.json`) while it runs, and the page reads it. */
import { z } from 'zod';
import type { Estimate } from '../../scoring/statistics/estimate.js';

/** The file. */
export const COURSE_FILE = 'course.json';

const figure = z.number().nullable();
const estimate: z.ZodType<Estimate> = z.object({
  value: figure,
  low: figure,
  high: figure,
  n: z.number(),
  atLeast: z.literal(true).optional(),
});

/** A row's figures after so many matches that count. Milliseconds of world time; the task's shown unit. */
export const courseStep = z.object({ matches: z.int().min(0), latencyMeanMs: estimate, reward: estimate });

export const courseTask = z.object({
  name: z.string(),
  rewardUnit: z.string(),
  seeds: z.array(z.number()),
  /**
   * Everybody who plays, a mark for each seed's match, then those of its patient ones, of those with an injected outage and of those played beside others
   * at one endpoint: `.` to be played, `+` counts, `v` void, `x` given up.
   */
  entrants: z.array(
    z.object({
      ...{ name: z.string(), kind: z.string(), matches: z.string(), patient: z.string() },
      ...{ recovery: z.string().default(''), contention: z.string().default('') },
    }),
  ),
  /** What is measured so far, a row for each entrant and host, a step for each number of matches. */
  rows: z.array(z.object({ name: z.string(), entrant: z.string(), kind: z.string(), group: z.string(), steps: z.array(courseStep) })),
});

export const courseForm = z.object({
  tickbench: z.literal('course.v1'),
  sweep: z.string(),
  /** ISO 8601: when this run of the sweep was begun, and when this was written. */
  begunAt: z.string(),
  at: z.string(),
  /** What ended the run, in a word; null while it runs. A run that was killed says nothing. */
  ended: z.enum(['finished', 'stopped', 'failed']).nullable(),
  label: z.string(),
  /** Matches that are through, of all. */
  done: z.int(),
  total: z.int(),
  perMinute: z.number(),
  /** Seconds, about. */
  leftS: z.number(),
  tasks: z.array(courseTask),
});

export type SweepCourse = z.infer<typeof courseForm>;
export type CourseTask = z.infer<typeof courseTask>;
export type CourseStep = z.infer<typeof courseStep>;
export type CourseRow = CourseTask['rows'][number];
