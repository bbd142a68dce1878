/** Work of a test: tells which thread did it, or fails as it is told. */
import { threadId } from 'node:worker_threads';

export function work(job: 'who' | 'throw' | 'exit'): number {
  if (job === 'throw') throw new RangeError('not this one');
  if (job === 'exit') process.exit(3);
  return threadId;
}
