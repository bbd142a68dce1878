/**
 * A match as it was at its checkpoint. Its world is played again from the record, by the rules, up to that moment; what its seats were in the middle
 * of follows from the record too, but for the few things that only the checkpoint knows. A checkpoint that its record contradicts is refused.
 */
import { OptionsError, type Action, type AnyEnvironment, type AnyTask, type Json, type Micros } from '../../envs/environment.js';
import type { TraceEvent, TraceHeader } from '../../scoring/trace/trace.js';
import type { PastFrame, ReceiptFrame } from '../protocol/frames.js';
import { applyEvent } from '../traces/applying.js';
import type { CheckpointState } from './checkpoint.js';
import { PublishGrid, strideOf } from './grid.js';
import { latencyDraws } from './latency.js';
import { receiptOf } from './receipt.js';
import type { Answer, Pending, SeatState } from './seat.js';
import type { QueueState } from './world.js';

/** A checkpoint that cannot be gone on from: what is wrong, and what is expected. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}

/** A match to go on with. */
export interface Checkpoint {
  header: TraceHeader;
  events: TraceEvent[];
  state: CheckpointState;
  /** The trace so far as it stands in a file: whole lines, apart by newlines. */
  lines: string;
}

/** Where a match goes on. */
export interface Resumption {
  env: AnyEnvironment;
  queue: QueueState;
  seats: SeatState[];
  /** Seats whose open decision is given up, because its agent could think on while the wall clock stood still. */
  givenUp: number[];
  /** What each seat's agent was sent, oldest first; empty for those not asked about. */
  past: PastFrame[][];
}

/** World time after the last event by which something else must have happened, beside the time limit of an answer: the longest injected delays. */
const QUIET_US: Micros = 200_000_000;

/**
 * Brings a match to its checkpoint. @param recalling seats whose agents remember nothing @throws CheckpointError when the record contradicts the
 * checkpoint. The record itself must have been checked (`replayTrace`)
 */
export function resumed(checkpoint: Checkpoint, task: AnyTask, recalling: ReadonlySet<number> = new Set()): Resumption {
  const { header, events, state } = checkpoint;
  const env = task.create(task.parseOptions(header.options), header.seed);
  const seats = header.seats.map((record, index): SeatRecordState => ({
    ...{ seq: 0, pending: null, receipt: null, readyAfter: 0, connected: true, hasMissed: false },
    drawn: latencyDraws(record.latency, header.seed, index),
    settled: null,
  }));
  const past = seats.map((): PastFrame[] => []);
  let tickedAt = 0;
  for (const event of events) {
    if (event.kind === 'ticks') tickedAt = event.at;
    if (event.seat === undefined || event.kind === 'error') continue;
    env.advance(event.at);
    const seat = seats[event.seat]!;
    follow(seat, event, header.timeoutUs, () => env.observe(event.seat));
    if (event.kind === 'observe' && recalling.has(event.seat)) past[event.seat]!.push(pastOf(header.id, seat.pending!, task));
    applyEvent(env, event);
  }
  const lastAt = events.at(-1)?.at ?? 0;
  within('world.at', state.at, env.now, lastAt + header.timeoutUs + QUIET_US);
  env.advance(state.at);
  if (env.over) throw new CheckpointError('its match was over: there is nothing left to play');
  if (env.digest() !== state.digest)
    throw new CheckpointError(
      `played again from its record the world has digest ${env.digest()} at ${state.at} us; the checkpoint says ${state.digest}`,
    );
  const moments = momentsOf(header, env, state);
  if (state.seats.length !== seats.length) throw new CheckpointError(`seats: ${state.seats.length}; the match has ${seats.length}`);
  const givenUp: number[] = [];
  seats.forEach((seat, index) => {
    if (!openAs(state, index, seat, header, task)) return;
    const isGiven = header.seats[index]!.givenUs !== undefined;
    if (header.clock === 'wall' && !isGiven) {
      seat.pending!.expired = true;
      givenUp.push(index);
      return;
    }
    // It is asked again, as if for the first time, and by its given latency it is answered when it would have been.
    seat.pending!.sent = false;
    past[index]!.pop();
  });
  const again = seats.flatMap(({ pending }, index) => (pending && !pending.sent && isOpen(state, index) ? [index] : []));
  const outgoing = [...new Set([...state.outgoing, ...again])];
  for (const index of outgoing)
    if (!seats[index]?.pending || seats[index].pending.sent) throw new CheckpointError(`outgoing: seat ${index} has nothing to be sent`);
  for (const [index, { pending }] of seats.entries()) if (pending && !pending.sent && !isOpen(state, index)) past[index]!.pop();
  const queue = { published: state.published, moments, late: state.late, tickedAt, outgoing };
  return { env, queue, seats: seats.map(({ drawn: _drawn, settled: _settled, ...seat }) => seat), givenUp, past };
}

