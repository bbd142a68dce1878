/**
 * An expression as a deterministic automaton over bytes, whose states are made when they are first reached. A state is the set of what may
 * still follow (the partial derivatives of Antimirov, 1996): equal sets are one state, so that what was worked out for it serves again.
 */
import type { Expression, Expressions } from './expression.js';

/** A list of expressions to match, one after the other; null is the end of the answer. Equal lists are one object. */
interface Rest {
  readonly id: number;
  readonly first: Expression;
  readonly then: Rest | null;
}

/** A list that begins with a range of bytes. */
interface Way {
  readonly id: number;
  readonly low: number;
  readonly high: number;
  readonly then: Rest | null;
}

/** Where a text stands: what may follow. */
export interface State {
  /** The text may end here. */
  readonly accepting: boolean;
  /** No byte may follow. */
  readonly final: boolean;
  readonly ways: readonly Way[];
  /** By byte: the state after it; null where it may not follow; undefined while nobody has asked. */
  readonly next: (State | null | undefined)[];
}

/** States that are told from each other; when there are more, equal ones are made again. */
const MOST_STATES = 10_000;

/** The automaton of one expression. */
export class Automaton {
  private readonly states = new Map<string, State>();
  private readonly rests = new Map<string, Rest>();
  private numbered = 0;
  /** Where a text begins. */
  readonly start: State;

  constructor(
    private readonly expressions: Expressions,
    expression: Expression,
  ) {
    this.start = this.stateOf([this.rest(expression, null)]);
  }

  /** The state after one more byte; null when it may not follow. */
  step(state: State, byte: number): State | null {
    const known = state.next[byte];
    if (known !== undefined) return known;
    const rests: (Rest | null)[] = [];
    for (const { low, high, then } of state.ways) if (byte >= low && byte <= high) rests.push(then);
    return (state.next[byte] = rests.length === 0 ? null : this.stateOf(rests));
  }

  private rest(first: Expression, then: Rest | null): Rest {
    const key = `${first.id},${then?.id ?? ''}`;
    let found = this.rests.get(key);
    if (found === undefined) this.rests.set(key, (found = { id: this.numbered++, first, then }));
    return found;
  }

  /** The state in which any of several lists may follow. */
  private stateOf(rests: readonly (Rest | null)[]): State {
    const ways: Way[] = [];
    const seen = new Set<Rest>();
    let accepting = false;
    const left = [...rests];
    const add = (first: Expression, then: Rest | null): void => void left.push(this.rest(first, then));
    while (left.length > 0) {
      const rest = left.pop()!;
      if (rest === null) accepting = true;
      if (rest === null || seen.has(rest)) continue;
      seen.add(rest);
      const { id, first, then } = rest;
      switch (first.kind) {
        case 'range':
          ways.push({ id, low: first.low, high: first.high, then });
          break;
        case 'sequence':
          left.push(first.parts.reduceRight<Rest | null>((tail, part) => this.rest(part, tail), then));
          break;
        case 'choice':
          for (const option of first.options) add(option, then);
          break;
        case 'repeat': {
          const { of, least, most } = first;
          if (least === 0) left.push(then);
          const again = this.expressions.repeat(of, Math.max(0, least - 1), most - 1);
          add(of, this.rest(again, then));
          break;
        }
      }
    }
    ways.sort((a, b) => a.id - b.id);
    const key = `${accepting}${ways.map(({ id }) => id).join()}`;
    let state = this.states.get(key);
    if (state === undefined) {
      if (this.states.size >= MOST_STATES) this.forget();
      state = { accepting, final: ways.length === 0, ways, next: new Array<State | null | undefined>(256) };
      this.states.set(key, state);
    }
    return state;
  }

  /** Lets go of all states but those that somebody still holds. */
  private forget(): void {
    this.states.clear();
    this.rests.clear();
    this.start.next.fill(undefined);
  }
}
