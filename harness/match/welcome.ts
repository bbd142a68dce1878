/** The first frames of a match: to each agent that takes a seat, and to spectators. Neither says anything from which the world's future follows. */
import { createHash, randomBytes } from 'node:crypto';
import type { AnyTask, Json } from '../../envs/environment.js';
import type { SeatRecord, TraceHeader } from '../../scoring/trace/trace.js';
import { LIMITS, PROTOCOL, type WelcomeFrame } from '../protocol/frames.js';
import type { WatchFrame } from '../protocol/watching.js';

/** Real time by which a match with a stranger is shown late, besides the time the stranger may think. */
const BEHIND_US = 10_000_000;
/** What a stranger's seeds are made of besides the match's: nobody outside this process knows it. */
const SECRET = randomBytes(16).toString('hex');

/** By what name spectators know a match: its own may say its seed. */
export function shownId(id: string): string {
  return `match-${createHash('sha256').update(`${SECRET} ${id}`).digest('hex').slice(0, 16)}`;
}

/** What spectators are told of a match that begins: nothing from which its future, or a rival's plan in time, could be known. */
export function matchFrame(header: TraceHeader): Extract<WatchFrame, { type: 'match' }> {
  const { clock, speed, tickUs, timeoutUs, seats, patient } = header;
  const id = shownId(header.id);
  const task = header.task;
  const kinds = new Set(seats.map(({ kind }) => kind));
  // Whoever made a stranger's agent can watch too. A human plays by the stream itself, and is in a division apart.
  const behindUs = kinds.has('stranger') && !kinds.has('human') ? BEHIND_US + Math.ceil(timeoutUs / speed) : 0;
  return {
    type: 'match',
    id,
    task,
    clock,
    speed,
    tickUs,
    seats,
    options: shownOptions(header.options),
    behindUs,
    ...(patient ? { patient } : {}),
  };
}

/** What spectators see of the options while a match runs: plain numbers and words. What the world is made of is an object, and stays out. */
function shownOptions(options: Json): Json {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return {};
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'object'));
}

/** What an agent is told of the seat it takes. @param resumed it had the seat before, and comes back @param seed for the agent's own randomness */
export function welcomeFrame(header: TraceHeader, task: AnyTask, seat: number, resumed: boolean, seed: number): WelcomeFrame {
  const { maxFrameBytes, framesPerSecond, framesPerObservation, burst } = LIMITS;
  return {
    type: 'welcome',
    protocol: PROTOCOL,
    match: header.id,
    seat,
    task: header.task,
    options: task.publicOptions?.(header.options) ?? header.options,
    clock: header.clock,
    speed: header.speed,
    seed,
    timeoutUs: header.timeoutUs,
    tickUs: header.tickUs,
    ...(header.patient ? { patient: header.patient } : {}),
    standingOrders: [...task.standingOrders],
    planSchema: task.planSchema(),
    resumed,
    limits: { maxFrameBytes, framesPerSecond, framesPerObservation, burst },
  };
}

/**
 * An agent's own seed. Of our bots and models it is the same for the same match and seat, so that a match can be repeated. A stranger's is another in
 * every process: the world's seed is often a small number, and whoever knows how this one is computed could find it by trying.
 */
export function agentSeed(kind: SeatRecord['kind'], matchSeed: number, seat: number): number {
  const secret = kind === 'stranger' || kind === 'human' ? ` ${SECRET}` : '';
  return createHash('sha256').update(`tickbench agent ${matchSeed} ${seat}${secret}`).digest().readUInt32BE(0);
}
