/** A thread that holds some of a batch's worlds. What it is asked it does in order. */
import { parentPort } from 'node:worker_threads';
import { Batch, type BatchAsk } from './batch.js';

/** What it says to each thing that it was asked, in that order. */
export type WorkerReply = { answers: string[] } | { fault: { message: string; stack?: string | undefined } };

const batch = new Batch();
parentPort!.on('message', (asked: BatchAsk) => {
  let reply: WorkerReply;
  try {
    reply = { answers: batch.ask(asked) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    reply = { fault: { message, stack } };
  }
  parentPort!.postMessage(reply);
});
