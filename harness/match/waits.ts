/**
 * What this host adds to a seat's latency: how long the processes its answers go through waited for a processor while a decision was
 * open. They are the match's own thread, the seat's agent and an endpoint that computes here; strangers' agents are not ours to look into.
 */
import { KEEPS_RUN_QUEUES, RunQueue, type RunQueueMark } from '../host/run-queue.js';

export class SeatWaits {
  private readonly queues: RunQueue[];
  private marks: RunQueueMark[] = [];

  /** @param pids processes of ours that this seat's answers go through */
  constructor(pids: Iterable<number>) {
    this.queues = [new RunQueue('self'), ...[...pids].map((pid) => new RunQueue(pid))];
  }

  /** The waits of a seat whose latency is measured; null where it is given, or where this host keeps no such accounts. */
  static of(pids: Iterable<number>, isMeasured: boolean): SeatWaits | null {
    return isMeasured && KEEPS_RUN_QUEUES ? new SeatWaits(pids) : null;
  }

  /** A decision was asked for. */
  begin(): void {
    this.marks = this.queues.map((queue) => queue.mark());
  }

  /** Real microseconds its processes have waited since it was asked for. They take turns, so their waits add up. */
  waitedUs(): number {
    return this.queues.reduce((sum, queue, i) => sum + (this.marks[i] ? queue.since(this.marks[i]) : 0), 0);
  }

  close(): void {
    for (const queue of this.queues) queue.close();
  }
}
