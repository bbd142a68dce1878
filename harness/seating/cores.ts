/** Who uses which core while a match is played beside an engine of ours. */
import { availableParallelism } from 'node:os';
import { intoBackground, intoForeground, ontoCores, ownCores } from '../host/pinning.js';
import { threadsOf } from '../configuration/team.js';
import { embeddedAmong, type Player } from './seats.js';

/** With so many cores the match, its agents and an engine have one each, and the scheduler needs no help. */
const CORES_FOR_ALL = 4;

/** Why these players cannot be measured in wall-clock time on this host, in words; undefined when they can. */
export function wallClockFault(players: readonly Player[], cores = availableParallelism()): string | undefined {
  const embedded = embeddedAmong(players);
  if (embedded.length > 1) return 'two embedded models would share the cores of a wall-clock match; accepted: the virtual clock';
  const most = Math.max(1, cores - 1);
  for (const { configuration } of embedded)
    if (threadsOf(configuration) > most)
      return `${configuration.name}: ${threadsOf(configuration)} threads; accepted: in wall-clock time on this host at most ${most}, or the virtual clock`;
  return undefined;
}

/**
 * Lets an engine that nobody waits for compute only while nobody else would, where cores are few: otherwise those that are waited for would wait for
 * it, and their latencies would be of two models on one core. @param pid of the engine @returns whether it does so now
 */
export function giveWay(pid: number, cores = ownCores().length): boolean {
  return cores > 0 && cores < CORES_FOR_ALL && intoBackground(pid);
}

/**
 * Gives the match, which has a clock to keep, and the engines of the one who is measured, cores of their own; agents give way. Where cores are
 * many, or cannot be told, nothing is moved.
 * @param engines `threads`: how many of theirs compute at once @returns how to undo it, and how an engine that is started later gets its cores
 */
export function shareCores(
  engines: { pids: readonly number[]; threads: number },
  agents: readonly number[],
): { restore: () => void; place: (pid: number) => void } {
  const cores = ownCores();
  const { pids, threads } = engines;
  if (cores.length < 2 || cores.length >= CORES_FOR_ALL || threads >= cores.length)
    return { restore: () => undefined, place: () => undefined };
  const background = agents.filter(intoBackground);
  const placed = [...pids];
  for (const pid of pids) ontoCores(pid, cores.slice(-threads));
  ontoCores(process.pid, cores.slice(0, -threads));
  return {
    place: (pid) => {
      placed.push(pid);
      ontoCores(pid, cores.slice(-threads));
    },
    restore: () => {
      ontoCores(process.pid, cores);
      for (const pid of placed) ontoCores(pid, cores);
      for (const pid of background) intoForeground(pid);
    },
  };
}
