/**
 * Log-probabilities of tokens: of the whole softmax of the model's logits, before temperature, top-k, nucleus and any form that the answer
 * is kept to. So they say what the model thinks, not how it was sampled.
 */

/** A token and its natural log-probability. */
export interface TokenLogprob {
  id: number;
  logprob: number;
}

/** One token of an answer. */
export interface ToldToken extends TokenLogprob {
  /** The likeliest tokens in its place, likeliest first; of equally likely ones the lower id first. */
  top: TokenLogprob[];
  /** Characters (UTF-16 units) of the answer before it, as far as they were whole. */
  offset: number;
}

/** Log-probabilities of one position. Read it before the logits are changed. */
export class Logprobs {
  private readonly shift: number;
  readonly top: TokenLogprob[];

  /** @param count how many of the likeliest tokens are told */
  constructor(
    private readonly logits: Float32Array,
    count: number,
  ) {
    let peak = -Infinity;
    for (const logit of logits) if (logit > peak) peak = logit;
    let sum = 0;
    for (const logit of logits) sum += Math.exp(logit - peak);
    this.shift = peak + Math.log(sum);
    this.top = likeliest(logits, count).map((id) => ({ id, logprob: this.of(id) }));
  }

  /** The log-probability of a token whose logit is unchanged. */
  of(id: number): number {
    return this.logits[id]! - this.shift;
  }
}

/** The indices of the largest values, largest first, of equal ones the lowest first. */
function likeliest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  const most = Math.min(count, values.length);
  for (let id = 0; most > 0 && id < values.length; id++) {
    const value = values[id]!;
    if (best.length === most && value <= values[best[most - 1]!]!) continue;
    let at = best.length === most ? most - 1 : best.length;
    for (; at > 0 && values[best[at - 1]!]! < value; at--) best[at] = best[at - 1]!;
    best[at] = id;
  }
  return best;
}
