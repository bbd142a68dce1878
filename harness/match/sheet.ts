/** What a match is to be: its world, its clock and who sits where. */
import type { AnyTask, Micros } from '../../envs/environment.js';
import type { Contention } from '../../scoring/trace/contention.js';
import type { SeatRecord, TraceEvent } from '../../scoring/trace/trace.js';
import type { RoundTrips } from '../protocol/round-trips.js';
import type { Show } from '../protocol/watching.js';
import type { Checkpointable } from './checkpoints.js';
import { MAX_SPEED } from './grid.js';
import { latencyFault } from './latency.js';
import type { SeatOutage } from './outages.js';
import { patientFault } from './patient.js';

/** A match that cannot be played as planned. */
export class PlanError extends Error {
  override name = 'PlanError';
}

/** One seat of a planned match. */
export interface SeatSheet {
  /** The token of the agent that sits here; it must have been admitted by the server. */
  token: string;
  record: SeatRecord;
  /**
   * World latency by observation, added delay included, instead of a measured or given one; undefined where there is none. How a match is
   * played again under the other clock with the latencies it had.
   */
  latencyOf?: (seq: number) => Micros | undefined;
  /** Whoever pings its agent already, and goes on when the match is over. */
  trips?: RoundTrips;
}

/** One match. */
export interface MatchSheet {
  /** Unique within its folder of traces. */
  id: string;
  task: string;
  /** The task's options as a user writes them; parsed by the task. */
  options: unknown;
  /** The world's seed, a safe integer from 0. */
  seed: number;
  clock: 'wall' | 'virtual';
  /** Patient play (scoring/reward/patient.ts): on the virtual clock, every seat's latency given. */
  patient?: true;
  /** The match is played beside others against one endpoint (scoring/trace/contention.ts). */
  contention?: Contention;
  /** World microseconds per real microsecond. */
  speed: number;
  /** World time after which an unanswered observation is missed. */
  timeoutUs: Micros;
  seats: SeatSheet[];
  /** By how much round trips to a stranger's agent may vary, in real microseconds, or the match is void; absent: by whatever. */
  jitterUs?: number;
  /** Where the trace is written (ending in .jsonl.gz); without one it is kept in memory only. */
  tracePath?: string;
  /** What this machine is called among those of a sweep: stands in the trace beside what the machine is. */
  machine?: string;
  /** How the outages that its seats' records plan are brought about: one for each of these. */
  outages?: readonly SeatOutage[];
  /** An endpoint computes on this host: the wall clock spins as little before its ticks as it can. */
  sparing?: boolean;
  /** False keeps it from spectators. */
  watched?: boolean;
  /** Who shows it, in place of its server's own spectators. */
  shownBy?: Show;
  /** Told each event as it is recorded: how far the match is. Must return at once. */
  onEvent?: (event: TraceEvent) => void;
  /** Told when the match begins, with what can be asked of it while it runs. */
  onBegin?: (match: Checkpointable) => void;
  /** Stops the match early; its trace is void. */
  signal?: AbortSignal;
}

/** @param options the task's, parsed @throws PlanError when the match cannot be played so */
export function checkSheet(sheet: MatchSheet, task: AnyTask, options: unknown): void {
  const seats = task.seats(options);
  if (sheet.clock === 'wall' && task.lacks?.wallClock !== undefined)
    throw new PlanError(`${task.name}, wall clock: ${task.lacks.wallClock}`);
  if (sheet.seats.length !== seats)
    throw new PlanError(`${task.name} has ${seats} seat${seats === 1 ? '' : 's'}, ${sheet.seats.length} were given`);
  if (!(sheet.speed > 0 && sheet.speed <= MAX_SPEED))
    throw new PlanError(`speed: ${sheet.speed} was given, a number above 0 and at most ${MAX_SPEED} is expected`);
  if (!Number.isSafeInteger(sheet.seed) || sheet.seed < 0)
    throw new PlanError(`seed: ${sheet.seed} was given, an integer from 0 is expected`);
  if (!Number.isSafeInteger(sheet.timeoutUs) || sheet.timeoutUs < 1)
    throw new PlanError(`timeoutUs: ${sheet.timeoutUs} was given, whole microseconds from 1 are expected`);
  if (sheet.jitterUs !== undefined) {
    if (!Number.isSafeInteger(sheet.jitterUs) || sheet.jitterUs < 1)
      throw new PlanError(`jitterUs: ${sheet.jitterUs} was given, whole microseconds from 1 are expected`);
    if (!sheet.seats.some(({ record }) => record.kind === 'stranger'))
      throw new PlanError('jitterUs: a budget for the way to a stranger’s agent was given, and no seat is a stranger’s');
  }
  const impatient = patientFault({ ...sheet, seats: sheet.seats.map(({ record }) => record) });
  if (impatient !== null) throw new PlanError(impatient);
  for (const { record } of sheet.seats) {
    const fault = record.latency && latencyFault(record.latency);
    if (fault) throw new PlanError(`seat ${record.name}, latency ${fault}`);
    for (const [key, value] of [
      ['addedUs', record.addedUs],
      ['givenUs', record.givenUs ?? 0],
    ] as const)
      if (!Number.isSafeInteger(value) || value < 0)
        throw new PlanError(`seat ${record.name}, ${key}: ${value} was given, whole microseconds from 0 are expected`);
  }
  const planned = sheet.seats.flatMap(({ record }, seat) => (record.outage ? [`${seat} at ${record.outage.atUs}`] : []));
  if (planned.join() !== (sheet.outages ?? []).map(({ seat, atUs }) => `${seat} at ${atUs}`).join())
    throw new PlanError(`outages: others are brought about than the records of the seats plan (${planned.join(', ') || 'none'})`);
  const tokens = new Set(sheet.seats.map((seat) => seat.token));
  if (tokens.size !== sheet.seats.length) throw new PlanError('two seats were given the same token; an agent takes one seat');
}
