/**
 * One streamed model call: request out, pieces in, stamps on everything, and an end that is always data, never an exception.
 */
import type { Readable } from 'node:stream';
import { monotonicUs } from '../host/clock.js';
import type { CallBudget, Reservation } from './budget.js';
import type { RequestSettings } from '../configuration/endpoint.js';
import { callError, classifyCallError, type CallError } from './errors.js';
import { BodyReader } from './events.js';
import { CallReading, type ChatCall, type OnText } from './reading.js';
import { oneLine, reasonIn, retryAfterMs } from './refusal.js';
import { askChat, type Destination, type Reply } from './transport.js';

export type { CallStamps, ChatCall, EngineTiming, OnText } from './reading.js';

/** Where calls go. */
export interface ChatTarget extends Destination {
  model: string;
  /** More fields of every request body. */
  extra?: Record<string, unknown>;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What a caller may do about a call under way. */
export interface CallOptions {
  /** The caller's wish to stop; the error is then `cancelled`. */
  signal?: AbortSignal;
  /** Counts the call, or refuses it. */
  budget?: CallBudget;
  /** How long token counts are waited for once the server has said that the answer is complete, in milliseconds. */
  lingerMs?: number;
}

/** A call under way. */
export interface ChatStream {
  /** The call as it stands once nothing can change the answer: released, complete, or failed. The connection may still be in use. */
  decided: Promise<ChatCall>;
  /** The call once its connection is free: the rest was cancelled, or read, as `afterRelease` says. */
  over: Promise<ChatCall>;
  /** Gives up what is still read after a release, so that the connection is free or closed at once. */
  hurry(): void;
}

/** Token counts come a moment after the answer's end, or never. */
const LINGER_MS = 5;

/** How long a server may keep a stream open after the end of the answer before the connection is given up, in milliseconds. */
const TAIL_MS = 1000;

/**
 * After a release the rest is cancelled by closing the connection, and the next call has to open another, which takes part of a millisecond.
 * Most answers end by themselves with the next token: so many events and milliseconds they are given for it.
 */
const SPARE_EVENTS = 3;
const SPARE_MS = 20;

/** Why a signal is aborted once its call is over. Made once: an error takes longer to make than an answer to read. */
const OVER = new Error('the call is over');
/** Likewise where the next call does not wait for the rest of this one. */
const HURRIED = new Error('the next call is due');

/** Most bytes read of a refusal. */
const REFUSAL_BYTES = 64 * 1024;

/** Servers that have ended a stream with a finish reason or `[DONE]`: one of theirs that ends without either was broken off. */
const saysItsEnd = new Set<string>();

/** The body of a request: the settings that are not left out (null), then the target's extra fields. */
export function requestBody(target: ChatTarget, messages: readonly ChatMessage[], settings: RequestSettings): Record<string, unknown> {
  const { temperature, topP, tokenLimitField, maxTokens, stop, seed, streamOptions } = settings;
  const fields = {
    model: target.model,
    messages,
    temperature,
    top_p: topP,
    ...(tokenLimitField === null ? {} : { [tokenLimitField]: maxTokens }),
    stop,
    seed,
    stream: true,
    stream_options: streamOptions,
  };
  return { ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)), ...target.extra };
}

/**
 * Makes one streamed call and waits for all of it. Whatever the server does is in the result, with the text and stamps until then; only
 * what `onText` throws is thrown.
 */
export function streamChat(
  target: ChatTarget,
  messages: readonly ChatMessage[],
  settings: RequestSettings,
  onText: OnText = () => false,
  options: CallOptions = {},
): Promise<ChatCall> {
  const { decided, over } = beginChat(target, messages, settings, onText, options);
  decided.catch(() => undefined); // `over` throws the same
  return over;
}

/**
 * Begins one streamed call. When `onText` releases, the rest is cancelled at the server or read to its end, as `settings.afterRelease`
 * says, but only after those who wait for `decided` have gone on: an action is sent first. A rest that ends by itself within a few events is read. Both promises throw what `onText` throws.
 */
export function beginChat(
  target: ChatTarget,
  messages: readonly ChatMessage[],
  settings: RequestSettings,
  onText: OnText,
  options: CallOptions = {},
): ChatStream {
  const running = new RunningCall(target, settings, onText, options);
  return { decided: running.decided, over: running.run(messages), hurry: () => running.hurry() };
}

