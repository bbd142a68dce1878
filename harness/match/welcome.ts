/** The first frames of a match: to each agent that takes a seat, and to spectators. Neither says anything from which the world's future follows. */
import { createHash } from 'node:crypto';
import type { AnyTask, BenchmarkName } from '../../envs/environment.js';
import type { TraceHeader } from '../../scoring/trace.js';
import { LIMITS, PROTOCOL, type WelcomeFrame } from '../protocol/frames.js';
import type { WatchFrame } from '../protocol/watching.js';
import { publicOptions } from './public.js';

/** What spectators are told of a match that begins. */
export function matchFrame(header: TraceHeader): Extract<WatchFrame, { type: 'match' }> {
  const { id, clock, speed, tickUs, seed, seats } = header;
  const task = header.task as BenchmarkName; // others are not shown
  return { type: 'match', id, task, clock, speed, tickUs, seed, seats, options: publicOptions(header.options) };
}

/** What an agent is told of the seat it takes. @param resumed it had the seat before, and comes back */
export function welcomeFrame(header: TraceHeader, task: AnyTask, seat: number, resumed: boolean): WelcomeFrame {
  const { maxFrameBytes, framesPerSecond, framesPerObservation, burst } = LIMITS;
  return {
    type: 'welcome',
    protocol: PROTOCOL,
    match: header.id,
    seat,
    task: header.task,
    options: publicOptions(header.options),
    clock: header.clock,
    speed: header.speed,
    seed: agentSeed(header.seed, seat),
    timeoutUs: header.timeoutUs,
    tickUs: header.tickUs,
    standingOrders: [...task.standingOrders],
    planSchema: task.planSchema(),
    resumed,
    limits: { maxFrameBytes, framesPerSecond, framesPerObservation, burst },
  };
}

/** An agent's own seed: the same for the same match and seat, by a one-way function, so that the world's seed cannot be computed from it. */
export function agentSeed(matchSeed: number, seat: number): number {
  return createHash('sha256').update(`tickbench agent ${matchSeed} ${seat}`).digest().readUInt32BE(0);
}
