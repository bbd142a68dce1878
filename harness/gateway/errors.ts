/** What the gateway itself answers when it does not serve a call, in the shape that OpenAI's clients read. What a backend says is passed on as it is. */
import type { RefusalReason } from './scheduling/types.js';

/** A request that is not served: an HTTP status and `{ error: { message, type, param, code } }`. */
export class GatewayError extends Error {
  override name = 'GatewayError';

  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
    /** Whole seconds after which to try again, for the header `Retry-After`. */
    readonly retryAfterS?: number,
  ) {
    super(message);
  }

  body(): { error: { message: string; type: string; param: null; code: string } } {
    const { status, message, code } = this;
    const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message, type, param: null, code } };
  }
}

/** A refusal of the scheduler's as it is told. @param estimateMs how long calls like it take at present */
export function refusalError(reason: RefusalReason, estimateMs?: number): GatewayError {
  switch (reason) {
    case 'deadline_unreachable': {
      const why = estimateMs ? `; calls like it take ${Math.round(estimateMs)} ms at present` : ' before it could begin';
      return new GatewayError(504, `nothing was computed: the answer would come after its deadline${why}`, reason);
    }
    case 'context_exceeds_capacity':
      return new GatewayError(400, 'the prompt and the most tokens of its answer fit into no backend that has this model', reason);
    case 'overloaded':
      return new GatewayError(429, 'as many calls wait, or as many programs live, as the gateway takes', reason, 1);
    case 'waited_too_long':
      return new GatewayError(503, 'no backend could serve the call within the time that one may wait', reason, 1);
    case 'no_backend':
      return new GatewayError(503, 'no backend that may serve the call is there at present', reason, 1);
    case 'program_released':
      return new GatewayError(409, 'the program of this call was released', reason);
  }
}

/** Any error as the gateway tells it: those of reading a request by their cause, all others as its own failure. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const { type, limit, message, status } = error as { type?: string; limit?: number; message?: string; status?: number };
  if (type === 'entity.too.large') return new GatewayError(413, `the request body is over ${limit} bytes`, 'body_too_large');
  if (error instanceof RangeError && /call stack/.test(message ?? ''))
    return new GatewayError(400, 'the request body is nested too deeply to be read', 'invalid_json');
  if (error instanceof URIError) return new GatewayError(400, `the address cannot be read: ${message}`, 'invalid_address');
  if (status !== undefined && status >= 400 && status < 500)
    return new GatewayError(status, message ?? String(error), type ?? 'invalid_request');
  return new GatewayError(500, `the gateway failed: ${message ?? String(error)}`, 'gateway_failed');
}
