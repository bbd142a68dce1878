/**
 * Contention in a task's plan (`contention:`): how many agents of a configuration ask one endpoint at once, on which seeds, and where they are
 * tenants of a gateway, by which weights.
 */
import { z } from 'zod';
import type { AnyTask } from '../../../envs/environment.js';
import { ConfigurationError } from '../../configuration/configuration.js';
import { schedulingSection, tenantsSection } from '../../gateway/settings.js';

/** Agents at once: each is a process with a match of its own. */
const MOST_AGENTS = 64;

const agentCounts = z
  .array(z.int('a whole number of agents').min(1, 'a whole number from 1').max(MOST_AGENTS, `${MOST_AGENTS} agents at most`))
  .min(2, 'at least two numbers of agents, such as [1, 2, 4]')
  .max(16, 'at most 16')
  .refine((counts) => counts[0] === 1, 'the first is to be 1: what the agent gets alone is what the others are held against')
  .refine((counts) => counts.every((each, i) => i === 0 || each > counts[i - 1]!), 'each is to be larger than the one before');

const written = z.strictObject({
  /** Numbers of agents, ascending from 1. */
  agents: agentCounts,
  /** Every number of agents plays each of these seeds once, so many at a time (default: the plan's `seeds`). */
  seeds: z.strictObject({ first: z.int().min(0), count: z.int().min(1).max(10_000) }).optional(),
  /** Names of the plan's configurations that are played so (default: all but teams). */
  configurations: z.array(z.string().min(1)).min(1, 'at least one, or leave it out for all').optional(),
  /** Requests that an embedded engine computes at once (default: 1, so that the others wait in its queue). */
  sequences: z.int().min(1).max(64).optional(),
  /** A gateway between agents and endpoint, whose tenants the agents are, in turn. */
  gateway: z
    .strictObject({
      /** As in a gateway's file: names and weights. */
      tenants: tenantsSection.refine((tenants) => Object.keys(tenants).length > 1, 'at least two tenants, such as { a: { weight: 3 }, b: { weight: 1 } }'),
      /** Calls that the endpoint is asked at once: only what waits in the gateway is shared out by weight. */
      mostRunning: z.int().min(1).max(1024).default(1),
      scheduling: schedulingSection.prefault({}),
    })
    .optional(),
}); // prettier-ignore

/** As users write it: `[1, 2, 4]` alone, or with more. */
export const contentionSection = z.union([agentCounts.transform((agents): z.output<typeof written> => ({ agents })), written], {
  error: (issue) => (issue.code === 'invalid_union' ? faultOf(issue.input, issue.errors) : undefined),
});

/** What is wrong in the form that was meant: that of a list, or that with more. */
function faultOf(input: unknown, [asList = [], asMore = []]: readonly (readonly z.core.$ZodIssue[])[]): string {
  if (typeof input !== 'object' || input === null)
    return 'accepted: numbers of agents from 1, such as [1, 2, 4], or { agents: [1, 2, 4], seeds: ..., gateway: ... } (docs/contention.md)';
  return (Array.isArray(input) ? asList : asMore)
    .map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`)
    .join('; ');
}

/** Contention as it is played. */
export type ContentionPlan = z.output<typeof written> & { seeds: { first: number; count: number } };
export type ContentionGateway = NonNullable<ContentionPlan['gateway']>;

/**
 * What a schema cannot know: that the task has a wall clock, and that all is played by whole groups.
 * @param seeds the plan's own @throws ConfigurationError
 */
export function readContention(
  task: Pick<AnyTask, 'lacks'>,
  section: z.output<typeof contentionSection> | undefined,
  seeds: ContentionPlan['seeds'],
  where: string,
): ContentionPlan | undefined {
  if (!section) return undefined;
  const at = `${where}.contention`;
  if (task.lacks?.wallClock !== undefined)
    throw new ConfigurationError(
      `${at}: accepted: none: agents that ask at once are played in wall-clock time, and ${task.lacks.wallClock}`,
    );
  const plan = { seeds, ...section };
  const uneven = plan.agents.find((agents) => plan.seeds.count % agents !== 0);
  if (uneven !== undefined)
    throw new ConfigurationError(
      `${at}: ${plan.seeds.count} seeds are not played by groups of ${uneven}; accepted: a number of seeds that each of ${plan.agents.join(', ')} divides, such as ${multiple(plan.agents)}`,
    );
  const tenants = Object.keys(plan.gateway?.tenants ?? {}).length;
  const unequal = tenants > 0 ? plan.agents.find((agents) => agents > 1 && agents % tenants !== 0) : undefined;
  if (unequal !== undefined)
    throw new ConfigurationError(
      `${at}.gateway.tenants: ${unequal} agents are not shared out evenly among ${tenants} tenants; accepted: 1, and numbers of agents that ${tenants} divides`,
    );
  return plan;
}

/** The least number that all of these divide, three groups of the largest at least: fewer have no interval. */
function multiple(counts: readonly number[]): number {
  const least = counts.reduce((product, each) => (product * each) / divisor(product, each), 1);
  return least * Math.ceil((3 * Math.max(...counts)) / least);
}

/** The greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
