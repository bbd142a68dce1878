/**
 * What a model was asked and what it answered, decision by decision, from a trace: observations are made anew by playing the match again, and the
 * past turns that a call carried are those that its agent kept. A decision of which the trace does not hold everything says why.
 */
import type { AnyEnvironment, AnyTask, Micros } from '../../envs/environment.js';
import { decisionsOf, type Decision } from '../../scoring/trace/decisions.js';
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';
import type { Turn } from '../agents/asker.js';
import { replayTrace, type Replay, type ReplayWitness } from '../traces/replay.js';

type Answered = Extract<TraceEvent, { kind: 'act' | 'reject' }>;

/** A decision as it was put to the model, with what came of it; or why it cannot be put again. */
export type RecordedDecision = { seq: number } & (
  | {
      /** The observation's text. */
      text: string;
      /** Past turns that the call carried, oldest first. */
      past: Turn[];
      event: Answered;
    }
  /** No answer came that could be compared. */
  | { unanswered: true }
  | { why: string }
);

/** How a printable text writes a character that it leaves out; what stood there before cannot be told from it. */
const WRITTEN_OUT = /\\u[0-9a-f]{4}/;

const NO_TEXT = 'the observation is not in the record';
const UNKNOWN_PAST = 'its call carried past turns of which the trace does not tell the exact words';

/** Keeps the text of each observation of a seat while a trace is played again. */
class TextWitness implements ReplayWitness {
  readonly texts = new Map<number, string>();
  private env!: AnyEnvironment;

  constructor(
    private readonly task: AnyTask,
    private readonly seat: number,
  ) {}

  begin(env: AnyEnvironment): void {
    this.env = env;
  }

  reach(to: Micros): void {
    this.env.advance(to);
  }

  passed(event: TraceEvent): void {
    if (event.kind === 'observe' && event.seat === this.seat) this.texts.set(event.seq, this.task.text(this.env.observe(this.seat)));
  }

  landing(): void {}
  landed(): void {}
}

/**
 * The finished decisions of a seat. @param memory how many past turns each call carried
 * @returns with what came of playing the trace again: where that found a fault, the texts are not to be trusted @throws as `replayTrace`
 */
export function recordedDecisions(
  trace: Trace,
  task: AnyTask,
  seat: number,
  memory: number,
): { decisions: RecordedDecision[]; replay: Replay } {
  const witness = new TextWitness(task, seat);
  const replay = replayTrace(trace, task, witness);
  const past = new PastTurns(memory);
  let from = 0;
  const decisions = decisionsOf(trace, seat).map((decision) => {
    for (; from < decision.landedIndex; from++) past.meet(trace.events[from]!, seat);
    return recorded(decision, trace.events[decision.landedIndex]!, witness.texts.get(decision.seq), past);
  });
  return { decisions, replay };
}

function recorded({ seq }: Decision, event: TraceEvent, text: string | undefined, past: PastTurns): RecordedDecision {
  if (event.kind !== 'act' && event.kind !== 'reject') {
    past.forget(); // an answer that crossed its deadline on the way may be among the agent's turns
    return { seq, unanswered: true };
  }
  if (event.kind === 'reject' && event.failure !== undefined) return { seq, unanswered: true };
  const carried = past.carried();
  if (text !== undefined) past.add(text, event.telemetry?.answer);
  if (text === undefined) return { seq, why: NO_TEXT };
  return carried === undefined ? { seq, why: UNKNOWN_PAST } : { seq, text, past: carried, event };
}

/** The turns that an agent keeps in a match, as far as the trace tells them. */
class PastTurns {
  /** Null: a turn of which the exact words are not known. */
  private turns: (Turn | null)[] = [];

  constructor(private readonly memory: number) {}

  /** The turns that the next call carries; undefined where they are not known. */
  carried(): Turn[] | undefined {
    const turns = this.memory > 0 ? this.turns.slice(-this.memory) : [];
    return turns.every((turn) => turn !== null) ? turns : undefined;
  }

  /** An answer came. One without words is no turn. */
  add(text: string, answer: string | undefined): void {
    if (answer === undefined || this.memory === 0) return;
    this.turns.push(WRITTEN_OUT.test(answer) ? null : { text, answer });
    if (this.turns.length > this.memory) this.turns.shift();
  }

  /** What the agent keeps is no longer certain until as many answers have come as it carries. */
  forget(): void {
    this.turns = Array.from({ length: this.memory }, () => null);
  }

  /** An event between two decisions: whoever comes anew may have forgotten everything. */
  meet(event: TraceEvent, seat: number): void {
    if (event.kind === 'moved' || ((event.kind === 'leave' || event.kind === 'return') && event.seat === seat)) this.forget();
  }
}
