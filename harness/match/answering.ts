/** From an action frame to what may land: which observation it answers, what it says, and when it lands. */
import { OptionsError, type AnyTask, type Micros } from '../../envs/environment.js';
import type { Telemetry } from '../../scoring/trace/trace.js';
import type { ActionFrame, ErrorCode } from '../protocol/frames.js';
import { printable } from '../protocol/printable.js';
import type { Answer, Pending, Seat } from './seat.js';

/** Longest answer text a trace keeps. */
const ANSWER_CHARACTERS = 400;
/** Deepest nesting of a plan. No task's has more than a few levels; thousands of them would overflow the stack of whatever walks through it. */
const MOST_DEPTH = 32;

/** Why a frame answers nothing that is open, or null when it answers the seat's one unanswered observation. */
export function refusalOf(frame: ActionFrame, seat: Seat, match: string): { code: ErrorCode; detail: string } | null {
  if (frame.match !== undefined && frame.match !== match)
    return { code: 'wrong-match', detail: `match ${frame.match} is not being played here; this is ${match}` };
  const { pending, receipt } = seat;
  // A refusal must give away neither an observation that was not sent yet, nor the outcome of an answer whose receipt is still on its way.
  const last = pending && !pending.sent ? seat.seq - 1 : seat.seq;
  if (frame.seq > last) return { code: 'future', detail: `seq ${frame.seq} was not sent yet; the last was ${last}` };
  const open = receipt !== null || pending?.sent === true;
  if (!open) return { code: 'late', detail: `seq ${frame.seq} is settled; nothing is unanswered` };
  if (frame.seq < last) return { code: 'late', detail: `seq ${frame.seq} is settled; ${last} is unanswered` };
  if (!pending || pending.answer || pending.expired) return { code: 'late', detail: `seq ${frame.seq} was answered or given up already` };
  return null;
}

/** What the frame says, in the task's terms. A plan or text the task does not take is a rejection, never an error: the seat did answer. */
export function contentOf(frame: ActionFrame, task: AnyTask): Answer['content'] {
  const content = readContent(frame, task);
  return content.kind === 'rejected' ? { ...content, reason: printable(content.reason) } : content;
}

function readContent(frame: ActionFrame, task: AnyTask): Answer['content'] {
  if (frame.rejected !== undefined) {
    const { failure } = frame;
    return { kind: 'rejected', reason: frame.rejected, ...(failure === undefined ? {} : { failure }) };
  }
  if (frame.answer !== undefined) {
    const parsed = task.parse(frame.answer, true);
    if (parsed.kind !== 'action')
      return { kind: 'rejected', reason: parsed.kind === 'rejected' ? parsed.reason : 'the answer ended too early' };
    if (frame.standing === undefined) return parsed;
    return checked(task, { ...parsed.action, standing: frame.standing });
  }
  return checked(task, frame.standing === undefined ? { plan: frame.plan } : { plan: frame.plan, standing: frame.standing });
}

function checked(task: AnyTask, raw: unknown): Answer['content'] {
  if (!isShallow(raw, MOST_DEPTH)) return { kind: 'rejected', reason: `plan: nested too deep; accepted: at most ${MOST_DEPTH} levels` };
  try {
    return { kind: 'action', action: task.parseAction(raw) };
  } catch (error) {
    if (error instanceof OptionsError) return { kind: 'rejected', reason: error.message };
    throw error;
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1));
}

/**
 * The world latency of an answer: recorded, given or measured, with everything that is injected: feed, added delay and order entry. At least
 * 1 µs: it lands after its moment was published.
 * @param measuredUs from the publishing moment, the feed latency in it
 */
export function latencyOf(seat: Seat, pending: Pending, measuredUs: Micros): Micros {
  const recorded = seat.latencyOf(pending.seq);
  if (recorded !== undefined) return Math.max(1, recorded);
  const { drawn } = pending;
  const own = seat.record.givenUs === undefined ? measuredUs : drawn.feedUs + seat.record.givenUs;
  return Math.max(1, own + seat.record.addedUs + drawn.entryUs);
}

/** The telemetry as a trace keeps it and a page or a terminal shows it. */
export function keptTelemetry(telemetry: Telemetry | undefined): Telemetry | undefined {
  if (telemetry === undefined) return undefined;
  const { answer, error, choice, advice, planner } = telemetry;
  return {
    ...telemetry,
    ...(answer === undefined ? {} : { answer: printable(answer.slice(0, ANSWER_CHARACTERS)) }),
    ...(error === undefined ? {} : { error: shown(error, 1000) }),
    ...(choice === undefined ? {} : { choice: { arm: shown(choice.arm, 40), situation: shown(choice.situation, 80) } }),
    ...(advice === undefined ? {} : { advice: advice.map((each) => ({ ...each, text: shown(each.text, 1000) })) }),
    ...(planner?.error === undefined ? {} : { planner: { ...planner, error: shown(planner.error, 1000) } }),
  };
}

/** Writing control characters out makes a text longer; a trace takes none that is longer than its schema says. */
function shown(text: string, most: number): string {
  return printable(text).slice(0, most);
}
