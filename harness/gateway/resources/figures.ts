/** Figures of resources for Prometheus, beside the gateway's own. */
import prometheus from 'prom-client';
import type { Timing } from './allocation.js';

/** What can fail of a world. `lost`: it was ready, and its process ended by itself. */
export type FailedStep = 'prepare' | 'lost' | 'reclaim';

export type WorldCounts = Record<'preparing' | 'ready' | 'reclaiming' | 'left', number>;

export class ResourceFigures {
  private readonly prepared: prometheus.Counter<'kind'>;
  private readonly reclaimed: prometheus.Counter<'kind'>;
  private readonly failures: prometheus.Counter<'kind' | 'step'>;
  private readonly preparing: prometheus.Counter<'kind'>;
  private readonly hidden: prometheus.Counter<'kind'>;

  /** @param read the worlds of each kind, when somebody asks */
  constructor(registry: prometheus.Registry, read: () => ReadonlyMap<string, WorldCounts>) {
    const counter = <L extends string>(name: string, help: string, labelNames: L[]): prometheus.Counter<L> =>
      new prometheus.Counter({ name: `tickbench_gateway_resources_${name}`, help, labelNames, registers: [registry] });
    this.prepared = counter('prepared_total', 'Worlds that became ready.', ['kind']);
    this.reclaimed = counter('reclaimed_total', 'Worlds of which nothing is left.', ['kind']);
    this.failures = counter('failed_total', 'Preparations, ready worlds and reclamations that failed, each try counted.', ['kind', 'step']);
    this.preparing = counter('prepare_seconds_total', 'Time of preparations of worlds that became ready.', ['kind']);
    this.hidden = counter('hidden_seconds_total', 'As much of that as passed before a call of the program was admitted.', ['kind']);
    new prometheus.Gauge({
      ...{ name: 'tickbench_gateway_resources', help: 'Worlds by what becomes of them; left: they could not be reclaimed.' },
      ...{ labelNames: ['kind', 'state'], registers: [registry] },
      collect() {
        this.reset();
        for (const [kind, counts] of read()) for (const [state, value] of Object.entries(counts)) this.set({ kind, state }, value);
      },
    });
  }

  ready(kind: string, { preparedMs, hiddenMs }: Timing): void {
    this.prepared.inc({ kind });
    this.preparing.inc({ kind }, preparedMs / 1000);
    this.hidden.inc({ kind }, hiddenMs / 1000);
  }

  gone(kind: string): void {
    this.reclaimed.inc({ kind });
  }

  failed(kind: string, step: FailedStep): void {
    this.failures.inc({ kind, step });
  }
}
