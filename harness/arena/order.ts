/**
 * What a pairing's process is told, and what it tells. Together: two agents in one world, the same seed twice, sides swapped. Alone: each in a world
 * of its own on the same seed, in a process of its own, at the same time; that is one match.
 */
import type { ShownKind } from './showing.js';
import type { ArenaTerms } from './terms.js';

/** A match of a pairing: in the first the first agent has the first seat, in the second the other. Where each plays alone there is only the first. */
export type GameNumber = 0 | 1;

/** The matches of a pairing by these terms. */
export function gamesOf({ alone }: Pick<ArenaTerms, 'alone'>): readonly GameNumber[] {
  return alone ? [0] : [0, 1];
}

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
  /** Which of the two this process plays with, alone; absent: with both. */
  alone?: 0 | 1;
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
  /** By how much later its matches are shown to those who watch, real milliseconds; absent: not at all. */
  watchDelayMs?: number;
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
  /**
   * In the task's unit, as far as it was played; null where no match began. One of two who played alone has none where it was not there to the end,
   * or its own world does not count.
   */
  rewards: OfBoth<number | null> | null;
  figures: OfBoth<AgentFigures | null> | null;
  /** Of the world; null where none was finished, or each had its own. */
  digest: string | null;
  /** The trace's file; null where none was finished. Where each played alone it is the first agent's. */
  trace: string | null;
  /** The second agent's, where each played alone. */
  otherTrace?: string | null;
}

/** How the match of one who played alone ended. */
export interface AloneOutcome {
  came: boolean;
  /** In a sentence how it was not there, or gone at the end; null when it was there. */
  absent: string | null;
  /** It sent more than it may. */
  flooded: boolean;
  /** Why its world does not count; null when it does. */
  spoilt: string | null;
  /** As far as it was played; null where no match began. */
  reward: number | null;
  figures: AgentFigures | null;
  trace: string | null;
}

/**
 * What a pairing's process says: its address once it listens, that a match begins, how it ended, and that nothing more comes. One that plays with a
 * single agent says that it came, and waits for the word `go`: both are to see their worlds at the same time.
 */
export type PairingWord =
  | { word: 'listening'; port: number }
  | { word: 'came' }
  | { word: 'begins'; game: GameNumber }
  | { word: 'ended'; outcome: GameOutcome }
  | { word: 'ended-alone'; outcome: AloneOutcome }
  | { word: 'shown'; match: string; kind: ShownKind; text: string }
  | { word: 'over' };

/** The seat of one of the two in a match, and who of the two has a seat: the same sum, since it is its own inverse. */
export function seatOf(agent: 0 | 1, game: GameNumber): 0 | 1 {
  return (agent ^ game) as 0 | 1;
}

/** By what names a pairing's worlds are watched and written down: of its matches, or of its agents where each plays alone. */
export function worldsIn(id: string): OfBoth<string> {
  return [`${id}-1`, `${id}-2`];
}
