/**
 * Which tokens may come in each state of an automaton. It is found by walking the vocabulary's tree and the automaton together, once a state,
 * and kept.
 */
import type { TokenTrie } from '../text/token-trie.js';
import type { Automaton, State } from './automaton.js';

/** The tokens that may come, or, where these are the most, those that may not: whichever are fewer, in the order of the tree. */
export interface TokenMask {
  readonly allowed: Int32Array | undefined;
  readonly forbidden: Int32Array | undefined;
}

/** Token ids kept in masks before all are forgotten: 16 MB. */
const MOST_KEPT = 1 << 22;

/** A vocabulary that answers are guided through. */
export interface Vocabulary {
  /** As many logits as there are. */
  readonly size: number;
  readonly endTokens: ReadonlySet<number>;
  /** By token id, below `size`; undefined where a token has no text. */
  readonly bytes: readonly (Uint8Array | undefined)[];
  readonly trie: TokenTrie;
  /** The vocabulary as the first token of an answer spells it, where that loses a space. */
  readonly first?: { readonly bytes: readonly (Uint8Array | undefined)[]; readonly trie: TokenTrie };
}

/** The masks of one automaton over one vocabulary. */
export class TokenMasks {
  private masks = new Map<State, TokenMask>();
  private firstMask: TokenMask | undefined;
  private kept = 0;

  constructor(
    readonly automaton: Automaton,
    readonly vocabulary: Vocabulary,
  ) {}

  /** What may come in a state. */
  mask(state: State): TokenMask {
    let found = this.masks.get(state);
    if (found === undefined) {
      found = this.find(state, this.vocabulary.trie);
      if (this.kept > MOST_KEPT) [this.masks, this.kept] = [new Map<State, TokenMask>(), 0];
      this.kept += (found.allowed ?? found.forbidden)!.length + 64;
      this.masks.set(state, found);
    }
    return found;
  }

  /** What an answer may begin with. */
  first(): TokenMask {
    const { first } = this.vocabulary;
    const { start } = this.automaton;
    return first ? (this.firstMask ??= this.find(start, first.trie)) : this.mask(start);
  }

  private find(state: State, { byte, depth, end, token }: TokenTrie): TokenMask {
    const { automaton, vocabulary } = this;
    const may = new Uint8Array(vocabulary.size);
    let count = 0;
    const allow = (id: number): void => {
      may[id] = 1;
      count++;
    };
    if (state.accepting) vocabulary.endTokens.forEach((id) => id < vocabulary.size && allow(id));
    /** The state after each byte on the way to the node at hand. */
    const states: State[] = [state];
    for (let node = 0; node < byte.length;) {
      const at = depth[node]!;
      const next = automaton.step(states[at - 1]!, byte[node]!);
      if (next === null) {
        node = end[node]!;
        continue;
      }
      states[at] = next;
      if (token[node]! >= 0) allow(token[node]!);
      node++;
    }
    const few = count <= vocabulary.size / 2;
    const ids = new Int32Array(few ? count : vocabulary.size - count);
    const wanted = few ? 1 : 0;
    let filled = 0;
    for (let id = 0; id < vocabulary.size; id++) if (may[id] === wanted) ids[filled++] = id;
    return few ? { allowed: ids, forbidden: undefined } : { allowed: undefined, forbidden: ids };
  }
}
