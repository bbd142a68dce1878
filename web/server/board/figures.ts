/** The board's own figures for Prometheus. */
import prometheus from 'prom-client';
import type { Store } from '../store/store.js';

export class BoardFigures {
  private readonly registry = new prometheus.Registry();
  private readonly received = this.counter('submissions_received_total', 'Bundles that were sent, by what became of them.', ['outcome']);
  private readonly traces = this.counter('traces_verified_total', 'Traces played again, by what was found.', ['outcome']);
  private readonly seconds = new prometheus.Histogram({
    name: 'tickbench_board_trace_seconds',
    help: 'From one trace verified to the next.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });

  /** @param postponed how many submissions could not be verified here so far */
  constructor(store: Store, postponed: () => number) {
    const gauge = new prometheus.Gauge({
      name: 'tickbench_board_stored',
      help: 'Submissions and entries that are kept, by status.',
      labelNames: ['what', 'status'],
      registers: [this.registry],
      async collect() {
        const counts = await store.counts();
        gauge.reset();
        for (const { what, status, count } of counts) gauge.set({ what, status }, count);
      },
    });
    new prometheus.Gauge({
      name: 'tickbench_board_postponed',
      help: 'Submissions that could not be verified here so far, and are tried again.',
      registers: [this.registry],
      collect() {
        this.set(postponed());
      },
    });
  }

  /** @param outcome `accepted`, or the word of a refusal */
  bundle(outcome: string): void {
    this.received.inc({ outcome });
  }

  trace(isAccepted: boolean, seconds: number): void {
    this.traces.inc({ outcome: isAccepted ? 'accepted' : 'refused' });
    this.seconds.observe(seconds);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): prometheus.Counter<L> {
    return new prometheus.Counter({ name: `tickbench_board_${name}`, help, labelNames, registers: [this.registry] });
  }
}
