/**
 * A match while it is played: the world, its clock, the seats and the agents on them, the trace that is written, and what is heard meanwhile. Made,
 * played and ended by harness/match/match.ts.
 *
 * A seat has one unanswered observation. The next is pushed at the first publishing moment after that one has landed, been rejected or
 * been missed; nothing else about the world is sent to it. Latency runs on the server's monotonic clock from the intended push.
 */
import type { AnyEnvironment, AnyTask } from '../../envs/environment.js';
import type { Trace, TraceEvent, TraceFooter, TraceHeader } from '../../scoring/trace/trace.js';
import { ClockWatch } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import { energyCounters, EnergyMeter } from '../host/energy.js';
import type { ErrorCode } from '../protocol/frames.js';
import { AgentError, type AgentLine, type SeatListener } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import type { SceneFrame, Show } from '../protocol/watching.js';
import { lateSamples } from '../traces/claims.js';
import { Recorder, type TraceFile } from '../traces/recorder.js';
import type { MatchMoment } from './checkpoint.js';
import { Checkpoints, MatchMoved, uncheckpointable, type TakenCheckpoint } from './checkpoints.js';
import { VirtualDriver, WallDriver, type Driver, type RunHooks } from './drivers.js';
import { PublishGrid, strideOf } from './grid.js';
import { latencyDraws } from './latency.js';
import { LatenessLog } from './lateness.js';
import { Outages } from './outages.js';
import { CheckpointError, resumed, type Checkpoint, type Resumption } from './resumption.js';
import { Seat } from './seat.js';
import { Ways } from './ways.js';
import type { MatchSheet } from './sheet.js';
import { judge, type Evidence } from './verdict.js';
import { ownWaits } from './waits.js';
import { agentSeed, matchFrame, shownId, welcomeFrame } from './welcome.js';
import { MatchWorld } from './world.js';

/** Whether an agent is one that whoever plays the match starts. */
function isOurs(kind: TraceHeader['seats'][number]['kind']): boolean {
  return kind === 'model' || kind === 'bot';
}

/** Call `recall` where it goes on from a checkpoint, then `begin`, `run` and `finish`, or `abandon`; `rise` in any case. */
export class RunningMatch {
  private readonly seats: Seat[];
  /** By seat; an agent that is dismissed keeps its line here, as one that left. */
  private readonly lines: AgentLine[];
  private readonly own = ownWaits();
  /** Of this host's processors, while the match runs; null where the host does not show it. */
  private energy: EnergyMeter | null = null;
  private readonly env: AnyEnvironment;
  private readonly world: MatchWorld;
  private readonly driver: Driver;
  private readonly file: TraceFile | null;
  private readonly recorder: Recorder;
  private readonly clocks = new ClockWatch();
  private readonly lateness = new LatenessLog();
  private readonly checkpoints: Checkpoints;
  /** To strangers' agents. */
  private readonly ways: Ways;
  /** What each seat's agent is told to draw its own randomness from. */
  private readonly agentSeeds: number[];
  private readonly resumption: Resumption | null;
  private readonly stride: number;
  /** The first thing that went wrong while something was heard: it ends the match. */
  private fault: { error: unknown } | null = null;
  /** What is heard while the match is about to stop: it counts where the match plays on after all. */
  private heard: (() => void)[] = [];
  /** Nothing that is heard has an effect any more. */
  private closed = false;
  private shown = false;
  private readonly show: Show;
  private readonly interrupt = (): void => this.driver.changed();

  constructor(
    private readonly server: MatchServer,
    private readonly sheet: MatchSheet,
    private readonly task: AnyTask,
    private readonly header: TraceHeader,
    private readonly from?: Checkpoint,
  ) {
    const { id, speed, seed, timeoutUs, clock, tracePath } = sheet;
    this.show = sheet.shownBy ?? server.watchers;
    this.stride = strideOf(header.tickUs, speed);
    const recalling = new Set(sheet.seats.flatMap(({ token }, index) => (from && server.line(token).recalls ? [index] : [])));
    this.resumption = from ? resumed(from, task, recalling) : null;
    this.env = this.resumption?.env ?? task.create(header.options, seed);
    this.agentSeeds = header.seats.map(
      ({ kind }, index) => (isOurs(kind) ? undefined : from?.state.seats[index]!.agentSeed) ?? agentSeed(kind, seed, index),
    );
    this.lines = sheet.seats.map(({ token }) => server.line(token));
    this.seats = sheet.seats.map(
      ({ record, latencyOf }, index) =>
        new Seat(index, record, this.lines[index]!, latencyOf ?? (() => undefined), latencyDraws(record.latency, seed, index), this.own),
    );
    this.file = tracePath === undefined ? null : server.traces.begin(tracePath, header, from?.lines);
    if (this.file) this.file.onFault = this.interrupt;
    this.recorder = new Recorder(this.file, from?.events);
    const driver: Driver =
      clock === 'wall'
        ? new WallDriver(speed, this.clocks, this.lateness, sheet.sparing ?? false)
        : new VirtualDriver(speed, timeoutUs, this.clocks);
    this.driver = driver;
    this.world = new MatchWorld(id, task, this.env, this.seats, new PublishGrid(this.env, this.stride), timeoutUs, {
      record: (event) => this.record(event),
      reached: (at) => driver.reached(at),
      pushing: (at, feedUs) => driver.pushing(at, feedUs),
      sendsAt: (seat, at, feedUs) => driver.sendsAt(seat, at, feedUs),
    });
    const outages = new Outages(sheet.outages ?? [], {
      record: (event) => this.record(event),
      back: (seat, processes) => processes && this.seats[seat]!.waits?.follow(processes),
      failed: (error) => {
        this.fault ??= { error };
        driver.changed();
      },
      changed: () => driver.changed(),
    });
    driver.attach(this.world, outages);
    this.ways = new Ways(sheet.seats, this.lines);
    this.checkpoints = new Checkpoints(
      () => this.moment(),
      (path, state) => this.file!.checkpoint(path, JSON.stringify({ checkpoint: state })),
    );
  }

