/** Contention in a sweep's folder: reckoned from its traces, and held against what the summary says of it. */
import { taskNamed } from '../../match/tasks.js';
import type { SweepSummary } from '../../evidence/summary.js';
import { contentionOf, type ConfigurationContention, type NamedMatch } from '../../sweep/contention/results.js';
import type { ToldContention } from '../contention.js';
import { isSame, type Disagreement } from './agreement.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

/** By task, what each configuration's matches come to. @param matches of each task, all that are not set aside */
export function contentionByTask(matches: ReadonlyMap<string, readonly NamedMatch[]>): Map<string, ConfigurationContention[]> {
  return new Map([...matches].map(([task, own]) => [task, contentionOf(taskNamed(task), own)]));
}

/** Where the summary says something else of contention than the traces, one for each configuration and number of agents. */
export function contentionDisagreements(
  { tasks }: Pick<SweepSummary, 'tasks'>,
  here: ReadonlyMap<string, readonly ConfigurationContention[]>,
): Disagreement[] {
  const names = new Set([...here.keys(), ...Object.keys(tasks)]);
  return [...names].flatMap((task) => {
    const [told, found] = [byCount(tasks[task]?.contention ?? []), byCount(here.get(task) ?? [])];
    return [...new Set([...told.keys(), ...found.keys()])].flatMap((configuration): Disagreement[] => {
      const [said, reckoned] = [told.get(configuration), found.get(configuration)];
      const other = said && reckoned ? firstOther(said, reckoned) : { told: said ? 'there' : 'not there', traces: reckoned ? 'there' : 'not there' }; // prettier-ignore
      return other ? [{ task, configuration, key: 'contention', ...other }] : [];
    });
  });
}

/** Every figure of each configuration and number of agents, by the way to it. */
function byCount(all: readonly ToldContention[]): Map<string, Map<string, unknown>> {
  return new Map(
    all.flatMap(({ configuration, host, counts }) =>
      counts.map((each) => [`${configuration}${host === undefined ? '' : ` on ${host}`}, ${each.agents} agents`, leaves(each)] as const),
    ),
  );
}

function leaves(value: object, way = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([key, each]: [string, unknown]): [string, unknown][] => {
      const here = way === '' ? key : `${way}.${key}`;
      if (typeof each !== 'object' || each === null || isEstimate(each)) return [[here, each]];
      return [...leaves(each, here)];
    }),
  );
}

function isEstimate(value: object): value is Estimate {
  return 'value' in value && 'n' in value;
}

function firstOther(told: ReadonlyMap<string, unknown>, found: ReadonlyMap<string, unknown>): { told: string; traces: string } | undefined {
  for (const key of new Set([...told.keys(), ...found.keys()])) {
    const [a, b] = [told.get(key), found.get(key)];
    const alike = isEstimate(Object(a) as object) && isEstimate(Object(b) as object) ? isSame(a as Estimate, b as Estimate) : a === b;
    if (!alike) return { told: `${key} ${written(a)}`, traces: written(b) };
  }
  return undefined;
}

function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  return isEstimate(Object(value) as object)
    ? `${(value as Estimate).value ?? 'nothing'} of ${(value as Estimate).n}`
    : JSON.stringify(value);
}
