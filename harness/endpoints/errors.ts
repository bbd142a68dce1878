/**
 * What can go wrong with a model call, typed: a call never throws past its caller, it ends with one of these.
 */
import OpenAI from 'openai';
import type { FailureKind } from '../../scoring/trace.js';

/** An endpoint cannot be used at all: what, where, and what the server offers. Told before anything is measured. */
export class EndpointError extends Error {
  override name = 'EndpointError';
}

export interface CallError {
  kind: FailureKind;
  /** Short and stable, for tables and telemetry: the kind, or `http 429`. */
  label: string;
  /** One sentence, without keys or headers, at most 300 characters. */
  message: string;
  status?: number;
}

const CAUSES_OF_REFUSAL: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed before an answer',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

/** Builds one; `http` errors are labelled with their status. */
export function callError(kind: FailureKind, message: string, status?: number): CallError {
  const label = kind === 'http' ? `http ${status}` : kind;
  return { kind, label, message: message.replace(/\s+/g, ' ').slice(0, 300), ...(status === undefined ? {} : { status }) };
}

/** Error codes along an error's chain of causes. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 8; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string') codes.push(code);
    if (at instanceof AggregateError) codes.push(...at.errors.flatMap(codesOf));
  }
  return codes;
}

/** Why a connection failed, in words; undefined when the error does not speak of one. */
export function connectionTrouble(error: unknown): string | undefined {
  const codes = codesOf(error);
  const known = codes.find((code) => code in CAUSES_OF_REFUSAL);
  return known ? CAUSES_OF_REFUSAL[known] : undefined;
}

/** Sorts what the client library threw. `began`: bytes of an answer had come. */
export function classifyCallError(error: unknown, began: boolean): CallError {
  if (error instanceof OpenAI.APIConnectionTimeoutError) return callError('timeout', 'no answer within the time limit');
  if (error instanceof OpenAI.APIConnectionError) {
    return callError(began ? 'dropped' : 'refused', connectionTrouble(error) ?? error.message);
  }
  if (error instanceof OpenAI.APIError) {
    if (error.status === undefined) return callError('failed', `the server reported an error in the stream: ${error.message}`);
    return callError('http', error.message.replace(/^\d{3} /, ''), error.status);
  }
  if (error instanceof SyntaxError) return callError('nonsense', `the answer is not what the API defines: ${error.message}`);
  const trouble = connectionTrouble(error);
  if (trouble || (error instanceof TypeError && error.message === 'terminated')) {
    return callError(began ? 'dropped' : 'refused', trouble ?? 'the connection was closed');
  }
  return callError('nonsense', error instanceof Error ? error.message : String(error));
}
