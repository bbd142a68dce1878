/**
 * Plays a published plan's cells of embedded configurations on this machine, for entries of the division `reference`: the same sweep that everybody
 * plays, less what no entry is made of (bots, probe banks, the oracle, the winner's confirmation).
 */
import { isTeam } from '../configuration/team.js';
import { monotonicUs } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import { MatchServer } from '../protocol/server.js';
import { lockFolder } from '../sweep/lock.js';
import type { Plan, TaskPlan } from '../sweep/plan.js';
import { summaryOf, writeReport } from '../sweep/report.js';
import { Sweep } from '../sweep/run.js';
import { SweepStore } from '../sweep/store.js';
import { unfinishedLines } from '../sweep/unfinished.js';
import { SubmissionError } from './errors.js';
import { LEAST_SEEDS } from './manifest.js';

/**
 * The part of a published plan that is measured. @param names of configurations; all that are embedded without any
 * @throws SubmissionError for a name that is none of the plan's embedded configurations, and for a plan that no entry can be made of
 */
export function measuredPart(plan: Plan, names: readonly string[] = []): Plan {
  const embedded = plan.configurations.filter((each) => !isTeam(each) && each.endpoint.kind === 'embedded');
  const known = embedded.map(({ name }) => name).join(', ') || 'none';
  const unknown = names.find((name) => !embedded.some((each) => each.name === name));
  if (unknown !== undefined)
    throw new SubmissionError(`no embedded configuration "${unknown}" in the plan ${plan.name}; accepted: ${known}`);
  const configurations = embedded.filter(({ name }) => names.length === 0 || names.includes(name));
  if (configurations.length === 0)
    throw new SubmissionError(`the plan ${plan.name} names no embedded configuration: there is nothing to measure here`);
  const tasks = plan.tasks.map(({ name, plan: own }) => {
    if (own.seeds.count < LEAST_SEEDS)
      throw new SubmissionError(
        `the plan ${plan.name} has ${own.seeds.count} seeds (${name}); a board takes entries of plans with at least ${LEAST_SEEDS}`,
      );
    return { name, plan: measuredTask(own, configurations) };
  });
  return { name: plan.name, configurations, tasks };
}

function measuredTask({ score: _, ...plan }: TaskPlan, configurations: readonly { name: string }[]): TaskPlan {
  const without = plan.without.filter((name) => configurations.some((each) => each.name === name));
  return { ...plan, without, bots: [], probes: 0, oracleDecisions: 0, confirmSeeds: { ...plan.confirmSeeds, count: 0 } };
}

/** Where it is played into, and who is told. */
export interface MeasuringSettings {
  folder: string;
  say: (line: string) => void;
  signal: AbortSignal;
  /** Where progress is shown (default: standard error). */
  progress?: NodeJS.WriteStream;
}

/**
 * Plays what is not finished yet into a results folder, and writes its report. @returns what is unfinished, a line each
 * @throws SweepStopped when it was stopped: the same call goes on; StoreError, EndpointError, ConfigurationError
 */
export async function playMeasured(plan: Plan, { folder, say, signal, progress = process.stderr }: MeasuringSettings): Promise<string[]> {
  const store = new SweepStore(folder);
  const unlock = lockFolder(folder, say);
  const server = await MatchServer.listen({});
  try {
    const output = { stream: progress, announce: () => undefined, now: () => monotonicUs() / 1000 };
    const sweep = await Sweep.prepare({ plan, store, server, output, budget: {}, workers: 1, signal });
    const reports = await sweep.run();
    writeReport(store, reports, { ...summaryOf(plan.name, reports, describeHost()), overhead: sweep.overhead });
    return unfinishedLines(reports);
  } finally {
    await server.close();
    unlock();
  }
}
