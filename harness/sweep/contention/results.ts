/** What a sweep's matches under contention come to: figures by configuration and number of agents, hosts told apart. */
import type { AnyTask } from '../../../envs/environment.js';
import { contentionFigures, type ContentionFigures } from '../../../scoring/figures/contention.js';
import type { PlayedSeat } from '../../../scoring/figures/latency.js';
import { taskNamed } from '../../match/tasks.js';
import { hostOf } from '../hosts.js';
import type { Planned } from '../planned.js';
import type { CellResult } from '../play.js';
import type { Standing } from '../standing.js';

/** The figures of one configuration. */
export interface ConfigurationContention {
  configuration: string;
  /** The host that measured it, where several measured the configuration. */
  host?: string;
  counts: ContentionFigures[];
}

/** A match with the name of the configuration that is measured in it. */
export type NamedMatch = PlayedSeat & { configuration: string };

/** The figures of a task. @param matches all that were played under contention, in the order in which configurations are told */
export function contentionOf(task: Pick<AnyTask, 'reward' | 'parseOptions'>, matches: readonly NamedMatch[]): ConfigurationContention[] {
  const byName = new Map<string, Map<string, NamedMatch[]>>();
  for (const match of matches) {
    const hosts = byName.get(match.configuration) ?? new Map<string, NamedMatch[]>();
    const { name } = hostOf(match.trace.header);
    byName.set(match.configuration, hosts.set(name, [...(hosts.get(name) ?? []), match]));
  }
  return [...byName].flatMap(([configuration, hosts]) =>
    [...hosts].map(([host, own]) => ({ configuration, ...(hosts.size > 1 ? { host } : {}), counts: contentionFigures(task, own) })),
  );
}

/** A task's part of a sweep's report. */
export interface ContentionReport {
  /** Matches played at the same time against one endpoint: they are in no other figure. */
  contention: CellResult[];
  contended: ConfigurationContention[];
}

/** What of a task's groups was played so far, and what it comes to. */
export function contentionReport({ task, contention }: Planned, standing: Standing): ContentionReport {
  const results = standing.of(contention.flatMap(({ cells }) => cells));
  const matches = results.map(({ cell, trace }) => ({ trace, seat: cell.seat, configuration: cell.entrant.name }));
  return { contention: results, contended: contentionOf(taskNamed(task.name), matches) };
}
