/**
 * How one thread gives another kernel calls to make: a ring of calls in shared memory, and how many of them were posted and done.
 *
 * The sender writes calls down and posts them together; the server takes all that are posted and makes them in that order. What it has not
 * taken when the sender comes to wait for it, the sender takes back and makes itself: a server that gets no processor holds nobody up.
 * Both look again and again for a short while and then sleep, so that calls are taken within a microsecond while a request is computed,
 * and an idle engine uses no processor.
 * What one side wrote anywhere in shared memory before it raised its count, the other sees after it has read that count.
 */

import type { Kernels } from './kernels.js';

/** Calls that fit, and numbers of one: which kernel, and up to 15 arguments. */
const CALLS = 256;
const CALL_NUMBERS = 16;

/** Bytes of the counts and flags, and of an error's message. */
const HEAD_BYTES = 256;
const MESSAGE_BYTES = 1024;

/**
 * Indices of 32-bit words. Those that the sender writes and those that the server writes lie 128 bytes apart: processors hand memory to
 * each other by such lines.
 */
const POSTED = 0;
const SENDER_SLEEPS = 1;
const DONE = 32;
const SERVER_SLEEPS = 33;
/** Bytes of an error's message; 0 while there is none. */
const FAILED = 34;
/** Calls that were taken, by the server as a rule; by the sender where it has to make them itself. */
const TAKEN = 35;

/**
 * How long to look for a change before going to sleep: longer than two threads' halves of a step differ, and no longer, since on a busy host
 * the one that looks may hold the very processor that the other waits for.
 */
const LOOK_MS = 0.05;

/** A sleeping sender looks up so often, and gives up after so many times: a process that was stopped for a while loses but one of them. */
const NAP_MS = 1000;
const NAPS = 30;

/** A computing thread that failed, ended or does not answer. The model cannot go on: its memory may be half written. */
export class ThreadError extends Error {
  override name = 'ThreadError';
}

/** The kernels of a module by the order of its exports, which is the same in all its instances. */
export function kernelNames(exports: object): (keyof Kernels)[] {
  return Object.entries(exports).flatMap(([name, value]) => (typeof value === 'function' ? [name as keyof Kernels] : []));
}

/** Memory for one mailbox. */
export function mailboxBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + MESSAGE_BYTES + CALLS * CALL_NUMBERS * 8);
}

interface Parts {
  words: Int32Array;
  message: Uint8Array;
  calls: Float64Array;
}

function partsOf(buffer: SharedArrayBuffer): Parts {
  return {
    words: new Int32Array(buffer, 0, HEAD_BYTES / 4),
    message: new Uint8Array(buffer, HEAD_BYTES, MESSAGE_BYTES),
    calls: new Float64Array(buffer, HEAD_BYTES + MESSAGE_BYTES),
  };
}

/** Waits until a word is no longer `value`: looking first, then asleep, told so by its flag. False when that takes `ms` of sleep. */
function changed(words: Int32Array, index: number, value: number, sleeps: number, ms: number): boolean {
  const until = performance.now() + LOOK_MS;
  do {
    for (let i = 0; i < 100; i++) if (Atomics.load(words, index) !== value) return true;
  } while (performance.now() < until);
  // Whoever raises the word looks at the flag afterwards; so either it wakes this thread, or the word has changed before the wait begins.
  Atomics.store(words, sleeps, 1);
  const ended = Atomics.wait(words, index, value, ms);
  Atomics.store(words, sleeps, 0);
  return ended !== 'timed-out';
}

/** Raises a count, and wakes the other side if it sleeps. */
function raise(words: Int32Array, index: number, value: number, sleeps: number): void {
  Atomics.store(words, index, value);
  if (Atomics.load(words, sleeps) === 1) Atomics.notify(words, index);
}

type Call = (...args: number[]) => unknown;

/** Makes the calls [from, to) of a ring. */
function makeCalls(kernels: readonly Call[], c: Float64Array, from: number, to: number): void {
  for (let call = from; call !== to; call = (call + 1) | 0) {
    const at = (call & (CALLS - 1)) * CALL_NUMBERS;
    // A kernel ignores arguments beyond its own: calling each with all numbers there are is several times faster than spreading a list.
    kernels[c[at]!]!(
      ...([c[at + 1]!, c[at + 2]!, c[at + 3]!, c[at + 4]!, c[at + 5]!, c[at + 6]!, c[at + 7]!, c[at + 8]!] as const),
      ...([c[at + 9]!, c[at + 10]!, c[at + 11]!, c[at + 12]!, c[at + 13]!, c[at + 14]!, c[at + 15]!] as const),
    );
  }
}

