/** When a process was started: with its number what tells it from every other, since numbers are given again. */
import { readFileSync } from 'node:fs';

/** When a process was started, in its system's own count (Linux: proc(5), field 22 of stat); null where that cannot be told. */
export function bornOf(pid: number): string | null {
  try {
    return fieldsOfStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))[19] ?? null;
  } catch {
    return null;
  }
}

/** The fields of a /proc/PID/stat from the third one (the state) on: the second, a name, may have spaces and brackets in it. */
export function fieldsOfStat(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
