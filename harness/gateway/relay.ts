/** Passes one call on to a backend and its answer back: the bytes as they come, in both directions. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { postBytes, type Destination } from '../endpoints/transport.js';
import type { TokenCounts } from '../endpoints/chunk.js';
import { UsageWatch } from './usage.js';

/** Headers that belong to one connection (RFC 9110, 7.6.1), or that are made anew for the next. */
const OF_THE_CONNECTION = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'accept-encoding', 'expect'],
]); // prettier-ignore

export interface Relayed {
  /** `cancelled`: the client went away or stopped reading; `untouched`: nothing of an answer came, so that another backend may be asked. */
  outcome: 'done' | 'cancelled' | 'failed' | 'untouched';
  /** What went wrong; absent of an answer that was passed on whole, whatever its status, unless it says itself that it failed. */
  trouble?: Error;
  status?: number;
  counts: TokenCounts;
  outputTokens: number;
  /** When the first byte of the body came, by the given clock. */
  firstByteMs?: number;
}

export interface Relaying {
  to: Destination;
  path: string;
  headers: IncomingHttpHeaders;
  /** Whether the client's own key is the backend's. */
  passKey: boolean;
  body: Buffer;
  response: ServerResponse;
  /** Headers of our own in the answer. */
  own: Record<string, string>;
  /** Aborted when the client went away. */
  signal: AbortSignal;
  /** Aborted when the backend is taken for dead. */
  lost: AbortSignal;
  /** How long the backend may be silent, and the client take nothing. */
  silenceMs: number;
  now(): number;
}

/** Passes a call on. Never throws: what happened is in the result, and a failure before the first byte left the response untouched. */
export async function relay(relaying: Relaying): Promise<Relayed> {
  const { to, path, body, response, own, signal, lost, silenceMs, now } = relaying;
  const usage = new UsageWatch();
  const stop = new AbortController();
  let isStalled = false;
  const silence = new Silence(silenceMs, () => {
    // Nothing is read from the backend while the client takes nothing: that silence is the client's.
    isStalled = response.writableNeedDrain;
    stop.abort(new Error(`the ${isStalled ? 'client took nothing' : 'backend was silent'} for ${silenceMs / 1000} s`));
  });
  const cancel = (): void => stop.abort(signal.reason);
  const giveUp = (): void => stop.abort(lost.reason);
  signal.addEventListener('abort', cancel, { once: true });
  lost.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) cancel();
  let began = false;
  let firstByteMs: number | undefined;
  const result = (outcome: Relayed['outcome'], more: Partial<Relayed> = {}): Relayed => ({
    ...{ outcome, counts: usage.counts, outputTokens: usage.outputTokens, ...more },
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
  });
  try {
    const reply = await postBytes(to, path, { headers: headersOn(relaying), body, signal: stop.signal });
    silence.heard();
    began = true;
    response.writeHead(reply.status, { ...headersBack(reply.headers), ...own });
    response.flushHeaders();
    await pump(reply.body, response, stop.signal, (bytes) => {
      firstByteMs ??= now();
      silence.heard();
      usage.feed(bytes);
    });
    usage.end();
    response.end();
    const isStream = /^text\/event-stream/i.test(reply.header('content-type') ?? '');
    const fault = reply.ok ? usage.fault(isStream) : undefined;
    return result(reply.ok && !fault ? 'done' : 'failed', { status: reply.status, ...(fault ? { trouble: new Error(fault) } : {}) });
  } catch (error) {
    stop.abort(error); // the connection to the backend is not kept for an answer that nobody reads
    if (signal.aborted) return result('cancelled');
    if (began) response.destroy(); // an answer that breaks off must not look like one that ended
    if (isStalled) return result('cancelled', { trouble: error as Error });
    return result(began ? 'failed' : 'untouched', { trouble: error as Error });
  } finally {
    silence.end();
    signal.removeEventListener('abort', cancel);
    lost.removeEventListener('abort', giveUp);
  }
}

function headersOn({ headers, passKey, to }: Relaying): Record<string, string> {
  const on: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OF_THE_CONNECTION.has(name) || (name === 'authorization' && !passKey) || name === to.keyHeader?.toLowerCase()) continue; // prettier-ignore
    on[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return on;
}

function headersBack(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const back: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && (name === 'content-length' || !OF_THE_CONNECTION.has(name))) back[name] = value; // prettier-ignore
  return back;
}

/** Every piece as it comes, no faster than the client takes them. Rejects when the backend breaks off or the signal is aborted. */
function pump(from: Readable, to: ServerResponse, signal: AbortSignal, see: (bytes: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      from.destroy();
      reject(error);
    };
    const aborted = (): void => fail(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    const settle = (then: () => void) => (): void => {
      signal.removeEventListener('abort', aborted);
      then();
    };
    from.on('data', (bytes: Buffer) => {
      see(bytes);
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.on('end', settle(resolve));
    from.on('error', (error: Error) => settle(() => fail(error))());
    from.on('close', settle(() => reject(new Error('the backend closed the connection within its answer')))); // prettier-ignore
  });
}

/** Calls back when nothing was heard for long. */
class Silence {
  private timer: NodeJS.Timeout;

  constructor(ms: number, tooLong: () => void) {
    this.timer = setTimeout(tooLong, ms);
  }

  heard(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
