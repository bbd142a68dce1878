/**
 * Whether a summary says what the traces beside it say. What can be reckoned from traces alone (how many matches count, reward, latency) is
 * reckoned again by the same functions and held against it: a file of figures can be edited, or be of other matches than those that lie there.
 */
import { recoveryFigures, RECOVERY_KEYS, type Recovery, type RecoveryKey } from '../../../scoring/figures/recovery.js';
import { latencyPart, meanLatency, type LatencySample } from '../../../scoring/figures/latency.js';
import type { Range } from '../../../scoring/statistics/bounded.js';
import { NOT_MEASURED, scaled, type Estimate } from '../../../scoring/statistics/estimate.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { figure, inLine } from '../figures.js';
import type { MatchRecord } from './matches.js';
import type { ListedCell } from '../../evidence/cells.js';
import { figureOf, type SummaryRow, type SweepSummary } from '../../evidence/summary.js';

/** A counted match as far as figures depend on it. `rewardRange`: where its reward must lie, in the shown unit, where that is known. */
export interface CountedMatch {
  record: Pick<MatchRecord, 'seed' | 'reward'>;
  samples: readonly LatencySample[];
  rewardRange?: Range;
}

/** What of a configuration lies there: its matches that count, and how many do not. */
export interface MeasuredMatches {
  counted: CountedMatch[];
  voided: number;
  /** By its matches with an injected outage; absent where there are none. */
  recovery?: Recovery;
}

/** By task, then by configuration. */
type Measured = ReadonlyMap<string, ReadonlyMap<string, MeasuredMatches>>;

/** A figure that the traces tell otherwise. */
export interface Disagreement {
  task: string;
  configuration: string;
  /** Its key among the row's figures, or `matches`. */
  key: 'matches' | 'reward' | 'latencyMeanMs' | 'contention' | RecoveryKey;
  /** As they are written, in the unit of the summary: with intervals where the values alone look the same. */
  told: string;
  traces: string;
}

/** Figures of which not all traces are here. */
export interface Missing {
  task: string;
  configuration: string;
  matches: number;
  here: number;
}

/** What came of holding a summary against its traces. */
export interface Agreement {
  /** Configurations whose figures were reckoned again, of all that have matches. */
  checked: number;
  rows: number;
  disagreements: Disagreement[];
  /** Configurations of which fewer whole traces are here than matches are in their figures. */
  missing: Missing[];
  /** Configurations of which the list of cells has fewer matches than the summary. */
  unlisted: { task: string; configuration: string; matches: number; listed: number }[];
  /** Configurations that were measured by what lies here, and of which the summary has no row. */
  untold: { task: string; configuration: string }[];
  /** Matches that cells.json lists otherwise than they were played, each with what it says wrongly. */
  strange: { file: string; why: string }[];
  /** Of agents that asked one endpoint at once: numbers of them whose figures were reckoned again, of all that are told, and those of which not all traces are here. */
  contention: { checked: number; told: number; missing: Missing[] };
}

/** Sums in another order differ by less. */
const ROUNDING = 1e-6;

/** Holds every row with matches against the traces, and what was measured against the rows. */
export function agreementOf(
  { tasks }: Pick<SweepSummary, 'tasks'>,
  measured: Measured,
  matches: readonly Pick<MatchRecord, 'file' | 'strange'>[],
  cells?: readonly ListedCell[],
): Agreement {
  const listed = new Map<string, number>();
  const keyOf = (task: string, configuration: string): string => JSON.stringify([task, configuration]);
  for (const { task, configuration, purpose } of cells ?? [])
    if (purpose === 'measure') listed.set(keyOf(task, configuration), (listed.get(keyOf(task, configuration)) ?? 0) + 1);
  const agreement: Agreement = {
    checked: 0,
    rows: 0,
    disagreements: [],
    missing: [],
    unlisted: [],
    untold: [...measured].flatMap(([task, byName]) => {
      const told = new Set(tasks[task]?.rows.map(({ name }) => name));
      return [...byName.keys()].filter((name) => !told.has(name)).map((configuration) => ({ task, configuration }));
    }),
    strange: matches.flatMap(({ file, strange: why }) => (why === undefined ? [] : [{ file, why }])),
    contention: { checked: 0, told: 0, missing: [] },
  };
  for (const [task, { rows }] of Object.entries(tasks))
    for (const row of rows) {
      const { name: configuration, matches } = row;
      const { counted: own, voided, recovery }: MeasuredMatches = measured.get(task)?.get(configuration) ?? { counted: [], voided: 0 };
      if (matches === 0 && own.length === 0 && !hasFigure(row)) continue;
      agreement.rows++;
      const inList = listed.get(keyOf(task, configuration)) ?? 0;
      if (cells && inList < matches) agreement.unlisted.push({ task, configuration, matches, listed: inList });
      // All are here, though fewer of them count: then not the traces are missing.
      if (own.length < matches && own.length + voided < matches + row.void) {
        agreement.missing.push({ task, configuration, matches, here: own.length });
        continue;
      }
      const outages = recovery ? recovery.matches + recovery.spared + recovery.voided : 0;
      if (outages < (row.recovery?.matches ?? 0)) {
        agreement.missing.push({ task, configuration, matches: row.recovery!.matches, here: outages });
        continue;
      }
      agreement.checked++;
      agreement.disagreements.push(
        ...[...differences(row, own), ...recoveryDifferences(row, recovery)].map((each) => ({ task, configuration, ...each })),
      );
    }
  return agreement;
}

