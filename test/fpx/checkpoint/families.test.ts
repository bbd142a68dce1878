/** Each family and each way of writing positions: logits held against the double-precision pass. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { writeRandomModel, type RandomModelShape } from '../random-model.js';
import { referenceLogits, referenceRope } from '../reference-transformer.js';

const TOKENS = Array.from({ length: 40 }, (_, i) => (i * 31 + 7) % 90);
const LLAMA: RandomModelShape = { dModel: 64, ffWidth: 96, layers: 2, heads: 2, vocabSize: 90 };
// Heads of 24 where 64 / 4 would be 16, keys and values for two of them.
const QWEN3: RandomModelShape = { ...LLAMA, architecture: 'Qwen3ForCausalLM', heads: 4, kvHeads: 2, headWidth: 24 };
const LLAMA3 = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 };
const YARN = { factor: 4, original_max_position_embeddings: 16 };

const cases: [name: string, shape: RandomModelShape, scaled: boolean][] = [
  ['Qwen3: norms of queries and keys, heads apart from hidden / heads', QWEN3, false],
  ['Qwen3 with biases of attention', { ...QWEN3, attentionBias: true }, false],
  ['Llama with biases of attention, the output among them', { ...LLAMA, attentionBias: true }, false],
  [
    'plain positions, nested',
    { ...LLAMA, config: { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 500 } } },
    false,
  ],
  ['linear scaling, flat', { ...LLAMA, config: { rope_scaling: { type: 'linear', factor: 4 } } }, true],
  ['Llama 3 scaling, flat', { ...LLAMA, config: { rope_theta: 5e5, rope_scaling: { rope_type: 'llama3', ...LLAMA3 } } }, true],
  [
    'Llama 3 scaling, nested',
    { ...LLAMA, config: { rope_theta: undefined, rope_parameters: { rope_type: 'llama3', rope_theta: 100, ...LLAMA3 } } },
    true,
  ],
  ['YaRN, flat, by the old name of its type', { ...LLAMA, config: { rope_theta: 1e6, rope_scaling: { type: 'yarn', ...YARN } } }, true],
  [
    'YaRN over the length the model was made for',
    { ...LLAMA, maxPositions: 32, config: { rope_scaling: { rope_type: 'yarn', factor: 4 } } },
    true,
  ],
  ['YaRN with an attention factor', { ...LLAMA, config: { rope_scaling: { rope_type: 'yarn', ...YARN, attention_factor: 1.7 } } }, true],
  [
    'YaRN with both mscales',
    { ...LLAMA, config: { rope_scaling: { rope_type: 'yarn', ...YARN, factor: 40, mscale: 1, mscale_all_dim: 0.707 } } },
    true,
  ],
  [
    'YaRN with betas of its own, bounds not rounded',
    { ...LLAMA, config: { rope_scaling: { rope_type: 'yarn', ...YARN, beta_fast: 4, beta_slow: 0.5, truncate: false } } },
    true,
  ],
  [
    'Qwen3 with YaRN, nested',
    { ...QWEN3, config: { rope_theta: undefined, rope_parameters: { rope_type: 'yarn', rope_theta: 1000, ...YARN } } },
    true,
  ],
];

function relativeError(got: ArrayLike<number>, reference: readonly number[]): number {
  const square = (values: readonly number[]) => values.reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(square(reference.map((r, i) => got[i]! - r)) / square(reference));
}

describe('families and positions, against double precision', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-families-'))));
  after(() => rmSync(folder, { recursive: true }));

  cases.forEach(([name, shape, scaled], i) => {
    it(name, async () => {
      const model = writeRandomModel(join(folder, `${i}`), shape, i + 1);
      // BF16 alone: a quantised layer rounds activations, where a last bit of f32 may decide a whole step (transformer.test.ts has those).
      const precision = parsePrecisionMap('bf16');
      const reference = referenceLogits(model, precision, TOKENS);
      const engine = await Transformer.load(model.folder, precision);
      // The whole prompt at once and one token at a time go through different code.
      expect(relativeError(engine.append(TOKENS), reference.at(-1)!), 'at once').to.be.below(2e-6);
      engine.truncate(0);
      TOKENS.forEach((token, t) => expect(relativeError(engine.append([token]), reference[t]!), `token ${t}`).to.be.below(2e-6));
      const { frequencies, attention } = referenceRope(model.config);
      const plain = referenceRope({
        ...model.config,
        rope_scaling: undefined,
        rope_parameters: undefined,
        rope_theta: thetaOf(model.config),
      });
      const differs = attention !== 1 || frequencies.some((f, k) => Math.abs(f / plain.frequencies[k]! - 1) > 0.05);
      expect(differs, 'the case is one where the scaling does something').to.equal(scaled);
    });
  });
});

function thetaOf(config: Record<string, unknown>): unknown {
  return (config.rope_parameters as { rope_theta?: number } | undefined)?.rope_theta ?? config.rope_theta;
}
