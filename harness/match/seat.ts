/** A seat during a match: at most one unanswered observation, the answer that is on its way to land, and what spectators see of it. */
import type { Action, Json, Micros } from '../../envs/environment.js';
import type { FailureKind, ProcessorWait, SeatRecord, Telemetry } from '../../scoring/trace/trace.js';
import type { ReceiptFrame, ServerFrame } from '../protocol/frames.js';
import type { Thinking } from '../protocol/watching.js';
import type { DrawnLatency } from './latency.js';
import type { OwnProcesses } from '../protocol/line.js';
import type { OwnRunQueue } from '../host/run-queue.js';
import { SettledDecisions } from './settled.js';
import { SeatWaits } from './waits.js';

/** An observation that was pushed and is not settled. */
export interface Pending {
  seq: number;
  /** World time of its publishing moment. */
  at: Micros;
  /** World time at which it is missed. */
  deadline: Micros;
  /** Real time from which its latency runs: the intended push (wall), or just before it was made (virtual). */
  fromUs: number;
  /** What is injected into this decision. */
  drawn: DrawnLatency;
  /** World time at which it is sent: its publishing moment and the injected feed latency. Infinity: the virtual clock sends it, so that no two seats think at once. */
  sendAt: Micros;
  sent: boolean;
  /** What the seat may see, as it was at `at`. */
  state: unknown;
  /** The frame, once it was written. An agent that comes back is sent this one again, and nothing newer. */
  frame: string | null;
  /** The virtual clock gave up waiting for it. */
  expired: boolean;
  answer: Answer | null;
}

/** An answer that arrived. It lands at `landsAt`, or is a miss when that is past the deadline. */
export interface Answer {
  landsAt: Micros;
  realUs: number;
  /** How much of it was spent waiting for a processor; undefined where nobody can tell. */
  wait?: ProcessorWait;
  telemetry?: Telemetry;
  content: { kind: 'action'; action: Action<Json> } | { kind: 'rejected'; reason: string; failure?: FailureKind };
}

/** A settled decision's receipt that is on its way. */
export interface Receipt {
  frame: ReceiptFrame;
  /** World time at which it is sent. */
  sendAt: Micros;
}

/** What a seat speaks to: an agent's line (harness/protocol/line.ts), or whoever plays without one. */
export interface SeatLine {
  readonly processes: OwnProcesses;
  send(frame: ServerFrame): void;
  /** A frame that is text already. */
  sendText(text: string): void;
  /** It was asked, and may answer. */
  earn(): void;
}

/** All of a seat that decides what comes next in it. */
export type SeatState = Pick<Seat, 'seq' | 'pending' | 'receipt' | 'readyAfter' | 'connected' | 'hasMissed'>;

export class Seat {
  seq = 0;
  pending: Pending | null = null;
  receipt: Receipt | null = null;
  /** The next observation is pushed at the first publishing moment strictly after this. */
  readyAfter: Micros = 0;
  /** It has taken its place on its agent's line. */
  isSeated = false;
  connected = true;
  hasMissed = false;
  readonly waits: SeatWaits | null;
  /** What spectators who arrive later are told. */
  readonly settled = new SettledDecisions();
  readonly thinking: Thinking = { since: null, lastLatencyUs: null, lastOutcome: null, lastAnswer: null };

  constructor(
    readonly index: number,
    readonly record: SeatRecord,
    readonly line: SeatLine,
    readonly latencyOf: (seq: number) => Micros | undefined,
    readonly drawn: (seq: number) => DrawnLatency,
    own: OwnRunQueue | null,
  ) {
    // A human answers a stream, so nothing of theirs is measured by observations.
    const isMeasured = record.kind !== 'human' && this.isMeasured(1);
    this.waits = own && isMeasured ? new SeatWaits(own, line.processes) : null;
  }

  /** A copy of what decides what comes next here. */
  state(): SeatState {
    const { seq, pending, receipt, readyAfter, connected, hasMissed } = this;
    return { seq, pending: pending && { ...pending }, receipt, readyAfter, connected, hasMissed };
  }

  /** Goes on from such a copy, which stays as it is. */
  resume({ pending, ...state }: SeatState): void {
    Object.assign(this, state);
    this.pending = pending && { ...pending };
    this.thinking.since = pending && pending.at;
  }

  /** Whether the latency of this decision is what it really takes, and neither given nor recorded. */
  isMeasured(seq: number): boolean {
    return (this.latencyOf(seq) ?? this.record.givenUs) === undefined;
  }

  /** World time at which the pending observation is settled, as far as is known now. */
  get dueAt(): Micros {
    const pending = this.pending;
    if (!pending) return Infinity;
    return pending.answer ? Math.min(pending.answer.landsAt, pending.deadline) : pending.deadline;
  }

  /** World time of what comes next in this seat by itself: a settlement, an observation after its feed latency, a receipt after its response latency. */
  get nextAt(): Micros {
    const { pending, receipt } = this;
    if (receipt) return receipt.sendAt;
    if (!pending) return Infinity;
    return pending.sent ? this.dueAt : Math.min(this.dueAt, pending.sendAt);
  }

  /** True while the virtual clock has to wait for this seat. */
  get isAwaited(): boolean {
    return this.pending !== null && this.pending.answer === null && !this.pending.expired;
  }
}
