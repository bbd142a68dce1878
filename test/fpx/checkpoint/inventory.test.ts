import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError } from '../../../fpx/checkpoint/files.js';
import { writeSafetensors, type TensorToWrite } from '../../../fpx/checkpoint/safetensors.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { writeRandomModel, type RandomModel, type RandomModelShape } from '../random-model.js';

const SHAPE: RandomModelShape = { dModel: 32, ffWidth: 32, layers: 2, heads: 2, vocabSize: 12 };
const BF16 = parsePrecisionMap('bf16');

describe('the tensors of a checkpoint', () => {
  let folder: string;
  let models = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-inventory-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** A random model whose files were changed after it was made. */
  const changed = (
    shape: RandomModelShape,
    config: Record<string, unknown>,
    change: (tensors: RandomModel['tensors']) => void = () => undefined,
  ): string => {
    const model = writeRandomModel(join(folder, `${models++}`), shape, 3);
    writeFileSync(join(model.folder, 'config.json'), JSON.stringify({ ...model.config, ...config }));
    change(model.tensors);
    writeSafetensors(join(model.folder, 'model.safetensors'), model.tensors);
    return model.folder;
  };
  const logits = async (where: string) => [...(await Transformer.load(where, BF16)).append([1, 2, 3])];
  const refusal = async (where: string): Promise<string> => {
    const error = await Transformer.load(where, BF16).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(CheckpointError);
    return (error as Error).message;
  };
  const vector = (length: number): TensorToWrite => ({ dtype: 'F32', shape: [length], values: new Float32Array(length).fill(1) });

  it('decide whether the output layer is the embedding where config.json does not say, with a word', async () => {
    const unsaid = { tie_word_embeddings: undefined };
    const tied = changed(SHAPE, unsaid);
    expect(await logits(tied)).to.deep.equal(await logits(changed(SHAPE, {})));
    const { notes } = (await Transformer.load(tied, BF16)).summary;
    expect(notes).to.have.length(1);
    expect(notes[0]).to.match(/does not say tie_word_embeddings.*embedding is taken for the output layer/);
    const untied = { ...SHAPE, tied: false };
    expect(await logits(changed(untied, unsaid))).to.deep.equal(await logits(changed(untied, {})));
    expect((await Transformer.load(changed(untied, unsaid), BF16)).summary.notes).to.deep.equal([]);
  });

  it('say that the head is missing where config.json says that it is not tied', async () => {
    expect(await refusal(changed(SHAPE, { tie_word_embeddings: false }))).to.match(
      /no tensor "lm_head\.weight", though .* tie_word_embeddings false/,
    );
  });

  it('may repeat a tied head, and only the same', async () => {
    const repeat = (factor: number) => (tensors: RandomModel['tensors']) => {
      const table = tensors.get('model.embed_tokens.weight')!;
      tensors.set('lm_head.weight', { ...table, values: table.values.map((v) => v * factor) });
    };
    expect(await logits(changed(SHAPE, {}, repeat(1)))).to.deep.equal(await logits(changed(SHAPE, {})));
    expect(await refusal(changed(SHAPE, {}, repeat(2)))).to.match(/tie_word_embeddings true, and "lm_head\.weight" differs/);
  });

  it('pass over frequencies of positions', async () => {
    const where = changed(SHAPE, {}, (tensors) => tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', vector(8)));
    expect(await logits(where)).to.deep.equal(await logits(changed(SHAPE, {})));
  });

  const refused: [
    what: string,
    shape: RandomModelShape,
    config: Record<string, unknown>,
    change: (t: RandomModel['tensors']) => void,
    message: RegExp,
  ][] = [
    [
      'a missing layer',
      SHAPE,
      { num_hidden_layers: 3 },
      () => undefined,
      /no tensor "model\.layers\.2\.[^"]+" and 8 more that config\.json implies/,
    ],
    ['a layer too many', SHAPE, { num_hidden_layers: 1 }, () => undefined, /9 tensors that are not used: .*1 layers of LlamaForCausalLM/],
    [
      'a bias missing beside its sisters',
      { ...SHAPE, architecture: 'Qwen2ForCausalLM' },
      {},
      (t) => t.delete('model.layers.1.self_attn.k_proj.bias'),
      /no tensor "model\.layers\.1\.self_attn\.k_proj\.bias"/,
    ],
    [
      'attention_bias without tensors',
      SHAPE,
      { attention_bias: true },
      () => undefined,
      /no tensor "model\.layers\.0\.self_attn\.q_proj\.bias".*attention_bias true/,
    ],
    [
      'attention_bias without the bias of the output',
      { ...SHAPE, attentionBias: true },
      {},
      (t) => t.delete('model.layers.0.self_attn.o_proj.bias'),
      /no tensor "model\.layers\.0\.self_attn\.o_proj\.bias"/,
    ],
    [
      'biases that config.json does not speak of',
      { ...SHAPE, attentionBias: true },
      { attention_bias: undefined },
      () => undefined,
      /8 tensors that are not used: .*attention_bias/,
    ],
    [
      'a bias of the output, which Qwen2 lacks',
      { ...SHAPE, architecture: 'Qwen2ForCausalLM' },
      {},
      (t) => t.set('model.layers.0.self_attn.o_proj.bias', vector(32)),
      /not used: "model\.layers\.0\.self_attn\.o_proj\.bias"/,
    ],
    [
      'norms of queries and keys, which Llama lacks',
      { ...SHAPE, architecture: 'Qwen3ForCausalLM' },
      { architectures: ['LlamaForCausalLM'] },
      () => undefined,
      /4 tensors that are not used: .*norms of queries and keys, which LlamaForCausalLM does not have/,
    ],
    [
      'no norms of queries and keys, which Qwen3 has',
      SHAPE,
      { architectures: ['Qwen3ForCausalLM'] },
      () => undefined,
      /no tensor "model\.layers\.0\.self_attn\.q_norm\.weight"/,
    ],
    [
      'tensors of another family',
      SHAPE,
      {},
      (t) => t.set('model.layers.0.mlp.experts.0.up_proj.weight', vector(4)),
      /a tensor that is not used: "model\.layers\.0\.mlp\.experts/,
    ],
    [
      'packed weights of which config.json says nothing',
      SHAPE,
      {},
      (t) => {
        t.delete('model.layers.0.self_attn.q_proj.weight');
        t.set('model.layers.0.self_attn.q_proj.weight_packed', vector(4));
      },
      /no tensor "model\.layers\.0\.self_attn\.q_proj\.weight"; it has ".*q_proj\.weight_packed": weights that were quantised before, .*quantization_config/,
    ],
    [
      'tensors under other names',
      SHAPE,
      {},
      (t) => [...t].forEach(([name, tensor]) => (t.delete(name), t.set(`text_${name.slice(6)}`, tensor))),
      /no tensor "model\.embed_tokens\.weight".*it has "text_embed_tokens\.weight"/,
    ],
  ];
  for (const [what, shape, config, change, message] of refused) {
    it(`are refused by name: ${what}`, async () => expect(await refusal(changed(shape, config, (t) => void change(t)))).to.match(message));
  }
});
