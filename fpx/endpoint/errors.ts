/**
 * Refusals in the shape that OpenAI's clients read: an HTTP status and `{ error: { message, type, param, code } }`.
 */

/** A request that is refused. `param` names the field of the request body it is about. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly param: string | null = null,
    /** Whole seconds after which to try again, for the header `Retry-After`. */
    readonly retryAfterS: number | undefined = undefined,
  ) {
    super(message);
  }

  /** The response body. */
  body(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    const type = this.status === 429 ? 'rate_limit_error' : this.status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

/** Any error as a refusal: those of the body parser by their cause, all others as a failure of the engine. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { type, code, limit, message, status } = error as {
    type?: string;
    code?: string;
    limit?: number;
    message?: string;
    status?: number;
  };
  if (type === 'entity.too.large') return new ApiError(413, `the request body is over ${limit} bytes`, 'body_too_large');
  if (type === 'request.size.invalid') return new ApiError(400, 'the request body is not as long as it says', 'invalid_json');
  if (type === 'request.aborted') return new ApiError(400, 'the request body was cut off', 'invalid_json');
  // Codes of zlib, brotli and, on later versions of Node, zstd.
  if (code !== undefined && /^(Z_|ZSTD_|ERR__ERROR_|ERR_BROTLI)/.test(code))
    return new ApiError(400, `the request body is not packed as its content-encoding says: ${message}`, 'unsupported_encoding');
  if (type?.startsWith('encoding.') || type?.startsWith('charset.'))
    return new ApiError(415, `${message ?? type}; accepted: JSON as it is, or packed with gzip, deflate or br`, 'unsupported_encoding');
  if (error instanceof URIError) return new ApiError(400, `the address cannot be read: ${message}`, 'invalid_address');
  if (status !== undefined && status >= 400 && status < 500) return new ApiError(status, message ?? String(error));
  return new ApiError(500, `the engine failed: ${message ?? String(error)}`, 'engine_failed');
}
