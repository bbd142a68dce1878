/**
 * A match without a clock: a queue of what happens next in the world. Answers land, observations are missed, publishing moments come;
 * whoever drives it (wall or virtual, harness/match/drivers.ts) only says up to what world time it may go.
 *
 * Order at one world time: answers settle first, by seat; then the moment is published. What arrives after a moment was published lands
 * strictly after it. So the same latencies give the same order, and the same digest, under both clocks.
 */
import type { AnyEnvironment, AnyTask, Micros } from '../../envs/environment.js';
import type { TraceEvent } from '../../scoring/trace.js';
import type { ObservationFrame, ReceiptFrame } from '../protocol.js';
import type { PublishGrid } from './grid.js';
import type { Answer, Pending, Seat } from './seat.js';

/** What a driver and a recorder want to know. */
export interface WorldHooks {
  record(event: TraceEvent): void;
  /** The world has reached a publishing moment; before anything is pushed. */
  reached(at: Micros): void;
  /** Real time from which the latency of an observation pushed at `at` runs, and by how much that is already past. */
  pushing(at: Micros): { fromUs: number; lateUs: number };
  /** Whether this seat's observation is made now and sent later, by the driver. */
  holds(seat: Seat): boolean;
}

export class MatchWorld {
  over = false;

  constructor(
    readonly id: string,
    readonly task: AnyTask,
    readonly env: AnyEnvironment,
    readonly seats: readonly Seat[],
    readonly grid: PublishGrid,
    private readonly timeoutUs: Micros,
    private readonly hooks: WorldHooks,
  ) {}

  /** World time of what comes next. */
  get nextAt(): Micros {
    let at = this.grid.next;
    for (const seat of this.seats) at = Math.min(at, seat.dueAt);
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
        if (first === null ? seat.dueAt <= at : seat.dueAt < at) {
          first = seat;
          at = seat.dueAt;
        }
      }
      if (at > to) return;
      if (first) this.settle(first, at);
      else this.publish(at);
    }
  }

  /** A seat's agent went: its resting orders are cancelled; what it was asked stays open until its deadline. */
  leave(seat: Seat, at: Micros, reason: string): void {
    seat.connected = false;
    this.env.advance(at);
    if (this.env.over) return this.finish();
    this.env.leave(seat.index, at);
    this.hooks.record({ kind: 'leave', seat: seat.index, at, reason });
  }

  /** It came back. What it was asked, if that is still open, is what it is asked again. */
  return(seat: Seat, at: Micros): void {
    seat.connected = true;
    seat.readyAfter = Math.max(seat.readyAfter, at);
    this.hooks.record({ kind: 'return', seat: seat.index, at });
    if (seat.pending?.sent && !seat.pending.answer) seat.line.sendText(seat.pending.frame);
  }

  private publish(at: Micros): void {
    this.env.advance(at);
    this.hooks.reached(at);
    this.grid.take();
    if (this.env.over) {
      this.over = true;
      return;
    }
    for (const seat of this.seats) if (seat.connected && !seat.pending && at > seat.readyAfter) this.push(seat, at);
  }

  private push(seat: Seat, at: Micros): void {
    const { fromUs, lateUs } = this.hooks.pushing(at);
    const state: unknown = this.env.observe(seat.index);
    const seq = ++seat.seq;
    const observation: ObservationFrame = { type: 'observation', match: this.id, seq, at, state, text: this.task.text(state) };
    const frame = JSON.stringify(observation);
    const sent = !this.hooks.holds(seat);
    seat.pending = { seq, at, deadline: at + this.timeoutUs, fromUs, sent, frame, expired: false, answer: null };
    seat.thinking.since = at;
    seat.line.earn();
    if (sent) seat.line.sendText(frame);
    this.hooks.record({ kind: 'observe', seat: seat.index, seq, at, lateUs });
  }

  private settle(seat: Seat, at: Micros): void {
    this.env.advance(at);
    if (this.env.over) return this.finish();
    const pending = seat.pending!;
    const answer = pending.answer;
    seat.pending = null;
    seat.readyAfter = at;
    seat.thinking.since = null;
    if (answer && answer.landsAt <= pending.deadline) this.land(seat, pending, answer, at);
    else this.miss(seat, pending, at);
  }

  private land(seat: Seat, pending: Pending, answer: Answer, at: Micros): void {
    const latencyUs = at - pending.at;
    const common = { seat: seat.index, seq: pending.seq, at, latencyUs, realUs: answer.realUs };
    const telemetry = answer.telemetry ? { telemetry: answer.telemetry } : {};
    const content = answer.content;
    seat.thinking.lastLatencyUs = latencyUs;
    if (content.kind === 'action') {
      const landing = this.env.act(seat.index, content.action, at, latencyUs);
      this.hooks.record({ kind: 'act', ...common, action: content.action, landing, ...telemetry });
      this.receipt(seat, pending.seq, at, latencyUs, 'act', landing.accepted, landing.reason);
      seat.thinking.lastOutcome = 'act';
      seat.thinking.lastAnswer = answer.telemetry?.answer ?? this.task.write(content.action);
    } else {
      this.hooks.record({ kind: 'reject', ...common, reason: content.reason, ...telemetry });
      this.receipt(seat, pending.seq, at, latencyUs, 'reject', false, content.reason);
      seat.thinking.lastOutcome = 'reject';
      seat.thinking.lastAnswer = answer.telemetry?.answer ?? content.reason;
    }
  }

  private miss(seat: Seat, pending: Pending, at: Micros): void {
    const latencyUs = at - pending.at;
    this.hooks.record({ kind: 'miss', seat: seat.index, seq: pending.seq, at, latencyUs });
    this.receipt(seat, pending.seq, at, latencyUs, 'miss', false, 'no answer in time; the standing order goes on');
    seat.hasMissed = true;
    seat.thinking.lastLatencyUs = latencyUs;
    seat.thinking.lastOutcome = 'miss';
    seat.thinking.lastAnswer = null;
  }

  private receipt(
    seat: Seat,
    seq: number,
    at: Micros,
    latencyUs: Micros,
    outcome: ReceiptFrame['outcome'],
    accepted: boolean,
    reason?: string,
  ): void {
    seat.line.send({ type: 'receipt', match: this.id, seq, outcome, at, latencyUs, accepted, ...(reason === undefined ? {} : { reason }) });
  }

  /** The world ended between two publishing moments: it is brought to the next, so that every way of playing it stops at the same time. */
  private finish(): void {
    this.env.advance(this.grid.next);
    this.over = true;
  }
}