class RunningCall {
  readonly decided: Promise<ChatCall>;
  private readonly reading: CallReading;
  private readonly stop = new AbortController();
  /** Rejects when the call is to end, whatever the connection makes of it. */
  private readonly stopped = new Promise<never>((_, reject) => {
    this.stop.signal.addEventListener('abort', () => reject(this.stop.signal.reason as Error), { once: true });
  });
  private resolve!: (call: ChatCall) => void;
  private reject!: (error: unknown) => void;
  private concluded = false;
  private timedOut = false;
  private thrown: unknown;
  /** What `onText` threw: a fault of the caller's, which is thrown to it. */
  private callersFault: { error: unknown } | undefined;
  /** Ends the wait for what may still come after the answer's end. */
  private lingering: NodeJS.Timeout | undefined;
  /** Events that came after a release, and what ends the wait for them. */
  private spare = 0;
  private sparing: NodeJS.Timeout | undefined;
  /** The body ends with its connection, so that its end and a break look alike. */
  private endsWithConnection = false;

  constructor(
    private readonly target: ChatTarget,
    private readonly settings: RequestSettings,
    onText: OnText,
    private readonly options: CallOptions,
  ) {
    this.reading = new CallReading(settings, (text, piece) => {
      try {
        return onText(text, piece);
      } catch (error) {
        this.callersFault = { error };
        throw error;
      }
    });
    this.stopped.catch(() => undefined); // who is waiting is told
    this.decided = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  async run(messages: readonly ChatMessage[]): Promise<ChatCall> {
    const { reading, stop, settings } = this;
    const { signal, budget } = this.options;
    const held = reserve(budget, messages, settings);
    if (typeof held === 'string') return this.fail(callError('budget', held));
    const timer = setTimeout(() => {
      this.timedOut = true;
      stop.abort();
    }, settings.timeoutMs);
    const cancel = (): void => stop.abort();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      reading.call.stamps.requestUs = monotonicUs();
      const request = askChat(this.target, requestBody(this.target, messages, settings), stop.signal);
      const response = await Promise.race([request, this.stopped]);
      if (response.ok) await this.readAnswer(response);
      else {
        const silent = (): CallError => callError('http', 'the server gives no reason in time', response.status);
        reading.failure = await Promise.race([refusalOf(response), this.stopped.catch(silent)]);
      }
      this.conclude();
    } catch (error) {
      this.thrown = error;
    } finally {
      clearTimeout(timer);
      clearTimeout(this.lingering);
      clearTimeout(this.sparing);
      signal?.removeEventListener('abort', cancel);
      stop.abort(OVER); // does nothing to a body that was read to its end
      if (held) settle(budget, held, reading.call);
    }
    if (this.callersFault) {
      this.reject(this.callersFault.error);
      throw this.callersFault.error;
    }
    this.conclude();
    return reading.call;
  }

  hurry(): void {
    if (this.reading.released && this.settings.afterRelease === 'cancel') this.stop.abort(HURRIED);
  }

  private fail(error: CallError): ChatCall {
    this.reading.failure = error;
    this.conclude();
    return this.reading.call;
  }

  private async readAnswer(reply: Reply): Promise<void> {
    const { reading, settings } = this;
    const coding = reply.header('content-encoding') ?? 'identity';
    if (coding !== 'identity') {
      reading.failure = callError(
        'nonsense',
        `the answer is compressed (${coding}) though it was asked for as it is: it would come in blocks`,
      );
      return void reply.body.destroy();
    }
    this.endsWithConnection = reply.header('transfer-encoding') === undefined && reply.header('content-length') === undefined;
    const cancels = settings.afterRelease === 'cancel';
    const body = new BodyReader((event) => {
      if (reading.failure || reading.lengthReached) return;
      if (reading.released && cancels) return void this.spare++;
      reading.read(event);
      if (reading.released) this.conclude();
    });
    try {
      const end = readToEnd(reply.body, (bytes) => {
        body.feed(bytes);
        return this.hasEnough(cancels);
      });
      const ended = await Promise.race([end, this.stopped]);
      // The action goes out before its connection is closed, which takes about a millisecond.
      if (!ended && reading.released) await new Promise((resolve) => setImmediate(resolve));
      body.end();
    } finally {
      reply.body.destroy(); // closes the connection of an answer that was not read to its end
    }
  }

  /** Whether nothing more is to be read; the answer is settled as soon as it is complete. */
  private hasEnough(cancels: boolean): boolean {
    const { reading } = this;
    if (reading.failure) return true;
    if (reading.released && cancels) {
      this.sparing ??= setTimeout(() => this.stop.abort(), SPARE_MS);
      return this.spare > SPARE_EVENTS;
    }
    this.linger();
    if (reading.done || reading.lengthReached || (reading.finishedApart && reading.call.tokensCountedBy === 'server')) this.conclude();
    return reading.lengthReached;
  }

