/** What a model agent's process is told: where its endpoint is, how to ask, by which prompt. Written by whoever starts it; keys stay in the environment. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { advising, learning, rules } from './choosing.js';
import { requestSettings } from './endpoint.js';
import { taskNames } from '../match/tasks.js';
import { explain } from '../protocol/frames.js';

/** A prompt's name (envs/TASK/prompts/NAME.txt) or a file of the user's: one for every task, or one for each (`plain` for those not named). */
export const promptNames = z.union([
  z.string(),
  z.record(z.string(), z.string()).superRefine((names, context) => {
    for (const task of Object.keys(names))
      if (!taskNames().includes(task))
        context.addIssue({ code: 'custom', path: [task], message: `no such task; accepted: ${taskNames().join(', ')}` });
  }),
]);

const price = z.number().min(0);

export const agentConfiguration = z.strictObject({
  name: z.string().min(1),
  target: z.strictObject({
    url: z.string().regex(/^https?:\/\//, 'an http:// or https:// address is expected'),
    model: z.string().min(1),
    /** The header that takes the key, where the server wants no `Authorization: Bearer KEY`. */
    keyHeader: z.string().optional(),
    /** More fields of every request body. */
    extra: z.record(z.string(), z.unknown()).default({}),
  }),
  /** The environment variable that holds the endpoint's key. */
  keyEnv: z.string().optional(),
  /** The endpoint is a gateway, which is told of seats and matches. */
  gateway: z.boolean().optional(),
  /** As which of the gateway's tenants it asks. */
  tenant: z.string().min(1).optional(),
  request: requestSettings,
  /** A prompt for every task, or one for each. */
  prompt: promptNames.default('plain'),
  /** Which of the task's parsers reads the answers; the task's own when absent. */
  parser: z.string().optional(),
  budget: z
    .strictObject({
      ...{ maxCalls: price.optional(), maxCost: price.optional(), inputPer1k: price.optional(), outputPer1k: price.optional() },
      tally: z.string().optional(),
    })
    .default({}),
});

export type AgentConfiguration = z.infer<typeof agentConfiguration>;

/** A member of a team as an agent of its own. */
const member = z.strictObject({ role: z.string().min(1), agent: agentConfiguration });

/** What the process of a team's agent is told: each member as an agent of its own, and how they play together. */
export const teamConfiguration = z.discriminatedUnion('team', [
  z.strictObject({
    name: z.string().min(1),
    team: z.literal('adaptive'),
    members: z.array(member).min(1),
    /** Exactly one of both. */
    rules: rules.optional(),
    learning: learning.optional(),
  }),
  z.strictObject({ name: z.string().min(1), team: z.literal('two-thread'), members: z.tuple([member, member]), advising }),
]);

export type TeamConfiguration = z.infer<typeof teamConfiguration>;
export type AdaptiveConfiguration = Extract<TeamConfiguration, { team: 'adaptive' }>;
export type TwoThreadConfiguration = Extract<TeamConfiguration, { team: 'two-thread' }>;

/** Reads a model agent's configuration (JSON), that of one model or of a team. @throws Error naming the file and what is wrong in it */
export function readAgentConfiguration(path: string): AgentConfiguration | TeamConfiguration {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const schema = typeof raw === 'object' && raw !== null && 'team' in raw ? teamConfiguration : agentConfiguration;
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new Error(`${path}: ${explain(parsed.error)}`);
  return parsed.data;
}
