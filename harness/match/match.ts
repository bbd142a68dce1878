/** One match, from its order sheet or a checkpoint to its trace. While it is played it is a RunningMatch. */
import '../host/early-compiling.js';
import type { AnyTask } from '../../envs/environment.js';
import type { Trace, TraceHeader } from '../../scoring/trace/trace.js';
import { describeHost } from '../host/description.js';
import { AgentError } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import type { Checkpoint } from './resumption.js';
import { RunningMatch } from './running.js';
import { checkSheet, type MatchSheet } from './sheet.js';
import { taskNamed } from './tasks.js';

export { PlanError, type MatchSheet, type SeatSheet } from './sheet.js';

/** What of a sheet is not in the checkpoint that a match goes on from. */
export type ResumedSheet = Pick<MatchSheet, 'tracePath' | 'sparing' | 'watched' | 'onEvent' | 'onBegin' | 'signal'> & {
  /** By seat: its agent's token, or that token's hash where the agent was admitted by it. */
  tokens: string[];
};

/**
 * Goes on with a match from a checkpoint that was read and checked (harness/traces/checkpoint-file.ts), on a server to which those of its agents that
 * were connected have come. The trace is the one so far and what follows.
 * @throws CheckpointError when the record contradicts the checkpoint, AgentError when somebody is not there
 */
export async function resumeMatch(server: MatchServer, checkpoint: Checkpoint, { tokens, ...how }: ResumedSheet): Promise<Trace> {
  const { header } = checkpoint;
  const task = taskNamed(header.task);
  const { id, options, seed, clock, speed, timeoutUs, patient, jitterUs } = header;
  const seats = header.seats.map((record, i) => ({ token: tokens[i]!, record }));
  const sheet: MatchSheet = {
    ...{ id, task: task.name, options, seed, clock, speed, timeoutUs, seats, ...how },
    ...(patient ? { patient } : {}),
    ...(jitterUs === undefined ? {} : { jitterUs }),
  };
  checkSheet(sheet, task, task.parseOptions(options));
  if (sheet.tracePath !== undefined) await server.traces.ready();
  return await played(new RunningMatch(server, sheet, task, header, checkpoint));
}

/**
 * Plays a match on a server whose agents are connected, and returns its trace once that is on disk.
 * @throws PlanError, OptionsError or AgentError before the match; afterwards nothing but a fault in a world stops it, or MatchMoved when it was
 * asked to stop at a checkpoint
 */
export async function playMatch(server: MatchServer, sheet: MatchSheet): Promise<Trace> {
  const task = taskNamed(sheet.task);
  const options: unknown = task.parseOptions(sheet.options);
  checkSheet(sheet, task, options);
  if (sheet.tracePath !== undefined) await server.traces.ready();
  for (const { token, record } of sheet.seats) {
    const { isConnected, saidTask = task.name } = server.line(token);
    if (!isConnected) throw new AgentError(`agent ${record.name} is not connected`);
    if (saidTask !== task.name) throw new AgentError(`agent ${record.name} said hello for ${saidTask}, and this match is ${task.name}`);
  }
  return await played(new RunningMatch(server, sheet, task, headerOf(sheet, task, options)));
}

async function played(match: RunningMatch): Promise<Trace> {
  try {
    if (match.isMoved) await match.recall();
    match.begin();
    await match.run();
    return await match.finish();
  } catch (error) {
    await match.abandon();
    throw error;
  } finally {
    match.rise();
  }
}

function headerOf(sheet: MatchSheet, task: AnyTask, options: unknown): TraceHeader {
  return {
    tickbench: 'trace.v1',
    id: sheet.id,
    task: task.name,
    rules: task.rules,
    options: options as TraceHeader['options'],
    seed: sheet.seed,
    clock: sheet.clock,
    speed: sheet.speed,
    tickUs: task.tick(options).us,
    timeoutUs: sheet.timeoutUs,
    asksAbsent: true,
    ...(sheet.jitterUs === undefined ? {} : { jitterUs: sheet.jitterUs }),
    ...(sheet.patient ? { patient: true as const } : {}),
    ...(sheet.contention ? { contention: sheet.contention } : {}),
    seats: sheet.seats.map(({ record, latencyOf }) => (latencyOf ? { ...record, replayed: true as const } : record)),
    host: { ...describeHost(), ...(sheet.machine === undefined ? {} : { machine: sheet.machine }) },
    startedAt: new Date().toISOString(),
  };
}