/** The sender's side. */
export class Mailbox {
  /** Kernels that only write down what they are called with. */
  readonly kernels: Kernels;
  private readonly parts: Parts;
  private readonly own: readonly Call[];
  /** Calls written down, and those known to be done. */
  private written = 0;
  private joined = 0;

  /**
   * @param exports the kernels that take back what the server does not come to
   * @param naps how often a sleeping sender looks up before it gives up
   */
  constructor(
    readonly buffer: SharedArrayBuffer,
    exports: Kernels,
    private readonly naps = NAPS,
  ) {
    this.parts = partsOf(buffer);
    const names = kernelNames(exports);
    this.own = names.map((name) => exports[name] as Call);
    const recorders = names.map((name, kernel) => [name, (...args: number[]) => this.write(kernel, args)]);
    this.kernels = Object.fromEntries(recorders) as unknown as Kernels;
  }

  /** Sends what was written down since the last time. */
  post(): void {
    raise(this.parts.words, POSTED, this.written, SERVER_SLEEPS);
  }

  /** Does what the server has not begun, and waits until all that was posted is done. @throws ThreadError */
  join(): void {
    const { words, message, calls } = this.parts;
    const [begin, end] = [this.joined, this.written];
    if (begin === end) return;
    this.joined = end;
    // Looked at first: an attempt to change it would take the line away from the server, which is about to write there.
    if (Atomics.load(words, TAKEN) === begin && Atomics.compareExchange(words, TAKEN, begin, end) === begin) {
      return makeCalls(this.own, calls, begin, end);
    }
    let naps = 0;
    for (let done = Atomics.load(words, DONE); done !== end; done = Atomics.load(words, DONE)) {
      if (!changed(words, DONE, done, SENDER_SLEEPS, NAP_MS) && ++naps >= this.naps)
        throw new ThreadError(`a computing thread has not answered for ${(naps * NAP_MS) / 1000} seconds`);
    }
    const length = Atomics.load(words, FAILED);
    if (length > 0) throw new ThreadError(`a computing thread failed: ${Buffer.from(message.slice(0, length)).toString('utf8')}`);
  }

  private write(kernel: number, args: readonly number[]): void {
    if (args.length >= CALL_NUMBERS) throw new ThreadError(`a call of ${args.length} arguments; a mailbox takes ${CALL_NUMBERS - 1}`);
    const { calls } = this.parts;
    // A full ring is worked off first. The forward pass hardly ever writes so much at once.
    if (((this.written - this.joined) | 0) === CALLS) {
      this.post();
      this.join();
    }
    let at = (this.written & (CALLS - 1)) * CALL_NUMBERS;
    calls[at++] = kernel;
    for (const argument of args) calls[at++] = argument;
    this.written = (this.written + 1) | 0;
  }
}

/** The server's side: makes the calls as they come, for ever. An error is told to the sender and ends it. */
export function serve(buffer: SharedArrayBuffer, exports: Kernels): void {
  const { words, message, calls } = partsOf(buffer);
  const kernels = kernelNames(exports).map((name) => exports[name] as Call);
  for (;;) {
    const taken = Atomics.load(words, TAKEN);
    const posted = Atomics.load(words, POSTED);
    if (posted === taken) {
      changed(words, POSTED, posted, SERVER_SLEEPS, Infinity);
      continue;
    }
    if (Atomics.compareExchange(words, TAKEN, taken, posted) !== taken) continue;
    try {
      makeCalls(kernels, calls, taken, posted);
    } catch (error) {
      const told = Buffer.from(error instanceof Error ? error.message : String(error)).subarray(0, MESSAGE_BYTES);
      message.set(told);
      Atomics.store(words, FAILED, Math.max(1, told.length));
      raise(words, DONE, posted, SENDER_SLEEPS);
      return;
    }
    raise(words, DONE, posted, SENDER_SLEEPS);
  }
}
