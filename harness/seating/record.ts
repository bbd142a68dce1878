/** What a trace says of a seat: the same whoever starts the match, and nothing about the machine it was started on. */
import { injectedText } from '../../scoring/trace/injected.js';
import type { AnyTask, Json } from '../../envs/environment.js';
import type { SeatRecord } from '../../scoring/trace/trace.js';
import { identityOf, shownConfiguration } from './identity.js';
import { seatName, type Player } from './seats.js';

/** Members of a seat's `configuration` that are no part of what the seat was planned to be: known only once its agent is there, or its price. */
export const LEARNT = ['engine', 'calledItself', 'price'] as const;

/** The record of a player's seat as planned. A model's carries its identity. @throws ConfigurationError, PromptError */
export async function recordOf(task: AnyTask, player: Player): Promise<SeatRecord> {
  const { kind, addedUs, givenUs, latency, outage } = player;
  const common = {
    name: seatName(player),
    kind,
    addedUs,
    ...(givenUs === undefined ? {} : { givenUs }),
    ...(injectedText(latency) === '' ? {} : { latency }),
    ...(outage ? { outage } : {}),
  };
  if (player.kind === 'bot') {
    const { bot, errorPermille } = player;
    return { ...common, configuration: { bot, errorPermille } };
  }
  if (player.kind === 'model') {
    const { configuration } = player;
    return { ...common, configuration: { ...shownConfiguration(configuration, task), identity: await identityOf(configuration, task) } };
  }
  if (player.kind === 'human')
    return { ...common, configuration: { division: 'human', sees: 'a continuous stream of scenes', input: 'keyboard' } };
  return { ...common, configuration: {} };
}

/** A record with what was learnt when its agent came. */
export function learnt(record: SeatRecord, more: { [key in (typeof LEARNT)[number]]?: Json }): SeatRecord {
  return { ...record, configuration: { ...(record.configuration as { [key: string]: Json }), ...more } };
}

/** A record as it was planned. */
export function asPlanned(record: SeatRecord): SeatRecord {
  if (typeof record.configuration !== 'object' || record.configuration === null || Array.isArray(record.configuration)) return record;
  const planned = Object.entries(record.configuration).filter(([key]) => !(LEARNT as readonly string[]).includes(key));
  return { ...record, configuration: Object.fromEntries(planned) };
}
