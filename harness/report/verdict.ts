/** A sweep's answer in words: for each task one sentence that says which configuration to take, why, and how sure that is. */
import type { AnyTask } from '../../envs/environment.js';
import { disagreements } from '../../scoring/figures/disagreement.js';
import type { Compared, Recommendation } from '../../scoring/figures/recommendation.js';
import { recommendAmong } from '../sweep/recommended.js';
import type { TaskReport } from '../sweep/run.js';
import type { Row } from '../sweep/rows.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { inLine, inLineOfAnyScale, valueText } from './figures.js';
import { differenceText, sizesOf, type SizeComparison } from './sizes.js';

/** More matches than anybody would play to tell two configurations apart: beyond it no number is said. */
const MOST_MATCHES = 10_000;

/** What is said of a task. */
export interface TaskVerdict extends Recommendation {
  task: string;
  /** The clock and speed under which the configurations compared played; others are told in a verdict of their own. */
  clock: Row['clock'];
  speed: number;
  /** Configurations on the frontier of latency and quality, and those that cannot be told from one on it. */
  frontier: string[];
  frontierTied: string[];
  /** Which one to take, and why. */
  answer: string;
  /** What else was found, a sentence each: what is less, what is tied, sizes and precisions, where measures disagree. */
  details: string[];
  /** All of it. */
  sentence: string;
}

