/** What a sweep says of sizes and precisions: larger against smaller with precisions pooled that answer alike, and how much faster a precision is. */
import type { AnyTask } from '../../envs/environment.js';
import { agreement, alike, latencyRatio, poolDifference, pooled, type Poolable } from '../../scoring/figures/pooling.js';
import { CONFIDENCE, type Estimate } from '../../scoring/statistics/estimate.js';
import { pairedDifference } from '../../scoring/statistics/pairing.js';
import type { Range } from '../../scoring/statistics/bounded.js';
import type { Row } from '../sweep/rows.js';
import { figure, inLine } from './figures.js';

/** A configuration with its rewards by seed. */
export interface SizedRow {
  row: Row;
  rewards: ReadonlyMap<number, number>;
}

/** A size beside the next smaller one, each by those of its precisions that answer alike. */
export interface SizeComparison {
  larger: SizePool;
  smaller: SizePool;
  /** What the larger one earned more. */
  reward: Estimate;
  sentence: string;
}

interface SizePool {
  /** The size where it is all of its precisions, else their names. */
  called: string;
  members: readonly SizedRow[];
  pool: ReturnType<typeof pooled>;
}

/** What is said of sizes and precisions; nothing where there are not several of them. @param range of one reward */
export function sizesOf(
  task: AnyTask,
  rows: readonly SizedRow[],
  range?: Range,
): { sentences: string[]; comparisons: readonly SizeComparison[] } {
  const sizes = new Map<string, SizedRow[]>();
  for (const each of rows) if (each.row.kind === 'embedded' && each.rewards.size > 0) sizes.set(each.row.group, [...(sizes.get(each.row.group) ?? []), each]); // prettier-ignore
  const comparisons = comparisonsOf(task, sizes, range);
  return { sentences: [...precisionSentences(task, sizes, range), ...comparisons.map(({ sentence }) => sentence)], comparisons };
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
        // Several precisions that are alike would else be told apart the oftener, the more there are.
        const confidence = 1 - (1 - CONFIDENCE) / faster.length;
        const reward = pairedDifference(each.rewards, slower.rewards, { confidence, ...(range ? { range } : {}) });
        const together = faster.length > 1 ? ', the intervals of this size together at 95 %' : '';
        return `${each.row.name} less ${slower.row.name}: reward ${inLine(reward)} ${task.reward.unit}${together}: ${payment(reward)}.`;
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
function comparisonsOf(task: AnyTask, sizes: ReadonlyMap<string, readonly SizedRow[]>, range?: Range): SizeComparison[] {
  const pools = [...sizes].map(([size, all]): SizePool => {
    const together = alike(all.map((each) => ({ each, ...poolable(each) })));
    const called = together.length > 1 && together.length === all.length ? size : together.map(({ name }) => name).join(' and ');
    return { called, members: together.map(({ each }) => each), pool: pooled(together) };
  });
  return pools.slice(1).map((larger, i) => {
    const smaller = pools[i]!;
    const { reward, patient, probes } = poolDifference(larger.pool, smaller.pool, range);
    const parts = [
      differenceText('reward', reward, ` ${task.reward.unit}`),
      ...(patient.value === null ? [] : [differenceText('patient play', patient)]),
      ...(probes.value === null ? [] : [differenceText('probes', probes)]),
    ];
    const how = larger.members.length > 1 || smaller.members.length > 1 ? ', precisions that answer alike pooled' : '';
    return { larger, smaller, reward, sentence: `${larger.called} less ${smaller.called}${how}: ${parts.join(', ')}.` };
  });
}

/** A difference by name, and whether its interval says which is better. */
export function differenceText(what: string, difference: Estimate, unit = ''): string {
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
