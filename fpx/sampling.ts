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

/** A chooser of tokens for one request; it holds the request's generator. The function throws LogitsError. */
export function sampler(settings: SamplingSettings): (logits: Float32Array) => number {
  if (settings.temperature === 0) return greedy;
  const next = uniform(settings.seed);
  return (logits) => {
    const likeliest = greedy(logits);
    const peak = logits[likeliest] as number;
    const weights = Float64Array.from(logits, (logit) => Math.exp((logit - peak) / settings.temperature));
    const order = Array.from(weights.keys());
    const keepsAll = settings.topP >= 1 && settings.topK === 0;
    if (!keepsAll) order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
    if (settings.topK > 0) order.length = Math.min(order.length, settings.topK);
    const total = order.reduce((sum, id) => sum + (weights[id] as number), 0);
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