  /** After a finish reason the answer is complete, though its stream may go on: what comes yet is waited for, but not for long. */
  private linger(): void {
    const { reading, stop } = this;
    clearTimeout(this.lingering);
    if (!reading.whole) return;
    const tail = (ms: number): void => void (this.lingering = setTimeout(() => stop.abort(), ms));
    if (reading.done || this.concluded) return tail(TAIL_MS);
    // A server that says "stop" beside its text may say it beside every piece.
    const wait = reading.finishedApart ? (this.options.lingerMs ?? LINGER_MS) : TAIL_MS;
    this.lingering = setTimeout(() => {
      try {
        this.conclude();
        tail(TAIL_MS);
      } catch {
        stop.abort(); // the caller's fault: `run` throws it
      }
    }, wait);
  }

  /** Settles the answer, once. */
  private conclude(): void {
    if (this.concluded) return;
    this.concluded = true;
    const { reading } = this;
    const { call } = reading;
    if (!reading.released) reading.end();
    const server = `${this.target.url} ${this.target.model}`;
    call.error = this.outcome(saysItsEnd.has(server) || this.endsWithConnection);
    if (reading.whole && !call.error) saysItsEnd.add(server);
    if (reading.released && this.settings.afterRelease === 'cancel') call.finish = 'released';
    this.resolve({ ...call, stamps: { ...call.stamps }, reasoning: { ...call.reasoning } });
  }

  private outcome(cut: boolean): CallError | undefined {
    const { reading } = this;
    if (reading.released) return undefined;
    if (reading.failure) return reading.failure;
    if (reading.whole) return undefined;
    if (this.timedOut) return callError('timeout', `no complete answer within ${this.settings.timeoutMs} ms`);
    if (this.options.signal?.aborted) return callError('cancelled', 'the caller gave it up');
    if (this.thrown !== undefined) return classifyCallError(this.thrown, reading.began);
    return reading.fault(cut);
  }
}

function reserve(
  budget: CallBudget | undefined,
  messages: readonly ChatMessage[],
  settings: RequestSettings,
): Reservation | string | undefined {
  if (!budget) return undefined;
  const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.content) + 16, 0);
  return budget.reserve(bytes, settings.maxTokens);
}

function settle(budget: CallBudget | undefined, held: Reservation, call: ChatCall): void {
  const outputTokens = call.tokensCountedBy === 'server' ? call.completionTokens : undefined;
  budget?.settle(held, { inputTokens: call.promptTokens, outputTokens, receivedPieces: call.pieces });
}

/** Hands every piece of a body on as it arrives, until it is over (true) or `enough` says so (false). Rejects when it breaks off. */
function readToEnd(body: Readable, enough: (bytes: Uint8Array) => boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    body.on('data', (bytes: Uint8Array) => {
      try {
        if (!enough(bytes)) return;
        body.pause();
        resolve(false);
      } catch (error) {
        body.pause();
        reject(error as Error);
      }
    });
    body.on('end', () => resolve(true));
    body.on('error', reject);
    body.on('close', () => reject(new Error('the connection was closed')));
  });
}

/** What a status other than 200 means, with what the server says about it. */
async function refusalOf(reply: Reply): Promise<CallError> {
  const { status, url, statusText } = reply;
  const location = reply.header('location');
  const body = await beginningOf(reply);
  if (status >= 300 && status < 400 && location !== undefined) {
    const address = URL.canParse(location, url) ? new URL(location, url).href : location;
    return callError('http', `the server sends to another address, which is not followed: ${oneLine(address, 200)}`, status);
  }
  // A gateway that finds that the answer would come too late has told of a lateness, not failed.
  if (status === 504 && /"code":\s*"deadline_unreachable"/.test(body)) return callError('timeout', reasonIn(body), status);
  const error = callError('http', reasonIn(body) || statusText || 'the server gives no reason', status);
  const waitMs = retryAfterMs((name) => reply.header(name), Date.now());
  return waitMs === undefined ? error : { ...error, retryAfterMs: waitMs };
}

/** The first bytes of a body as text; what came of one that breaks off. */
export async function beginningOf(reply: Reply, most = REFUSAL_BYTES): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const read = readToEnd(reply.body, (piece) => {
    bytes += piece.length;
    text += decoder.decode(piece, { stream: true });
    return bytes > most;
  });
  await read.catch(() => undefined); // its status is the news; what was said until it broke off goes with it
  reply.body.destroy();
  return text + decoder.decode();
}
