/** What the board's API tells (`/api/v1/openapi.json`), as far as the pages show it. */
import type { Estimate } from '../../../../scoring/statistics/estimate.js';
import type { LiveComponent } from '../../../server/leaderboard/live.js';
import type { BoardAsk } from './address.js';

export type { Estimate };

export interface Table extends BoardAsk {
  entries: number;
}

export interface Entry {
  id: string;
  status: string;
  why: string | null;
  task: string;
  rules: string;
  plan: string;
  terms: string;
  division: string;
  name: string;
  submitter: { name: string; fingerprint: string };
  about: Partial<Record<'model' | 'size' | 'precision' | 'engine' | 'kernel' | 'hardware', string>>;
  figures:
    | (Record<'reward' | 'latencyMeanMs' | 'latencyP50Ms' | 'latencyP90Ms' | 'rejected' | 'missed' | 'patientReward', Estimate> & {
        matches: number;
        decisions: number;
        rewardUnit: string;
        clock: string;
        speed: number;
      })
    | null;
  receivedAt: string;
  proven: string | null;
  claimed: string;
  /** Of one entry alone. */
  traces?: { seed: number; purpose: string; hash: string; status: string; why: string | null }[];
}

export interface Ratings {
  components: LiveComponent[];
  across: number;
  rewardUnit: string | null;
  played: { clock: string; speed: number; givenUs?: number; alone?: true };
  proven: string;
}

export interface ArenaMatch {
  pairing: string;
  match: number;
  task: string;
  first: { id: string; name: string; holder: string };
  second: { id: string; name: string; holder: string };
  status: string;
  why: string | null;
  points: number | null;
  mode: 'together' | 'alone';
  rewards: [number | null, number | null] | null;
  trace: string | null;
  otherTrace: string | null;
  beganAt: string;
}

export interface Running {
  isOpen: boolean;
  watchDelayS: number | null;
  matches: (Pick<ArenaMatch, 'pairing' | 'match' | 'task' | 'mode' | 'first' | 'second' | 'beganAt'> & {
    terms: string;
    watch: { match: string; whose: string }[];
  })[];
}

/** Asks the board. @throws Error with the server's own words */
export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`api/v1/${path}`);
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  if (!response.ok) throw new Error(body?.error?.message ?? `the server says ${response.status}`);
  return body as T;
}