/** Whether the summary, or the list of cells, says something else than the traces. */
export function isContradicted({ disagreements, unlisted, untold, strange }: Agreement): boolean {
  return disagreements.length + unlisted.length + untold.length + strange.length > 0;
}

const RECKONED = ['reward', 'latencyMeanMs'] as const;

/** Whether a row tells anything that its traces tell too: what an outage cost may be told where no undisturbed match counts. */
function hasFigure(row: SummaryRow): boolean {
  return [...RECKONED, ...RECOVERY_KEYS].some((key) => figureOf(row, key).value !== null);
}

function differences(row: SummaryRow, own: readonly CountedMatch[]): Omit<Disagreement, 'task' | 'configuration'>[] {
  // Other matches than those that are here: what they say was not to be expected to be the same.
  if (own.length !== row.matches) return [{ key: 'matches', told: String(row.matches), traces: String(own.length) }];
  const reckoned = { reward: rewardOf(own), latencyMeanMs: latencyOf(own) };
  return RECKONED.flatMap((key) => {
    const told = row.figures[key];
    return told === undefined || isSame(told, reckoned[key]) ? [] : [{ key, ...apart(told, reckoned[key]) }];
  });
}

/** What of its recovery the summary tells otherwise than the matches with an outage, or tells without any. */
function recoveryDifferences(row: SummaryRow, recovery: Recovery | undefined): Omit<Disagreement, 'task' | 'configuration'>[] {
  const reckoned: Partial<Record<RecoveryKey, Estimate>> = recovery ? recoveryFigures(recovery) : {};
  return RECOVERY_KEYS.flatMap((key) => {
    const [told, traces] = [row.figures[key] ?? NOT_MEASURED, reckoned[key] ?? NOT_MEASURED];
    return isSame(told, traces) ? [] : [{ key, ...apart(told, traces) }];
  });
}

/** Two figures as they are written: their values where these look different, else with what else is. */
function apart(told: Estimate, traces: Estimate): { told: string; traces: string } {
  const short = ({ value }: Estimate): string => (value === null ? 'nothing' : figure(value));
  const whole = (estimate: Estimate): string => `${inLine(estimate)} of ${estimate.n}`;
  const write = short(told) === short(traces) ? whole : short;
  return { told: write(told), traces: write(traces) };
}

function rewardOf(own: readonly CountedMatch[]): Estimate {
  const ranges = own.map(({ rewardRange }) => rewardRange);
  const range = ranges.includes(undefined)
    ? undefined
    : { low: Math.min(...ranges.map((each) => each!.low)), high: Math.max(...ranges.map((each) => each!.high)) };
  return meanInterval(own.flatMap(({ record }) => record.reward ?? []), { range }); // prettier-ignore
}

function latencyOf(own: readonly CountedMatch[]): Estimate {
  const parts = own.map(({ record, samples }) => latencyPart(record.seed, samples)).filter(({ numerator }) => numerator > 0);
  return scaled(meanLatency(parts), 1e-3);
}

