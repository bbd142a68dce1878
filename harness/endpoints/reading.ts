/**
 * What one streamed call came to, gathered event by event: text, reasoning apart, counts, stamps, and an account of what was passed over.
 */
import { monotonicUs } from '../host/clock.js';
import { deepLine } from '../protocol/depth.js';
import type { RequestSettings } from '../configuration/endpoint.js';
import { understand, UnreadableText, type EngineTiming, type TokenCounts, type Understood } from './chunk.js';
import { callError, type CallError } from './errors.js';
import type { BodyEvent } from './events.js';
import { ReasoningSplitter } from './reasoning.js';
import { oneLine, reasonIn, reasonOf } from './refusal.js';

export type { EngineTiming } from './chunk.js';

/** Moments on `monotonicUs()`; absent when they did not come. */
export interface CallStamps {
  requestUs: number;
  /** The first piece of anything, reasoning included. */
  firstTokenUs?: number;
  /** The first piece of the answer itself. */
  firstAnswerUs?: number;
  /** `onText` said that the action is released. */
  releaseUs?: number;
  /** The last piece of anything that was read (the whole answer's only when nothing was cancelled). */
  lastTokenUs?: number;
}

/** How one call went. */
export interface ChatCall {
  error?: CallError;
  /** The answer, reasoning left out: all of it that was read. */
  text: string;
  /** `released`: the rest was cancelled; else the server's own word (`stop`, `length`...), or null when it gave none. */
  finish: string | null;
  stamps: CallStamps;
  promptTokens?: number;
  cachedTokens?: number;
  /** The server's count; when it gave none, or gave it before the last piece, the number of pieces read. */
  completionTokens: number;
  tokensCountedBy: 'server' | 'pieces';
  /**
   * `field`: where the server put it; `content` when only marks in the text tell it. `bareClose`: it ended with a mark whose opening the
   * template wrote, so `thinkingOpened` belongs into the configuration.
   */
  reasoning: { characters: number; field?: string; tokens?: number; firstUs?: number; lastUs?: number; bareClose?: true };
  /** Pieces of text that came, reasoning included. */
  pieces: number;
  /** Where the embedded engine's time went; other servers send none. The last figures read, so a cancelled call has them too. */
  timing?: EngineTiming;
  /** What of the stream was an answer, and what was passed over. */
  account: StreamAccount;
}

/** Words by which servers say that they ended an answer before the model did: at a limit of tokens, or by a filter. */
const CUT =
  /^(?:(?:model_|token_|context_)?length(?:_limit)?|max(?:_[a-z]+)?_tokens|max_length|(?:model_)?context_(?:window|length)_exceeded|incomplete|repetition(?:_.*)?|content_filter(?:ed)?|(?:image_)?safety|sensitive|recitation|blocklist|prohibited_content|spii)$/i;

/** Words by which servers say that something went wrong before the answer was over. */
const BROKEN_OFF = /error|fail|abort|cancel|time_?out|interrupt|overload|unavailable|insufficient_system|malformed/i;

/** Bare words that tell of a fault. Others (`loading`, `END`) say nothing about the answer before them. */
const FAULT = /error|fail|exception|traceback|died|killed|crash|abort|time[d-]? ?out|unavailable|overloaded|out of memory|refused|reset/i;

/** Whether an event that belongs to no chat tells a fault: under one of the names that a refusal's body has, or by an error status. */
function isRefusal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (['status', 'statusCode', 'status_code', 'code'].some((name) => Number((value as Record<string, unknown>)[name]) >= 400)) return true;
  return ['detail', 'error', 'errors', 'message', 'msg'].some((name) => Boolean((value as Record<string, unknown>)[name]));
}

/** Whether an answer was ended by its server before the model had come to its end: what follows it is missing. */
export function isCut({ finish }: Pick<ChatCall, 'finish'>): boolean {
  return finish !== null && CUT.test(finish);
}

/** Events of a stream that were understood as a chat completion's, and what else stood in it, counted by kind. */
export interface StreamAccount {
  understood: number;
  passedOver: Record<string, number>;
}

/** How deep an event's JSON may be nested: whatever walks through thousands of levels overflows its stack. */
const DEEPEST = 200;

/** Most kinds of passed-over things that are told apart; the rest is counted together. */
const KINDS = 20;

/** Counts one thing that was passed over. */
export function passOver(account: StreamAccount, what: string): void {
  const { passedOver } = account;
  const name = oneLine(what, 60);
  const key = Object.hasOwn(passedOver, name) || Object.keys(passedOver).length < KINDS ? name : 'other things';
  passedOver[key] = (passedOver[key] ?? 0) + 1;
}

