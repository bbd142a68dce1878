/**
 * The thread behind `Alarm` (harness/host/clock.ts): sleeps until the moment it was told, to some tens of microseconds, and says so. A
 * thread's futex wait is that precise and takes no processor time; the event loop's own timers count whole milliseconds.
 */
import { parentPort, workerData } from 'node:worker_threads';

/** What both threads see: `told[0]` changes whenever `deadline[0]` does, microseconds of the system's monotonic clock (0: none). */
export interface AlarmShared {
  told: Int32Array;
  deadline: Float64Array;
}

/** Microseconds of the system's monotonic clock, the same in every thread. */
export function systemUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + nanoseconds / 1000;
}

const shared = workerData as Partial<AlarmShared> | null;
// Any other thread may use a clock, and then imports this file, too.
if (parentPort && shared?.told && shared.deadline) {
  const { told, deadline } = shared;
  for (;;) {
    const seen = Atomics.load(told, 0);
    const leftUs = deadline[0]! - systemUs();
    if (deadline[0] === 0) Atomics.wait(told, 0, seen);
    else if (leftUs > 0) Atomics.wait(told, 0, seen, leftUs / 1000);
    else {
      parentPort.postMessage(0);
      Atomics.wait(told, 0, seen);
    }
  }
}
