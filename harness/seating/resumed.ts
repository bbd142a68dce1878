/** Who takes up the seats of a match that goes on from a checkpoint: agents of ours are started anew by what the record says of them, strangers come back. */
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import type { SeatRecord, TraceHeader } from '../../scoring/trace/trace.js';
import type { Setup } from '../configuration/team.js';
import { CheckpointError } from '../match/resumption.js';
import { recordOf } from './record.js';
import { modelPlayer, type Player } from './seats.js';

const botRecord = z.looseObject({ bot: z.string(), errorPermille: z.int().min(0).max(1000).default(0) });

/**
 * The players of a match's seats.
 * @param setups the models' configurations, in the order of their seats: a record holds no keys, and an endpoint may lie elsewhere now
 * @throws CheckpointError where a configuration is missing, or is another than the one that has played so far; ConfigurationError, PromptError
 */
export async function resumedPlayers(task: AnyTask, { seats }: Pick<TraceHeader, 'seats'>, setups: readonly Setup[]): Promise<Player[]> {
  const models = seats.filter(({ kind }) => kind === 'model').length;
  if (setups.length !== models)
    throw new CheckpointError(
      `${setups.length === 1 ? '1 configuration was' : `${setups.length} configurations were`} given; ${models} ${models === 1 ? 'model sits' : 'models sit'} in this match: one each is expected (--model FILE, in the order of their seats)`,
    );
  const left = [...setups];
  const players: Player[] = [];
  for (const [index, record] of seats.entries()) players.push(await playerOf(task, record, `seats.${index}`, left));
  return players;
}

async function playerOf(task: AnyTask, record: SeatRecord, where: string, setups: Setup[]): Promise<Player> {
  const { kind, name, addedUs, givenUs, latency } = record;
  const charged = { addedUs, ...(givenUs === undefined ? {} : { givenUs }), ...(latency === undefined ? {} : { latency }) };
  if (kind === 'stranger') return { kind, name, ...charged };
  if (kind === 'bot') {
    const parsed = botRecord.safeParse(record.configuration);
    if (!parsed.success) throw new CheckpointError(`${where}: ${name} is called a bot, and its record does not say which`);
    return { kind, bot: parsed.data.bot, errorPermille: parsed.data.errorPermille, ...charged };
  }
  if (kind === 'human') throw new CheckpointError(`${where}: ${name} played by the stream of scenes of another server`);
  const setup = setups.shift()!;
  const player: Player = { ...modelPlayer(setup, charged), ...charged };
  const [before, now] = [identityIn(record), identityIn(await recordOf(task, player))];
  if (before !== now)
    throw new CheckpointError(
      `${where}: ${name} was played by a configuration of identity ${before}; ${setup.name} has ${now}, which is another model, prompt, map or engine`,
    );
  return player;
}

function identityIn({ configuration }: SeatRecord): string {
  const { identity } = (configuration ?? {}) as { identity?: unknown };
  return typeof identity === 'string' ? identity : 'none';
}
