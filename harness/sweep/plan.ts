/**
 * A sweep plan (`fpx-configs/*.yaml` with a `plan:` key): which configurations and bots play which tasks on which seeds.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { OptionsError, type TaskName } from '../../envs/environment.js';
import type { SeatLatency } from '../../scoring/injected.js';
import { MarketError } from '../market/errors.js';
import { taskNamed } from '../match/tasks.js';
import { readPaperMarket } from '../market/paper.js';
import { latencyTexts, type LatencyTexts } from '../configuration/latency.js';
import {
  ConfigurationError,
  explain,
  findFile,
  latencyOf,
  loadConfiguration,
  readYaml,
  type Configuration,
} from '../configuration/configuration.js';

const delayMs = z.number().min(0).max(60_000);
const botName = z.string().min(1);

const taskPlan = z.strictObject({
  /** World microseconds per real microsecond: set once a task, so that the family's latencies put it under time pressure. */
  speed: z.number().positive().max(1000),
  /** The speed for endpoints elsewhere, which play in wall-clock time. */
  externalSpeed: z.number().positive().max(1000).default(1),
  /** The speed of the winners' wall-clock confirmation, where the host has to keep up with every tick (default: `speed`). */
  confirmSpeed: z.number().positive().max(1000).optional(),
  seeds: z.strictObject({ first: z.number().int().min(0), count: z.number().int().min(1).max(10_000) }),
  /** Seeds for the wall-clock confirmation of the winners, disjoint from `seeds`: chosen on one set, shown on another. */
  confirmSeeds: z.strictObject({ first: z.number().int().min(0), count: z.number().int().min(0).max(1000) }),
  /** World milliseconds without an answer after which a decision counts as missed. */
  timeoutMs: z.number().positive().max(600_000),
  options: z.record(z.string(), z.json()).default({}),
  /** Who sits in the other seat, where the task has one. */
  opponent: z
    .strictObject({ bot: botName, delayMs, errorPermille: z.number().int().min(0).max(1000).default(0), latency: latencyTexts.optional() })
    .optional(),
  /** Bots beside the models, each at several given (injected) reaction delays. */
  bots: z
    .array(
      z.strictObject({
        bot: botName,
        delaysMs: z.array(delayMs).min(1),
        errorPermille: z.number().int().min(0).max(1000).default(0),
        /** Latency injected besides, leg by leg (harness/configuration/latency.ts). */
        latency: latencyTexts.optional(),
      }),
    )
    .default([]),
  /** States of the frozen probe bank that each configuration is asked, in the bank's order. */
  probes: z.number().int().min(0),
  /** Decisions of each match that the oracle values afterwards. */
  oracleDecisions: z.number().int().min(0),
});

/** The published benchmark's rules: a real day from files, and nothing that needs an oracle or a second seat. */
const paperPlan = taskPlan.omit({ opponent: true }).extend({
  /** `ohlc:FILE[,FILE...]`, looked for as configurations are; the made-up practice day without it. */
  market: z.string().optional(),
  prices: z.enum(['raw', 'cleaned']).default('raw'),
  date: z.string().optional(),
  probes: z.literal(0, 'only 0: these rules have no oracle').default(0),
  oracleDecisions: z.literal(0, 'only 0: these rules have no oracle').default(0),
});

export const planSchema = z.strictObject({
  plan: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/, 'letters, digits, ".", "_" and "-" (it names a folder)'),
  about: z.string().optional(),
  configurations: z.array(z.string()).default([]),
  tasks: z.strictObject({ hft: taskPlan.optional(), fighter: taskPlan.optional(), 'hft-paper': paperPlan.optional() }),
});

type Read<T> = Omit<T, 'latency'> & { latency?: SeatLatency };
type Written = z.infer<typeof taskPlan>;

/** A task's plan with its latency models read. */
export type TaskPlan = Omit<Written, 'opponent' | 'bots'> & {
  opponent?: Read<NonNullable<Written['opponent']>>;
  bots: Read<Written['bots'][number]>[];
};

