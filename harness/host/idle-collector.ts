/**
 * Collects garbage in the pauses between ticks, and while an answer is waited for. V8 by itself collects the young generation whenever it is
 * full, which takes most of a millisecond and may well fall on a tick, or between an answer's last piece and its action. What was collected in a
 * pause cannot delay anything later.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { monotonicUs } from './clock.js';

type Collect = (options: { type: 'minor' }) => void;

/** Real time between two collections: a busy match of 64 seats leaves some megabytes of garbage in it. */
const EVERY_US = 100_000;
/** A pause must be longer than the last collections took, by this factor. */
const MARGIN = 1.2;
/** What a collection is believed to take before one was seen, in real microseconds. */
const FIRST_GUESS_US = 700;

/** What is believed of a collection's time while no pause is long enough for it, from one pause to the next. */
const FORGETS = 0.999;

let shared: Collect | null = null;

/** V8's own collector, which Node gives away only under a flag; the flag works on contexts made after it was set. */
function collector(): Collect {
  if (!shared) {
    setFlagsFromString('--expose-gc');
    setFlagsFromString('--no-minor-gc-task'); // V8's own idea of when the event loop has time for it
    shared = runInNewContext('gc') as Collect;
  }
  return shared;
}

export class IdleCollector {
  private lastUs: number;
  private takesUs = FIRST_GUESS_US;

  constructor(
    private readonly collect: Collect = collector(),
    private readonly clock: () => number = monotonicUs,
  ) {
    this.lastUs = clock();
  }

  /** Collects if it is time again and `untilUs`, on the monotonic clock, is far enough for it; Infinity: a pause whose end nobody knows. */
  use(untilUs: number): void {
    const startUs = this.clock();
    if (startUs - this.lastUs < EVERY_US) return;
    if (untilUs - startUs < this.takesUs * MARGIN) {
      this.takesUs *= FORGETS; // one slow collection must not rule out all later ones
      return;
    }
    this.collect({ type: 'minor' });
    this.lastUs = this.clock();
    this.takesUs += (this.lastUs - startUs - this.takesUs) / 4;
  }
}
