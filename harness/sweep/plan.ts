/**
 * A sweep plan (`fpx-configs/*.yaml` with a `plan:` key): which configurations and bots play which tasks on which seeds.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { OptionsError, type AnyTask, type TaskName } from '../../envs/environment.js';
import type { SeatLatency } from '../../scoring/trace/injected.js';
import { MarketError } from '../market/errors.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { PLAN_MARKETS } from '../market/plans.js';
import { latencyTexts, type LatencyTexts } from '../configuration/latency.js';
import {
  ConfigurationError,
  explain,
  findFile,
  labelNames,
  latencyOf,
  readYaml,
  type Configuration,
  TELLING_KEYS,
} from '../configuration/configuration.js';
import { loadSetup, type Setup } from '../configuration/team.js';

import { contentionSection, readContention, type ContentionPlan } from './contention/plan.js';
import { gridSchema, requireNames, type ExpandedGrid, type GridExpander, type PlannedGrid } from './grid.js';

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
  /** Names of the plan's configurations that do not play this task. */
  without: z.array(z.string().min(1)).default([]),
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
  /** States of the frozen probe bank that each configuration is asked, in the bank's order; needed where the task has an oracle. */
  probes: z.number().int().min(0).optional(),
  /** Decisions of each match that the oracle values afterwards; needed where the task has an oracle. */
  oracleDecisions: z.number().int().min(0).optional(),
  /** Futures by which a decision is valued (`OracleSpec.futures`): the more, the surer and the dearer. Default: the task's own. */
  oracleFutures: z.number().int().min(2).max(4096).multipleOf(2).optional(),
  /**
   * Patient play: each configuration's whole matches while the clock waits, on the first of `seeds`. `options` are put over the plan's own
   * (a shorter match). Default: as many as there are seeds, 8 at most; none where the task has none.
   */
  patient: z.strictObject({ matches: z.number().int().min(0).max(10_000), options: z.record(z.string(), z.json()).default({}) }).optional(),
  /**
   * What an outage costs: further matches of each configuration on the first of `seeds`, in which its endpoint is taken away at a world time. An
   * embedded engine is killed and started again; any other endpoint is cut off for `cutMs` of world time. Teams and bots play none.
   */
  recovery: z
    .strictObject({
      matches: z.number().int().min(1).max(10_000),
      atMs: z.number().min(0).max(86_400_000),
      cutMs: z.number().positive().max(3_600_000).optional(),
    })
    .optional(),
  /** How many agents of a configuration ask one endpoint at once, in matches beside the measured ones (harness/sweep/contention/plan.ts). */
  contention: contentionSection.optional(),
  /** Files that the task's market is read from (`ohlc:FILE[,FILE...]`), looked for as configurations are. */
  market: z.string().optional(),
  /** A reward of the plan's own: a formula over measures (`tickbench score --measures`), by which the frontier is drawn and a winner chosen. */
  score: z.string().optional(),
  prices: z.enum(['raw', 'cleaned']).optional(),
  date: z.string().optional(),
});

export const planSchema = z.strictObject({
  plan: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/, 'letters, digits, ".", "_" and "-" (it names a folder)'),
  about: z.string().optional(),
  configurations: z.array(z.string()).default([]),
  /** Configurations beside those, as models, rules and shares of FP4 or bits (see grid.ts). */
  grid: gridSchema.optional(),
  tasks: z.record(z.string(), taskPlan),
  /** The same for every task that has none of its own. */
  score: z.string().optional(),
  /** What a worker must be labelled with to play any of it from a queue. */
  labels: labelNames.optional(),
});

/** The form of a plan's file for other programs, such as editors. What a task makes of its options and names is not in it. */
export function planJsonSchema(): unknown {
  return z.toJSONSchema(planSchema, { io: 'input' });
}

type Read<T> = Omit<T, 'latency'> & { latency?: SeatLatency };
type Written = z.infer<typeof taskPlan>;

/** A task's plan with its latency models and its market read. */
export type TaskPlan = Omit<
  Written,
  'opponent' | 'bots' | 'probes' | 'oracleDecisions' | 'patient' | 'contention' | 'market' | 'prices' | 'date'
> & {
  opponent?: Read<NonNullable<Written['opponent']>>;
  /** A configuration in the other seat instead of a bot: duels between configurations, set by who makes the plan. It is no entrant of the task. */
  rival?: Configuration;
  bots: Read<Written['bots'][number]>[];
  probes: number;
  oracleDecisions: number;
  contention?: ContentionPlan;
  /** Patient matches of each configuration, and the task's options in them as a user writes them. */
  patient: { matches: number; options: Record<string, unknown> };
};

