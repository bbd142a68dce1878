/**
 * How a match of an arena is shown, in the process that plays it: its frames go to the arena as texts, which shows them later (gallery.ts). They do so
 * whether anybody watches or not: nothing that a watcher does reaches the process that keeps the match's time. No frame says the world's seed: the next
 * match may be played on it.
 */
import { monotonicUs } from '../host/clock.js';
import type { EndFrame, SceneFrame, Show, WatchFrame } from '../protocol/watching.js';

/** What of a match is shown: in this order. */
export type ShownKind = 'match' | 'scene' | 'end';

/** Least real time between two scenes. */
const SCENE_EVERY_US = 1_000_000 / 20;

export class ArenaShow implements Show {
  private lastUs = 0;

  /**
   * @param behindUs by how much later the arena shows it, in real microseconds
   * @param tell takes a frame to the arena
   */
  constructor(
    private readonly behindUs: number,
    private readonly tell: (kind: ShownKind, text: string) => void,
  ) {}

  begin(frame: Extract<WatchFrame, { type: 'match' }>): boolean {
    this.say('match', { ...frame, behindUs: this.behindUs });
    return true;
  }

  scene(scene: () => SceneFrame): void {
    const nowUs = monotonicUs();
    if (nowUs - this.lastUs < SCENE_EVERY_US) return;
    this.lastUs = nowUs;
    this.say('scene', scene());
  }

  end(last: SceneFrame, { seed: _secret, ...frame }: EndFrame): void {
    this.say('scene', last);
    this.say('end', frame);
  }

  /** Nothing is told of it: the arena shows no longer what has no end. */
  drop(): void {
    this.lastUs = 0;
  }

  private say(kind: ShownKind, frame: WatchFrame): void {
    this.tell(kind, JSON.stringify(frame));
  }
}