interface SeatRecordState extends SeatState {
  drawn: ReturnType<typeof latencyDraws>;
  settled: { event: Extract<TraceEvent, { kind: 'act' | 'reject' | 'miss' }>; responseUs: Micros } | null;
}

/** Brings a seat past one of its events. */
function follow(seat: SeatRecordState, event: TraceEvent, timeoutUs: Micros, observe: () => unknown): void {
  if (event.kind === 'observe') {
    const { seq, at } = event;
    seat.seq = seq;
    seat.pending = {
      ...{ seq, at, deadline: at + timeoutUs, fromUs: 0, drawn: seat.drawn(seq), sendAt: Infinity, sent: true },
      ...{ state: observe(), frame: null, expired: false, answer: null },
    };
  } else if (event.kind === 'leave') seat.connected = false;
  else if (event.kind === 'return') {
    seat.connected = true;
    seat.readyAfter = Math.max(seat.readyAfter, event.at);
  } else if (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') {
    const responseUs = seat.pending?.drawn.responseUs ?? 0;
    seat.pending = null;
    seat.readyAfter = event.at + responseUs;
    seat.hasMissed ||= event.kind === 'miss';
    seat.settled = { event, responseUs };
  }
}

/** How many publishing moments there were. @throws CheckpointError when the last of them is none */
function momentsOf(header: TraceHeader, env: AnyEnvironment, { published, at, clockAt }: CheckpointState): number {
  within('published', published, 0, at);
  within('clockAt', clockAt, at, at + header.timeoutUs + QUIET_US);
  const grid = new PublishGrid(env, strideOf(header.tickUs, header.speed));
  let moments = 0;
  for (; grid.last < published; moments++) grid.take();
  if (grid.last !== published) throw new CheckpointError(`published: ${published} us is no publishing moment of this match`);
  if (grid.next <= at)
    throw new CheckpointError(`published: ${published} us; the world was at ${at} us, past the moment of ${grid.next} us`);
  return moments;
}

/** Whether a seat has an observation that its agent was sent and did not answer. */
function isOpen({ seats }: CheckpointState, index: number): boolean {
  const { sent, expired, answer } = seats[index]!;
  return sent && !expired && answer === null;
}

/** Puts into a seat what only the checkpoint knows; true when its agent was thinking. */
function openAs(state: CheckpointState, index: number, seat: SeatRecordState, header: TraceHeader, task: AnyTask): boolean {
  const { sent, expired, answer, receiptDue } = state.seats[index]!;
  const { pending, settled } = seat;
  if (receiptDue) {
    if (!settled || settled.responseUs === 0)
      throw new CheckpointError(`seats.${index}.receiptDue: no receipt of this seat can be on its way`);
    const { event, responseUs } = settled;
    const frame: ReceiptFrame = receiptOf(header.id, event);
    seat.receipt = { frame, sendAt: event.at + responseUs };
  }
  if (!pending) {
    if (sent || expired || answer)
      throw new CheckpointError(`seats.${index}: the seat has no open observation in the record, and one in the checkpoint`);
    return false;
  }
  pending.sent = sent;
  pending.expired = expired;
  if (!sent && !state.outgoing.includes(index)) pending.sendAt = sendTime(pending, header, index);
  if (answer) pending.answer = answerOf(answer, pending, state.at, task, `seats.${index}.answer`);
  return isOpen(state, index);
}

/** World time at which an observation that was not sent is sent by itself: after its feed latency; while the clock waits, when its turn comes. */
function sendTime({ at, drawn }: Pending, { clock, seats }: TraceHeader, index: number): Micros {
  if (clock === 'wall') return at + drawn.feedUs;
  return seats[index]!.givenUs === undefined ? Infinity : at;
}

function answerOf(
  raw: NonNullable<CheckpointState['seats'][number]['answer']>,
  { at }: Pending,
  nowAt: Micros,
  task: AnyTask,
  where: string,
): Answer {
  within(`${where}.landsAt`, raw.landsAt, Math.max(at + 1, nowAt), Number.MAX_SAFE_INTEGER);
  const { content, ...measured } = raw;
  if (content.kind === 'rejected') return { ...measured, content };
  try {
    return { ...measured, content: { kind: 'action', action: task.parseAction(content.action) as Action<Json> } };
  } catch (error) {
    if (error instanceof OptionsError) throw new CheckpointError(`${where}: ${error.message}`);
    throw error;
  }
}

/** As it came over the socket. */
function pastOf(match: string, { seq, at, state }: Pending, task: AnyTask): PastFrame {
  return { type: 'past', match, seq, at, state: JSON.parse(JSON.stringify(state)) as unknown, text: task.text(state) };
}

function within(what: string, value: Micros, least: Micros, most: Micros): void {
  if (value < least || value > most) throw new CheckpointError(`${what}: ${value}; by the record ${least} to ${most} is possible`);
}
