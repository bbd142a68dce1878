/**
 * Contention: what each of several agents gets of one endpoint that all of them ask at once, and how evenly they, or the tenants that they stand
 * for, are served. Agents that are played together share an endpoint, so the unit of sampling is the group of them, never the single match.
 *
 * Latencies, decisions and shares are taken over the time in which every agent of the group still played: a fight may end early, and whoever is
 * left is then alone. Rewards are those of whole matches.
 */
import type { AnyTask, Micros } from '../../envs/environment.js';
import { shownRange, shownReward } from '../reward/reward.js';
import { NOT_MEASURED, scaled, type Estimate } from '../statistics/estimate.js';
import { jainIndex } from '../statistics/jain.js';
import { meanInterval } from '../statistics/means.js';
import { ratioDifference, ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import type { Contention } from '../trace/contention.js';
import { decisionsOf, endOf, isAnswered, isPlay, type Decision } from '../trace/decisions.js';
import { latencyPart, latencyQuantile, meanLatency, realLatency, type LatencySample, type PlayedSeat } from './latency.js';

/** What a task says of its rewards. */
type RewardedTask = Pick<AnyTask, 'reward' | 'parseOptions'>;

/** One agent of a group: its match, and what it did while all of the group played. */
interface Agent {
  match: PlayedSeat;
  contention: Contention;
  seed: number;
  /** Settled decisions that say something about the endpoint. */
  decisions: Decision[];
  /** Latencies in real microseconds. */
  samples: LatencySample[];
  answered: number;
}

/** Agents that were played together, by their numbers. */
interface Group {
  agents: Agent[];
  /** Real seconds in which all of them played. */
  seconds: number;
}

/** What a tenant got. */
export interface TenantFigures {
  tenant: string;
  weight: number;
  /** Its weight among all tenants' weights: the share that it is owed while all of them want more than there is. */
  owed: number;
  /** Its agents in each group. */
  agents: number;
  /** Its share of the decisions that were answered. */
  share: Estimate;
  /** Median latency of its agents, in real milliseconds. */
  latencyP50Ms: Estimate;
}

/** What a larger number of agents costs each of them: the same seeds with more agents less with fewer. */
export interface AddedAgents {
  /** The smaller number. */
  agents: number;
  figures: { latencyMeanMs: Estimate; reward: Estimate; decisionsPerSecond: Estimate };
}

/** What so many agents of one configuration got of their endpoint. Latencies in real milliseconds, rates by the real second. */
export interface ContentionFigures {
  agents: number;
  /** Groups that count, each a unit of sampling. */
  groups: number;
  /** Matches that are in no figure: they do not count, or not all of those that were played with them do. */
  left: number;
  figures: {
    latencyMeanMs: Estimate;
    latencyP50Ms: Estimate;
    latencyP90Ms: Estimate;
    reward: Estimate;
    /** Answered decisions of each agent, and of all of a group. */
    decisionsPerSecond: Estimate;
    decisionsPerSecondInAll: Estimate;
    /** Jain's index over the agents' answered decisions, mean over groups. Not measured of one agent. */
    jain: Estimate;
    /** The same over the tenants', each divided by its weight. Not measured without tenants. */
    jainByWeight: Estimate;
  };
  /** Against the largest smaller number of agents that divides this one; absent where there is none, or no seed was played by both. */
  added?: AddedAgents;
  /** Empty without a gateway between agents and endpoint. */
  tenants: TenantFigures[];
}

/**
 * The figures of one configuration on one host, by number of agents.
 * @param matches all that its sweep played under contention, void ones among them
 */
export function contentionFigures(task: RewardedTask, matches: readonly PlayedSeat[]): ContentionFigures[] {
  const range = shownRange(task, matches);
  const byAgents = new Map<number, PlayedSeat[]>();
  for (const match of matches) {
    const agents = match.trace.header.contention?.agents;
    if (agents !== undefined) byAgents.set(agents, [...(byAgents.get(agents) ?? []), match]);
  }
  const groups = new Map([...byAgents].sort(([a], [b]) => a - b).map(([agents, own]) => [agents, groupsOf(agents, own)]));
  return [...groups].map(([agents, own]): ContentionFigures => {
    const fewer = [...groups.keys()].filter((each) => each < agents && agents % each === 0).at(-1);
    const added = fewer === undefined ? undefined : addedAgents(task, fewer, own, groups.get(fewer)!);
    return {
      agents,
      groups: own.length,
      left: byAgents.get(agents)!.length - own.length * agents,
      figures: {
        latencyMeanMs: scaled(meanLatency(own.map(waitedOf).filter(({ numerator }) => numerator > 0)), 1e-3),
        latencyP50Ms: scaled(latencyQuantile(own.map(samplesOf), 0.5), 1e-3),
        latencyP90Ms: scaled(latencyQuantile(own.map(samplesOf), 0.9), 1e-3),
        reward: meanInterval(own.flatMap((group) => rewardOf(task, group) ?? []), { range }), // prettier-ignore
        decisionsPerSecond: ratioOfSums(own.map(rateOf)),
        decisionsPerSecondInAll: ratioOfSums(own.map(({ agents: all, seconds }) => ({ numerator: answeredOf(all), denominator: seconds }))),
        jain: agents === 1 ? NOT_MEASURED : evenness(own.map(({ agents: all }) => all.map(({ answered }) => answered))),
        jainByWeight: evenness(own.map(perWeight)),
      },
      ...(added ? { added } : {}),
      tenants: tenantsOf(own),
    };
  });
}

/** Groups of so many agents of which every match counts, each played at one time. */
function groupsOf(agents: number, matches: readonly PlayedSeat[]): Group[] {
  const runs = new Map<string, PlayedSeat[]>();
  for (const match of matches) {
    if (match.trace.footer?.verdict.counts !== true) continue;
    const { run } = match.trace.header.contention!;
    runs.set(run, [...(runs.get(run) ?? []), match]);
  }
  return [...runs.values()].flatMap((own): Group[] => {
    const numbers = new Set(own.map(({ trace }) => trace.header.contention!.agent));
    if (own.length !== agents || numbers.size !== agents) return [];
    const until = Math.min(...own.map(({ trace }) => endOf(trace)));
    const all = own.map((match) => agentOf(match, until)).sort((a, b) => a.contention.agent - b.contention.agent);
    return [{ agents: all, seconds: until / 1e6 / own[0]!.trace.header.speed }];
  });
}

function agentOf(match: PlayedSeat, until: Micros): Agent {
  const { trace, seat } = match;
  const { speed, seed, contention } = trace.header;
  const decisions = decisionsOf(trace, seat).filter((decision) => decision.landedAt <= until && isPlay(decision));
  const samples = decisions.map((decision) => realLatency(decision, speed));
  return { match, contention: contention!, seed, decisions, samples, answered: decisions.filter(isAnswered).length };
}

const samplesOf = ({ agents }: Group): LatencySample[] => agents.flatMap(({ samples }) => samples);

const answeredOf = (agents: readonly Agent[]): number => agents.reduce((sum, { answered }) => sum + answered, 0);

/** The time that a group's agents waited for actions, and how many landed. */
const waitedOf = (group: Group) => latencyPart(group.agents[0]!.seed, samplesOf(group));

/** Answered decisions of a group's agents, and the time that each of them had. */
const rateOf = ({ agents, seconds }: Group): RatioPart => ({ numerator: answeredOf(agents), denominator: agents.length * seconds });

/** Mean reward of a group's agents in the shown unit; undefined where one has none. */
function rewardOf(task: RewardedTask, { agents }: Group): number | undefined {
  const rewards = agents.flatMap(({ match }) => shownReward(task, match) ?? []);
  return rewards.length === agents.length ? rewards.reduce((sum, each) => sum + each, 0) / rewards.length : undefined;
}

/** Mean of Jain's index over groups; groups in which nobody got anything have none. */
function evenness(got: readonly (readonly number[])[]): Estimate {
  const least = Math.min(1, ...got.filter((each) => each.length > 0).map((each) => 1 / each.length));
  return meanInterval(got.flatMap((each) => jainIndex(each) ?? []), { range: { low: least, high: 1 } }); // prettier-ignore
}

/** A group's agents by tenant, in the order in which tenants first come; none without a gateway. */
function byTenant({ agents }: Group): Map<string, Agent[]> {
  const tenants = new Map<string, Agent[]>();
  for (const agent of agents) {
    const name = agent.contention.tenant?.name;
    if (name !== undefined) tenants.set(name, [...(tenants.get(name) ?? []), agent]);
  }
  return tenants;
}

/** What each tenant of a group got for its weight; nothing where there are not several. */
function perWeight(group: Group): number[] {
  const tenants = [...byTenant(group).values()];
  return tenants.length < 2 ? [] : tenants.map((own) => answeredOf(own) / own[0]!.contention.tenant!.weight);
}

function tenantsOf(groups: readonly Group[]): TenantFigures[] {
  const told = groups
    .map((group) => ({ tenants: byTenant(group), all: answeredOf(group.agents) }))
    .filter(({ tenants }) => tenants.size > 1);
  const weights = new Map(told.flatMap(({ tenants }) => [...tenants].map(([name, own]) => [name, own[0]!.contention.tenant!.weight])));
  const sum = [...weights.values()].reduce((total, each) => total + each, 0);
  return [...weights].map(([tenant, weight]): TenantFigures => {
    const parts = told.map(({ tenants, all }) => ({ own: tenants.get(tenant) ?? [], all }));
    return {
      ...{ tenant, weight, owed: weight / sum, agents: Math.max(...parts.map(({ own }) => own.length)) },
      share: ratioOfSums(
        parts.map(({ own, all }) => ({ numerator: answeredOf(own), denominator: all })),
        { range: { low: 0, high: 1 } },
      ),
      latencyP50Ms: scaled(
        latencyQuantile(
          parts.map(({ own }) => own.flatMap(({ samples }) => samples)),
          0.5,
        ),
        1e-3,
      ),
    };
  });
}

/**
 * What more agents cost each, over the seeds of every larger group that fewer agents played as well. A larger group is one unit: what its agents
 * met together is not independent.
 */
function addedAgents(task: RewardedTask, fewer: number, more: readonly Group[], few: readonly Group[]): AddedAgents | undefined {
  const bySeed = new Map(few.flatMap((group) => group.agents.map(({ seed }) => [seed, group])));
  const pairs = more.flatMap((group) => {
    const same = new Set(group.agents.flatMap(({ seed }) => bySeed.get(seed) ?? []));
    const agents = [...same].reduce((sum, each) => sum + each.agents.length, 0);
    return agents === group.agents.length ? [{ more: group, few: [...same] }] : [];
  });
  if (pairs.length === 0) return undefined;
  const summed = (groups: readonly Group[], partOf: (group: Group) => RatioPart): RatioPart =>
    groups.map(partOf).reduce((sum, part) => ({ numerator: sum.numerator + part.numerator, denominator: sum.denominator + part.denominator })); // prettier-ignore
  const difference = (partOf: (group: Group) => RatioPart): Estimate =>
    ratioDifference(pairs.map((pair) => summed([pair.more], partOf)), pairs.map((pair) => summed(pair.few, partOf))); // prettier-ignore
  const rewards = pairs.flatMap((pair) => {
    const [own, others] = [rewardOf(task, pair.more), pair.few.map((group) => rewardOf(task, group))];
    if (own === undefined || others.includes(undefined)) return [];
    return [own - others.reduce<number>((sum, each) => sum + each! / others.length, 0)];
  });
  const range = shownRange(task, pairs.flatMap((pair) => [pair.more, ...pair.few].flatMap(({ agents }) => agents.map(({ match }) => match)))); // prettier-ignore
  const span = range && { low: range.low - range.high, high: range.high - range.low };
  return {
    agents: fewer,
    figures: {
      latencyMeanMs: scaled(difference(waitedOf), 1e-3),
      reward: meanInterval(rewards, { range: span }),
      decisionsPerSecond: difference(rateOf),
    },
  };
}