  /** Everybody takes a seat and is told of the match. @throws AgentError when an agent sits in another one */
  begin(): void {
    const { sheet, task } = this;
    this.shown =
      sheet.watched !== false &&
      task.lacks?.page === undefined &&
      this.show.begin(matchFrame(this.header), () => this.seats.map((seat) => seat.settled.list()));
    sheet.signal?.addEventListener('abort', this.interrupt);
    for (const seat of this.seats) {
      this.lineOf(seat).sit(this.listener(seat));
      seat.isSeated = true;
      if (!this.from) this.welcome(seat, false);
    }
    this.takeUp();
    this.ways.begin();
    const { counters } = energyCounters();
    if (counters) this.energy = new EnergyMeter(counters);
    sheet.onBegin?.({ checkpoint: (path, stop = false, signal) => this.checkpoint(path, stop, signal) });
  }

  /** Whether it goes on from a checkpoint. */
  get isMoved(): boolean {
    return this.resumption !== null;
  }

  /** Tells the agents of a match that goes on where they are, and those that remember nothing what was before. @throws AgentError when one does not read */
  async recall(): Promise<void> {
    if (!this.resumption) return;
    for (const [index, past] of this.resumption.past.entries()) {
      const seat = this.seats[index]!;
      this.welcome(seat, true);
      for (const frame of past) await this.lineOf(seat).sendPatiently(JSON.stringify(frame));
    }
  }

  /** Goes on from the checkpoint, where there is one: the clock stood still until now. @throws AgentError when an agent is not there */
  private takeUp(): void {
    const { from, resumption, seats, world, env, driver, lateness } = this;
    if (!from || !resumption) return;
    const { state, events } = from;
    for (const lateUs of [...lateSamples(events), ...state.late]) lateness.add(lateUs);
    this.clocks.jumpsMs.push(...state.clockJumpsMs);
    for (const seat of seats) {
      seat.resume(resumption.seats[seat.index]!);
      if (seat.connected && !this.lineOf(seat).isConnected) throw new AgentError(`agent ${seat.record.name} is not connected`);
    }
    world.resume(resumption.queue);
    const at = Math.max(env.now, events.at(-1)?.at ?? 0);
    env.advance(at);
    driver.startFrom(Math.max(at, state.clockAt));
    const pausedMs = Date.now() - state.takenAtMs;
    this.record({ kind: 'moved', at, pausedMs: pausedMs < 0 ? null : pausedMs, missed: resumption.givenUp, host: describeHost() });
    for (const seat of seats) {
      const { pending } = seat;
      if (pending) pending.fromUs = driver.pushing(pending.at, pending.drawn.feedUs).fromUs;
      if (!seat.connected && this.lineOf(seat).isConnected) world.return(seat, Math.max(at, driver.present()));
    }
  }

  /** Plays until the world is over or the match is stopped. @throws what went wrong in the world */
  async run(): Promise<void> {
    const hooks: RunHooks = {
      between: () => {
        if (this.shown) this.show.scene(() => this.scene());
        this.recorder.passOnSome(this.env.now);
      },
      quiet: () => this.checkpoints.quiet(),
      stopped: () => this.fault !== null || this.sheet.signal?.aborted === true || this.unwritable || this.checkpoints.leaving !== null,
    };
    try {
      for (;;) {
        await this.driver.run(hooks);
        const taken = await this.checkpoints.leaving;
        if (!taken) break;
        if (!(taken instanceof Error)) {
          this.checkpoints.end(taken);
          throw new MatchMoved(taken);
        }
        this.checkpoints.leaving = null; // it is nowhere else, so it goes on here
        for (const react of this.heard.splice(0)) react();
      }
    } finally {
      this.closed = true; // a match that was stopped from outside is not over, and its agents talk on
    }
    if (this.fault) throw this.fault.error;
  }

