/** How many tokens a server's KV cache holds, from the metrics that it publishes for Prometheus. */

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Tokens of all the caches together, each of which is a sample of its own (one an engine):
 * - vLLM: `vllm:cache_config_info`, its labels `num_gpu_blocks` x `block_size`, or `kv_cache_size_tokens` where there is one
 * - SGLang: `sglang:max_total_num_tokens`
 *
 * Undefined where neither is there.
 */
export function kvCapacity(metrics: string): number | undefined {
  let tokens = 0;
  for (const line of metrics.split('\n')) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === 'sglang:max_total_num_tokens') tokens += positive(value);
    else if (name === 'vllm:cache_config_info') {
      const label = new Map([...labels.matchAll(LABEL)].map(([, key, text]) => [key!, text!]));
      const blocks = positive(label.get('num_gpu_blocks')) * positive(label.get('block_size'));
      tokens += positive(label.get('kv_cache_size_tokens')) || blocks;
    }
  }
  return tokens > 0 ? tokens : undefined;
}

/** A number above 0, or 0: vLLM writes `None` until it knows. */
function positive(text: string | undefined): number {
  const value = Number(text);
  return value > 0 && Number.isFinite(value) ? Math.floor(value) : 0;
}
