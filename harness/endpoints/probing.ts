/**
 * What the probes of an endpoint check have in common: what they may use, what they report, and how figures are summed up.
 */
import { quantile } from '../../scoring/statistics/quantiles.js';
import type { ChatCall, ChatMessage, ChatTarget } from './call.js';
import type { RequestSettings } from '../configuration/endpoint.js';

export interface CheckRow {
  feature: string;
  outcome: 'works' | 'not' | 'unknown';
  /** One sentence: what was seen. */
  detail: string;
  /** Median real milliseconds with the feature, and of the same without it where that was measured; `costOf` says what was timed. */
  ms?: number;
  baselineMs?: number;
  costOf?: string;
  /** Of a streamed answer whose tokens were told: its lengths, and real milliseconds from the request to its first and to its last token. */
  streamed?: { promptTokens: number; answerTokens: number; firstMs: number; lastMs: number };
}

/** What a probe may use. */
export interface ProbeContext {
  target: ChatTarget;
  /** One streamed call: greedy, few tokens, unless the settings say otherwise; `extra` goes into the body. */
  ask(
    messages: string | ChatMessage[],
    settings?: Partial<RequestSettings>,
    extra?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<ChatCall>;
  /** The median time to the first token of a plain short request, once it is known. */
  plainFirstMs?: number;
  /** Settings found out on the way that a configuration needs, such as `thinkingOpened: true`. */
  needed: Partial<RequestSettings>;
}

export interface AskOptions {
  signal?: AbortSignal;
  onPiece?: (text: string) => void;
  /** A server that asks for patience is not waited for. */
  impatient?: boolean;
}

/** Tries one or more features. */
export interface Probe {
  feature: string;
  run(context: ProbeContext): Promise<CheckRow | CheckRow[]>;
}

/** Milliseconds to a tenth. */
export const roundMs = (ms: number): number => Math.round(ms * 10) / 10;

/** The median of a few figures (of an even number the lower of the middle two); undefined of none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return roundMs(
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    ),
  );
}

/** Real milliseconds to the first piece of anything. */
export function firstMs(call: ChatCall): number | undefined {
  const { requestUs, firstTokenUs } = call.stamps;
  return firstTokenUs === undefined ? undefined : (firstTokenUs - requestUs) / 1000;
}

/** Without those that did not come. */
export const known = (values: readonly (number | undefined)[]): number[] => values.filter((value) => value !== undefined);

/** What an error means for a feature: the server says no, or nothing can be told. */
export function refusal(feature: string, call: ChatCall): CheckRow {
  const { error } = call;
  const says = error?.kind === 'http' && error.status !== undefined && error.status >= 400 && error.status < 500 && error.status !== 429;
  return { feature, outcome: says ? 'not' : 'unknown', detail: error ? `${error.label}: ${error.message}` : 'no answer' };
}
