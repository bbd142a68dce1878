/** Which decisions landed in a situation that had changed since they were asked, from the counts that a task's scenes carry. */
import type { Playback } from './playback.js';
import type { ThinkingSpan } from './thinking.js';

/** How many of a seat's answers the scene counts as stale; 0 where its task counts none. */
export function staleCount(scene: unknown, seat: number): number {
  const { fighters } = scene as { fighters?: { stale?: number }[] };
  return fighters?.[seat]?.stale ?? 0;
}

/** Marks the decisions of a seat with which the world's count of its stale ones grew. @param counts that count at each frame */
export function markStale(spans: readonly ThinkingSpan[], counts: readonly number[], playback: Playback): void {
  for (const span of spans) {
    if (span.outcome !== 'act') continue;
    // What lands at a frame's own time shows in the next one.
    const frame = playback.frameAt(span.at);
    span.stale = (counts[frame + 1] ?? 0) > (counts[frame] ?? 0);
  }
}