/** Adds one stream's account to a sum. */
export function addAccount(sum: StreamAccount, { understood, passedOver }: StreamAccount): void {
  sum.understood += understood;
  for (const [what, count] of Object.entries(passedOver)) sum.passedOver[what] = (sum.passedOver[what] ?? 0) + count;
}

/** Says of the answer so far whether its action is released: true when no continuation could change it. Not asked again after that. */
export type OnText = (text: string, piece: string) => boolean | void;

/** Gathers one stream into a `ChatCall`. */
export class CallReading {
  readonly call: ChatCall = {
    text: '',
    finish: null,
    stamps: { requestUs: monotonicUs() },
    completionTokens: 0,
    tokensCountedBy: 'pieces',
    reasoning: { characters: 0 },
    pieces: 0,
    account: { understood: 0, passedOver: {} },
  };
  /** Something of a chat completion has come. */
  began = false;
  /** The server said `[DONE]`: nothing of the answer follows. */
  done = false;
  /** The action is released: nothing that follows can change it. */
  released = false;
  /** A finish reason came after all text, in an event of its own. */
  finishedApart = false;
  /** The token limit that the server was not told is reached. */
  lengthReached = false;
  /** What makes the answer unusable, as soon as it has come. */
  failure: CallError | undefined;
  /** The beginning of something that was no event of a chat, for an error message. */
  private strange = '';
  /** What was last said of a fault beside the answer, and may be why nothing more came; none once more of the answer has come. */
  private lastWords = '';
  private readonly splitter: ReasoningSplitter;

  constructor(
    private readonly settings: RequestSettings,
    private readonly onText: OnText,
  ) {
    this.splitter = new ReasoningSplitter(settings.thinkingOpened);
  }

  /** All of the answer has come: the server said so, or the token limit that it was not told is reached. */
  get whole(): boolean {
    return this.done || this.call.finish !== null;
  }

  /** Takes one thing that stood in the body. What only says that it is no answer is counted and passed over. */
  read(event: BodyEvent): void {
    if (event.kind === 'other') {
      this.hear(event.words ?? '');
      return passOver(this.call.account, event.what);
    }
    if (event.kind === 'page') {
      this.strange ||= reasonIn(event.text);
      return;
    }
    const text = event.text.trim();
    if (text === '[DONE]' || text === 'DONE') {
      this.done = true;
      if (!this.began) this.failure ??= this.fault(false);
      return;
    }
    if (this.done) return passOver(this.call.account, 'events after the end');
    for (const value of this.valuesIn(text)) this.take(value, event.name);
  }

  /** Why there is no answer in what came; undefined when there is one. `cut`: the body had no certain end. */
  fault(cut: boolean): CallError | undefined {
    if (this.failure) return this.failure;
    if (!this.began) {
      const empty = Object.keys(this.call.account.passedOver).length === 0;
      const seen = this.strange !== '' ? `; it is ${this.strange}` : empty ? '; it is empty' : '';
      return callError('nonsense', `the answer has no chunk of a chat completion in it${seen}`);
    }
    if (this.whole) return undefined;
    if (this.lastWords !== '')
      return callError('failed', `the stream has no finish reason, and the last that it says is: ${oneLine(this.lastWords)}`);
    if (this.call.text.trim() !== '' && !cut) return undefined;
    return callError(
      'dropped',
      cut ? 'the stream broke off: it has no end of any kind' : 'the stream ended without an answer and without a finish reason',
    );
  }

  /** The stream is over. */
  end(): void {
    const { answer, reasoning } = this.splitter.flush();
    const nowUs = this.call.stamps.lastTokenUs ?? monotonicUs();
    this.takeReasoning(reasoning, nowUs);
    if (reasoning !== '') this.call.reasoning.field ??= 'content';
    this.takeAnswer(answer, nowUs);
  }

