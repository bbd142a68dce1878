/**
 * A match without a clock: a queue of what happens next in the world. Answers land, observations are missed, publishing moments come;
 * whoever drives it (wall or virtual, harness/match/drivers.ts) only says up to what world time it may go.
 *
 * Order at one world time: answers settle first, by seat; then the moment is published. What arrives after a moment was published lands
 * strictly after it. So the same latencies give the same order, and the same digest, under both clocks.
 */
import type { AnyEnvironment, AnyTask, Landing, Micros } from '../../envs/environment.js';
import { saidText } from '../../scoring/trace/said.js';
import type { TraceEvent } from '../../scoring/trace/trace.js';
import type { ObservationFrame } from '../protocol/frames.js';
import { printable } from '../protocol/printable.js';
import type { PublishGrid } from './grid.js';
import { receiptOf } from './receipt.js';
import type { Answer, Pending, Seat } from './seat.js';

/** What a driver and a recorder want to know. */
export interface WorldHooks {
  record(event: TraceEvent): void;
  /** The world has reached a publishing moment; before anything is pushed. By how much late, on a clock that knows. */
  reached(at: Micros): number | undefined;
  /** Real time from which the agent's own latency runs when its observation of `at` is sent `feedUs` later, and by how much `at` is already past. */
  pushing(at: Micros, feedUs: Micros): { fromUs: number; lateUs: number };
  /** World time at which this seat's observation of `at` is sent; Infinity: by the driver. */
  sendsAt(seat: Seat, at: Micros, feedUs: Micros): Micros;
}

/** What the queue holds besides its world and its seats. */
export interface QueueState {
  /** The last publishing moment, and how many there were. */
  published: Micros;
  moments: number;
  /** How late those were that are not recorded yet, and where the last record of them is. */
  late: number[];
  tickedAt: Micros;
  /** Seats whose observation is to be sent next, in order. */
  outgoing: number[];
}

/** World time between two records of how late the publishing moments were. */
const TICKS_EVERY_US = 1_000_000;

export class MatchWorld {
  over = false;
  /** Publishing moments so far: whose observation is sent first goes round with them. */
  private moments = 0;
  /** How late the publishing moments were that are not recorded yet, and where the last record of them is. */
  private late: number[] = [];
  private tickedAt: Micros = 0;
  /** Seats whose observation is to be sent now, by `send`. */
  private readonly outgoing: Seat[] = [];

  constructor(
    readonly id: string,
    readonly task: AnyTask,
    readonly env: AnyEnvironment,
    readonly seats: readonly Seat[],
    readonly grid: PublishGrid,
    private readonly timeoutUs: Micros,
    private readonly hooks: WorldHooks,
  ) {}

  /** A copy of what it holds besides its world and its seats. */
  state(): QueueState {
    const { grid, moments, late, tickedAt, outgoing } = this;
    return { published: grid.last, moments, late: [...late], tickedAt, outgoing: outgoing.map(({ index }) => index) };
  }

  /** Goes on from such a copy; world and seats are brought there by whoever calls. */
  resume({ published, moments, late, tickedAt, outgoing }: QueueState): void {
    this.grid.resume(published);
    this.over = false;
    this.moments = moments;
    this.late = [...late];
    this.tickedAt = tickedAt;
    this.outgoing.splice(0, Infinity, ...outgoing.map((index) => this.seats[index]!));
  }

  /** World time of what comes next. */
  get nextAt(): Micros {
    let at = this.grid.next;
    for (const seat of this.seats) at = Math.min(at, seat.nextAt);
    return at;
  }

  /** The earliest world time at which something from outside can still take effect. */
  get earliest(): Micros {
    return Math.max(this.env.now, this.grid.last + 1);
  }

  /** Lets everything happen that is due at or before `to`. Nothing happens after the world's end. */
  runTo(to: Micros): void {
    while (!this.over) {
      let at = this.grid.next;
      let first: Seat | null = null;
      for (const seat of this.seats) {
        // Settling comes before publishing at the same time, and the lower seat before the higher one.
        const { nextAt } = seat;
        if (first === null ? nextAt <= at : nextAt < at) {
          first = seat;
          at = nextAt;
        }
      }
      if (at > to) return;
      if (!first) this.publish(at);
      else if (first.dueAt === at) this.settle(first, at);
      else this.deliver(first);
    }
  }

