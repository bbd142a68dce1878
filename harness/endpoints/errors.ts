/**
 * What can go wrong with a model call, typed: a call never throws past its caller, it ends with one of these.
 */
import type { FailureKind } from '../../scoring/trace/trace.js';
import { redact } from '../host/secrets.js';
import { BodyError } from './events.js';
import { oneLine } from './refusal.js';

/** An endpoint cannot be used at all: what, where, and what the server offers. Told before anything is measured, and without keys. */
export class EndpointError extends Error {
  override name = 'EndpointError';

  constructor(message: string) {
    super(redact(message));
  }
}

export interface CallError {
  kind: FailureKind;
  /** Short and stable, for tables and telemetry: the kind, or `http 429`. */
  label: string;
  /** One sentence, without keys or headers, at most 300 characters. */
  message: string;
  status?: number;
  /** How long the server asks to be left alone, in milliseconds. */
  retryAfterMs?: number;
}

const CAUSES_OF_REFUSAL: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: 'the address cannot be used from here',
  EACCES: 'the system does not allow the connection',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed before an answer',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer began in time',
  UND_ERR_HEADERS_OVERFLOW: 'its headers are too long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is not as long as its content-length says',
  ERR_ASSERTION: 'what answers does not speak HTTP as it should',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak https; try http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak https; try http://',
  EPROTO: 'it does not speak https as expected',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name its authority in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority; name it in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority; name it in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority; name it in NODE_EXTRA_CA_CERTS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Builds one; `http` errors are labelled with their status. */
export function callError(kind: FailureKind, message: string, status?: number): CallError {
  const label = kind === 'http' ? `http ${status}` : kind;
  return { kind, label, message: oneLine(message), ...(status === undefined ? {} : { status }) };
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
  if (known) return CAUSES_OF_REFUSAL[known];
  const http = codes.find((code) => code.startsWith('HPE_'));
  return http === undefined ? undefined : `what answers does not speak HTTP (${http}); is it https://?`;
}

/** Sorts what a request or the reading of its answer threw. `began`: bytes of an answer had come. */
export function classifyCallError(error: unknown, began: boolean): CallError {
  if (error instanceof BodyError) return callError('nonsense', error.message);
  const trouble = connectionTrouble(error);
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const why = trouble ?? (cause instanceof Error && cause.message !== '' ? cause.message : message);
  return callError(began ? 'dropped' : 'refused', message === 'terminated' && !trouble ? 'the connection was closed' : why);
}