export interface Plan {
  name: string;
  /** Each one configuration, or a team of them. */
  configurations: Setup[];
  /** What is still to be expanded into configurations; absent where there is nothing. */
  grid?: PlannedGrid;
  tasks: { name: TaskName; plan: TaskPlan }[];
  /** What a worker must be labelled with to play any of it from a queue. */
  labels?: string[];
}

/** A task's plan as it is played: its files read, and refused where the task itself would. @throws ConfigurationError */
function readTask(task: AnyTask, written: Written, path: string): TaskPlan {
  const where = `${path}: tasks.${task.name}`;
  const { opponent, bots, probes, oracleDecisions, patient, contention: together, market, prices, date, ...plan } = written;
  const withLatency = <T extends { latency?: LatencyTexts }>({ latency: texts, ...rest }: T): Read<T> => {
    const latency = texts && latencyOf(texts, path);
    return latency ? { ...rest, latency } : rest;
  };
  const options = { ...plan.options, ...marketOf(task, { market, prices, date }, path) };
  const contention = readContention(task, together, plan.seeds, where);
  const read: TaskPlan = {
    ...plan,
    ...(contention ? { contention } : {}),
    options,
    bots: bots.map(withLatency),
    ...(opponent ? { opponent: withLatency(opponent) } : {}),
    probes: forOracle(task, 'probes', probes, where),
    oracleDecisions: forOracle(task, 'oracleDecisions', oracleDecisions, where),
    patient: patientOf(task, patient, options, plan.seeds.count, where),
  };
  if (task.lacks?.oracle !== undefined && read.oracleFutures !== undefined)
    throw new ConfigurationError(`${where}.oracleFutures: accepted: none: these rules have no oracle`);
  checkTask(task, read, where);
  const { recovery, seeds } = read;
  if (recovery && recovery.matches > seeds.count)
    throw new ConfigurationError(
      `${where}.recovery.matches: ${recovery.matches}; accepted: at most as many as there are seeds (${seeds.count}), since each is paired with the undisturbed match on its seed`,
    );
  const lengthUs = task.lengthUs(task.parseOptions(options));
  if (recovery && lengthUs !== undefined && recovery.atMs * 1000 >= lengthUs)
    throw new ConfigurationError(
      `${where}.recovery.atMs: ${recovery.atMs}; accepted: below ${lengthUs / 1000}, where a match ends at the latest`,
    );
  return read;
}

/** How many patient matches a configuration plays unless told: enough for an interval, a bounded bill at a paid endpoint. */
const USUAL_PATIENT_MATCHES = 8;

/** Patient play as it is played. @throws ConfigurationError where the task has none, or there are fewer seeds */
function patientOf(task: AnyTask, written: Written['patient'], options: object, seeds: number, where: string): TaskPlan['patient'] {
  const usual = task.patient ? Math.min(seeds, USUAL_PATIENT_MATCHES) : 0;
  const { matches, options: more } = written ?? { matches: usual, options: {} };
  if (matches > 0 && !task.patient) throw new ConfigurationError(`${where}.patient.matches: only 0: this task has no patient play`);
  if (matches > seeds)
    throw new ConfigurationError(`${where}.patient.matches: ${matches}; accepted: at most as many as there are seeds (${seeds})`);
  return { matches, options: { ...options, ...more } };
}

/** How much the oracle has to do: nothing where a task has none. @throws ConfigurationError */
function forOracle({ lacks }: AnyTask, key: string, written: number | undefined, where: string): number {
  if (lacks?.oracle !== undefined && (written ?? 0) > 0)
    throw new ConfigurationError(`${where}.${key}: only 0: these rules have no oracle`);
  if (lacks?.oracle === undefined && written === undefined)
    throw new ConfigurationError(`${where}.${key}: a whole number from 0 is expected, and none is given`);
  return written ?? 0;
}

