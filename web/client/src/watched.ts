/** What is being watched: the newest of everything the server said, and the answers seen so far. The views draw from it. */
import type { ThinkingSpan } from '../../../harness/traces/thinking.js';
import type { WatchFrame } from '../../../harness/protocol/watching.js';
import { SeenDecisions } from '../../server/decisions.js';
import type { LiveFrame } from '../../server/frames.js';
import { staleCount } from './tasks.js';

export type Match = WatchFrame & { type: 'match' };
export type SceneFrame = WatchFrame & { type: 'scene' };
export type Progress = WatchFrame & { type: 'progress' };
export type End = WatchFrame & { type: 'end' };
export type History = LiveFrame & { type: 'history' };

/** One answer of an agent, as far as the stream showed it. */
export interface Answer {
  latencyUs: number;
  outcome: 'act' | 'reject' | 'miss';
  /** It landed in a situation that had changed since it was asked; only some tasks say. */
  stale?: boolean;
}

/** Answers shown one by one on a seat's card. */
export const MOST_ANSWERS = 48;
/** Real time that the thinking lanes show before now. */
const BEHIND_US = 3_000_000;

/** World time that the thinking lanes show before now: a fast world's minutes take as much room as a fight's seconds. */
export function shownBehindUs({ clock, speed }: Pick<Match, 'clock' | 'speed'>): number {
  return BEHIND_US * Math.max(1, clock === 'wall' ? speed : 1);
}

/** A decision as a lane shows it; without an outcome: it is not over. */
export type LaneSpan = Pick<ThinkingSpan, 'from' | 'at' | 'outcome' | 'stale'>;

export class Watched {
  /** This page's own connection; `null` while the first attempt is under way. */
  connected: boolean | null = null;
  /** Why the server does not show this match; absent while it does. */
  refusal?: string;
  upstream?: LiveFrame & { type: 'upstream' };
  match?: Match;
  scene?: SceneFrame;
  /** World time between the last two scenes. */
  stepUs = 0;
  end?: End;
  progress?: Progress;
  /** The latest answers, oldest first, one list a seat. */
  answers: Answer[][] = [];
  /** When the decisions of the time that the lanes show were pushed and landed, oldest first, one list a seat. */
  spans: readonly (readonly LaneSpan[])[] = [];
  /** World time shown ahead of the newest scene: in a recorded match what comes is known. */
  aheadUs = 0;
  private seen = new SeenDecisions(0, () => 0);

  /** @param isOfArena it is a match of the arena, which is shown late, and whose seed the board tells once its pairing is over */
  constructor(readonly isOfArena = false) {}

  /** Takes a frame in. @returns false when it says nothing about the match on the page (an old one's scene). */
  take(frame: LiveFrame): boolean {
    switch (frame.type) {
      case 'upstream':
        this.upstream = frame;
        return true;
      case 'progress':
        this.progress = frame;
        return true;
      case 'match':
        if (frame.id !== this.match?.id) {
          this.scene = this.end = undefined;
          this.stepUs = 0;
          this.seen = new SeenDecisions(frame.seats.length, (scene, seat) => staleCount(frame.task, scene, seat));
          this.show();
        }
        this.match = frame;
        return true;
      case 'scene':
        if (frame.id !== this.match?.id) return false;
        this.stepUs = this.scene ? frame.at - this.scene.at : 0;
        this.scene = frame;
        this.seen.take(frame);
        this.show();
        return true;
      case 'past':
        if (frame.id !== this.match?.id) return false;
        this.seen.recall(frame.decisions);
        this.show();
        return true;
      case 'end':
        if (frame.id !== this.match?.id) return false;
        this.end = frame;
        return true;
      case 'history':
        return frame.id === this.match?.id;
    }
  }

  private show(): void {
    this.spans = this.seen.seats;
    this.answers = this.seen.seats.map((decisions) =>
      decisions.slice(-MOST_ANSWERS).map(({ from, at, outcome, stale }) => ({ latencyUs: at - from, outcome, stale })),
    );
  }
}
