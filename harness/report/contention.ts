/** Contention for people: the same columns and sentences in a terminal, in a sweep's report and on its pages. */
import type { ContentionFigures, TenantFigures } from '../../scoring/figures/contention.js';
import { scaled, type Estimate } from '../../scoring/statistics/estimate.js';

/** One configuration's figures by number of agents, as a summary has them. */
export interface ToldContention {
  configuration: string;
  host?: string | undefined;
  counts: readonly ContentionFigures[];
}

/** A line of a table: what it is of, and its cells, figures and texts. */
export interface ContentionLine {
  head: string;
  cells: (Estimate | string)[];
}

export interface ContentionTable {
  heads: string[];
  lines: ContentionLine[];
}

const NOTHING: Estimate = { value: null, low: null, high: null, n: 0 };

/** What a table's first column says. */
function headOf({ configuration, host }: ToldContention, agents: number): string {
  return `${configuration}${host === undefined ? '' : ` on ${host}`}, ${agents} ${agents === 1 ? 'agent' : 'agents'}`;
}

/** What each number of agents got. @param unit of rewards */
export function contentionTable(told: readonly ToldContention[], unit: string): ContentionTable {
  const heads = ['p50, real ms', 'p90, real ms', `reward, ${unit}`, 'answered a second, each', 'in all', "Jain's index", 'groups'];
  const lines = told.flatMap((each) =>
    each.counts.map(({ agents, groups, left, figures }): ContentionLine => {
      const { latencyP50Ms, latencyP90Ms, reward, decisionsPerSecond, decisionsPerSecondInAll, jain } = figures;
      const counted = `${groups}${left > 0 ? ` (${left} matches left out)` : ''}`;
      return { head: headOf(each, agents), cells: [latencyP50Ms, latencyP90Ms, reward, decisionsPerSecond, decisionsPerSecondInAll, jain, counted] }; // prettier-ignore
    }),
  );
  return { heads, lines };
}

/** What more agents cost each, paired by seed. */
export function addedTable(told: readonly ToldContention[], unit: string): ContentionTable {
  const heads = ['against', 'mean latency, real ms', `reward, ${unit}`, 'answered a second, each'];
  const lines = told.flatMap((each) =>
    each.counts.flatMap(({ agents, added }): ContentionLine[] => {
      if (!added) return [];
      const { latencyMeanMs, reward, decisionsPerSecond } = added.figures;
      return [{ head: headOf(each, agents), cells: [`${added.agents}`, latencyMeanMs, reward, decisionsPerSecond] }];
    }),
  );
  return { heads, lines };
}

/** What tenants got beside what they are owed. */
export function tenantTable(told: readonly ToldContention[]): ContentionTable {
  const heads = ['tenant', 'weight', 'owed, %', 'got, %', 'p50, real ms', "Jain's index by weight"];
  const lines = told.flatMap((each) =>
    each.counts.flatMap(({ agents, tenants, figures }) =>
      tenants.map(({ tenant, weight, owed, share, latencyP50Ms, agents: own }: TenantFigures, i): ContentionLine => ({
        head: headOf(each, agents),
        cells: [`${tenant} (${own} of them)`, `${weight}`, (owed * 100).toFixed(1), scaled(share, 100), latencyP50Ms, i === 0 ? figures.jainByWeight : NOTHING],
      })),
    ),
  ); // prettier-ignore
  return { heads, lines };
}

/** How to read the tables. */
export const CONTENTION_NOTES = {
  counts:
    'So many agents of one configuration, each in a match of its own, ask one endpoint at the same time on the wall clock; a group of them is one unit of sampling. ' +
    'Latencies and rates are of the time in which all of a group still played, rewards of whole matches. ' +
    "Jain's index is over the answered decisions of a group's agents: 1 where each got as many, one over their number where one got all. " +
    'What a host with few cores adds by its own (several matches, agents and an engine on them) is in these latencies; a match that it disturbed too much is void, and its group with it.',
  added: 'The same seeds with more agents less with fewer: what the others cost each agent. Above 0 of latency is slower.',
  tenants:
    "Owed: a tenant's share of all weights. A gateway divides what waits: a tenant whose agents ask for less than it is owed gets what they ask for, and others the rest.",
} as const;
