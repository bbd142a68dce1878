/**
 * What it costs to keep an answer to a task's schema: finding the tokens that may come and taking the one that came, per token. The peer looks
 * at every token of the vocabulary byte by byte, as one would without a tree and without remembering. Vocabularies: the reference model's, and
 * a made-up one of 150,000 tokens.
 */
import { join } from 'node:path';
import { formatAutomaton, type AnswerFormat } from '../../fpx/grammar/format.js';
import { Guide } from '../../fpx/grammar/guide.js';
import { TokenMasks, type Vocabulary } from '../../fpx/grammar/token-masks.js';
import type { State } from '../../fpx/grammar/automaton.js';
import { guidedVocabulary } from '../../fpx/model/vocabulary.js';
import { packageRoot } from '../../fpx/root.js';
import { Tokenizer } from '../../fpx/text/tokenizer.js';
import { TokenTrie } from '../../fpx/text/token-trie.js';
import { guidedFormat } from '../../harness/agents/guided.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { gaussians } from '../fpx/random-model.js';

interface Row {
  case: string;
  unit: string;
  ours: number;
  peer?: number;
  ratio?: number;
  note?: string;
}

/** Tokens of an answer at most, and answers. */
const TOKENS = 200;
const ANSWERS = 10;
/** The peer is slow: it looks at so many tokens of each answer. */
const PEER_TOKENS = 20;

const nowUs = (): number => performance.now() * 1000;

/** Tokens of letters, digits and signs with and without a space before them, shorter ones likelier, after one token for each byte. */
function madeUp(size: number): Vocabulary {
  const next = gaussians(1);
  const uniform = (below: number): number => Math.floor((Math.abs(next() * 1000) % 1) * below);
  const letters = 'etaoinshrdlucmfwypvbgkjqxz0123456789{}[]":,._-';
  const names = new Set<string>();
  while (names.size < size - 257) {
    const length = 2 + uniform(4) + uniform(4) + uniform(4);
    names.add((uniform(2) ? ' ' : '') + Array.from({ length }, () => letters[uniform(letters.length)]).join(''));
  }
  const bytes = [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), ...[...names].map((name) => Buffer.from(name))];
  return { size, endTokens: new Set([size - 1]), bytes, trie: new TokenTrie(bytes) };
}

/** One answer: noise chooses among what may come. Returns microseconds in the guide, tokens, and the answer's tokens. */
function answer(masks: TokenMasks, seed: number): { us: number; tokens: number[] } {
  const { size, endTokens } = masks.vocabulary;
  const guide = new Guide(masks);
  const next = gaussians(seed);
  const noise = Float32Array.from({ length: size }, () => next());
  const tokens: number[] = [];
  let us = 0;
  while (tokens.length < TOKENS && !guide.whole) {
    const shift = Math.floor(Math.abs(next()) * size);
    const logits = Float32Array.from(noise, (_, id) => noise[(id + shift) % size]!);
    const began = nowUs();
    guide.restrict(logits);
    us += nowUs() - began;
    let best = 0;
    for (let id = 1; id < size; id++) if (logits[id]! > logits[best]!) best = id;
    if (endTokens.has(best)) break;
    const between = nowUs();
    guide.accept(best);
    us += nowUs() - between;
    tokens.push(best);
  }
  return { us, tokens };
}

/** The peer: microseconds a token for the first tokens of an answer. */
function scan(format: AnswerFormat, vocabulary: Vocabulary, tokens: readonly number[]): number {
  const automaton = formatAutomaton(format);
  let state = automaton.start;
  let us = 0;
  const seen = tokens.slice(0, PEER_TOKENS);
  for (const token of seen) {
    const began = nowUs();
    const may = new Uint8Array(vocabulary.size);
    vocabulary.bytes.forEach((bytes, id) => {
      let at: State | null = bytes ? state : null;
      for (const byte of bytes ?? []) at = at && automaton.step(at, byte);
      if (at) may[id] = 1;
    });
    us += nowUs() - began;
    for (const byte of vocabulary.bytes[token]!) state = automaton.step(state, byte)!;
  }
  return us / seen.length;
}

function rowsOf(name: string, task: string, format: AnswerFormat, vocabulary: Vocabulary): Row[] {
  const began = nowUs();
  const automaton = formatAutomaton(format);
  const compileUs = nowUs() - began;
  const masks = new TokenMasks(automaton, vocabulary);
  const fresh = Array.from({ length: ANSWERS }, (_, seed) => answer(masks, seed));
  const again = Array.from({ length: ANSWERS }, (_, seed) => answer(masks, seed));
  const each = (answers: typeof fresh): number =>
    answers.reduce((sum, { us }) => sum + us, 0) / answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const peer = fresh.reduce((sum, { tokens }) => sum + scan(format, vocabulary, tokens), 0) / ANSWERS;
  const what = `${task}, ${name}`;
  const count = fresh.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const note = `${ANSWERS} answers, ${count} tokens; peer: every token looked at, ${PEER_TOKENS} places an answer`;
  return [
    { case: `${what}: a token, states new to it`, unit: 'us', ours: each(fresh), peer, ratio: each(fresh) / peer, note },
    { case: `${what}: a token, the same again`, unit: 'us', ours: each(again), peer, ratio: each(again) / peer, note },
    { case: `${what}: the schema, once`, unit: 'us', ours: compileUs },
  ];
}

export async function bench(): Promise<Row[]> {
  const tokenizer = await Tokenizer.load(join(packageRoot(), 'models', 'tb-1m'));
  const ours = guidedVocabulary(tokenizer, new Set([2]), tokenizer.largestId + 1);
  const began = nowUs();
  const large = madeUp(150_000);
  const madeUs = nowUs() - began;
  const retree = nowUs();
  new TokenTrie(large.bytes);
  const treeUs = nowUs() - retree;
  const rows: Row[] = [
    { case: 'the tree of 150,000 tokens, once', unit: 'ms', ours: treeUs / 1000, note: `made up in ${Math.round(madeUs / 1000)} ms` },
  ];
  for (const task of ['hft', 'fighter']) {
    const asked = guidedFormat(taskNamed(task)) as { json_schema: { schema: unknown } };
    const format: AnswerFormat = { kind: 'json-schema', schema: asked.json_schema.schema };
    rows.push(...rowsOf(`${ours.size} tokens`, task, format, ours), ...rowsOf('150,000 tokens', task, format, large));
  }
  rows.push(...rowsOf('150,000 tokens', 'a JSON object', { kind: 'json-object' }, large));
  return rows;
}
