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

/** Ratings under one set of terms. */
export interface ToldRatings {
  division: 'live';
  task: string;
  rules: string;
  terms: string;
  /** Of `LivePlayer.reward`; null where both play in one world: there a reward is of the two. */
  rewardUnit: string | null;
  /** `alone`: each plays a world of its own on the same seed. */
  played: { alone?: true; options?: unknown; clock: string; speed: number; timeoutUs: number; givenUs?: number };
  components: LiveComponent[];
  /** Matches between players of different components. */
  across: number;
  /** What a rating proves, and what not, in words. */
  proven: string;
}

interface ToldPlayer {
  id: string;
  name: string;
  holder: string;
}

/** A match of the arena. */
export interface ToldMatch {
  pairing: string;
  /** 1: the first player had the first seat; 2: sides swapped. */
  match: number;
  task: string;
  /** `alone`: each in a world of its own, on the same seed. */
  mode: 'together' | 'alone';
  terms: string;
  first: ToldPlayer;
  second: ToldPlayer;
  status: 'playing' | 'played' | 'forfeited' | 'void';
  why: string | null;
  /** Of the first player: 1 won, 0 lost, 0.5 drawn. */
  points: number | null;
  /** In the task's integer unit, first and second player. Null of one who played alone and was gone, or whose own world does not count. */
  rewards: [number | null, number | null] | null;
  /** By which rule the two were paired. */
  chosenBy: string;
  /** Null while the pairing is played, as is the trace. */
  seed: number | null;
  trace: string | null;
  /** The second player's, where each played alone. */
  otherTrace: string | null;
  /** ISO 8601. */
  beganAt: string;
  endedAt: string | null;
}

/** The matches that are being played, and how they can be watched. */
export interface ToldRunning {
  /** Whether an arena runs beside this board. */
  isOpen: boolean;
  /** By how many seconds matches are shown later; null: not at all. */
  watchDelayS: number | null;
  matches: (Pick<ToldMatch, 'pairing' | 'match' | 'task' | 'mode' | 'terms' | 'first' | 'second' | 'beganAt'> & {
    watch: { match: string; whose: string }[];
  })[];
}
