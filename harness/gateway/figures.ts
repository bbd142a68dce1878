/** The gateway's own figures for Prometheus. */
import prometheus from 'prom-client';
import type { BackendView, EndReason, ProgramView, RefusalReason } from './scheduling/types.js';

/** Upper bounds in seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** What is read when somebody asks. */
export interface Readings {
  backends(): readonly BackendView[];
  programs(): readonly ProgramView[];
}

/** A call that was sent to a backend, times in milliseconds. */
export interface ServedCall {
  backend: string;
  outcome: string;
  waitedMs: number;
  firstByteMs?: number;
  totalMs: number;
  promptTokens: number;
  cachedTokens: number;
  outputTokens: number;
}

export class Figures {
  readonly registry = new prometheus.Registry();
  private readonly calls = this.counter('calls_total', 'Calls sent to a backend, by how they ended.', ['backend', 'outcome']);
  private readonly refused = this.counter('refused_total', 'Calls that were not served, by why.', ['reason']);
  private readonly moved = this.counter('moved_calls_total', 'Calls that failed unanswered and were sent to another backend.', ['backend']);
  private readonly pauses = this.counter('pauses_total', 'Programs between calls that lost their place in a cache.', ['backend']);
  private readonly ends = this.counter('programs_ended_total', 'Programs that ended, by why.', ['reason']);
  private readonly promptTokens = this.counter(
    'prompt_tokens_total',
    'Prompt tokens as backends counted them, or as estimated where they answered.',
    ['backend'],
  );
  private readonly cachedTokens = this.counter('cached_tokens_total', 'Prompt tokens that backends said they had cached.', ['backend']);
  private readonly outputTokens = this.counter('output_tokens_total', 'Answer tokens.', ['backend']);
  private readonly waits = this.histogram('wait_seconds', 'From the arrival of a call to its start on a backend.');
  private readonly firstBytes = this.histogram(
    'first_byte_seconds',
    'From its start on a backend to the first byte of its answer; not of calls that failed.',
  );
  private readonly totals = this.histogram('call_seconds', 'From the arrival of a call to the end of its answer, of those that were done.');

  constructor(readings: Readings) {
    const ofBackends = (name: string, help: string, read: (view: BackendView) => number | undefined): void =>
      this.gauge(name, help, ['backend'], () =>
        readings.backends().flatMap((view) => {
          const value = read(view);
          return value === undefined ? [] : [{ labels: { backend: view.backend }, value }];
        }),
      );
    ofBackends('backend_up', '1 while it answers.', ({ up }) => (up ? 1 : 0));
    ofBackends('kv_capacity_tokens', 'Tokens that its cache holds; absent where nobody knows.', ({ capacityTokens }) => capacityTokens);
    ofBackends('kv_used_tokens', 'Tokens that its programs are charged, shared prefixes counted once.', ({ usedTokens }) => usedTokens);
    ofBackends('running', 'Calls that run on it.', ({ running }) => running);
    this.gauge('programs', 'Programs, by what they do.', ['status'], () => {
      const counts = { reasoning: 0, waiting: 0, acting: 0, paused: 0 };
      for (const { status } of readings.programs()) counts[status]++;
      return Object.entries(counts).map(([status, value]) => ({ labels: { status }, value }));
    });
  }

  served({ backend, outcome, waitedMs, firstByteMs, totalMs, promptTokens, cachedTokens, outputTokens }: ServedCall): void {
    this.calls.inc({ backend, outcome });
    this.promptTokens.inc({ backend }, promptTokens);
    this.cachedTokens.inc({ backend }, cachedTokens);
    this.outputTokens.inc({ backend }, outputTokens);
    this.waits.observe(waitedMs / 1000);
    // The first byte of an error comes soon, and is none of an answer.
    if (firstByteMs !== undefined && outcome !== 'failed') this.firstBytes.observe(firstByteMs / 1000);
    if (outcome === 'done') this.totals.observe(totalMs / 1000);
  }

  refusedCall(reason: RefusalReason): void {
    this.refused.inc({ reason });
  }

  movedCall(backend: string): void {
    this.moved.inc({ backend });
  }

  paused(backend: string): void {
    this.pauses.inc({ backend });
  }

  ended(reason: EndReason): void {
    this.ends.inc({ reason });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): prometheus.Counter<L> {
    return new prometheus.Counter({ name: `tickbench_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string): prometheus.Histogram {
    return new prometheus.Histogram({ name: `tickbench_gateway_${name}`, help, buckets: SECONDS, registers: [this.registry] });
  }

  private gauge(name: string, help: string, labelNames: string[], read: () => { labels: Record<string, string>; value: number }[]): void {
    new prometheus.Gauge({
      ...{ name: `tickbench_gateway_${name}`, help, labelNames, registers: [this.registry] },
      collect() {
        this.reset();
        for (const { labels, value } of read()) this.set(labels, value);
      },
    });
  }
}
