/**
 * What this host adds to a seat's latency: how long processes of ours that its answers go through waited for a processor while a decision
 * was open. They are the match's own thread, the seat's agent and an endpoint that computes here; a stranger's agent is not ours to look into.
 */
import type { ProcessorWait } from '../../scoring/trace.js';
import { KEEPS_RUN_QUEUES, RunQueue, type RunQueueMark } from '../host/run-queue.js';
import type { OwnProcesses } from '../protocol/line.js';

export class SeatWaits {
  private readonly harness: RunQueue[];
  private readonly endpoint: RunQueue[];
  private marks = new Map<RunQueue, RunQueueMark>();

  constructor({ agent, endpoint }: OwnProcesses) {
    this.harness = [new RunQueue('self'), ...(agent === undefined ? [] : [new RunQueue(agent, 'main')])];
    this.endpoint = endpoint === undefined ? [] : [new RunQueue(endpoint)];
  }

  /** The waits of a seat whose latency is measured; null where it is given, or where this host keeps no such accounts. */
  static of(processes: OwnProcesses, isMeasured: boolean): SeatWaits | null {
    return isMeasured && KEEPS_RUN_QUEUES ? new SeatWaits(processes) : null;
  }

  /** A decision was asked for. */
  begin(): void {
    for (const queue of [...this.harness, ...this.endpoint]) this.marks.set(queue, queue.mark());
  }

  /** What its processes have waited since a decision was asked for. */
  waited(): ProcessorWait {
    const sum = (queues: readonly RunQueue[]): number =>
      queues.reduce((total, queue) => total + queue.since(this.marks.get(queue) ?? []), 0);
    return { harnessUs: sum(this.harness), ...(this.endpoint.length === 0 ? {} : { endpointUs: sum(this.endpoint) }) };
  }

  close(): void {
    for (const queue of [...this.harness, ...this.endpoint]) queue.close();
  }
}
