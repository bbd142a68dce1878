/**
 * A tiny model folder for tests: random weights in the Llama layout, a byte-level BPE vocabulary with a few merges, a ChatML
 * template. And a scripted language model, for what random weights cannot show (an answer known beforehand).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModel } from '../../fpx/model/generate.js';
import { writeSafetensors, type TensorToWrite } from '../../fpx/checkpoint/safetensors.js';

/** GPT-2's printable stand-ins for bytes: printable Latin-1 as it is, the rest from U+0100 on. */
const BYTE_CHARACTERS: string[] = (() => {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

const MERGES = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'Ġw o', 'Ġwo r', 'l d', 'Ġwor ld', 'Ġ t', 'Ġt h', 'Ã ©', 'ð Ł'];
const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

export const CHATML = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

export const VOCABULARY_SIZE = 256 + MERGES.length + SPECIAL.length;
export const END_TOKEN = VOCABULARY_SIZE - 1;

function tokenizerJson(): object {
  const tokens = [...BYTE_CHARACTERS, ...MERGES.map((merge) => merge.replace(' ', ''))];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const added = SPECIAL.map((content, i) => ({ id: tokens.length + i, content, special: true, normalized: false }));
  return {
    version: '1.0',
    added_tokens: added.map((token) => ({ single_word: false, lstrip: false, rstrip: false, ...token })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: MERGES,
    },
  };
}

/** A small random generator for weights: 32-bit LCG (Numerical Recipes), in [-1, 1). */
function weights(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  };
}

export interface ModelFolderOptions {
  /** `null`: none at all. */
  chatTemplate?: string | null;
  positions?: number;
  name?: string;
}

/** Writes a model folder below a temporary one; `remove` deletes it. */
export function makeModelFolder(options: ModelFolderOptions = {}): { folder: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'tickbench-model-'));
  const folder = join(root, options.name ?? 'tiny');
  mkdirSync(folder);
  const [width, feedForward, layers] = [64, 96, 2];
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: VOCABULARY_SIZE,
    hidden_size: width,
    intermediate_size: feedForward,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: options.positions ?? 512,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: true,
    eos_token_id: END_TOKEN,
  };
  const next = weights(7);
  const tensors = new Map<string, TensorToWrite>();
  const matrix = (name: string, rows: number, columns: number, scale: number): void => {
    tensors.set(name, {
      dtype: 'BF16',
      shape: [rows, columns],
      values: Float32Array.from({ length: rows * columns }, () => next() * scale),
    });
  };
  const ones = (name: string): void => {
    tensors.set(name, { dtype: 'BF16', shape: [width], values: new Float32Array(width).fill(1) });
  };
  matrix('model.embed_tokens.weight', VOCABULARY_SIZE, width, 1);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    matrix(`${prefix}.self_attn.q_proj.weight`, width, width, 0.2);
    matrix(`${prefix}.self_attn.k_proj.weight`, width / 2, width, 0.2);
    matrix(`${prefix}.self_attn.v_proj.weight`, width / 2, width, 0.2);
    matrix(`${prefix}.self_attn.o_proj.weight`, width, width, 0.2);
    matrix(`${prefix}.mlp.gate_proj.weight`, feedForward, width, 0.2);
    matrix(`${prefix}.mlp.up_proj.weight`, feedForward, width, 0.2);
    matrix(`${prefix}.mlp.down_proj.weight`, width, feedForward, 0.2);
    ones(`${prefix}.input_layernorm.weight`);
    ones(`${prefix}.post_attention_layernorm.weight`);
  }
  ones('model.norm.weight');
  writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const chatTemplate = options.chatTemplate === undefined ? CHATML : options.chatTemplate;
  const tokenizerConfig = {
    eos_token: '<|im_end|>',
    pad_token: { content: '<|endoftext|>' },
    ...(chatTemplate === null ? {} : { chat_template: chatTemplate }),
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson()));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig));
  return { folder, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/**
 * A language model whose greedy answer to any prompt is a fixed list of tokens, then the end token for ever. It keeps the
 * tokens it holds, as a cache does, and counts what it is asked to compute.
 */
export class ScriptedModel implements LanguageModel {
  readonly tokens: number[] = [];
  /** Tokens computed since it was made. */
  computed = 0;
  /** Called before each computation; may throw. */
  before: () => void = () => undefined;

  /** @param promptEnd the token after which the answer begins (the last one of the template's prompt) */
  constructor(
    private readonly answer: readonly number[],
    private readonly promptEnd: readonly number[],
  ) {}

  get length(): number {
    return this.tokens.length;
  }

  truncate(length: number): void {
    if (length > this.tokens.length) throw new RangeError(`${length} tokens are not held`);
    this.tokens.length = length;
  }

  absorb(tokens: readonly number[]): void {
    this.before();
    this.tokens.push(...tokens);
    this.computed += tokens.length;
  }

  append(tokens: readonly number[]): Float32Array {
    this.absorb(tokens);
    const logits = new Float32Array(VOCABULARY_SIZE);
    logits[this.answer[this.answered()] ?? END_TOKEN] = 10;
    return logits;
  }

  /** How many tokens follow the last prompt end. */
  private answered(): number {
    const { tokens, promptEnd } = this;
    for (let at = tokens.length - promptEnd.length; at >= 0; at--) {
      if (promptEnd.every((token, i) => tokens[at + i] === token)) return tokens.length - at - promptEnd.length;
    }
    return 0;
  }
}
