/**
 * What a match server tells those who watch (`ws://HOST:PORT/watch`): JSON text frames, one way. A watcher whose socket
 * backs up loses frames; it never slows the match. The spectator's web server is one such watcher and fans out to browsers.
 */
import type { Json, Micros, Results, TaskName } from '../../envs/environment.js';
import type { SeatRecord, Verdict } from '../../scoring/trace/trace.js';

/** What a seat's agent is doing, for the thinking bars: waiting for an answer since `since`, or its last answer's latency. World time. */
export interface Thinking {
  since: Micros | null;
  lastLatencyUs: Micros | null;
  lastOutcome: 'act' | 'reject' | 'miss' | null;
  /** The last answer in the task's own words, for people. */
  lastAnswer: string | null;
}

/** One decision that is over, as a spectator could see it. World time. */
export interface SeenDecision {
  /** When the seat was asked. */
  from: Micros;
  /** When its answer landed, was rejected or was given up. */
  at: Micros;
  outcome: 'act' | 'reject' | 'miss';
  /** It landed in a situation that had changed since it was asked, where the task counts such things and somebody watched it. */
  stale?: boolean;
}

export type WatchFrame =
  /**
   * A match began (also sent first to a watcher who arrives during one). Nothing here tells what comes: the seed, and what the world is made of,
   * come with the end.
   */
  | {
      type: 'match';
      id: string;
      task: TaskName;
      clock: 'wall' | 'virtual';
      speed: number;
      /** Patient play: the clock waits for every answer, and a given latency is charged. */
      patient?: true;
      tickUs: Micros;
      seats: SeatRecord[];
      /** Those of the task's options that are plain numbers and words. */
      options: Json;
      /** Real time by which scenes come late: an agent whose maker watches should learn nothing from it. 0 or absent: they come at once. */
      behindUs?: number;
      /** Only of a recorded match. */
      seed?: number;
    }
  /** The world as a spectator may see it, at most 60 times a real second. `scene` is the task's own scene (envs/TASK/scene.ts). */
  | { type: 'scene'; id: string; at: Micros; scene: Json; thinking: Thinking[] }
  /**
   * The latest decisions of each seat so far, oldest first: sent once, to a watcher who arrives in the middle. Not of a match that is shown
   * late: there it would tell what spectators are not to see yet.
   */
  | { type: 'past'; id: string; decisions: SeenDecision[][] }
  | { type: 'end'; id: string; results: Results; verdict: Verdict; seed?: number }
  /** How far a sweep is: shown above the match. */
  | { type: 'progress'; label: string; done: number; total: number; perMinute: number; leftS: number };

type MatchFrame = Extract<WatchFrame, { type: 'match' }>;
export type SceneFrame = Extract<WatchFrame, { type: 'scene' }>;
export type EndFrame = Extract<WatchFrame, { type: 'end' }>;

/** Whoever shows a match while it is played: a match server's own watchers, or an arena, which shows it late. */
export interface Show {
  /** Begins to show it. @param past the latest decisions of each seat, asked when somebody arrives in the middle @returns false when it is not shown */
  begin(frame: MatchFrame, past: () => SeenDecision[][]): boolean;
  /** The world has moved on; `scene` is called only where it is to be drawn. */
  scene(scene: () => SceneFrame): void;
  end(last: SceneFrame, frame: EndFrame): void;
  /** Shows it no longer, though it did not end. */
  drop(id: string): void;
}
