/** How a team of configurations decides who thinks, as its file says it (docs/adaptive.md): rules, what learning is told, what a planner may say. */
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import { taskNamed, taskNames } from '../match/tasks.js';

/** What a rule names beside a task's situations: whom to ask in those that it does not name. */
export const OTHERWISE = 'otherwise';

/** An arm's name: what tables, traces and the page show. */
export const armName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'letters, digits, ".", "_" and "-", 40 at most');

/** For each task: which arm to ask in which situation. */
export const rules = z.record(z.string(), z.record(z.string(), armName)).superRefine((written, context) => {
  for (const [name, rule] of Object.entries(written)) {
    const wrong = taskNames().includes(name) ? ruleFault(taskNamed(name), rule) : `no such task; accepted: ${taskNames().join(', ')}`;
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: [name], message: wrong });
  }
});

export type Rule = Record<string, string>;

/** Why a rule is none for a task, in words; undefined when it names an arm for each situation. */
function ruleFault({ name, glance }: AnyTask, rule: Rule): string | undefined {
  const situations = glance?.situations ?? [];
  const accepted = [...situations, OTHERWISE].map((each) => `"${each}"`).join(', ');
  const unknown = Object.keys(rule).find((each) => each !== OTHERWISE && !situations.includes(each));
  if (unknown !== undefined) return `"${unknown}" is no situation of ${name}; accepted: ${accepted}`;
  const missing = situations.filter((each) => !Object.hasOwn(rule, each));
  if ((missing.length > 0 || situations.length === 0) && !Object.hasOwn(rule, OTHERWISE))
    return `no arm for ${missing.length === 0 ? 'any situation' : missing.map((each) => `"${each}"`).join(', ')}; accepted: each of them, or "${OTHERWISE}"`;
  return undefined;
}

/** The arm that a rule names for a situation. */
export function ruled(rule: Rule, situation: string): string {
  return Object.hasOwn(rule, situation) ? rule[situation]! : rule[OTHERWISE]!;
}

/** What learning is told (harness/agents/learner.ts). */
export const learning = z.strictObject({
  /** What a gain still weighs after one more in the same situation. */
  discount: z.number().min(0.5).max(1).default(0.99),
  /** How widely it tries out: 0 takes what looks best. */
  explore: z.number().min(0).max(10).default(1),
  /** How long after an observation its decision's gain is counted, in world milliseconds; the task's own time when absent. */
  creditMs: z.number().positive().max(600_000).optional(),
});

export type Learning = z.infer<typeof learning>;

/** What a planner may put before the fast configuration. */
export const advising = z.strictObject({
  /** Longest advice that is passed on. */
  characters: z.number().int().min(20).max(400).default(200),
  /** Whether what the planner has written so far is passed on, too, before it has finished. */
  unfinished: z.boolean().default(true),
});

export type Advising = z.infer<typeof advising>;
