/** What a sweep says of sizes and precisions: larger against smaller with precisions pooled that answer alike, and how much faster a precision is. */
import type { AnyTask } from '../../envs/environment.js';
import { agreement, alike, latencyRatio, poolDifference, pooled, type Poolable } from '../../scoring/figures/pooling.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import type { Range } from '../../scoring/statistics/bounded.js';
import type { Row } from '../sweep/rows.js';
import { figure, inLine } from './figures.js';

/** A configuration with its rewards by seed. */
export interface SizedRow {
  row: Row;
  rewards: ReadonlyMap<number, number>;
}

/** Sentences about sizes and precisions; none where there are not several of them. @param range of one reward */
export function sizeSentences(task: AnyTask, rows: readonly SizedRow[], range?: Range): string[] {
  const sizes = new Map<string, SizedRow[]>();
  for (const each of rows) if (each.row.kind === 'embedded' && each.rewards.size > 0) sizes.set(each.row.group, [...(sizes.get(each.row.group) ?? []), each]); // prettier-ignore
  return [...precisionSentences(task, sizes, range), ...comparisons(task, sizes, range)];
}

/** Of each size with several precisions: how late the faster ones are beside the slowest, whether they answer alike, and whether being faster pays. */
function precisionSentences(task: AnyTask, sizes: ReadonlyMap<string, readonly SizedRow[]>, range?: Range): string[] {
  return [...sizes].flatMap(([size, members]) => {
    if (members.length < 2) return [];
    const byLatency = [...members].sort(
      (a, b) => (a.row.summary.worldMeanUs.value ?? Infinity) - (b.row.summary.worldMeanUs.value ?? Infinity),
    );
    const slower = byLatency.pop()!;
    const faster = byLatency.flatMap((each) => {
      const ratio = latencyRatio(each.row.summary.latencyParts, slower.row.summary.latencyParts);
      return ratio.value === null ? [] : [{ each, ratio }];
    });
    if (faster.length === 0) return [];
    const share = agreement(members.map(poolable));
    const answers = share === undefined ? '' : `; precisions of ${size} give the same answer on ${percent(share)} of the states`;
    return [
      `${faster.map(({ each, ratio }) => `${each.row.name} takes ${inLine(ratio)}`).join(', ')} times as long as ${slower.row.name}${answers}.`,
      ...faster.map(({ each }) => {
        const { reward } = poolDifference(poolable(each), poolable(slower), range);
        return `${each.row.name} less ${slower.row.name}: reward ${inLine(reward)} ${task.reward.unit}: ${payment(reward)}.`;
      }),
    ];
  });
}

/** Whether the faster precision of a size is worth what it costs, by what it earned more. */
function payment({ low, high }: Estimate): string {
  if (low !== null && low > 0) return 'the faster precision pays';
  if (high !== null && high < 0) return 'the faster precision costs more than it brings';
  return 'whether the faster precision pays is not told';
}

/** Each size against the next larger one, in the order of the table. */
function comparisons(task: AnyTask, sizes: ReadonlyMap<string, readonly SizedRow[]>, range?: Range): string[] {
  const pools = [...sizes].map(([size, members]) => {
    const together = alike(members.map(poolable));
    const names = together.map(({ name }) => name).join(' and ');
    const several = together.length > 1;
    return { size: several && together.length === members.length ? size : names, pool: pooled(together), several };
  });
  return pools.slice(1).map(({ size, pool, several }, i) => {
    const smaller = pools[i]!;
    const { reward, patient, probes } = poolDifference(pool, smaller.pool, range);
    const parts = [
      told('reward', reward, ` ${task.reward.unit}`),
      ...(patient.value === null ? [] : [told('patient play', patient)]),
      ...(probes.value === null ? [] : [told('probes', probes)]),
    ];
    const how = several || smaller.several ? ', precisions that answer alike pooled' : '';
    return `${size} less ${smaller.size}${how}: ${parts.join(', ')}.`;
  });
}

/** A difference, and whether its interval says which is better. */
function told(what: string, difference: Estimate, unit = ''): string {
  const { low, high } = difference;
  const apart = (low !== null && low > 0) || (high !== null && high < 0);
  return `${what} ${inLine(difference)}${unit}${apart ? '' : ' (not told apart)'}`;
}

function poolable({ row, rewards }: SizedRow): Poolable {
  const { name, answers = [], patient, summary } = row;
  return { name, answers, rewards, patient: patient?.parts ?? [], probes: summary.probeParts };
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}
