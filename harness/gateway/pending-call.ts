/** A call between its arrival and its end. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { GatewayError } from './errors.js';
import { DEADLINE_HEADER, type Identity } from './identity.js';
import type { Prompt } from './prompt.js';
import { OWN_HEADERS } from './resources/calls.js';

/** A request to pass on. */
export interface Asked {
  path: '/chat/completions' | '/completions';
  headers: IncomingHttpHeaders;
  body: Buffer;
  parsed: Record<string, unknown>;
  identity: Identity;
  response: ServerResponse;
}

/** One that waits or runs. */
export interface PendingCall extends Asked {
  program: string;
  model: string;
  prompt: Prompt;
  promptTokens: number;
  arrivedMs: number;
  hangUp: AbortController;
  /** The backend on which it runs. */
  backend?: string;
  /** Aborted when that one is taken for dead. */
  lost: AbortController;
  /** How often it was sent to another backend before anything was answered. */
  moves: number;
  fail(error: GatewayError): void;
}

/** A call's headers as it starts: how long its answer is of use is told from now, not from when it came. */
export function headersAfter(
  { headers: came, identity: { deadlineInMs }, arrivedMs }: PendingCall,
  startedMs: number,
): IncomingHttpHeaders {
  const headers = { ...came };
  for (const own of OWN_HEADERS) delete headers[own];
  if (headers[DEADLINE_HEADER] === undefined || deadlineInMs === undefined) return headers;
  return { ...headers, [DEADLINE_HEADER]: String(Math.max(0, Math.round(deadlineInMs - (startedMs - arrivedMs)))) };
}
