/** A further computing thread (see team.ts): its own instance of the kernels over the model's memory, making the calls that it is sent. */

import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Kernels } from './kernels.js';
import { serve } from './mailbox.js';
import type { ThreadSettings, ThreadStarted } from './team.js';

/** This thread's folder below /proc, by which the system's accounts are found; undefined where there is none. */
function ownTask(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return undefined;
  }
}

const { module, memory, mailbox } = workerData as ThreadSettings;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
parentPort!.postMessage({ task: ownTask() } satisfies ThreadStarted);
serve(mailbox, exports as unknown as Kernels);