  /** Writes the trace to its end, and tells everybody how it ended. */
  async finish(): Promise<Trace> {
    const { header, env, file, world } = this;
    const reason = this.unwritable ? 'what is not recorded cannot count' : String(this.sheet.signal?.reason ?? 'interrupted');
    const stopped = world.over ? undefined : reason;
    this.clocks.check();
    world.close();
    this.recordMeasured(true);
    this.recorder.passOn();
    await file?.sync();
    const evidence = this.evidence(stopped);
    const givenUp = header.clock === 'virtual' ? this.seats.flatMap(({ pending, index }) => (pending?.expired ? [index] : [])) : [];
    const footer: TraceFooter = {
      results: env.results(),
      digest: env.digest(),
      verdict: judge({ ...evidence, traceFault: file?.fault ?? undefined }),
      lateness: evidence.lateness,
      ...(givenUp.length > 0 ? { givenUp } : {}),
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
    if (this.shown) this.show.drop(shownId(this.sheet.id));
  }

  /** Everybody gets up; the agents stay connected. */
  rise(): void {
    this.ways.end();
    this.energy?.close();
    this.checkpoints.end();
    this.sheet.signal?.removeEventListener('abort', this.interrupt);
    for (const seat of this.seats) {
      if (seat.isSeated) this.lineOf(seat).rise();
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
        this.ways.left(seat.index);
        const at = driver.present();
        if (!world.over) world.leave(seat, at, reason);
        driver.changed();
      }),
      returned: this.guarded(() => {
        const open = seat.pending?.sent ? seat.pending : null;
        this.welcome(seat, true); // before what comes due by now is sent to it
        const at = driver.present();
        if (world.over) return;
        world.return(seat, at, open);
        driver.changed();
      }),
    };
  }

  /**
   * Lets something heard have its effect while the world goes on, or afterwards where that is not known yet: at a checkpoint the match may stop. Should it
   * fail, the match ends by `run`, not the socket it came from.
   */
  private guarded<Heard extends unknown[]>(react: (...heard: Heard) => void): (...heard: Heard) => void {
    return (...heard) => {
      if (this.checkpoints.leaving) return void this.heard.push(() => this.guarded(react)(...heard));
      if (this.world.over || this.closed) return;
      try {
        react(...heard);
      } catch (error) {
        this.fault ??= { error };
        this.driver.changed();
      }
    };
  }

  private record(event: TraceEvent): void {
    this.recorder.record(event);
    this.sheet.onEvent?.(event);
  }

  private lineOf(seat: Seat): AgentLine {
    return this.lines[seat.index]!;
  }

  private async checkpoint(path: string, stop: boolean, signal?: AbortSignal): Promise<TakenCheckpoint> {
    const fault = uncheckpointable({ seats: this.header.seats, traced: this.file !== null });
    if (fault !== null) throw new CheckpointError(fault);
    const taken = this.checkpoints.ask(path, stop, signal);
    this.driver.changed();
    return await taken;
  }

  /** The match as it stands, with every event so far on its way into the trace. */
  private moment(): MatchMoment {
    const { server, sheet, header, env, world, seats, clocks, driver, agentSeeds } = this;
    this.recordMeasured(false);
    this.recorder.passOn();
    return {
      at: env.now,
      // What is due and not done yet is still to come, wherever that is.
      clockAt: Math.max(env.now, Math.min(driver.clockAt(), world.nextAt - 1)),
      digest: env.digest(),
      queue: world.state(),
      seats,
      clockJumpsMs: clocks.jumpsMs,
      agentOf: (seat) => ({
        tokenHash: isOurs(header.seats[seat]!.kind) ? null : server.tokenHash(sheet.seats[seat]!.token),
        agentSeed: agentSeeds[seat]!,
      }),
      port: server.port,
      nowMs: Date.now(),
    };
  }

  /** The trace cannot be written to its end. */
  private get unwritable(): boolean {
    return this.file !== null && this.file.fault !== null;
  }

  private recordError(seat: Seat, code: ErrorCode, detail: string): void {
    const at = this.driver.present();
    if (!this.world.over && this.world.reach(at)) this.recorder.record({ kind: 'error', seat: seat.index, at, code, detail });
  }

  /** What was measured since the last time of the ways to strangers' agents, and of the energy that this host took. */
  private recordMeasured(isEnd: boolean): void {
    const at = Math.max(this.env.now, this.recorder.events().at(-1)?.at ?? 0);
    for (const way of this.ways.taken(isEnd)) this.recorder.record({ kind: 'trips', at, ...way });
    const taken = this.energy?.take();
    if (taken) this.recorder.record({ kind: 'energy', at, ...taken });
  }

  private welcome(seat: Seat, resumed: boolean): void {
    seat.line.send(welcomeFrame(this.header, this.task, seat.index, resumed, this.agentSeeds[seat.index]!));
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
    if (this.shown) this.show.end(this.scene(), { type: 'end', id: shownId(id), results, verdict, seed: this.sheet.seed });
  }

  private scene(): SceneFrame {
    const { env, seats, sheet } = this;
    return { type: 'scene', id: shownId(sheet.id), at: env.now, scene: env.scene(), thinking: seats.map((seat) => seat.thinking) };
  }
}
