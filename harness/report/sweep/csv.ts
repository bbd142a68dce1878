/** A sweep's figures as CSV: one row a configuration and task; and its matches, one row each. */
import { stringify } from 'csv-stringify/sync';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import type { MatchRecord } from './matches.js';
import type { SweepSummary } from '../../evidence/summary.js';

/** A spreadsheet takes a cell that begins so for a formula; one that came from outside is kept from that. */
const FORMULA = /^[=+\-@\t\r]/;

function csv(records: readonly Record<string, unknown>[], columns: readonly string[]): string {
  const plain = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
  return stringify([...records], { header: true, columns: [...columns], cast: { boolean: String, string: plain } });
}

/** Each row's figures with both ends of their intervals and their sample size: columns `reward`, `rewardLow`, `rewardHigh`, `rewardN`. */
export function figuresCsv({ sweep, tasks }: Pick<SweepSummary, 'sweep' | 'tasks'>): string {
  const rows = Object.entries(tasks).flatMap(([task, { rewardUnit, rows }]) => rows.map((row) => ({ task, rewardUnit, row })));
  const keys = [...new Set(rows.flatMap(({ row }) => Object.keys(row.figures)))];
  const records = rows.map(({ task, rewardUnit, row }) => ({
    sweep,
    task,
    configuration: row.name,
    identity: row.identity,
    kind: row.kind,
    group: row.group,
    clock: row.clock,
    speed: row.speed,
    injectedDelayMs: row.injectedDelayMs,
    injectedLatency: row.injectedLatency,
    injectedOutage: row.recovery?.injected,
    recoveryMatches: row.recovery?.matches,
    activations: row.engine?.activations,
    bitsPerWeight: row.engine?.bitsPerWeight,
    frontier: row.status,
    by: row.by.join('; '),
    matches: row.matches,
    void: row.void,
    playedAgain: row.playedAgain,
    decisions: row.decisions,
    rewardUnit,
    ...Object.fromEntries(
      keys.flatMap((key) => {
        const { value, low, high, n, atLeast } = row.figures[key] ?? { value: null, low: null, high: null, n: 0 };
        return [[key, value], [`${key}Low`, low], [`${key}High`, high], [`${key}N`, n], [`${key}IsAtLeast`, atLeast === true]];
      }),
    ),
  })); // prettier-ignore
  const figures = keys.flatMap((key) => ['', 'Low', 'High', 'N', 'IsAtLeast'].map((end) => `${key}${end}`));
  const named = ['sweep', 'task', 'configuration', 'identity', 'kind', 'group', 'clock', 'speed', 'injectedDelayMs', 'injectedLatency', 'injectedOutage', 'recoveryMatches', 'activations', 'bitsPerWeight', 'frontier', 'by', 'matches', 'void', 'playedAgain', 'decisions', 'rewardUnit']; // prettier-ignore
  return csv(records, [...named, ...figures]);
}

/** What each number of agents at one endpoint got of it, a row each; and a row for each tenant. Latencies in real milliseconds. */
export function contentionCsv({ sweep, tasks }: Pick<SweepSummary, 'sweep' | 'tasks'>): string {
  const rows = Object.entries(tasks).flatMap(([task, { rewardUnit, contention = [] }]) =>
    contention.flatMap(({ configuration, host, counts }) =>
      counts.flatMap(({ agents, groups, left, figures, added, tenants }) => {
        const who = { sweep, task, rewardUnit, configuration, host, agents, groups, left };
        const costs = Object.entries(added?.figures ?? {}).map(([key, each]) => [`added${key[0]!.toUpperCase()}${key.slice(1)}`, each] as const); // prettier-ignore
        const whole = { ...who, against: added?.agents, ...endsOf({ ...figures, ...Object.fromEntries(costs) }) };
        return [whole, ...tenants.map(({ tenant, weight, owed, share, latencyP50Ms }) => ({ ...who, tenant, weight, owed, ...endsOf({ share, latencyP50Ms }) }))]; // prettier-ignore
      }),
    ),
  );
  const named = ['sweep', 'task', 'configuration', 'host', 'agents', 'tenant', 'weight', 'owed', 'groups', 'left', 'against', 'rewardUnit'];
  return csv(rows, [...new Set([...named, ...rows.flatMap((row) => Object.keys(row))])]);
}

/** Figures with both ends of their intervals and their sample size, a column each. */
function endsOf(figures: Record<string, Estimate>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(figures).flatMap(([key, { value, low, high, n }]) => [[key, value], [`${key}Low`, low], [`${key}High`, high], [`${key}N`, n]])); // prettier-ignore
}

/** Every match of a sweep's folder, those that are void or in no figure among them. Times in milliseconds of world time. */
export function matchesCsv(matches: readonly MatchRecord[]): string {
  const columns = ['task', 'configuration', 'others', 'kind', 'purpose', 'standing', 'seed', 'seat', 'clock', 'speed', 'injected', 'decisions', 'p50Ms', 'reward', 'rewardUnit', 'reasons', 'rules', 'digest', 'startedAt', 'file', 'bytes']; // prettier-ignore
  return csv(
    matches.map((match) => ({ ...match, others: match.others.join('; '), reasons: match.reasons.join(' ') })),
    columns,
  );
}
