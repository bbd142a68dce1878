/** What a match is to be: its world, its clock and who sits where. */
import type { Micros } from '../../envs/environment.js';
import type { SeatRecord, TraceEvent } from '../../scoring/trace.js';

/** One seat of a planned match. */
export interface SeatSheet {
  /** The token of the agent that sits here; it must have been admitted by the server. */
  token: string;
  record: SeatRecord;
  /**
   * World latency by observation, added delay included, instead of a measured or given one; undefined where there is none. How a match is
   * played again under the other clock with the latencies it had.
   */
  latencyOf?: (seq: number) => Micros | undefined;
}

/** One match. */
export interface MatchSheet {
  /** Unique within its folder of traces. */
  id: string;
  task: string;
  /** The task's options as a user writes them; parsed by the task. */
  options: unknown;
  /** The world's seed, a safe integer from 0. */
  seed: number;
  clock: 'wall' | 'virtual';
  /** World microseconds per real microsecond. */
  speed: number;
  /** World time after which an unanswered observation is missed. */
  timeoutUs: Micros;
  seats: SeatSheet[];
  /** Where the trace is written (ending in .jsonl.gz); without one it is kept in memory only. */
  tracePath?: string;
  /** An endpoint computes on this host: the wall clock spins as little before its ticks as it can. */
  sparing?: boolean;
  /** False keeps it from spectators. */
  watched?: boolean;
  /** Told each event as it is recorded: how far the match is. Must return at once. */
  onEvent?: (event: TraceEvent) => void;
  /** Stops the match early; its trace is void. */
  signal?: AbortSignal;
}