  /**
   * Brings the world to a time at which something from outside is recorded: it is never behind its record, since a checkpoint may be taken at once, and a
   * match stopped. @returns false when it is over before
   */
  reach(at: Micros): boolean {
    this.env.advance(at);
    if (!this.env.over) return true;
    this.finish();
    return false;
  }

  /** A seat's agent went: its resting orders are cancelled; what it was asked stays open until its deadline. */
  leave(seat: Seat, at: Micros, reason: string): void {
    seat.connected = false;
    if (!this.reach(at)) return;
    this.env.leave(seat.index, at);
    this.hooks.record({ kind: 'leave', seat: seat.index, at, reason });
  }

  /**
   * It came back. What it was asked, if that is still open, is asked again; its latency still runs from the first time.
   * @param open what it was asked on the connection that it lost: what it was sent since then it need not be sent again
   */
  return(seat: Seat, at: Micros, open: Pending | null = seat.pending): void {
    seat.connected = true;
    seat.readyAfter = Math.max(seat.readyAfter, at);
    if (!this.reach(at)) return;
    this.env.back?.(seat.index, at);
    this.hooks.record({ kind: 'return', seat: seat.index, at });
    const { pending } = seat;
    if (pending?.sent && pending === open && !pending.answer && !pending.expired) seat.line.sendText(this.frameOf(pending));
  }

  /** Sends the receipts that are on their way: a match that is over keeps nothing back. */
  flush(): void {
    for (const seat of this.seats) if (seat.receipt) this.deliver(seat);
  }

  /** Whether observations wait for `send`. */
  get hasOutgoing(): boolean {
    return this.outgoing.length > 0;
  }

  private publish(at: Micros): void {
    this.env.advance(at);
    this.ticked(at, this.hooks.reached(at));
    this.grid.take();
    if (this.env.over) {
      this.over = true;
      return;
    }
    // An agent that is away is asked all the same: its absence is charged like lateness, by missed observations.
    const ready = this.seats.filter((seat) => !seat.pending && at > seat.readyAfter);
    // Every seat's state is read before any is sent, and the seats take turns in being sent theirs first.
    const states = ready.map((seat): unknown => this.env.observe(seat.index));
    ready.forEach((seat, i) => this.push(seat, at, states[i]));
    const first = this.moments++ % Math.max(1, ready.length);
    for (let i = 0; i < ready.length; i++) {
      const seat = ready[(first + i) % ready.length]!;
      if (seat.pending!.sendAt !== at) continue;
      seat.pending!.sendAt = Infinity;
      this.outgoing.push(seat);
    }
  }

  /** Gathers how late each publishing moment was, and records it once a second of world time. */
  private ticked(at: Micros, lateUs: number | undefined): void {
    if (lateUs === undefined) return;
    this.late.push(lateUs);
    if (Math.floor(at / TICKS_EVERY_US) > Math.floor(this.tickedAt / TICKS_EVERY_US)) this.recordTicks(at);
  }

  private recordTicks(at: Micros): void {
    if (this.late.length > 0) this.hooks.record({ kind: 'ticks', at, lateUs: this.late });
    this.late = [];
    this.tickedAt = at;
  }

  /** Records what is still to be recorded of its lateness. Call once, at the end. */
  close(): void {
    this.recordTicks(this.env.now);
  }

  /** Sends at most `most` of the observations that are to go out at once, first come first. True while there are more. */
  send(most: number): boolean {
    for (const seat of this.outgoing.splice(0, most)) if (seat.pending && !seat.pending.sent) this.deliver(seat);
    return this.outgoing.length > 0;
  }

  private push(seat: Seat, at: Micros, state: unknown): void {
    const seq = ++seat.seq;
    const drawn = seat.drawn(seq);
    const { fromUs, lateUs } = this.hooks.pushing(at, drawn.feedUs);
    const sendAt = this.hooks.sendsAt(seat, at, drawn.feedUs);
    seat.pending = {
      seq,
      at,
      deadline: at + this.timeoutUs,
      fromUs,
      drawn,
      sendAt,
      sent: false,
      state,
      frame: null,
      expired: false,
      answer: null,
    };
    seat.thinking.since = at;
    seat.line.earn();
    this.hooks.record({ kind: 'observe', seat: seat.index, seq, at, lateUs });
  }

