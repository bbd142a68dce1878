/** What the live division tells of its players. Types only: the browser's code imports them too. */
import type { Estimate } from '../../../scoring/statistics/estimate.js';

/** Somebody who is rated. */
export interface LivePlayer {
  id: string;
  name: string;
  holder: string;
  /** By strength within the component, from 1; null where the component has no best strengths. */
  rank: number | null;
  /** The best and the worst rank that the games leave. */
  ranks: { best: number; worst: number } | null;
  strength: number | null;
  low: number | null;
  high: number | null;
  /** What it earned a match, in `LiveRatings.rewardUnit`, over the matches that it played to their end; null where both play in one world. */
  reward: Estimate | null;
  /** Matches that count, by how they ended for it. `forfeited`: those of `lost` in which it was not there. */
  matches: number;
  won: number;
  drawn: number;
  lost: number;
  forfeited: number;
  /** Mean latency, milliseconds of world time, over matches. */
  latencyMs: Estimate;
  /**
   * The same without the round trips, each match's own median for every answer: what the agent needs, if it answers pings at once. Not measured where
   * the latency is given.
   */
  latencyLessRoundTripMs: Estimate;
  /** The median over matches of the median round trip, in real milliseconds; null where none was measured. */
  roundTripMs: number | null;
}

/** Players whom games join; across components nothing is compared. */
export interface LiveComponent {
  players: LivePlayer[];
  /** Matches between its players. */
  matches: number;
  notes: string[];
}
