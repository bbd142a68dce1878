/**
 * One match, from its order sheet to its trace: seats the agents, gives the world a clock, listens, records, and judges whether it counts.
 *
 * A seat has one unanswered observation. The next is pushed at the first publishing moment after that one has landed, been rejected or
 * been missed; nothing else about the world is sent to it. Latency runs on the server's monotonic clock from the intended push.
 */
import '../host/early-compiling.js';
import type { AnyEnvironment, AnyTask } from '../../envs/environment.js';
import type { Trace, TraceFooter, TraceHeader } from '../../scoring/trace/trace.js';
import { ClockWatch } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import type { ErrorCode } from '../protocol/frames.js';
import { AgentError, type SeatListener } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import type { WatchFrame } from '../protocol/watching.js';
import { Recorder, type TraceFile } from '../traces/recorder.js';
import { VirtualDriver, WallDriver, type Driver } from './drivers.js';
import { PublishGrid, strideOf } from './grid.js';
import { latencyDraws } from './latency.js';
import { LatenessLog } from './lateness.js';
import { Seat } from './seat.js';
import { checkSheet, type MatchSheet } from './sheet.js';
import { taskNamed } from './tasks.js';
import { judge, type Evidence } from './verdict.js';
import { ownWaits } from './waits.js';
import { matchFrame, shownId, welcomeFrame } from './welcome.js';
import { MatchWorld } from './world.js';

export { PlanError, type MatchSheet, type SeatSheet } from './sheet.js';

/**
 * Plays a match on a server whose agents are connected, and returns its trace once that is on disk.
 * @throws PlanError, OptionsError or AgentError before the match; afterwards nothing but a fault in a world stops it
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
  const match = new Match(server, sheet, task, headerOf(sheet, task, options));
  try {
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
    ...(sheet.patient ? { patient: true as const } : {}),
    seats: sheet.seats.map(({ record, latencyOf }) => (latencyOf ? { ...record, replayed: true as const } : record)),
    host: { ...describeHost(), ...(sheet.machine === undefined ? {} : { machine: sheet.machine }) },
    startedAt: new Date().toISOString(),
  };
}

/** A match that is being played. */
class Match {
  private readonly seats: Seat[];
  private readonly own = ownWaits();
  private readonly env: AnyEnvironment;
  private readonly world: MatchWorld;
  private readonly driver: Driver;
  private readonly file: TraceFile | null;
  private readonly recorder: Recorder;
  private readonly clocks = new ClockWatch();
  private readonly lateness = new LatenessLog();
  private readonly stride: number;
  /** The first thing that went wrong while something was heard: it ends the match. */
  private fault: { error: unknown } | null = null;
  private shown = false;
  private readonly interrupt = (): void => this.driver.changed();

  constructor(
    private readonly server: MatchServer,
    private readonly sheet: MatchSheet,
    private readonly task: AnyTask,
    private readonly header: TraceHeader,
  ) {
    const { id, speed, seed, timeoutUs, clock, tracePath } = sheet;
    this.stride = strideOf(header.tickUs, speed);
    this.env = task.create(header.options, seed);
    this.seats = sheet.seats.map(
      ({ token, record, latencyOf }, index) =>
        new Seat(index, record, server.line(token), latencyOf ?? (() => undefined), latencyDraws(record.latency, seed, index), this.own),
    );
    this.file = tracePath === undefined ? null : server.traces.begin(tracePath, header);
    if (this.file) this.file.onFault = this.interrupt;
    this.recorder = new Recorder(this.file);
    const driver: Driver =
      clock === 'wall'
        ? new WallDriver(speed, this.clocks, this.lateness, sheet.sparing ?? false)
        : new VirtualDriver(speed, timeoutUs, this.clocks);
    this.driver = driver;
    this.world = new MatchWorld(id, task, this.env, this.seats, new PublishGrid(this.env, this.stride), timeoutUs, {
      record: (event) => {
        this.recorder.record(event);
        sheet.onEvent?.(event);
      },
      reached: (at) => driver.reached(at),
      pushing: (at, feedUs) => driver.pushing(at, feedUs),
      sendsAt: (seat, at, feedUs) => driver.sendsAt(seat, at, feedUs),
    });
    driver.attach(this.world);
  }

  /** Everybody takes a seat and is told of the match. @throws AgentError when an agent sits in another one */
  begin(): void {
    const { server, sheet, task } = this;
    this.shown =
      sheet.watched !== false &&
      task.lacks?.page === undefined &&
      server.watchers.begin(matchFrame(this.header), () => this.seats.map((seat) => seat.settled.list()));
    sheet.signal?.addEventListener('abort', this.interrupt);
    for (const seat of this.seats) {
      seat.line.sit(this.listener(seat));
      seat.isSeated = true;
      this.welcome(seat, false);
    }
  }

