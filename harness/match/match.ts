/**
 * One match, from its plan to its trace: seats the agents, gives the world a clock, listens, records, and judges whether it counts.
 *
 * A seat has one unanswered observation. The next is pushed at the first publishing moment after that one has landed, been rejected or
 * been missed; nothing else about the world is sent to it. Latency runs on the server's monotonic clock from the intended push.
 */
import { createHash } from 'node:crypto';
import type { BenchmarkName, Results } from '../../envs/environment.js';
import type { Trace, TraceFooter, TraceHeader } from '../../scoring/trace.js';
import { ClockWatch } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import { VirtualDriver, WallDriver, type Driver } from './drivers.js';
import { MAX_SPEED, PublishGrid, strideOf } from './grid.js';
import { AgentError } from '../protocol/line.js';
import type { MatchSheet } from './sheet.js';
import { latencyDraws, latencyFault } from './latency.js';
import { publicOptions } from './public.js';
import { Seat } from './seat.js';
import { MatchWorld } from './world.js';
import { LIMITS, PROTOCOL, type WelcomeFrame } from '../protocol/frames.js';
import type { MatchServer } from '../protocol/server.js';
import { taskNamed } from './tasks.js';
import { Recorder } from '../traces/recorder.js';
import { judge, LatenessLog } from './verdict.js';
import type { WatchFrame } from '../protocol/watching.js';

export type { MatchSheet, SeatSheet } from './sheet.js';

/** A match that cannot be played as planned. */
export class PlanError extends Error {
  override name = 'PlanError';
}

/**
 * Plays a match on a server whose agents are connected, and returns its trace once that is on disk.
 * @throws PlanError, OptionsError or AgentError before the match; afterwards nothing but a fault in a world stops it
 */
export async function playMatch(server: MatchServer, plan: MatchSheet): Promise<Trace> {
  const task = taskNamed(plan.task);
  const options = task.parseOptions(plan.options);
  if (plan.clock === 'wall' && task.lacks?.wallClock !== undefined)
    throw new PlanError(`${task.name}, wall clock: ${task.lacks.wallClock}`);
  checkPlan(plan, task.seats(options), task.name);
  if (plan.tracePath !== undefined) await server.traces.ready();
  const tickUs = task.tick(options).us;
  const stride = strideOf(tickUs, plan.speed);
  const env = task.create(options, plan.seed);
  const seats = plan.seats.map(
    (seat, index) =>
      new Seat(
        index,
        seat.record,
        server.line(seat.token),
        seat.latencyOf ?? (() => undefined),
        latencyDraws(seat.record.latency, plan.seed, index),
      ),
  );
  for (const seat of seats) if (!seat.line.isConnected) throw new AgentError(`agent ${seat.record.name} is not connected`);

  const header: TraceHeader = {
    tickbench: 'trace.v1',
    id: plan.id,
    task: task.name,
    rules: task.rules,
    options,
    seed: plan.seed,
    clock: plan.clock,
    speed: plan.speed,
    tickUs,
    timeoutUs: plan.timeoutUs,
    seats: plan.seats.map(({ record, latencyOf }) => (latencyOf ? { ...record, replayed: true as const } : record)),
    host: describeHost(),
    startedAt: new Date().toISOString(),
  };
  const file = plan.tracePath === undefined ? null : server.traces.begin(plan.tracePath, header);
  const recorder = new Recorder(file);
  const clocks = new ClockWatch();
  const lateness = new LatenessLog();
  const driver: Driver =
    plan.clock === 'wall'
      ? new WallDriver(plan.speed, clocks, lateness, plan.sparing ?? false)
      : new VirtualDriver(plan.speed, plan.timeoutUs, clocks);
  const world = new MatchWorld(plan.id, task, env, seats, new PublishGrid(env, stride), plan.timeoutUs, {
    record: (event) => {
      recorder.record(event);
      plan.onEvent?.(event);
    },
    reached: (at) => driver.reached(at),
    pushing: (at, feedUs) => driver.pushing(at, feedUs),
    sendsAt: (seat, at, feedUs) => driver.sendsAt(seat, at, feedUs),
  });
  driver.attach(world);

  const failure: { error?: unknown } = {};
  const guarded = (react: () => void): void => {
    try {
      react();
    } catch (error) {
      failure.error ??= error;
      driver.changed();
    }
  };
  const sceneFrame = (): Extract<WatchFrame, { type: 'scene' }> => ({
    type: 'scene',
    id: plan.id,
    at: env.now,
    scene: env.scene(),
    thinking: seats.map((seat) => seat.thinking),
  });
  const shown = plan.watched !== false && task.lacks?.page === undefined && server.watchers.begin(matchFrame(header));
  const interrupt = (): void => driver.changed();
  plan.signal?.addEventListener('abort', interrupt);
  const seated: Seat[] = [];
  try {
    for (const seat of seats) {
      const welcome = (resumed: boolean): void =>
        seat.line.send(welcomeFrame(header, task.standingOrders, task.planSchema(), seat.index, resumed));
      seat.line.sit({
        action: (frame, arrivedUs) =>
          guarded(() => {
            if (world.over) return;
            const refusal = driver.action(seat, frame, arrivedUs);
            if (!refusal) return;
            seat.line.send({ type: 'error', ...refusal });
            recorder.record({ kind: 'error', seat: seat.index, at: driver.present(), ...refusal });
          }),
        refused: (code, detail) => guarded(() => recorder.record({ kind: 'error', seat: seat.index, at: driver.present(), code, detail })),
        left: (reason) =>
          guarded(() => {
            const at = driver.present();
            if (!world.over) world.leave(seat, at, reason);
            driver.changed();
          }),
        returned: () =>
          guarded(() => {
            const at = driver.present();
            if (world.over) return;
            welcome(true);
            world.return(seat, at);
            driver.changed();
          }),
      });
      seated.push(seat);
      welcome(false);
    }
    await driver.run(
      () => {
        if (shown) server.watchers.scene(sceneFrame);
        recorder.passOnSome(env.now);
      },
      () => failure.error !== undefined || plan.signal?.aborted === true,
    );
    if (failure.error !== undefined) throw failure.error;

    const stopped = world.over ? undefined : String(plan.signal?.reason ?? 'interrupted');
    clocks.check();
    world.close();
    recorder.passOn();
    await file?.sync();
    const tickRealUs = (tickUs * stride) / plan.speed;
    const events = recorder.events();
    const evidence = { lateness: lateness.summary(tickRealUs), tickRealUs, events, clockJumpsMs: clocks.jumpsMs };
    const results: Results = env.results();
    const verdictNow = () => judge({ ...evidence, traceFault: file?.fault ?? undefined, stopped });
    const footer: TraceFooter = {
      results,
      digest: env.digest(),
      verdict: verdictNow(),
      lateness: evidence.lateness,
      endedAt: new Date().toISOString(),
    };
    await file?.finish(footer);
    footer.verdict = verdictNow();
    world.flush();
    for (const seat of seats) seat.line.send({ type: 'end', match: plan.id, results, verdict: footer.verdict });
    if (shown) server.watchers.end(sceneFrame(), { type: 'end', id: plan.id, results, verdict: footer.verdict });
    return { header, events, footer };
  } catch (error) {
    await file?.abandon();
    if (shown) server.watchers.drop(plan.id);
    throw error;
  } finally {
    plan.signal?.removeEventListener('abort', interrupt);
    for (const seat of seated) seat.line.rise();
  }
}

