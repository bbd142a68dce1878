/** Which decisions landed in a situation that had changed since they were asked, from the counts that a task reads off its scenes. */
import type { Playback } from './playback.js';
import type { ThinkingSpan } from './thinking.js';

/** Marks the decisions of a seat with which the world's count of its stale ones grew. @param counts that count at each frame */
export function markStale(spans: readonly ThinkingSpan[], counts: readonly number[], playback: Playback): void {
  for (const span of spans) {
    if (span.outcome !== 'act') continue;
    // What lands at a frame's own time shows in the next one.
    const frame = playback.frameAt(span.at);
    span.stale = (counts[frame + 1] ?? 0) > (counts[frame] ?? 0);
  }
}
