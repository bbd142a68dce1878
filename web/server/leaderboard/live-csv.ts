/** What the live division tells, and what was done on a board, as CSV: a row for each player, match or line. */
import { csvText } from './csv.js';
import type { ToldTable } from './entries.js';
import type { ToldMatch, ToldRatings } from './live.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

/** A line of the audit log as the API tells it. */
export interface ToldAuditLine {
  /** ISO 8601. */
  at: string;
  who: string;
  what: string;
  subject: string;
  detail: string;
}

const ESTIMATES = ['reward', 'latencyMs', 'latencyLessRoundTripMs'] as const;
const ends = (name: string): string[] => [name, `${name}Low`, `${name}High`, `${name}N`, `${name}IsAtLeast`];

const RATINGS = [...['component', 'rank', 'bestRank', 'worstRank', 'id', 'name', 'holder', 'strength', 'low', 'high'], ...ESTIMATES.flatMap(ends), ...['rewardUnit', 'roundTripMs', 'matches', 'won', 'drawn', 'lost', 'forfeited', 'task', 'rules', 'terms']] as const; // prettier-ignore

/** A row for each player; those of other components are not compared with each other. */
export function ratingsCsv({ components, task, rules, terms, rewardUnit }: ToldRatings): string {
  const estimated = (name: string, estimate: Estimate | null): Record<string, unknown> =>
    Object.fromEntries(
      ends(name).map((column, i) => [
        column,
        estimate && [estimate.value, estimate.low, estimate.high, estimate.n, estimate.atLeast === true][i],
      ]),
    );
  const rows = components.flatMap(({ players }, i) =>
    players.map(({ ranks, reward, latencyMs, latencyLessRoundTripMs, ...player }) => ({
      component: i + 1,
      bestRank: ranks?.best,
      worstRank: ranks?.worst,
      ...player,
      ...estimated('reward', reward),
      ...estimated('latencyMs', latencyMs),
      ...estimated('latencyLessRoundTripMs', latencyLessRoundTripMs),
      ...{ rewardUnit, task, rules, terms },
    })),
  );
  return csvText(rows, RATINGS);
}

const MATCHES = ['pairing', 'match', 'task', 'mode', 'terms', 'first', 'firstName', 'firstHolder', 'second', 'secondName', 'secondHolder', 'status', 'why', 'points', 'firstReward', 'secondReward', 'chosenBy', 'seed', 'trace', 'otherTrace', 'beganAt', 'endedAt'] as const; // prettier-ignore

export function matchesCsv(matches: readonly ToldMatch[]): string {
  const rows = matches.map(({ first, second, rewards, ...match }) => ({
    ...match,
    ...{ first: first.id, firstName: first.name, firstHolder: first.holder },
    ...{ second: second.id, secondName: second.name, secondHolder: second.holder },
    firstReward: rewards?.[0],
    secondReward: rewards?.[1],
  }));
  return csvText(rows, MATCHES);
}

export function tablesCsv(tables: readonly ToldTable[]): string {
  const rows = tables.map(({ host, ...table }) => ({ ...table, host: host?.name }));
  return csvText(rows, ['task', 'rules', 'plan', 'terms', 'division', 'host', 'entries']);
}

export function auditCsv(lines: readonly ToldAuditLine[]): string {
  return csvText(lines, ['at', 'who', 'what', 'subject', 'detail']);
}
