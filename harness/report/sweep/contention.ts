/** Contention in a sweep's folder: reckoned from its traces, and held against what the summary says of it. */
import { taskNamed } from '../../match/tasks.js';
import type { ListedCell } from '../../evidence/cells.js';
import type { SweepSummary } from '../../evidence/summary.js';
import { contentionOf, type ConfigurationContention, type NamedMatch } from '../../sweep/contention/results.js';
import type { ToldContention } from '../contention.js';
import { isSame, type Disagreement, type Missing } from './agreement.js';
import type { ContentionFigures } from '../../../scoring/figures/contention.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

/** By task, what each configuration's matches come to. @param matches of each task, all that are not set aside */
export function contentionByTask(matches: ReadonlyMap<string, readonly NamedMatch[]>): Map<string, ConfigurationContention[]> {
  return new Map([...matches].map(([task, own]) => [task, contentionOf(taskNamed(task), own)]));
}

/** What came of holding a summary's contention against the traces. */
export interface ContentionAgreement {
  /** Numbers of agents, by configuration and host, whose figures were reckoned again; and all that are told. */
  checked: number;
  told: number;
  disagreements: Disagreement[];
  /** Those of which fewer whole traces are here than the summary has matches, though the list of cells has them all. */
  missing: Missing[];
}

/**
 * Holds what the summary says of contention against the traces, each configuration and number of agents by itself.
 * @param here what the traces come to @param cells as they are listed; absent: there is no list, and only traces tell what was played
 */
export function contentionAgreement(
  { tasks }: Pick<SweepSummary, 'tasks'>,
  here: ReadonlyMap<string, readonly ConfigurationContention[]>,
  cells?: readonly ListedCell[],
): ContentionAgreement {
  const agreement: ContentionAgreement = { checked: 0, told: 0, disagreements: [], missing: [] };
  for (const task of new Set([...here.keys(), ...Object.keys(tasks)])) {
    const contention = tasks[task]?.contention ?? [];
    const [told, found] = [byCount(contention), byCount(here.get(task) ?? [])];
    agreement.told += told.size;
    // A summary that tells of more matches than were ever listed was changed: no trace of them is missing.
    const isListed = (name: string): boolean => !cells || listedIn(cells, task, name) >= matchesOf(contention.filter(({ configuration }) => configuration === name)); // prettier-ignore
    const isShort = (way: string): boolean => {
      const [said, reckoned] = [told.get(way), found.get(way)];
      return said !== undefined && matchesIn(said.figures) > (reckoned ? matchesIn(reckoned.figures) : 0) && isListed(said.configuration);
    };
    for (const way of new Set([...told.keys(), ...found.keys()])) {
      const [said, reckoned] = [told.get(way), found.get(way)];
      if (said && isShort(way)) {
        agreement.missing.push({
          task,
          configuration: way,
          matches: matchesIn(said.figures),
          here: reckoned ? matchesIn(reckoned.figures) : 0,
        });
        continue;
      }
      if (said) agreement.checked++;
      const other =
        said && reckoned
          ? firstOther(leavesOf(said, told, isShort), leavesOf(reckoned, told, isShort))
          : { told: said ? 'there' : 'not there', traces: reckoned ? 'there' : 'not there' };
      if (other) agreement.disagreements.push({ task, configuration: way, key: 'contention', ...other });
    }
  }
  return agreement;
}

/** What a configuration got on a host with so many agents. */
interface Told {
  configuration: string;
  host: string | undefined;
  figures: ContentionFigures;
}

/** By configuration, host and number of agents, in words. */
function byCount(all: readonly ToldContention[]): Map<string, Told> {
  return new Map(
    all.flatMap(({ configuration, host, counts }) =>
      counts.map((figures) => [wayOf(configuration, host, figures.agents), { configuration, host, figures }] as const),
    ),
  );
}

function wayOf(configuration: string, host: string | undefined, agents: number): string {
  return `${configuration}${host === undefined ? '' : ` on ${host}`}, ${agents} ${agents === 1 ? 'agent' : 'agents'}`;
}

const matchesIn = ({ agents, groups, left }: ContentionFigures): number => agents * groups + left;

function matchesOf(told: readonly ToldContention[]): number {
  return told.flatMap(({ counts }) => counts).reduce((sum, each) => sum + matchesIn(each), 0);
}

function listedIn(cells: readonly ListedCell[], task: string, configuration: string): number {
  return cells.filter((cell) => cell.purpose === 'contention' && cell.task === task && cell.configuration === configuration).length;
}

/** Every figure by the way to it, but for what is paired with matches that are not all here. */
function leavesOf(
  { configuration, host, figures }: Told,
  told: ReadonlyMap<string, Told>,
  isShort: (way: string) => boolean,
): Map<string, unknown> {
  const { added, ...own } = figures;
  const fewer = [...told.values()]
    .filter((each) => each.configuration === configuration && each.host === host && each.figures.agents < figures.agents)
    .map((each) => wayOf(configuration, host, each.figures.agents));
  return leaves(added && !fewer.some(isShort) ? { ...own, added } : own);
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
