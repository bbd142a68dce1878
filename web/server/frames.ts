/**
 * What the spectator's server tells a browser (`/live`): the match server's own frames, passed on as they came, and two of its own.
 * Types only: the browser's code imports them too.
 */
import type { Json } from '../../envs/environment.js';
import type { MatchFacts } from '../../harness/traces/match-facts.js';
import type { WatchFrame } from '../../harness/protocol/watching.js';

export type LiveFrame =
  | WatchFrame
  /** Whether the match server is there. `url` is null when the page was started without one. */
  | { type: 'upstream'; connected: boolean; url: string | null }
  /** The current match so far, for those who arrive in the middle: what its task's page keeps of the scenes (web/server/pasts.ts). */
  | { type: 'history'; id: string; past: Json };

/** A sweep's folder, as `/api/sweeps` lists it, those that run first, then the newest. `files` are the ones that are there. */
export interface SweepListing {
  name: string;
  /** A process plays into it now; absent where none does. */
  isRunning?: true;
  /** ISO 8601. */
  modified: string;
  files: string[];
}

/** A recorded match under the results folder, as `/api/traces` lists it, newest first. `/traces/PATH` gives the file. */
export interface TraceListing {
  path: string;
  bytes: number;
  /** ISO 8601. */
  modified: string;
  /** What the match says of itself; absent where that cannot be read. */
  match?: MatchFacts;
}
