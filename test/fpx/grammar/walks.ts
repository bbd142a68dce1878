/** Random texts of an automaton, and whether it takes a text: what tests of grammars need of it. */
import type { Automaton, State } from '../../../fpx/grammar/automaton.js';

/** Whether the automaton takes a text as a whole. */
export function takes(automaton: Automaton, text: string | Uint8Array): boolean {
  let state: State | null = automaton.start;
  for (const byte of Buffer.from(text)) state = state && automaton.step(state, byte);
  return state !== null && state.accepting;
}

/** One of the automaton's texts, by choices of a number generator in [0, 1); undefined when it has not ended after so many bytes. */
export function walk(automaton: Automaton, next: () => number, most = 4000): string | undefined {
  const bytes: number[] = [];
  let state = automaton.start;
  while (bytes.length < most) {
    if (state.final || (state.accepting && next() < 0.3))
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    const ways = state.ways;
    const { low, high } = ways[Math.floor(next() * ways.length)]!;
    const byte = low + Math.floor(next() * (high - low + 1));
    bytes.push(byte);
    state = automaton.step(state, byte)!;
  }
  return undefined;
}