/** One verdict for each clock and speed that models of the task played at: what ran at another speed was another task. */
export function verdictsOf(task: AnyTask, report: Pick<TaskReport, 'rows' | 'cells'>): TaskVerdict[] {
  const models = report.rows.filter((row) => row.kind !== 'bot');
  const groups = new Map<string, Row[]>();
  for (const row of models) {
    const key = `${row.clock} ${row.speed}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => verdictOf(task, rows, report, groups.size > 1));
}

function verdictOf(task: AnyTask, rows: readonly Row[], report: Pick<TaskReport, 'cells'>, several: boolean): TaskVerdict {
  const { recommendation, rewards, range } = recommendAmong(task, rows, report.cells);
  const sized = rows.map((row, i) => ({ row, rewards: rewards[i]! }));
  const { clock, speed } = rows[0]!;
  const frontier = rows.filter(({ status }) => status === 'frontier').map(({ name }) => name);
  const frontierTied = rows.filter(({ status }) => status === 'tied').map(({ name }) => name);
  const where = several ? `${task.name} at ${speed}x life, ${clock} clock` : task.name;
  const [first, ...others] = said(task, rows, recommendation, frontier, frontierTied);
  const sizes = sizesOf(task, sized, range);
  const isScored = rows.some(({ score }) => score); // then rewards are not what it goes by
  const answer = [`${where}: ${first}`, ...(isScored ? [] : largerEarnsMore(task, recommendation, sizes.comparisons))].join(' ');
  const details = [...others, ...sizes.sentences];
  const sentence = [answer, ...details].join(' ');
  return { task: task.name, clock, speed, ...recommendation, frontier, frontierTied, answer, details, sentence };
}

/** The answer, then what else is to be said of it: sentences. */
function said(task: AnyTask, rows: readonly Row[], it: Recommendation, frontier: string[], frontierTied: string[]): string[] {
  const counting = rows.some(({ score }) => score) ? 'has a score' : 'counts';
  if (it.take === null)
    return [
      `no configuration can be recommended: no match ${counting}${rows.length > 0 ? ` of ${list(it.unmeasured)}` : ''}.`,
      ...unscored(rows),
    ];
  const { summary, quality: axis, score } = rows.find(({ name }) => name === it.take)!;
  const { unit } = task.reward;
  const count = score ? score.figure.n : summary.matches;
  const matches = count === 1 ? '1 match' : `${count} matches`;
  const quality = axis.figure.value === null || score ? '' : ` and ${axis.axis} ${valueText(axis.figure)}`;
  const scored = score
    ? `${inLineOfAnyScale(score.figure)} by ${score.by} (reward ${inLine(summary.reward)} ${unit})`
    : `${inLine(summary.reward)} ${unit}`;
  const [told, earned] = score ? ['score', 'scored'] : ['reward', 'earned'];
  const figures = `${scored} over ${matches} at a latency of ${inLine(summary.worldMeanUs, 1e-3, ' ms')}${quality}`;
  const reasons: Record<Recommendation['because'], string> = {
    most: `it ${earned} ${figures}, ${it.tied.length === 0 ? 'more than every other one' : `more than ${it.less.length === 1 ? 'one other' : `${it.less.length} others`} beyond doubt`}`,
    fastest: `it is the fastest${it.less.length === 0 ? '' : ` that may have ${earned} most`}, with ${figures}, and ${told} tells it from ${it.less.length === 0 ? 'no other' : `none that ${earned} more`}`,
    earning: `it is the fastest of those that are told from earning nothing, with ${figures}, and ${told} tells it from ${it.less.length === 0 ? 'no other' : `none that ${earned} more`}`,
    only: `it is the only one that was measured, ${figures}`,
    none: '',
  };
  const answer = [`take ${it.take}: ${reasons[it.because]}`, ...(score ? [] : beyondNothing(summary.reward, it))].join('; ');
  const details: string[] = [];
  if (it.because === 'most' && it.tied.length > 0)
    details.push(`Not told from it by ${told} (what it ${earned} less theirs${together(it)}): ${differences(it.tied)}.`);
  if (it.because === 'fastest' || it.because === 'earning')
    details.push(`What it ${earned} less theirs${together(it)}: ${differences(it.tied)}.`, ...toTell(it, told));
  if (it.less.length > 0) details.push(`Less beyond doubt: ${differences(it.less)}.`);
  if (rows.length > 1) details.push(...onFrontier(axis.axis, frontier, frontierTied));
  if (it.unmeasured.length > 0)
    details.push(`Of ${list(it.unmeasured)} no match ${counting}, so nothing is said of ${it.unmeasured.length === 1 ? 'it' : 'them'}.`);
  return [`${answer}.`, ...details, ...unscored(rows), ...contradictions(rows)];
}

/**
 * Where no single precision of the next larger size is told from the one to take, and those that answer alike are, together: they have played more
 * matches. One comparison, so its interval is its own and not one of many.
 */
function largerEarnsMore(task: AnyTask, { take, because }: Recommendation, comparisons: readonly SizeComparison[]): string[] {
  if (because === 'most') return [];
  const found = comparisons.find(
    ({ larger, smaller, reward: { low } }) =>
      larger.members.length > 1 && low !== null && low > 0 && smaller.members.some(({ row }) => row.name === take),
  );
  if (!found) return [];
  const { larger, smaller, reward } = found;
  const latency = ({ row }: { row: Row }): number => row.summary.worldMeanUs.value ?? Infinity;
  const [fastest] = [...larger.members].sort((a, b) => latency(a) - latency(b));
  const names = list(larger.members.map(({ row }) => row.name));
  return [
    `But ${names}, which answer alike, together earned ${inLine(reward)} ${task.reward.unit} more than ${smaller.called}; for reward take ${fastest!.row.name}.`,
  ];
}

/** Matches that count and have no score: whose worst ones have none looks better than it is. */
function unscored(rows: readonly Row[]): string[] {
  return rows.flatMap(({ name, score }) => {
    if (!score || score.missing.length === 0) return [];
    const of = score.missing.length + score.figure.n;
    return [
      `${score.missing.length} of the ${of} matches of ${name} have no score and are in none of this; the first: ${score.missing[0]!.why}.`,
    ];
  });
}

/** Where another one earned more, though not beyond doubt: how many matches would tell, were the difference what it was found to be. */
function toTell({ tied }: Recommendation, told: string): string[] {
  const more = tied.filter(({ difference: { value } }) => value !== null && value < 0);
  const [most] = more.sort((a, b) => a.difference.value! - b.difference.value!);
  if (!most) return [];
  const { value, low, high, n } = most.difference;
  if (low === null || high === null) return [];
  // An interval narrows with the root of the matches: it has to become as narrow as the difference is large.
  const needed = Math.max(n + 1, Math.ceil(n * ((high - low) / 2 / value!) ** 2));
  const many = needed > MOST_MATCHES ? `over ${MOST_MATCHES.toLocaleString('en')}` : `about ${needed.toLocaleString('en')}`;
  return [
    `${most.name} has the higher ${told} so far; if the difference is what it seems, ${many} matches of each would tell (\`seeds\` in the plan).`,
  ];
}

/** Intervals of several comparisons are wider than each alone would be, so that all of them hold together. */
function together({ tied, less }: Recommendation): string {
  return tied.length + less.length > 1 ? ', all intervals together at 95 %' : '';
}

/** Who is recommended may still earn nothing: that is said, and not left to the interval. */
function beyondNothing({ low, high }: Estimate, { because, tied }: Recommendation): string[] {
  if (high !== null && high < 0) return ['that is a loss beyond doubt'];
  // The fastest is taken without earning anything for certain only where that is so of all whom nothing tells from it.
  const neither = because === 'fastest' && tied.length > 0 ? ', and no other one is when all are looked at together' : '';
  return low !== null && low <= 0 ? [`that is not told from earning nothing${neither}`] : [];
}

/** Where patient play and probes put two configurations in opposite orders, a sentence each. */
function contradictions(rows: readonly Row[]): string[] {
  const both = rows.flatMap(({ name, patient, summary }) => (patient ? [{ name, first: patient.parts, second: summary.probeParts }] : []));
  return disagreements(both).map(
    ({ byFirst, bySecond, first, second }) =>
      `Patient play and probes disagree about ${byFirst} and ${bySecond}: the first less the second: ${differenceText('patient play', first)}, ${differenceText('probes', second)}.`,
  );
}

/** Who is on the frontier, and of whom that cannot be told. */
function onFrontier(axis: string, members: readonly string[], tied: readonly string[]): string[] {
  if (members.length === 0 && tied.length === 0) return [];
  if (members.length === 0)
    return [`Of no configuration is it certain that it is on the frontier of latency and ${axis}; tied: ${list(tied)}.`];
  const open = tied.length > 0 ? `; ${list(tied)} may be, too: nothing tells ${tied.length === 1 ? 'it' : 'each'} from a better one` : '';
  return [`On the frontier of latency and ${axis}: ${list(members)}${open}.`];
}

/** Names with what the one to take earned more than each. */
function differences(compared: readonly Compared[]): string {
  return compared.map(({ name, difference }) => `${name} ${inLine(difference)}`).join(', ');
}

function list(names: readonly string[]): string {
  return names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