  /** The JSON values of one event: usually one; several where a server leaves out the blank line between events; none for bare words. */
  private valuesIn(text: string): unknown[] {
    if (!/^[[{]/.test(text)) {
      this.strange ||= oneLine(text, 120);
      this.hear(text);
      passOver(this.call.account, 'events that are not JSON');
      return [];
    }
    if (text.length > 4 * DEEPEST && deepLine(text.replaceAll('\n', ' '), DEEPEST) > 0) {
      this.failure ??= callError('nonsense', `an event is JSON nested over ${DEEPEST} levels deep`);
      return [];
    }
    try {
      return [JSON.parse(text) as unknown];
    } catch {
      try {
        return text.split('\n').map((line) => JSON.parse(line) as unknown);
      } catch (error) {
        this.failure ??= callError('nonsense', `an event is broken JSON (${(error as Error).message}), and may be a part of the answer`);
        return [];
      }
    }
  }

  /** Bare words between the events: remembered when they sound like a fault. */
  private hear(words: string): void {
    if (FAULT.test(words)) this.lastWords = words;
  }

  private take(value: unknown, name: string | undefined): void {
    const nowUs = monotonicUs();
    let said: Understood;
    try {
      said = understand(value, name);
    } catch (error) {
      if (!(error instanceof UnreadableText)) throw error;
      this.failure ??= callError('nonsense', error.message);
      return;
    }
    for (const what of said.passedOver) passOver(this.call.account, what);
    if (said.error !== undefined) {
      if (this.whole) return passOver(this.call.account, 'errors after the end');
      this.failure ??= callError('failed', `the server reported an error in the stream: ${reasonOf(said.error)}`);
      return;
    }
    if (said.isChat) {
      this.began = true;
      this.call.account.understood++;
    } else {
      this.strange ||= oneLine(JSON.stringify(value), 120);
      if (isRefusal(value)) this.lastWords = reasonOf(value);
    }
    this.takeTiming(said.timing);
    this.takeText(said, nowUs);
    this.takeCounts(said.counts);
    if (said.finish !== undefined && BROKEN_OFF.test(said.finish))
      this.failure ??= callError('failed', `the server ended the stream with finish_reason "${oneLine(said.finish, 40)}"`);
    else if (said.finish !== undefined) this.call.finish = said.finish;
    if (said.finish !== undefined) this.finishedApart = said.answer === '' && said.reasoning === '' && this.call.pieces > 0;
    else if (said.answer !== '' || said.reasoning !== '') this.finishedApart = false;
    const { tokenLimitField, maxTokens } = this.settings;
    if (tokenLimitField !== null || this.call.pieces < maxTokens) return;
    this.lengthReached = true;
    this.call.finish ??= 'length';
  }

  private takeText({ answer: text, reasoning: thought, reasoningField, whole }: Understood, nowUs: number): void {
    if (text === '' && thought === '') return;
    this.lastWords = '';
    // Some servers say all of it once more in their last event.
    if (whole && this.call.pieces > 0) return passOver(this.call.account, 'whole messages after their pieces');
    const { stamps } = this.call;
    stamps.firstTokenUs ??= nowUs;
    stamps.lastTokenUs = nowUs;
    this.call.pieces++;
    this.call.completionTokens = Math.max(this.call.completionTokens, this.call.pieces);
    this.call.tokensCountedBy = 'pieces';
    if (thought !== '') this.call.reasoning.field ??= reasoningField;
    this.takeReasoning(thought, nowUs);
    if (text === '') return;
    const { answer, reasoning, discards } = this.splitter.push(text);
    if (discards) this.discard();
    if (reasoning !== '') this.call.reasoning.field ??= 'content';
    this.takeReasoning(reasoning, nowUs);
    this.takeAnswer(answer, nowUs);
  }

  /** The answer so far was reasoning whose opening mark the template wrote. An action that was released from it stays released. */
  private discard(): void {
    const { call } = this;
    call.reasoning.bareClose = true;
    call.reasoning.field ??= 'content';
    if (this.released) return;
    if (call.text !== '') call.reasoning.firstUs ??= call.stamps.firstAnswerUs;
    call.reasoning.characters += call.text.length;
    call.text = '';
    delete call.stamps.firstAnswerUs;
  }

  private takeReasoning(text: string, nowUs: number): void {
    if (text === '') return;
    const { reasoning } = this.call;
    reasoning.firstUs ??= nowUs;
    reasoning.lastUs = nowUs;
    reasoning.characters += text.length;
  }

  private takeAnswer(text: string, nowUs: number): void {
    if (text === '') return;
    const { stamps } = this.call;
    stamps.firstAnswerUs ??= nowUs;
    this.call.text += text;
    if (this.released) return;
    if (this.onText(this.call.text, text) !== true) return;
    this.released = true;
    stamps.releaseUs = monotonicUs();
  }

  private takeTiming(timing: EngineTiming | undefined): void {
    if (!timing) return;
    this.call.timing = timing;
    this.call.promptTokens = timing.promptTokens;
    this.call.cachedTokens = timing.cachedTokens;
  }

  private takeCounts(counts: TokenCounts | undefined): void {
    if (!counts) return;
    const { call } = this;
    call.promptTokens = counts.promptTokens ?? call.promptTokens;
    call.cachedTokens = counts.cachedTokens ?? call.cachedTokens;
    call.reasoning.tokens = counts.reasoningTokens ?? call.reasoning.tokens;
    if (counts.completionTokens === undefined) return;
    // Before the first piece it is a count of nothing yet.
    if (call.pieces === 0 && counts.completionTokens === 0) return;
    call.completionTokens = counts.completionTokens;
    call.tokensCountedBy = 'server';
  }
}
