/** Who uses which core while a wall-clock match is played beside an engine of ours. */
import { availableParallelism } from 'node:os';
import { intoBackground, intoForeground, ontoCores, ownCores } from '../host/pinning.js';
import { embeddedAmong, type Player } from './seats.js';

/** With so many cores the match, its agents and an engine have one each, and the scheduler needs no help. */
const CORES_FOR_ALL = 4;

/** Why these players cannot be measured in wall-clock time on this host, in words; undefined when they can. */
export function wallClockFault(players: readonly Player[], cores = availableParallelism()): string | undefined {
  const embedded = embeddedAmong(players);
  if (embedded.length > 1) return 'two embedded models would share the cores of a wall-clock match; accepted: the virtual clock';
  const most = Math.max(1, cores - 1);
  for (const { configuration } of embedded)
    if (configuration.endpoint.kind === 'embedded' && configuration.endpoint.threads > most)
      return `${configuration.name}: ${configuration.endpoint.threads} threads; accepted: in wall-clock time on this host at most ${most}, or the virtual clock`;
  return undefined;
}

/**
 * Gives the match, which has a clock to keep, and the engine, which is measured, cores of their own; agents give way. Where cores are
 * many, or cannot be told, nothing is moved. @returns how to undo it
 */
export function shareCores(engine: { pid: number; threads: number }, agents: readonly number[]): () => void {
  const cores = ownCores();
  if (cores.length < 2 || cores.length >= CORES_FOR_ALL || engine.threads >= cores.length) return () => undefined;
  const background = agents.filter(intoBackground);
  ontoCores(engine.pid, cores.slice(-engine.threads));
  ontoCores(process.pid, cores.slice(0, -engine.threads));
  return () => {
    ontoCores(process.pid, cores);
    ontoCores(engine.pid, cores);
    for (const pid of background) intoForeground(pid);
  };
}
