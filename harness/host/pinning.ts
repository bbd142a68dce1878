/**
 * Gives the clock a core of its own. Where cores are few, a wall-clock match must wake in time although agents and an endpoint are
 * computing. A scheduler lets a running process keep its core for some milliseconds; so the match and the endpoint each get a core of
 * their own (taskset), and agents go into the idle class (chrt), which gives way at once (Linux: sched(7)). Anyone may do so with
 * their own processes. Where the means are missing, nothing is moved, and lateness is measured and judged as ever.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function done(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Puts a process and its threads into the idle class. False where that cannot be done. */
export function intoBackground(pid: number): boolean {
  return done('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)]);
}

/** Puts a process and its threads back into the ordinary class. False where that cannot be done. */
export function intoForeground(pid: number): boolean {
  return done('chrt', ['--all-tasks', '--other', '--pid', '0', String(pid)]);
}

/** Binds a process and its threads to some cores. False where that cannot be done. */
export function ontoCores(pid: number, cores: readonly number[]): boolean {
  return done('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.join(','), String(pid)]);
}

/** The cores that this process may use (whoever started it may have bound it to some of the host's); empty where that cannot be told. */
export function ownCores(): number[] {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return (list ?? '').split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
    });
  } catch {
    return [];
  }
}
