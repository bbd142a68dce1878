/**
 * The decisions of a match as its stream of scenes shows them: when each seat was asked, and when and how that ended. The page draws its
 * lanes from it, and its server tells it to pages that are opened in the middle.
 */
import type { SeenDecision, WatchFrame } from '../../harness/protocol/watching.js';

type SceneFrame = Extract<WatchFrame, { type: 'scene' }>;

/** Decisions of a seat that are kept. */
const MOST_KEPT = 1024;

export class SeenDecisions {
  /** Oldest first, one list a seat. */
  seats: SeenDecision[][];
  private last?: SceneFrame;

  /** @param staleIn how many of a seat's answers so far a scene counts as stale; 0 where the task counts none */
  constructor(
    seats: number,
    private readonly staleIn: (scene: unknown, seat: number) => number,
  ) {
    this.seats = Array.from({ length: seats }, () => []);
  }

  /** Takes the next scene in. */
  take(frame: SceneFrame): void {
    const { last } = this;
    if (last) frame.thinking.forEach((_, seat) => this.note(seat, last, frame));
    this.last = frame;
  }

  /** Goes on from what was told of the match so far; what was seen of the time before that stays. */
  recall(decisions: readonly (readonly SeenDecision[])[]): void {
    this.last = undefined;
    this.seats = this.seats.map((own, seat) => {
      const told = decisions[seat] ?? [];
      const from = told[0]?.from ?? Infinity;
      return [...own.filter((decision) => decision.from < from), ...told].slice(-MOST_KEPT);
    });
  }

  /** A decision is over when the seat is not waited for since the same moment any more, or, idle, tells of another. Dropped scenes hide some. */
  private note(seat: number, last: SceneFrame, frame: SceneFrame): void {
    const now = frame.thinking[seat]!;
    const before = last.thinking[seat];
    if (!before || now.lastOutcome === null || now.lastLatencyUs === null) return;
    const other =
      now.lastLatencyUs !== before.lastLatencyUs || now.lastOutcome !== before.lastOutcome || now.lastAnswer !== before.lastAnswer;
    if (before.since === null ? !other : now.since === before.since) return;
    // One that began and ended between two scenes ended where the next one began, or began after the last scene: right to a scene's step.
    const from = before.since ?? (now.since === null ? last.at : Math.max(0, now.since - now.lastLatencyUs));
    const stale = now.lastOutcome === 'act' && this.staleIn(frame.scene, seat) > this.staleIn(last.scene, seat);
    const list = (this.seats[seat] ??= []);
    list.push({ from, at: from + now.lastLatencyUs, outcome: now.lastOutcome, ...(stale ? { stale } : {}) });
    if (list.length > MOST_KEPT) list.shift();
  }
}
