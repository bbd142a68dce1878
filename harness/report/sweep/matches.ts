/** The matches that lie in a sweep's folder, each from its own trace: what was played, how it ended, and how late its decisions were. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { latencyQuantile, worldLatency, type LatencySample } from '../../../scoring/figures/latency.js';
import { decisionsOf, isPlay } from '../../../scoring/trace/decisions.js';
import { injectedText } from '../../../scoring/trace/injected.js';
import { outageText } from '../../../scoring/trace/outage.js';
import { shownRange } from '../../../scoring/reward/reward.js';
import type { Range } from '../../../scoring/statistics/bounded.js';
import type { SeatRecord, Trace, TraceHeader } from '../../../scoring/trace/trace.js';
import { isOf, strangeTo, type ListedCell } from '../../evidence/cells.js';
import { linkFault } from '../../evidence/sweep-folder.js';
import { taskNamed, taskNames } from '../../match/tasks.js';
import { measuredSeat, type Cell } from '../../sweep/cells.js';
import { readTrace } from '../../traces/reader.js';

/** A match as a report lists it. Times in world milliseconds. */
export interface MatchRecord {
  /** The trace's file name in `traces/`, and its size. */
  file: string;
  bytes: number;
  task: string;
  /** Whose match it is, and the names at the other seats. */
  configuration: string;
  others: string[];
  /** `human` and `stranger` do not come from a sweep, but may lie in its folder. */
  kind: 'embedded' | 'external' | 'bot' | 'stranger' | 'human';
  purpose: Cell['purpose'];
  /** `counted`: in the figures; `void`: it does not count; `set aside`: void or foreign, and played again; `other`: in no figure of the summary, or a copy. */
  standing: 'counted' | 'void' | 'set aside' | 'other';
  /** What the list of cells says of it that its trace does not. */
  strange?: string;
  seed: number;
  seat: number;
  clock: 'wall' | 'virtual';
  speed: number;
  /** What was injected into its latency, in words; empty when nothing was. */
  injected: string;
  decisions: number;
  p50Ms: number | null;
  /** In the task's shown unit. */
  reward: number | null;
  /** Of two: 1 won, 0 lost, 0.5 drawn; null where the task has no winner, or the match no end. */
  outcome: 0 | 0.5 | 1 | null;
  rewardUnit: string;
  /** Why it does not count. */
  reasons: string[];
  rules: string;
  digest: string | null;
  startedAt: string;
}

/** A match with what only its trace can tell. */
export interface ReportedMatch {
  record: MatchRecord;
  samples: LatencySample[];
  /** Where its reward must lie, in the shown unit; absent where nothing is known of that. */
  rewardRange?: Range;
  trace: Trace;
}

/** What is known of a folder's matches beside their traces. */
export interface Known {
  /** Those of the sweep's last whole run, by file and by id; undefined where there was none, so that every trace is taken for its sweep's. */
  cells?: { byTrace: ReadonlyMap<string, ListedCell>; byId: ReadonlyMap<string, ListedCell> };
  /** Names of each task's configurations in its summary: a seat's own has what was injected behind it. */
  names: ReadonlyMap<string, readonly string[]>;
}

const ASIDE = /\.(void|foreign)-\d+\.jsonl\.gz$/;

/**
 * Reads one match.
 * @returns undefined for what is no trace or a link elsewhere, and for tasks, and options of a task, that are not known here
 */
