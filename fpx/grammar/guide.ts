/** Keeps one answer within its form, token by token. */
import type { State } from './automaton.js';
import type { TokenMask, TokenMasks } from './token-masks.js';

/** A token that may not come was taken: the caller did not restrict its logits. */
export class GuideError extends Error {
  override name = 'GuideError';
}

/** One answer's way through an automaton. */
export class Guide {
  private state: State;
  private begun = false;

  constructor(private readonly masks: TokenMasks) {
    this.state = masks.automaton.start;
  }

  /** Nothing may follow: the answer is whole, and an end token is all that could come. */
  get whole(): boolean {
    return this.state.final;
  }

  /** Sets the logits of all tokens that may not come to -Infinity. */
  restrict(logits: Float32Array): void {
    const { allowed, forbidden } = this.mask();
    if (forbidden) for (const id of forbidden) logits[id] = -Infinity;
    if (!allowed) return;
    const kept = Float32Array.from(allowed, (id) => logits[id]!);
    logits.fill(-Infinity);
    allowed.forEach((id, i) => (logits[id] = kept[i]!));
  }

  /** Takes the token that came; an end token changes nothing. @throws GuideError when it may not come */
  accept(token: number): void {
    const { automaton, vocabulary } = this.masks;
    if (vocabulary.endTokens.has(token)) {
      if (!this.state.accepting) throw new GuideError(`end token ${token} in the middle of an answer`);
      return;
    }
    const spelled = this.begun || !vocabulary.first ? vocabulary.bytes : vocabulary.first.bytes;
    let state: State | null = this.state;
    for (const byte of spelled[token] ?? []) state = state && automaton.step(state, byte);
    if (state === null || !spelled[token]?.length) throw new GuideError(`token ${token} has no place in the answer`);
    this.state = state;
    this.begun = true;
  }

  private mask(): TokenMask {
    return this.begun ? this.masks.mask(this.state) : this.masks.first();
  }
}
