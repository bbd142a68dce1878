/**
 * How the next token is chosen from logits: greedily, or by temperature, top-k and nucleus sampling with a seeded generator.
 */

export interface SamplingSettings {
  /** 0 is greedy. */
  temperature: number;
  /** Nucleus (Holtzman et al. 2020): the smallest set of likeliest tokens whose probability reaches this. 1 keeps all. */
  topP: number;
  /** Keep only this many of the likeliest tokens, before the nucleus is taken; 0 keeps all. */
  topK: number;
  /** The same seed, settings and logits give the same tokens. A whole number of up to 64 bits. */
  seed: number;
}

/** Logits from which nothing can be chosen (NaN, or none finite): a broken model, never a token. */
export class LogitsError extends Error {
  override name = 'LogitsError';
}

/** The index of the largest logit; of equal ones the lowest. @throws LogitsError */
export function greedy(logits: ArrayLike<number>): number {
  let best = -1;
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    if (value > highest) {
      highest = value;
      best = i;
    } else if (Number.isNaN(value)) {
      throw new LogitsError(`logit ${i} is not a number`);
    }
  }
  if (best < 0 || highest === Infinity) throw new LogitsError('no largest finite logit');
  return best;
}

/** 64 bits of a seed in 32, so that seeds apart in the upper half alone are apart. Those of 32 bits stay as they are. */
function folded(seed: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed));
  const upper = Number(bits >> 32n);
  return (Number(bits & 0xffffffffn) ^ Math.imul(upper, 0x9e3779b1)) >>> 0;
}

/** A 32-bit generator (splitmix32, after Steele, Lea and Flood 2014), one step a call, as a number in [0, 1). */
function uniform(seed: number): () => number {
  let state = folded(seed);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 4294967296;
  };
}

/**
 * Tokens in the order in which top-k and the nucleus take them, as many as either may take; all of them, in their own order, when neither
 * is asked for. Vocabularies are large and what is taken is small, so what cannot be taken is left out before anything is sorted.
 */
function likeliestFirst(weights: Float64Array, { topK, topP }: SamplingSettings): number[] {
  const ids: number[] = [];
  if (topK === 0 && topP >= 1) {
    for (let id = 0; id < weights.length; id++) ids.push(id);
    return ids;
  }
  const least = topK > 0 ? kthLargest(weights, topK) : nucleusFloor(weights, topP);
  for (let id = 0; id < weights.length; id++) if ((weights[id] as number) >= least) ids.push(id);
  ids.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  if (topK > 0) ids.length = Math.min(ids.length, topK);
  return ids;
}

/** A weight that the nucleus does not go below: all tokens of at least this weight hold its share of the whole together. */
function nucleusFloor(weights: Float64Array, topP: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // The likeliest token has weight 1. Under the last floor tried nothing is left that matters: all are taken then.
  for (let floor = 1e-2; floor > 1e-9; floor /= 10) {
    let mass = 0;
    for (const weight of weights) if (weight >= floor) mass += weight;
    if (mass >= topP * total) return floor;
  }
  return 0;
}

/** The k-th largest of several numbers; the smallest when there are fewer. */
function kthLargest(values: Float64Array, k: number): number {
  if (k > 256) return values.slice().sort()[Math.max(0, values.length - k)] as number;
  const largest: number[] = [];
  for (const value of values) {
    if (largest.length === k && value <= (largest[k - 1] as number)) continue;
    let at = largest.length === k ? k - 1 : largest.length;
    for (; at > 0 && (largest[at - 1] as number) < value; at--) largest[at] = largest[at - 1] as number;
    largest[at] = value;
  }
  return largest.at(-1) as number;
}

/** A chooser of tokens for one request; it holds the request's generator. The function throws LogitsError. */
export function sampler(settings: SamplingSettings): (logits: Float32Array) => number {
  if (settings.temperature === 0) return greedy;
  const next = uniform(settings.seed);
  return (logits) => {
    const likeliest = greedy(logits);
    const peak = logits[likeliest] as number;
    const weights = Float64Array.from(logits, (logit) => Math.exp((logit - peak) / settings.temperature));
    const order = likeliestFirst(weights, settings);
    let total = 0;
    for (const weight of settings.topK > 0 ? order.map((id) => weights[id] as number) : weights) total += weight;
    let kept = 0;
    let count = 0;
    while (count < order.length && (count === 0 || settings.topP >= 1 || kept < settings.topP * total)) {
      kept += weights[order[count] as number] as number;
      count++;
    }
    let left = next() * kept;
    for (let i = 0; i < count; i++) {
      left -= weights[order[i] as number] as number;
      if (left < 0) return order[i] as number;
    }
    return likeliest;
  };
}
