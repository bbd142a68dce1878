/** When a process was started: with its number what tells it from every other, since numbers are given again. */
import { readFileSync } from 'node:fs';

/**
 * When a process was started, in its system's own count (Linux: proc(5), field 22 of stat); null where that cannot be told, and of one that has
 * ended and that only its parent has not noticed yet.
 */
export function bornOf(pid: number): string | null {
  try {
    const fields = fieldsOfStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return hasEnded(fields) ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Whether a process has ended, by the state in its stat, and only its number is still taken. */
export function hasEnded([state]: readonly string[]): boolean {
  return state === 'Z' || state === 'X';
}

/** The fields of a /proc/PID/stat from the third one (the state) on: the second, a name, may have spaces and brackets in it. */
export function fieldsOfStat(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