function checkPlan(plan: MatchSheet, seats: number, task: string): void {
  if (plan.seats.length !== seats)
    throw new PlanError(`${task} has ${seats} seat${seats === 1 ? '' : 's'}, ${plan.seats.length} were given`);
  if (!(plan.speed > 0 && plan.speed <= MAX_SPEED))
    throw new PlanError(`speed: ${plan.speed} was given, a number above 0 and at most ${MAX_SPEED} is expected`);
  if (!Number.isSafeInteger(plan.seed) || plan.seed < 0) throw new PlanError(`seed: ${plan.seed} was given, an integer from 0 is expected`);
  if (!Number.isSafeInteger(plan.timeoutUs) || plan.timeoutUs < 1)
    throw new PlanError(`timeoutUs: ${plan.timeoutUs} was given, whole microseconds from 1 are expected`);
  for (const { record } of plan.seats) {
    const fault = record.latency && latencyFault(record.latency);
    if (fault) throw new PlanError(`seat ${record.name}, latency ${fault}`);
    for (const [key, value] of [
      ['addedUs', record.addedUs],
      ['givenUs', record.givenUs ?? 0],
    ] as const)
      if (!Number.isSafeInteger(value) || value < 0)
        throw new PlanError(`seat ${record.name}, ${key}: ${value} was given, whole microseconds from 0 are expected`);
  }
  const tokens = new Set(plan.seats.map((seat) => seat.token));
  if (tokens.size !== plan.seats.length) throw new PlanError('two seats were given the same token; an agent takes one seat');
}

function matchFrame(header: TraceHeader): Extract<WatchFrame, { type: 'match' }> {
  const { id, clock, speed, tickUs, seed, seats } = header;
  const task = header.task as BenchmarkName; // others are not shown
  return { type: 'match', id, task, clock, speed, tickUs, seed, seats, options: publicOptions(header.options) };
}

function welcomeFrame(
  header: TraceHeader,
  standingOrders: readonly string[],
  planSchema: unknown,
  seat: number,
  resumed: boolean,
): WelcomeFrame {
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
    standingOrders: [...standingOrders],
    planSchema,
    resumed,
    limits: { maxFrameBytes, framesPerSecond, framesPerObservation, burst },
  };
}

/** An agent's own seed: the same for the same match and seat, by a one-way function, so that the world's seed cannot be computed from it. */
export function agentSeed(matchSeed: number, seat: number): number {
  return createHash('sha256').update(`tickbench agent ${matchSeed} ${seat}`).digest().readUInt32BE(0);
}