  /** Sends what this seat is due next: its receipt or its observation. */
  private deliver(seat: Seat): void {
    if (seat.receipt) {
      const { frame } = seat.receipt;
      seat.receipt = null;
      seat.line.send(frame);
      return;
    }
    this.ask(seat);
  }

  /** Sends a seat its observation. */
  ask(seat: Seat): void {
    const pending = seat.pending!;
    const frame = this.frameOf(pending);
    pending.sent = true;
    seat.line.sendText(frame);
    seat.waits?.begin();
  }

  /** The observation as it goes over the socket: written once, when it is first sent. */
  frameOf(pending: Pending): string {
    if (pending.frame === null) {
      const { seq, at, state } = pending;
      const observation: ObservationFrame = { type: 'observation', match: this.id, seq, at, state, text: this.task.text(state) };
      pending.frame = JSON.stringify(observation);
      pending.state = null;
    }
    return pending.frame;
  }

  private settle(seat: Seat, at: Micros): void {
    this.env.advance(at);
    if (this.env.over) return this.finish();
    const pending = seat.pending!;
    const answer = pending.answer;
    seat.pending = null;
    seat.readyAfter = at + pending.drawn.responseUs;
    seat.thinking.since = null;
    if (answer && answer.landsAt <= pending.deadline) this.land(seat, pending, answer, at);
    else this.miss(seat, pending, at);
    seat.settled.add(pending.at, at, seat.thinking.lastOutcome!);
  }

  private land(seat: Seat, pending: Pending, answer: Answer, at: Micros): void {
    const latencyUs = at - pending.at;
    const common = { seat: seat.index, seq: pending.seq, at, latencyUs, realUs: answer.realUs };
    const measured = {
      ...(answer.wait === undefined ? {} : { wait: answer.wait }),
      ...(answer.telemetry ? { telemetry: answer.telemetry } : {}),
    };
    const content = answer.content;
    if (content.kind === 'action') {
      const landing = shown(this.env.act(seat.index, content.action, at, latencyUs));
      this.settled(seat, pending, { kind: 'act', ...common, action: content.action, landing, ...measured });
      seat.thinking.lastAnswer = saidText(answer.telemetry, this.task.write(content.action));
    } else {
      this.env.unanswered?.(seat.index, at);
      // What anybody else says about calls of its own is not evidence: a bad answer could be passed off as a failed call.
      const failure = seat.record.kind === 'model' && content.failure !== undefined ? { failure: content.failure } : {};
      this.settled(seat, pending, { kind: 'reject', ...common, reason: content.reason, ...failure, ...measured });
      seat.thinking.lastAnswer = saidText(answer.telemetry, content.reason);
    }
  }

  private miss(seat: Seat, pending: Pending, at: Micros): void {
    const latencyUs = at - pending.at;
    this.env.unanswered?.(seat.index, at);
    const wait = pending.sent && !pending.answer ? seat.waits?.waited() : undefined;
    this.settled(seat, pending, {
      kind: 'miss',
      seat: seat.index,
      seq: pending.seq,
      at,
      latencyUs,
      ...(wait === undefined ? {} : { wait }),
    });
    seat.hasMissed = true;
    seat.thinking.lastAnswer = null;
  }

  /** Records what became of a decision, and tells its agent, after the seat's response latency. */
  private settled(seat: Seat, { drawn }: Pending, event: Extract<TraceEvent, { kind: 'act' | 'reject' | 'miss' }>): void {
    this.hooks.record(event);
    seat.thinking.lastLatencyUs = event.latencyUs;
    seat.thinking.lastOutcome = event.kind;
    const frame = receiptOf(this.id, event);
    if (drawn.responseUs === 0) seat.line.send(frame);
    else seat.receipt = { frame, sendAt: event.at + drawn.responseUs };
  }

  /** The world ended between two publishing moments. It is brought to the next one, so that replay and both clocks stop at the same time. */
  private finish(): void {
    const at = this.grid.next;
    this.env.advance(at);
    this.ticked(at, this.hooks.reached(at));
    this.grid.take();
    this.over = true;
  }
}

/** A landing whose reason can be shown: it may quote what the agent sent. */
function shown(landing: Landing): Landing {
  return landing.reason === undefined ? landing : { ...landing, reason: printable(landing.reason) };
}