export interface Plan {
  name: string;
  configurations: Configuration[];
  tasks: { name: TaskName; plan: TaskPlan }[];
}

/** The plan with its latency models instead of their texts; without any it is as it was. */
function readLatencies(written: Written, path: string): TaskPlan {
  const read = <T extends { latency?: LatencyTexts }>({ latency: texts, ...rest }: T): Read<T> => {
    const latency = texts && latencyOf(texts, path);
    return latency ? { ...rest, latency } : rest;
  };
  const { opponent, ...plan } = written;
  return { ...plan, bots: plan.bots.map(read), ...(opponent ? { opponent: read(opponent) } : {}) };
}

/** A plan of the published rules with its files read into its options. @throws ConfigurationError */
function readMarket({ market: text, prices, date, ...plan }: z.infer<typeof paperPlan>, path: string): Written {
  if (text === undefined) return plan;
  try {
    const { market } = readPaperMarket(text, { prices, date }, (file) => findFile(file, [dirname(path)]));
    return { ...plan, options: { ...plan.options, market } };
  } catch (error) {
    if (error instanceof MarketError || error instanceof OptionsError)
      throw new ConfigurationError(`${path}: tasks.hft-paper.${error.message}`);
    throw error;
  }
}

/** Reads a plan and every configuration it names. @throws ConfigurationError */
export function loadPlan(name: string): Plan {
  const file = /\.ya?ml$/.test(name) ? name : `${name}.yaml`;
  const candidates = [file, join('fpx-configs', file)];
  const path = candidates.map((candidate) => findFile(candidate, [])).find((found) => found !== undefined);
  if (!path) throw new ConfigurationError(`no plan "${name}": looked for ${candidates.join(' and ')} here and in the package's folder`);
  const parsed = planSchema.safeParse(readYaml(path));
  if (!parsed.success) throw new ConfigurationError(`${path} is not a sweep plan:\n${explain(parsed.error)}`);
  const { plan, configurations, tasks } = parsed.data;
  const loaded = configurations.map((each) => loadConfiguration(each, [dirname(path)]));
  const names = loaded.map((each) => each.name);
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice)
    throw new ConfigurationError(
      `${basename(path)}: two configurations are named "${twice}"; names must differ, they are the rows of the table`,
    );
  const list: Plan['tasks'] = [];
  if (tasks.fighter) list.push({ name: 'fighter', plan: readLatencies(tasks.fighter, path) });
  if (tasks.hft) list.push({ name: 'hft', plan: readLatencies(tasks.hft, path) });
  const paper = tasks['hft-paper'];
  if (paper) list.push({ name: 'hft-paper', plan: readLatencies(readMarket(paper, path), path) });
  if (list.length === 0) throw new ConfigurationError(`${path}: tasks: name at least one of hft, fighter, hft-paper`);
  for (const task of list) checkTask(task, path);
  return { name: plan, configurations: loaded, tasks: list };
}

/** What a schema cannot know: the task's own options, and its bots. @throws ConfigurationError */
function checkTask({ name, plan }: Plan['tasks'][number], path: string): void {
  const task = taskNamed(name);
  const where = `${path}: tasks.${name}`;
  let seats: number;
  try {
    seats = task.seats(task.parseOptions(plan.options));
  } catch (error) {
    if (error instanceof OptionsError) throw new ConfigurationError(`${where}.options: ${error.message}`);
    throw error;
  }
  if (seats > 2) throw new ConfigurationError(`${where}.options: ${seats} seats; accepted: 1, or 2 with an opponent`);
  for (const { bot } of [...plan.bots, ...(plan.opponent ? [plan.opponent] : [])])
    if (!task.bots.some((each) => each.name === bot))
      throw new ConfigurationError(`${where}: no bot "${bot}"; accepted: ${task.bots.map((each) => each.name).join(', ')}`);
}