/** Whether two estimates are the same but for rounding, their intervals too. */
export function isSame(a: Estimate, b: Estimate): boolean {
  return (['value', 'low', 'high', 'n'] as const).every((key) => {
    const [x, y] = [a[key], b[key]];
    return x === null || y === null ? x === y : Math.abs(x - y) <= ROUNDING * Math.max(1, Math.abs(x), Math.abs(y));
  });
}

/** What of a summary was reckoned again from the traces, in a sentence without its full stop. */
export function heldText({ checked, rows, disagreements, untold, strange, contention }: Agreement): string {
  const wrong = new Set(disagreements.map(({ task, configuration }) => `${task} ${configuration}`)).size;
  const said = wrong > 0 ? `${wrong} of them say something else` : 'they say the same';
  const more = [
    ...(untold.length > 0 ? [`${untold.length} more were measured, of which it has no row`] : []),
    ...(strange.length > 0 ? [`${strange.length} ${strange.length === 1 ? 'match is' : 'matches are'} not as cells.json says`] : []),
  ];
  const contended = contention.told > 0 ? `, and contention of ${contention.checked} of ${contention.told} numbers of agents` : '';
  return [
    `matches, rewards, mean latencies and outages of ${checked} of ${rows} configurations${contended}${checked + contention.checked + wrong > 0 ? `: ${said}` : ''}`,
    ...more,
    "qualities and verdicts are the summary's own",
  ].join('; ');
}

/** Rows that a sentence names; the page marks each figure. */
const NAMED = 4;

/** What is not as it should be, a sentence each. */
export function agreementCautions({ disagreements, missing, unlisted, untold, strange, rows, contention }: Agreement): string[] {
  const listed = (texts: readonly string[]): string => `${texts.slice(0, NAMED).join('; ')}${texts.length > NAMED ? `; and ${texts.length - NAMED} more` : ''}`; // prettier-ignore
  const cautions: string[] = [];
  if (disagreements.length > 0)
    cautions.push(
      `summary.json does not say what the traces say, so it was changed after the sweep, or they were; what follows from it (intervals, frontier, verdict) is not to be relied on: ${listed(disagreements.map(({ task, configuration, key, told, traces }) => `${task}, ${configuration}: ${WORDS[key]} ${told}, by its traces ${traces}`))}.`,
    ); // prettier-ignore
  if (unlisted.length > 0)
    cautions.push(
      `cells.json lists fewer matches than summary.json has, so one of them was changed after the sweep: ${listed(unlisted.map(({ task, configuration, matches, listed: there }) => `${task}, ${configuration}: ${there} of ${matches}`))}.`,
    ); // prettier-ignore
  if (untold.length > 0)
    cautions.push(
      `summary.json does not say all that the traces say, so it was changed after the sweep, or they were; what follows from it (frontier, verdict) is not to be relied on: it has no row of ${listed(untold.map(({ task, configuration }) => `${task}, ${configuration}`))}.`,
    ); // prettier-ignore
  if (strange.length > 0)
    cautions.push(
      `cells.json does not say what the traces say of ${strange.length} ${strange.length === 1 ? 'match' : 'matches'}, so it was changed after the sweep, or they were; none of these is in what is reckoned here: ${listed(strange.map(({ file, why }) => `${file}: ${why}`))}.`,
    ); // prettier-ignore
  if (missing.length > 0)
    cautions.push(
      `The figures of ${missing.length === rows ? 'all' : missing.length} of ${rows} configurations could not be held against their traces, of which not all are here and listed in cells.json: ${listed(missing.map(({ task, configuration, matches, here }) => `${task}, ${configuration}: ${here} of ${matches}`))}.`,
    ); // prettier-ignore
  if (contention.missing.length > 0)
    cautions.push(
      `What is told of contention could not be held against its traces where not all of them are here: ${listed(contention.missing.map(({ task, configuration, matches, here }) => `${task}, ${configuration}: ${here} of ${matches}`))}.`,
    ); // prettier-ignore
  return cautions;
}

const WORDS: Record<Disagreement['key'], string> = {
  matches: 'matches',
  reward: 'reward',
  latencyMeanMs: 'mean latency in ms',
  contention: 'contention:',
  recoveryMs: 'recovery in ms',
  outageRealMs: 'outage in real ms',
  decisionsLost: 'decisions lost to an outage',
  rewardLost: 'reward lost to an outage',
};
