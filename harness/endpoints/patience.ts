/**
 * Waiting for a server that limits calls or is busy, while the world stands still: in probes, checks, warm-ups, patient matches and at the start. Never in
 * another match, where the time would be the model’s.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallError } from './errors.js';

/** Longest time that a server is waited for, over all tries of one thing, in milliseconds. */
const MOST_MS = 120_000;

/** The first wait where the server names none; each later one is twice as long. */
const FIRST_MS = 1000;

/** Statuses that mean "later": a limit of calls, busy or loading, overloaded. */
const LATER = new Set([429, 503, 529]);

export interface PatienceOptions {
  /** Told how long is waited, and for what. */
  say?: (line: string) => void;
  signal?: AbortSignal;
  mostMs?: number;
  /** Waits; tests pass their own. */
  wait?: (ms: number) => Promise<unknown>;
}

/** The patience for one thing that may be tried several times. */
export class Patience {
  private waitedMs = 0;
  private nextMs = FIRST_MS;
  /** Why waiting was given up, for the error message. */
  gaveUp = '';

  constructor(private readonly options: PatienceOptions = {}) {}

  /**
   * Waits as the server asked. @returns whether the call is worth another try: false when the failure is of another kind, when the server
   * asks for more time than there is, or when the caller stops.
   */
  async after(error: CallError | undefined): Promise<boolean> {
    if (error?.status === undefined || !LATER.has(error.status)) return false;
    const { say, signal, mostMs = MOST_MS, wait = (ms: number) => sleep(ms, undefined, { signal }) } = this.options;
    // A moment more than was asked for: the server's clock counts whole seconds.
    const waitMs = error.retryAfterMs === undefined ? this.nextMs : Math.max(50, error.retryAfterMs + 20);
    if (signal?.aborted) return false;
    if (this.waitedMs + waitMs > mostMs) {
      this.gaveUp = `it asks to wait ${seconds(waitMs)}; at most ${seconds(mostMs)} are waited`;
      return false;
    }
    say?.(`${error.label}: ${error.message}; waiting ${seconds(waitMs)}${error.retryAfterMs === undefined ? '' : ', as it asks'}`);
    this.waitedMs += waitMs;
    this.nextMs = Math.min(30_000, this.nextMs * 2);
    await wait(waitMs).catch(() => undefined); // a wait that was broken off is seen by the signal
    return !signal?.aborted;
  }
}

const seconds = (ms: number): string => `${Math.ceil(ms / 100) / 10} s`;
