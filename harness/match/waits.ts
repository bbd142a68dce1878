/**
 * What this host adds to a seat's latency: how long processes of ours that its answers go through waited for a processor while a decision
 * was open. They are the match's own thread, the seat's agent and an endpoint that computes here; a stranger's agent is not ours to look into.
 */
import type { ProcessorWait } from '../../scoring/trace/trace.js';
import { KEEPS_RUN_QUEUES, OwnRunQueue, RunQueue, type RunQueueMark } from '../host/run-queue.js';
import type { OwnProcesses } from '../protocol/line.js';

/** The match's own thread, whose waits are in every seat's latency; null where this host keeps no such accounts. */
export function ownWaits(): OwnRunQueue | null {
  return KEEPS_RUN_QUEUES ? new OwnRunQueue() : null;
}

export class SeatWaits {
  private readonly agent: RunQueue | null;
  private readonly endpoints: RunQueue[];
  private since: { ownUs: number; agent: RunQueueMark; endpoints: RunQueueMark[] } | null = null;

  constructor(
    private readonly own: OwnRunQueue,
    { agent, endpoints = [] }: OwnProcesses,
  ) {
    this.agent = agent === undefined ? null : new RunQueue(agent, 'main');
    this.endpoints = endpoints.map((pid) => new RunQueue(pid));
  }

  /** Other processes answer from now on. What a decision that is open waits for is not known. */
  follow(pids: readonly number[]): void {
    for (const queue of this.endpoints.splice(0)) queue.close();
    this.endpoints.push(...pids.map((pid) => new RunQueue(pid)));
    this.since = null;
  }

  /** A decision was asked for. */
  begin(): void {
    const endpoints = this.endpoints.map((queue) => queue.mark());
    this.since = { ownUs: this.own.waitedUs(), agent: this.agent?.mark() ?? [], endpoints };
  }

  /** What its processes have waited since a decision was asked for; undefined before the first. */
  waited(): ProcessorWait | undefined {
    const { since, agent, endpoints } = this;
    if (!since) return undefined;
    const harnessUs = Math.round(this.own.waitedUs() - since.ownUs) + (agent?.since(since.agent) ?? 0);
    if (endpoints.length === 0) return { harnessUs };
    // Of several that are asked one at a time all but one rest, and who rests does not wait.
    return { harnessUs, endpointUs: endpoints.reduce((sum, queue, i) => sum + queue.since(since.endpoints[i]!), 0) };
  }

  close(): void {
    this.agent?.close();
    for (const queue of this.endpoints) queue.close();
  }
}
