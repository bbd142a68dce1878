/** What is being watched: the newest of everything the server said, and the answers seen so far. The views draw from it. */
import type { ThinkingSpan } from '../../../harness/traces/thinking.js';
import type { WatchFrame } from '../../../harness/protocol/watching.js';
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
/** Decisions of a seat kept for the thinking lanes; more than that in the time they show are thinner than a pixel each. */
const MOST_SPANS = 1024;
/** Real time that the thinking lanes show before now. */
const BEHIND_US = 3_000_000;

/** World time that the thinking lanes show before now: a fast world's minutes take as much room as a fight's seconds. */
export function shownBehindUs({ clock, speed }: Pick<Match, 'clock' | 'speed'>): number {
  return BEHIND_US * Math.max(1, clock === 'wall' ? speed : 1);
}

export class Watched {
  /** This page's own connection; `null` while the first attempt is under way. */
  connected: boolean | null = null;
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
  spans: ThinkingSpan[][] = [];
  /** World time shown ahead of the newest scene: in a recorded match what comes is known. */
  aheadUs = 0;

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
          this.answers = frame.seats.map(() => []);
          this.spans = frame.seats.map(() => []);
        }
        this.match = frame;
        return true;
      case 'scene':
        if (frame.id !== this.match?.id) return false;
        this.stepUs = this.scene ? frame.at - this.scene.at : 0;
        frame.thinking.forEach((_, seat) => this.noteAnswer(seat, this.scene, frame));
        this.scene = frame;
        return true;
      case 'end':
        if (frame.id !== this.match?.id) return false;
        this.end = frame;
        return true;
      case 'history':
        return frame.id === this.match?.id;
    }
  }

  /** An answer came in when the agent no longer waits for the same one, or, idle, tells of another. Dropped scenes hide some. */
  private noteAnswer(seat: number, last: SceneFrame | undefined, frame: SceneFrame): void {
    const now = frame.thinking[seat]!;
    const before = last?.thinking[seat];
    if (!last || !before || now.lastOutcome === null || now.lastLatencyUs === null) return;
    const other =
      now.lastLatencyUs !== before.lastLatencyUs || now.lastOutcome !== before.lastOutcome || now.lastAnswer !== before.lastAnswer;
    if (before.since === null ? !other : now.since === before.since) return;
    const list = (this.answers[seat] ??= []);
    const stale = now.lastOutcome === 'act' && this.staleIn(frame, seat) > this.staleIn(last, seat);
    list.push({ latencyUs: now.lastLatencyUs, outcome: now.lastOutcome, stale });
    if (list.length > MOST_ANSWERS) list.shift();
    // Dropped scenes hide when a decision began that is told of only now.
    const from = before.since ?? now.since ?? null;
    if (from === null) return;
    const spans = (this.spans[seat] ??= []);
    spans.push({ from, at: from + now.lastLatencyUs, outcome: now.lastOutcome, text: now.lastAnswer, stale });
    if (spans.length > MOST_SPANS) spans.shift();
  }

  private staleIn({ scene }: SceneFrame, seat: number): number {
    return staleCount(this.match!.task, scene, seat);
  }
}
