/**
 * One streamed model call: request out, pieces in, stamps on everything, and an end that is always data, never an exception.
 */
import OpenAI from 'openai';
import { monotonicUs } from '../host/clock.js';
import type { CallBudget, Reservation } from './budget.js';
import type { RequestSettings } from '../configuration/endpoint.js';
import { callError, classifyCallError, type CallError } from './errors.js';
import { CallReading, type ChatCall, type OnText } from './reading.js';

export type { CallStamps, ChatCall, EngineTiming, OnText } from './reading.js';

/** Where calls go. */
export interface ChatTarget {
  /** The address before `/chat/completions`. */
  url: string;
  model: string;
  apiKey?: string;
  /** More fields of every request body. */
  extra?: Record<string, unknown>;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

const clients = new WeakMap<ChatTarget, OpenAI>();

/** The library's client of a target: connections are kept between calls, nothing is tried twice, nothing is logged. */
function clientOf(target: ChatTarget): OpenAI {
  let client = clients.get(target);
  if (!client) {
    client = new OpenAI({
      baseURL: target.url,
      apiKey: target.apiKey ?? 'none',
      maxRetries: 0,
      logLevel: 'off',
      organization: null,
      project: null,
    });
    clients.set(target, client);
  }
  return client;
}

/** The body of a request: the settings always sent, then the target's extra fields. */
export function requestBody(target: ChatTarget, messages: readonly ChatMessage[], settings: RequestSettings): Record<string, unknown> {
  return {
    model: target.model,
    messages,
    temperature: settings.temperature,
    top_p: settings.topP,
    [settings.tokenLimitField]: settings.maxTokens,
    ...(settings.stop ? { stop: settings.stop } : {}),
    ...(settings.seed === undefined ? {} : { seed: settings.seed }),
    ...target.extra,
  };
}

/**
 * Makes one streamed call. Whatever the server does is in the result, with the text and stamps until then; only what `onText` throws is thrown.
 *
 * When `onText` releases, the rest is cancelled at the server or read to its end, as `settings.afterRelease` says.
 * @param signal the caller's wish to stop; the error is then `cancelled`
 * @param budget counts the call, or refuses it
 */
export async function streamChat(
  target: ChatTarget,
  messages: readonly ChatMessage[],
  settings: RequestSettings,
  onText: OnText = () => false,
  signal?: AbortSignal,
  budget?: CallBudget,
): Promise<ChatCall> {
  const reading = new CallReading(settings, onText);
  const held = reserve(budget, messages, settings);
  if (typeof held === 'string') {
    reading.call.error = callError('budget', held);
    return reading.call;
  }
  const stop = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop.abort();
  }, settings.timeoutMs);
  const cancel = (): void => stop.abort();
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  let thrown: unknown;
  try {
    reading.call.stamps.requestUs = monotonicUs();
    const body = { ...requestBody(target, messages, settings), stream: true, stream_options: { include_usage: true } };
    const stream = await clientOf(target).chat.completions.create(body as unknown as OpenAI.ChatCompletionCreateParamsStreaming, {
      signal: stop.signal,
      timeout: settings.timeoutMs + 1000,
    });
    for await (const chunk of stream) {
      if (reading.read(chunk) === 'cancel') break;
    }
    reading.end();
  } catch (error) {
    if (reading.callerFailed) throw error;
    thrown = error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    if (held) settle(budget, held, reading.call);
  }
  reading.call.error = outcome(reading, { thrown, timedOut, limitMs: settings.timeoutMs, cancelled: signal?.aborted ?? false });
  return reading.call;
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

function outcome(
  reading: CallReading,
  { thrown, timedOut, limitMs, cancelled }: { thrown: unknown; timedOut: boolean; limitMs: number; cancelled: boolean },
): CallError | undefined {
  if (reading.call.finish === 'released') return undefined;
  if (timedOut) return callError('timeout', `no complete answer within ${limitMs} ms`);
  if (cancelled) return callError('cancelled', 'the caller gave it up');
  if (thrown !== undefined) return classifyCallError(thrown, reading.began);
  if (!reading.began) return callError('nonsense', 'the answer has no chunk of a chat completion in it');
  if (reading.call.finish === null) return callError('dropped', 'the stream ended without a finish reason');
  return undefined;
}
