/** Plays one cell: seats the entrant and its opponent, keeps the trace, and plays a void match again a few times. */
import { basename } from 'node:path';
import type { Json } from '../../envs/environment.js';
import { injectedText } from '../../scoring/injected.js';
import type { SeatRecord, Trace } from '../../scoring/trace.js';
import { playMatch, type MatchSheet, type SeatSheet } from '../match/match.js';
import type { MatchServer } from '../protocol/server.js';
import { warmUpMatches } from '../seating/warm-up.js';
import type { Cell } from './cells.js';
import type { Fleet } from '../seating/fleet.js';
import type { SweepStore } from './store.js';

/** A host that was busy for a moment voids a match; one that is always busy should say so instead of trying for ever. */
const ATTEMPTS = 3;

export interface Played {
  cell: Cell;
  trace: Trace;
  attempts: number;
}

/** Plays a cell until a match counts, a few times at most; the last trace is returned either way. Void ones stay on disk under another name. */
export async function playCell(server: MatchServer, fleet: Fleet, store: SweepStore, cell: Cell, signal?: AbortSignal): Promise<Played> {
  const seats = await seatsOf(fleet, cell);
  if (cell.purpose === 'confirm') await fleet.giveWay();
  const plan: MatchSheet = {
    id: cell.id,
    task: cell.task.name,
    options: cell.options,
    seed: cell.seed,
    clock: cell.clock,
    speed: cell.speed,
    timeoutUs: Math.round(cell.taskPlan.timeoutMs * 1000),
    seats,
    sparing: cell.entrant.kind === 'embedded',
    tracePath: store.tracePath(cell),
    signal,
  };
  if (cell.entrant.kind === 'embedded' && fleet.isFirst(cell)) await warmUpMatches(server, plan);
  for (let attempt = 1; ; attempt++) {
    const trace = await playMatch(server, plan);
    if (trace.footer?.verdict.counts || attempt === ATTEMPTS || signal?.aborted) return { cell, trace, attempts: attempt };
    store.setAside(cell);
  }
}

async function seatsOf(fleet: Fleet, cell: Cell): Promise<SeatSheet[]> {
  const own = await ownSeat(fleet, cell);
  if (cell.task.seats(cell.options) === 1) return [own];
  const opponent = cell.taskPlan.opponent ?? { bot: 'expert', delayMs: 200, errorPermille: 0 };
  const { latency, ...settings } = opponent;
  const agent = await fleet.bot('opponent', opponent.bot, opponent.errorPermille);
  const givenUs = Math.round(opponent.delayMs * 1000);
  const other: SeatSheet = {
    token: agent.token,
    record: {
      name: `${opponent.bot} @${opponent.delayMs} ms${latency ? `, ${injectedText(latency)}` : ''}`,
      kind: 'bot',
      addedUs: 0,
      givenUs,
      ...(latency ? { latency } : {}),
      configuration: settings,
    },
  };
  return cell.seat === 0 ? [own, other] : [other, own];
}

async function ownSeat(fleet: Fleet, cell: Cell): Promise<SeatSheet> {
  const { entrant } = cell;
  if (entrant.bot) {
    const { latency, ...settings } = entrant.bot;
    const { name, errorPermille, delayUs } = settings;
    const agent = await fleet.bot('entrant', name, errorPermille);
    return {
      token: agent.token,
      record: { name: entrant.name, kind: 'bot', addedUs: 0, givenUs: delayUs, ...(latency ? { latency } : {}), configuration: settings },
    };
  }
  const player = await fleet.model(entrant.configuration!);
  await fleet.warmUp(player, cell.task, cell.options);
  const { endpoint, request, prompt, latency } = player.configuration;
  // A folder's place on this machine is nobody's business: its name is enough, the cell's id carries the weights' hash.
  const where = endpoint.kind === 'embedded' ? { ...endpoint, model: basename(endpoint.model) } : endpoint;
  const record: SeatRecord = {
    name: entrant.name,
    kind: 'model',
    addedUs: 0,
    ...(latency ? { latency } : {}),
    configuration: { endpoint: where, request, prompt, engine: player.endpoint.summary ?? null } as unknown as Json,
  };
  return { token: player.agent.token, record };
}