export async function reportedMatch(folder: string, file: string, { cells, names }: Known): Promise<ReportedMatch | undefined> {
  const name = join('traces', file);
  const path = join(folder, name);
  if (linkFault(folder, name) !== undefined) return undefined;
  const trace = await readTrace(path).catch(() => undefined);
  if (!trace || !taskNames().includes(trace.header.task)) return undefined;
  const { header, footer } = trace;
  const isAside = ASIDE.test(file);
  const listed = isAside ? cells?.byId.get(header.id) : cells?.byTrace.get(`traces/${file}`);
  const strange = listed && strangeTo(listed, header);
  // What a list says wrongly of a match is not told of it.
  const cell = strange === undefined ? listed : undefined;
  const seat = cell?.seat ?? measuredSeat(header.seats.length, header.seed);
  const own = header.seats[seat];
  if (!own) return undefined;
  const decisions = decisionsOf(trace, seat);
  const samples = decisions.filter(isPlay).map(worldLatency);
  const ms = (us: number | null): number | null => (us === null ? null : us / 1000);
  const kind = cell?.kind ?? kindOf(own);
  const { reward } = taskNamed(header.task);
  const rewardRange = rangeOf(trace, seat);
  if (rewardRange === 'unknown') return undefined;
  const counts = footer?.verdict.counts === true;
  // A copy of a trace under a name of its own is no further match.
  const isCopy = file !== `${header.id}.jsonl.gz`;
  const record: MatchRecord = {
    file,
    bytes: statSync(path).size,
    task: header.task,
    configuration: cell?.configuration ?? nameAmong(names.get(header.task) ?? [], header, seat),
    others: header.seats.filter((_, i) => i !== seat).map(({ name }) => name),
    kind,
    purpose: cell?.purpose ?? purposeOf(header, own, kind),
    standing: isAside ? 'set aside' : isCopy || (cells && !cell) ? 'other' : counts ? 'counted' : 'void',
    ...(strange === undefined || isAside ? {} : { strange }),
    seed: header.seed,
    seat,
    clock: header.clock,
    speed: header.speed,
    injected: injectedInto(own, header.patient === true),
    decisions: decisions.length,
    p50Ms: ms(latencyQuantile([samples], 0.5).value),
    reward: footer ? footer.results.reward[seat]! / reward.scale : null,
    outcome: (footer && header.seats.length === 2 ? taskNamed(header.task).outcome?.(footer.results, seat) : null) ?? null,
    rewardUnit: reward.unit,
    reasons: counts ? [] : (footer?.verdict.reasons ?? ['The trace has no end: it was cut off.']),
    rules: header.rules,
    digest: footer?.digest ?? null,
    startedAt: header.startedAt,
  };
  return { record, samples, ...(rewardRange ? { rewardRange } : {}), trace };
}

/** Where a match's reward must lie, in the shown unit; `unknown` for options that this version's task does not take. */
function rangeOf(trace: Trace, seat: number): Range | undefined | 'unknown' {
  try {
    return shownRange(taskNamed(trace.header.task), [{ trace, seat }]);
  } catch {
    return 'unknown';
  }
}

/** What a seat's configuration is called in its sweep's table; its own name where none there is it. */
function nameAmong(names: readonly string[], header: TraceHeader, seat: number): string {
  const { name: written, outage } = header.seats[seat]!;
  // A match with an outage is its configuration's, beside those without.
  const behind = [`, injected ${outageText(outage)}`, `, ${outageText(outage)}`].find((each) => outage && written.endsWith(each)) ?? '';
  const name = written.slice(0, written.length - behind.length);
  return names.includes(name) ? name : (names.find((each) => isOf(each, header, seat)) ?? name);
}

/** What a match was played for, by what its trace says. */
function purposeOf({ patient, clock, contention }: TraceHeader, { outage }: SeatRecord, kind: MatchRecord['kind']): MatchRecord['purpose'] {
  if (contention) return 'contention';
  if (patient) return 'patient';
  if (outage) return 'recovery';
  return kind === 'embedded' && clock === 'wall' ? 'confirm' : 'measure';
}

/** Where a seat's model computes, by what its trace says of it. */
function kindOf({ kind, configuration }: SeatRecord): MatchRecord['kind'] {
  if (kind !== 'model') return kind;
  return JSON.stringify(configuration ?? null).includes('"kind":"embedded"') ? 'embedded' : 'external';
}

/** All of a latency that was given or added rather than measured, and an outage, in words. */
function injectedInto({ addedUs, givenUs, latency, outage, replayed }: SeatRecord, isPatient: boolean): string {
  const ms = (us: number): string => `${Number((us / 1000).toFixed(3))} ms`;
  return [
    ...(givenUs === undefined ? [] : [`${ms(givenUs)} ${isPatient ? 'charged, the clock waits' : 'given'}`]),
    ...(addedUs > 0 ? [`${ms(addedUs)} added`] : []),
    ...(injectedText(latency) === '' ? [] : [injectedText(latency)]),
    ...(outage ? [outageText(outage)] : []),
    ...(replayed ? ["another match's latencies"] : []),
  ].join(', ');
}
