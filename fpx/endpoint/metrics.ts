/**
 * Figures for Prometheus, under vLLM's names where they mean the same, so that what reads a vLLM server's figures reads these. Its library is
 * loaded only where somebody may ask for them.
 */
import type Prometheus from 'prom-client';
import type { Counter, Histogram, Registry } from 'prom-client';
import type { Generation } from '../model/answer.js';
import type { MemoryFigures } from '../model/batch-generator.js';

/** Upper bounds in seconds: from what small models on this machine take, to what large ones do. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is read when somebody asks. */
export interface Gauges {
  running(): number;
  waiting(): number;
  /** Memory for keys and values that requests share; undefined where there is one request at a time. */
  memory?: () => MemoryFigures;
}

/** How a request went that was computed, with its times in microseconds. */
export interface Served {
  generation: Generation;
  /** From its arrival to the first piece of its answer; undefined where none came. */
  firstTextUs: number | undefined;
  /** From its arrival to its end. */
  totalUs: number;
}

/** vLLM's word for how a request ended. */
const REASONS = { stop: 'stop', length: 'length', cancelled: 'abort' } as const;

/** Registers what is told of the memory for keys and values. */
function memoryMetrics(prometheus: typeof Prometheus, registry: Registry, memory: () => MemoryFigures): void {
  const registers = [registry];
  for (const name of ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc']) {
    new prometheus.Gauge({
      ...{ name, registers, help: 'Share of the key-value memory that running requests hold, from 0 to 1.' },
      collect() {
        this.set(memory().held / memory().blocks);
      },
    });
  }
  const { blocks, blockTokens } = memory();
  new prometheus.Gauge({
    ...{ name: 'vllm:cache_config_info', registers, labelNames: ['block_size', 'num_gpu_blocks'] },
    help: "The key-value memory: tokens of a block and, in this machine's main memory, the number of blocks.",
  }).set({ block_size: blockTokens, num_gpu_blocks: blocks }, 1);
  new prometheus.Gauge({
    ...{ name: 'tickbench:kv_cache_tokens', registers, labelNames: ['state'] },
    help: 'Tokens that the key-value memory has room for: held by running requests, kept for prompts to come, and empty.',
    collect() {
      const { held, kept } = memory();
      for (const [state, count] of Object.entries({ held, kept, empty: blocks - held - kept })) this.set({ state }, count * blockTokens);
    },
  });
  const counters = {
    'vllm:num_preemptions_total': ['Times that a running request gave up its memory and was computed anew.', 'preemptions'],
    'tickbench:kv_cache_evicted_blocks_total': ['Blocks kept for prompts to come that were given away.', 'evictions'],
  } as const;
  for (const [name, [help, figure]] of Object.entries(counters)) {
    new prometheus.Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(memory()[figure]);
      },
    });
  }
}

/** The figures of one served model. */
export class Metrics {
  private constructor(
    private readonly registry: Registry,
    private readonly promptTokens: Counter,
    private readonly generationTokens: Counter,
    private readonly cacheQueries: Counter,
    private readonly cacheHits: Counter,
    private readonly successes: Counter<'finished_reason'>,
    private readonly firstText: Histogram,
    private readonly total: Histogram,
  ) {}

  /** Loads the library and makes them. */
  static async of(model: string, gauges: Gauges): Promise<Metrics> {
    const { default: prometheus } = await import('prom-client');
    const registry = new prometheus.Registry();
    registry.setDefaultLabels({ model_name: model });
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number): void => {
      new prometheus.Gauge({
        ...{ name, help, registers },
        collect() {
          this.set(read());
        },
      });
    };
    const counter = (name: string, help: string) => new prometheus.Counter({ name, help, registers });
    const histogram = (name: string, help: string) => new prometheus.Histogram({ name, help, registers, buckets: SECONDS });
    gauge('vllm:num_requests_running', 'Requests being computed.', gauges.running);
    gauge('vllm:num_requests_waiting', 'Requests waiting to be computed.', gauges.waiting);
    if (gauges.memory) memoryMetrics(prometheus, registry, gauges.memory);
    return new Metrics(
      registry,
      counter('vllm:prompt_tokens_total', 'Prompt tokens of requests that were computed, cached ones included.'),
      counter('vllm:generation_tokens_total', 'Tokens sampled.'),
      counter('vllm:prefix_cache_queries_total', 'Prompt tokens that were looked for in the prefix cache.'),
      counter('vllm:prefix_cache_hits_total', 'Prompt tokens that were found in the prefix cache.'),
      new prometheus.Counter({
        name: 'vllm:request_success_total',
        help: 'Requests that ended, by how: stop, length, or abort when the client went away.',
        ...{ registers, labelNames: ['finished_reason'] },
      }),
      histogram('vllm:time_to_first_token_seconds', 'From the arrival of a request to the first piece of its answer.'),
      histogram('vllm:e2e_request_latency_seconds', 'From the arrival of a request to the end of its answer.'),
    );
  }

  /** Counts a request that was computed, to its end or until its client went away. */
  count({ generation, firstTextUs, totalUs }: Served): void {
    const { promptTokens, cachedTokens, completionTokens, finish } = generation;
    this.promptTokens.inc(promptTokens);
    this.generationTokens.inc(completionTokens);
    this.cacheQueries.inc(promptTokens);
    this.cacheHits.inc(cachedTokens);
    this.successes.inc({ finished_reason: REASONS[finish] });
    if (firstTextUs !== undefined) this.firstText.observe(firstTextUs / 1e6);
    if (finish !== 'cancelled') this.total.observe(totalUs / 1e6);
  }

  /** The type of the text, for the header. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All of them, as Prometheus reads them. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
