/** What a pairing's process is told, and what it tells: two agents, the same seed twice, sides swapped. */
import type { ArenaTerms } from './terms.js';

/** A match of a pairing: in the first the first agent has the first seat, in the second the other. */
export type GameNumber = 0 | 1;

/** Two things, of the pairing's first agent and of its second. */
export type OfBoth<T> = readonly [T, T];

/** One pairing. It holds the seed: it goes to its process alone, by a channel that nobody else reads. */
export interface PairingOrder {
  /** A name from which no seed follows: agents are told it. */
  id: string;
  terms: ArenaTerms;
  /** The worlds' seed, of both matches. */
  seed: number;
  agents: OfBoth<{ name: string; token: string }>;
  /** Which of its matches are to be played. */
  games: readonly GameNumber[];
  /** Where traces are written. */
  folder: string;
  host: string;
  /** 0: any free one. */
  port: number;
  allowHosts: readonly string[];
  /** How long an agent may take to come to a match, and how long it may be away from one, in real milliseconds. */
  waitMs: number;
  awayMs: number;
}

/** What an agent did in a match, as the match measured it. */
export interface AgentFigures {
  decisions: number;
  /** Actions that landed, answers that were none, observations that were not answered in time. */
  acts: number;
  rejected: number;
  missed: number;
  /** World microseconds waited for those actions, the others' time included; its share of an action is the mean latency. */
  waitedUs: number;
  /** World microseconds; null where no action landed. */
  p50Us: number | null;
  p90Us: number | null;
  /** Real microseconds from a ping to its pong; null where none came back. */
  roundTrip: { medianUs: number; leastUs: number; count: number } | null;
}

/** How a match ended. */
export interface GameOutcome {
  game: GameNumber;
  /** `forfeited`: somebody was not there, and has lost; `void`: nobody has, and it is to be played again. */
  status: 'played' | 'forfeited' | 'void';
  /** In a sentence why it was not simply played; else null. */
  why: string | null;
  /** Of the first agent: 1 won, 0 lost, a half for a draw; null when void. */
  points: 0 | 0.5 | 1 | null;
  /** Who was there when it was to begin. */
  came: OfBoth<boolean>;
  /** In the task's unit, as far as it was played; null where no match began. */
  rewards: OfBoth<number> | null;
  figures: OfBoth<AgentFigures> | null;
  digest: string | null;
  /** The trace's file; null where none was finished. */
  trace: string | null;
}

/** What a pairing's process says: its address once it listens, that a match begins, how it ended, and that nothing more comes. */
export type PairingWord =
  { word: 'listening'; port: number } | { word: 'begins'; game: GameNumber } | { word: 'ended'; outcome: GameOutcome } | { word: 'over' };

/** The seat of one of the two in a match, and who of the two has a seat: the same sum, since it is its own inverse. */
export function seatOf(agent: 0 | 1, game: GameNumber): 0 | 1 {
  return (agent ^ game) as 0 | 1;
}