  /** Plays until the world is over or the match is stopped. @throws what went wrong in the world */
  async run(): Promise<void> {
    await this.driver.run(
      () => {
        if (this.shown) this.server.watchers.scene(() => this.scene());
        this.recorder.passOnSome(this.env.now);
      },
      () => this.fault !== null || this.sheet.signal?.aborted === true || this.unwritable,
    );
    if (this.fault) throw this.fault.error;
  }

  /** Writes the trace to its end, and tells everybody how it ended. */
  async finish(): Promise<Trace> {
    const { header, env, file, world } = this;
    const reason = this.unwritable ? 'what is not recorded cannot count' : String(this.sheet.signal?.reason ?? 'interrupted');
    const stopped = world.over ? undefined : reason;
    this.clocks.check();
    world.close();
    this.recorder.passOn();
    await file?.sync();
    const evidence = this.evidence(stopped);
    const footer: TraceFooter = {
      results: env.results(),
      digest: env.digest(),
      verdict: judge({ ...evidence, traceFault: file?.fault ?? undefined }),
      lateness: evidence.lateness,
      endedAt: new Date().toISOString(),
    };
    await file?.finish(footer);
    footer.verdict = judge({ ...evidence, traceFault: file?.fault ?? undefined });
    this.tell(footer);
    return { header, events: [...evidence.events], footer };
  }

  /** Leaves the trace cut off where it is. */
  async abandon(): Promise<void> {
    await this.file?.abandon();
    if (this.shown) this.server.watchers.drop(shownId(this.sheet.id));
  }

  /** Everybody gets up; the agents stay connected. */
  rise(): void {
    this.sheet.signal?.removeEventListener('abort', this.interrupt);
    for (const seat of this.seats) {
      if (seat.isSeated) seat.line.rise();
      seat.waits?.close();
    }
    this.own?.close();
  }

  /** What is heard from a seat's agent while the match runs. */
  private listener(seat: Seat): SeatListener {
    const { world, driver } = this;
    return {
      action: this.guarded((frame, arrivedUs) => {
        const refusal = driver.action(seat, frame, arrivedUs);
        if (!refusal) return;
        seat.line.send({ type: 'error', ...refusal });
        this.recordError(seat, refusal.code, refusal.detail);
      }),
      refused: this.guarded((code, detail) => this.recordError(seat, code, detail)),
      left: this.guarded((reason) => {
        const at = driver.present();
        if (!world.over) world.leave(seat, at, reason);
        driver.changed();
      }),
      returned: this.guarded(() => {
        const at = driver.present();
        if (world.over) return;
        this.welcome(seat, true);
        world.return(seat, at);
        driver.changed();
      }),
    };
  }

  /** Lets something heard have its effect while the world goes on. Should that fail, the match ends by `run`, not the socket it came from. */
  private guarded<Heard extends unknown[]>(react: (...heard: Heard) => void): (...heard: Heard) => void {
    return (...heard) => {
      if (this.world.over) return;
      try {
        react(...heard);
      } catch (error) {
        this.fault ??= { error };
        this.driver.changed();
      }
    };
  }

  /** The trace cannot be written to its end. */
  private get unwritable(): boolean {
    return this.file !== null && this.file.fault !== null;
  }

  private recordError(seat: Seat, code: ErrorCode, detail: string): void {
    const at = this.driver.present();
    if (!this.world.over) this.recorder.record({ kind: 'error', seat: seat.index, at, code, detail });
  }

  private welcome(seat: Seat, resumed: boolean): void {
    seat.line.send(welcomeFrame(this.header, this.task, seat.index, resumed));
  }

  private evidence(stopped: string | undefined): Omit<Evidence, 'traceFault'> {
    const { header, stride, lateness, recorder, env, clocks } = this;
    const tickRealUs = (header.tickUs * stride) / header.speed;
    return {
      lateness: lateness.summary(tickRealUs),
      tickRealUs,
      header,
      events: recorder.events(),
      endedAt: env.results().endedAt,
      clockJumpsMs: clocks.jumpsMs,
      stopped,
    };
  }

  private tell({ results, verdict }: TraceFooter): void {
    const { id } = this.sheet;
    this.world.flush();
    for (const seat of this.seats) seat.line.send({ type: 'end', match: id, results, verdict });
    if (this.shown) this.server.watchers.end(this.scene(), { type: 'end', id: shownId(id), results, verdict, seed: this.sheet.seed });
  }

  private scene(): Extract<WatchFrame, { type: 'scene' }> {
    const { env, seats, sheet } = this;
    return { type: 'scene', id: shownId(sheet.id), at: env.now, scene: env.scene(), thinking: seats.map((seat) => seat.thinking) };
  }
}
