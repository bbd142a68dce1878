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
  private readonly endpoint: RunQueue | null;
  private since: { ownUs: number; agent: RunQueueMark; endpoint: RunQueueMark } | null = null;

  constructor(
    private readonly own: OwnRunQueue,
    { agent, endpoint }: OwnProcesses,
  ) {
    this.agent = agent === undefined ? null : new RunQueue(agent, 'main');
    this.endpoint = endpoint === undefined ? null : new RunQueue(endpoint);
  }

  /** A decision was asked for. */
  begin(): void {
    this.since = { ownUs: this.own.waitedUs(), agent: this.agent?.mark() ?? [], endpoint: this.endpoint?.mark() ?? [] };
  }

  /** What its processes have waited since a decision was asked for; undefined before the first. */
  waited(): ProcessorWait | undefined {
    const { since, agent, endpoint } = this;
    if (!since) return undefined;
    const harnessUs = Math.round(this.own.waitedUs() - since.ownUs) + (agent?.since(since.agent) ?? 0);
    return { harnessUs, ...(endpoint ? { endpointUs: endpoint.since(since.endpoint) } : {}) };
  }

  close(): void {
    this.agent?.close();
    this.endpoint?.close();
  }
}