/** The market that a plan reads from files, as an option of its task. @throws ConfigurationError */
function marketOf(
  task: AnyTask,
  { market, prices, date }: Pick<Written, 'market' | 'prices' | 'date'>,
  path: string,
): { market?: z.core.util.JSONType } {
  const where = `${path}: tasks.${task.name}`;
  const reader = PLAN_MARKETS[task.name];
  if (!reader && (market ?? prices ?? date) !== undefined)
    throw new ConfigurationError(`${where}: market, prices and date go with ${Object.keys(PLAN_MARKETS).join(', ')}`);
  if (!reader || market === undefined) return {};
  try {
    return { market: reader(market, { prices: prices ?? 'raw', date }, (file) => findFile(file, [dirname(path)])).market };
  } catch (error) {
    if (error instanceof MarketError || error instanceof OptionsError) throw new ConfigurationError(`${where}.${error.message}`);
    throw error;
  }
}

/** Reads a plan and every configuration it names. @throws ConfigurationError */
export function loadPlan(name: string): Plan {
  const file = /\.ya?ml$/.test(name) ? name : `${name}.yaml`;
  const candidates = [file, join('fpx-configs', file)];
  const path = candidates.map((candidate) => findFile(candidate, [])).find((found) => found !== undefined);
  if (!path) throw new ConfigurationError(`no plan "${name}": looked for ${candidates.join(' and ')} here and in the package's folder`);
  const parsed = planSchema.safeParse(readYaml(path), TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${path} is not a sweep plan:\n${explain(parsed.error)}`);
  const { plan, configurations, grid, tasks, score, labels } = parsed.data;
  const loaded = configurations.map((each) => loadSetup(each, [dirname(path)]));
  requireNames(loaded, basename(path));
  const list = Object.entries(tasks).map(([task, written]): Plan['tasks'][number] => {
    if (!taskNames().includes(task)) throw new ConfigurationError(`${path}: tasks: no task "${task}"; accepted: ${taskNames().join(', ')}`);
    return { name: taskNamed(task).name, plan: readTask(taskNamed(task), { ...(score === undefined ? {} : { score }), ...written }, path) };
  });
  if (list.length === 0) throw new ConfigurationError(`${path}: tasks: name at least one of ${taskNames().join(', ')}`);
  return { name: plan, configurations: loaded, ...(grid ? { grid: { grid, path } } : {}), tasks: list, ...(labels ? { labels } : {}) };
}

/** The plan with its grid as configurations behind its own. @throws ConfigurationError for names that are there twice, and what the expander throws */
export async function expandedPlan(plan: Plan, expand: GridExpander): Promise<{ plan: Plan; expanded: ExpandedGrid }> {
  const { grid, ...rest } = plan;
  if (!grid) return { plan, expanded: { configurations: [], same: [] } };
  const expanded = await expand(grid);
  const configurations = [...plan.configurations, ...expanded.configurations.map(({ configuration }) => configuration)];
  requireNames(configurations, `${basename(grid.path)}, with its grid`);
  return { plan: { ...rest, configurations }, expanded };
}

/** What a schema cannot know: the task's own options and bots, and seeds that would be chosen and shown on alike. @throws ConfigurationError */
function checkTask(task: AnyTask, plan: TaskPlan, where: string): void {
  const seatsBy = (options: object, key: string): number => {
    try {
      return task.seats(task.parseOptions(options));
    } catch (error) {
      if (error instanceof OptionsError) throw new ConfigurationError(`${where}.${key}: ${error.message}`);
      throw error;
    }
  };
  const seats = seatsBy(plan.options, 'options');
  const patientSeats = seatsBy(plan.patient.options, 'patient.options');
  if (patientSeats !== seats)
    throw new ConfigurationError(`${where}.patient.options: ${patientSeats} seats; accepted: ${seats}, as in options`);
  if (seats > 2) throw new ConfigurationError(`${where}.options: ${seats} seats; accepted: 1, or 2 with an opponent`);
  if (seats === 1 && plan.opponent)
    throw new ConfigurationError(`${where}.opponent: the task has one seat with these options; accepted: none`);
  for (const { bot } of [...plan.bots, ...(plan.opponent ? [plan.opponent] : [])])
    if (!task.bots.some((each) => each.name === bot))
      throw new ConfigurationError(`${where}: no bot "${bot}"; accepted: ${task.bots.map((each) => each.name).join(', ')}`);
  const { seeds, confirmSeeds } = plan;
  const isShared = seeds.first < confirmSeeds.first + confirmSeeds.count && confirmSeeds.first < seeds.first + seeds.count;
  if (confirmSeeds.count > 0 && isShared)
    throw new ConfigurationError(`${where}.confirmSeeds: some are among seeds; accepted: others, since the winner is chosen on seeds`);
}
