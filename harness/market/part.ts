/** Which part of a recording is played, and its times in words. */
import type { Findings } from './cleaning.js';
import { timeOfDay } from './numbers.js';

/** Which part of the record to play, on its own clock. */
export interface Part {
  /** Microseconds since midnight of that clock; the first message's time when absent. */
  fromUs?: number;
  /** Without `fromUs`: the first message that is not before this. */
  notBeforeUs?: number;
  lengthUs: number;
}

/** Whole seconds that can be played when the last message is at `lastUs` of the part: the part's, or fewer when the file ends over ten seconds before it does. */
export function playedSeconds(lastUs: number, part: Part, over: boolean, findings: Findings, row: number): number {
  const asked = Math.floor(part.lengthUs / 1_000_000);
  const there = Math.floor(lastUs / 1_000_000) + 1;
  if (over || there + 10 >= asked) return asked;
  findings.add('short', row);
  return there;
}

/** A time on a file's clock for people; after midnight of the first day it says so. */
export function momentOf(us: number): string {
  const days = Math.floor(us / 86_400_000_000);
  const time = timeOfDay(us - days * 86_400_000_000);
  return days === 0 ? time : `${time} ${days > 0 ? `${days} day${days === 1 ? '' : 's'} later` : 'of a day before'}`;
}
