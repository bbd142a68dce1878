/**
 * A slow thought beside a fast one: the planner is asked about the latest observation, over several decisions of the fast configuration, and
 * what it has said by an observation is put before the fast one. "By" is world time: while the virtual clock waits for a fast answer the
 * planner thinks on, and a text that took it longer than the world has gone on since is not passed on before its time.
 */
import type { Micros } from '../../envs/environment.js';
import type { Advice, FailureKind, PlannerCalls } from '../../scoring/trace/trace.js';
import type { Advising } from '../configuration/choosing.js';
import type { PromptTemplate } from '../configuration/prompts.js';
import { beginChat } from '../endpoints/call.js';
import { monotonicUs } from '../host/clock.js';
import { redact } from '../host/secrets.js';
import { printable } from '../protocol/printable.js';
import { messagesOf, type AskerSettings, type RequestLine } from './asker.js';

/** Failures kept until a decision tells of them. */
const MOST_FAILURES = 64;

/** One call of the planner's. Real microseconds count from its beginning. */
interface Thought {
  /** World time of the observation it is about. */
  at: Micros;
  text: string;
  /** How much of the text had come after how long. */
  pieces: { afterUs: number; length: number }[];
  endedAfterUs?: number;
  failed?: true;
}

/** How a planner thinks. */
export interface PlannerSettings {
  asking: AskerSettings;
  advising: Advising;
  /** World microseconds a real microsecond. */
  speed: number;
  /** The planner's own: it does not wait for the fast one's calls. */
  line: RequestLine;
  nowUs?: () => number;
}

export class Planner {
  /** The last thought that was over, in world time, and the one under way. */
  private last: Thought | undefined;
  private current: Thought | undefined;
  private ended: PlannerCalls = { ended: 0, failures: [] };
  private readonly stopped = new AbortController();
  private readonly nowUs: () => number;

  constructor(
    private readonly template: PromptTemplate,
    private readonly settings: PlannerSettings,
  ) {
    this.nowUs = settings.nowUs ?? monotonicUs;
  }

  /** What it has said by this moment, finished before unfinished; nothing where it has said nothing. */
  advice(at: Micros): Advice[] {
    if (this.current && this.isOver(this.current, at)) {
      if (!this.current.failed) this.last = this.current;
      this.current = undefined;
    }
    const { last, current } = this;
    const finished = last ? [{ text: this.shown(last.text), ageUs: at - last.at }] : [];
    const partial = current && this.settings.advising.unfinished ? this.shown(this.saidBy(current, at)) : '';
    const unfinished = partial === '' ? [] : [{ text: partial, ageUs: at - current!.at, unfinished: true as const }];
    return [...finished.filter(({ text }) => text !== ''), ...unfinished];
  }

  /** Its calls that ended since this was asked last. */
  calls(): PlannerCalls {
    const { ended } = this;
    this.ended = { ended: 0, failures: [] };
    return ended;
  }

  /** Begins to think about an observation, unless it still thinks about an earlier one. After `advice` of the same moment. */
  consider({ at, text }: { at: Micros; text: string }): void {
    if (this.current || this.stopped.signal.aborted) return;
    const thought: Thought = { at, text: '', pieces: [] };
    this.current = thought;
    void this.think(thought, text);
  }

  /** Ends what it thinks: the match is over. */
  stop(): void {
    this.stopped.abort();
  }

  private async think(thought: Thought, text: string): Promise<void> {
    const { asking, line } = this.settings;
    const { target, request, budget } = asking;
    const startUs = this.nowUs();
    const { signal } = this.stopped;
    let failure: { kind: FailureKind; message: string } | undefined;
    try {
      await line.free();
      const hear = (answer: string): false => {
        thought.text = answer;
        thought.pieces.push({ afterUs: this.nowUs() - startUs, length: answer.length });
        return false;
      };
      const call = beginChat(target, messagesOf(this.template, text), request, hear, { signal, budget });
      line.take(call);
      const { error, text: whole } = await call.decided;
      thought.text = whole;
      failure = error;
    } catch (error) {
      failure = { kind: 'failed', message: (error as Error).message };
    }
    if (signal.aborted) return;
    thought.endedAfterUs = this.nowUs() - startUs;
    this.ended.ended++;
    if (!failure) return;
    thought.failed = true;
    if (this.ended.failures.length < MOST_FAILURES) this.ended.failures.push(failure.kind);
    this.ended.error = redact(failure.message).slice(0, 400);
  }

  private isOver({ at, endedAfterUs, failed }: Thought, now: Micros): boolean {
    return endedAfterUs !== undefined && (failed === true || at + endedAfterUs * this.settings.speed <= now);
  }

  /** The part of a text that had come by a moment. */
  private saidBy({ at, text, pieces }: Thought, now: Micros): string {
    const piece = pieces.findLast(({ afterUs }) => at + afterUs * this.settings.speed <= now);
    return text.slice(0, piece?.length ?? 0);
  }

  /** One line, no longer than is passed on. */
  private shown(text: string): string {
    const line = redact(text.slice(0, 4000)).replace(/\s+/g, ' ').trim();
    return printable(line).slice(0, this.settings.advising.characters);
  }
}

/** A state's text with the advice below it, a labelled line each: how many world seconds old the state was that it is about. */
export function advised(text: string, advice: readonly Advice[]): string {
  const lines = advice.map(({ text: said, ageUs, unfinished }) => {
    const age = `${Math.floor(ageUs / 1_000_000)}.${Math.floor((ageUs % 1_000_000) / 100_000)} s`;
    return `advice (${age} ago${unfinished ? ', unfinished' : ''}): ${said}`;
  });
  return [text, ...lines].join('\n');
}
