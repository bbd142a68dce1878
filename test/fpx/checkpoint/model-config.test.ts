import { expect } from 'chai';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelConfigError, parseModelConfig, readModelConfig } from '../../../fpx/checkpoint/model-config.js';

/** A config.json as the three families publish them. */
const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 128,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  hidden_act: 'silu',
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 500000,
  tie_word_embeddings: false,
  attention_bias: false,
  mlp_bias: false,
  attention_dropout: 0,
  pretraining_tp: 1,
  initializer_range: 0.02,
  torch_dtype: 'bfloat16',
  transformers_version: '4.45.0',
  use_cache: true,
  bos_token_id: 1,
  eos_token_id: [2, 3],
};
const QWEN2 = {
  ...LLAMA,
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  attention_bias: undefined,
  mlp_bias: undefined,
  use_sliding_window: false,
  sliding_window: 32768,
  max_window_layers: 4,
};
const QWEN3 = { ...QWEN2, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: undefined, sliding_window: null };
const YARN = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 512 };
const L3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 512 };

const parse = (change: object, base: object = LLAMA, positions?: number) =>
  parseModelConfig({ ...base, ...change }, 'config.json', positions);

describe('config.json', () => {
  it('of Llama, Qwen2 and Qwen3 as they are published', () => {
    expect(parse({})).to.deep.include({ heads: 4, kvHeads: 2, headWidth: 16, attentionBias: 'none', qkNorms: false, notes: [] });
    expect(parse({}, QWEN2)).to.deep.include({ attentionBias: 'qkv', qkNorms: false, notes: [] });
    // Qwen3's heads are 128 wide where the file does not say, whatever hidden_size / heads is.
    expect(parse({}, QWEN3)).to.deep.include({ headWidth: 128, attentionBias: 'none', qkNorms: true, notes: [] });
    expect(parse({ attention_bias: true }, QWEN3)).to.include({ attentionBias: 'qkvo' });
    expect(parse({ tie_word_embeddings: undefined }).tiedEmbeddings).to.equal(undefined);
  });

  it('says what it passes over, and passes over what says nothing', () => {
    expect(parse({ favourite_colour: 'blue' }).notes).to.deep.equal(['config.json: not known, and passed over: favourite_colour']);
    const silent = {
      logit_scale: null,
      use_qk_norm: false,
      num_experts: null,
      quantization_config: null,
      rope_scaling: null,
      pruned_heads: {},
    };
    expect(parse({ ...silent, embedding_multiplier: 1, rope_interleaved: false, unsloth_fixed: true }).notes).to.deep.equal([]);
  });

  it('takes positions as far as the scaling stretches them', () => {
    expect(parse({ rope_scaling: { ...YARN, original_max_position_embeddings: 2048 } }).maxPositions).to.equal(4096);
    expect(parse({ rope_scaling: { ...YARN, original_max_position_embeddings: 2048 } }, LLAMA, 1e6).maxPositions).to.equal(8192);
    expect(parse({ rope_scaling: L3 }, LLAMA, 1e6).maxPositions).to.equal(2048);
  });

  const same: [what: string, one: object, other: object][] = [
    ['nested', { rope_scaling: YARN }, { rope_theta: undefined, rope_parameters: { ...YARN, rope_theta: 500000 } }],
    ['both', { rope_scaling: YARN }, { rope_scaling: YARN, rope_parameters: { ...YARN, rope_theta: 500000 } }],
    ['type', { rope_scaling: YARN }, { rope_scaling: { ...YARN, rope_type: undefined, type: 'yarn' } }],
    [
      'the original length at the top',
      { rope_scaling: L3 },
      { original_max_position_embeddings: 512, rope_scaling: { ...L3, original_max_position_embeddings: undefined } },
    ],
    ['plain', {}, { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 500000 } }],
    ['nothing', {}, { rope_scaling: {} }],
  ];
  for (const [what, one, other] of same) {
    it(`reads rope settings the same however they are written: ${what}`, () => expect(parse(other).rope).to.deep.equal(parse(one).rope));
  }

  const refused: [what: string, change: object, message: string, base?: object][] = [
    [
      'another architecture',
      { architectures: ['GemmaForCausalLM'] },
      'architecture GemmaForCausalLM is not computed by this engine; accepted are LlamaForCausalLM, Qwen2',
    ],
    ['two architectures', { architectures: ['LlamaForCausalLM', 'X'] }, 'names 2 models'],
    ['no architecture', { architectures: undefined }, 'architectures'],
    [
      'an architecture that is another’s in disguise',
      { model_type: 'granite' },
      'model_type "granite" beside architecture LlamaForCausalLM',
    ],
    ['no width', { hidden_size: undefined }, 'hidden_size'],
    ['a width the kernels cannot take', { intermediate_size: 40 }, 'intermediate_size 40; accepted are multiples of 32'],
    ['more layers than any model has', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['heads that cannot be grouped', { num_key_value_heads: 3 }, 'num_attention_heads 4 is no multiple of num_key_value_heads 3'],
    [
      'another activation',
      { hidden_act: 'gelu' },
      'hidden_act "gelu" is not computed by this engine; accepted is leaving it out or "silu"',
    ],
    ['a quantised checkpoint', { quantization_config: { quant_method: 'awq' } }, 'quantised already (awq); accepted are F32, F16 and BF16'],
    ['a quantised checkpoint of an older tool', { compression_config: { format: 'x' } }, 'compression_config'],
    ['biases of the feed-forward layer', { mlp_bias: true }, 'mlp_bias true'],
    ['no biases of Qwen2', { attention_bias: false }, 'attention_bias false beside architecture Qwen2ForCausalLM', QWEN2],
    ['code of its own', { auto_map: { AutoModelForCausalLM: 'modeling_x.X' } }, 'auto_map: AutoModelForCausalLM'],

    [
      'a sliding window',
      { use_sliding_window: true, sliding_window: 512, max_window_layers: 0 },
      'sliding_window 512 is shorter than the context of 2048',
      QWEN2,
    ],
    [
      'a window in some layers',
      { layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'full_attention'], sliding_window: 8 },
      'sliding_window 8',
      QWEN3,
    ],
    ['a window that nobody switched on', { sliding_window: 100 }, 'sliding_window 100 is shorter'],
    ['a window without a length', { use_sliding_window: true, sliding_window: null, max_window_layers: 0 }, 'does not say how long', QWEN2],
    [
      'other kinds of attention',
      { layer_types: ['full_attention', 'linear_attention', 'full_attention', 'full_attention'] },
      '"linear_attention"',
      QWEN3,
    ],
    ['kinds of attention for other layers', { layer_types: ['full_attention'] }, 'layer_types names 1 layers, num_hidden_layers 4', QWEN3],

    [
      'a rope scaling it lacks',
      { rope_scaling: { rope_type: 'longrope', factor: 4 } },
      'rope_type "longrope"; accepted are default, linear, llama3, yarn',
    ],
    ['dynamic scaling', { rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_type "dynamic"'],
    ['a scaling without a type', { rope_scaling: { factor: 2 } }, 'rope settings (factor) without a rope_type'],
    [
      'two types',
      { rope_scaling: { rope_type: 'default', type: 'mrope', mrope_section: [1] } },
      'rope_type and type say different things: default and mrope',
    ],
    [
      'settings of another type',
      { rope_scaling: { rope_type: 'linear', factor: 2, beta_fast: 3 } },
      'beta_fast beside rope_type "linear", which knows factor',
    ],
    [
      'settings of no type',
      { rope_scaling: { rope_type: 'default', mrope_section: [16, 24, 24] } },
      'mrope_section beside rope_type "default"',
    ],
    ['a factor of a server’s own', { rope_scaling: { ...YARN, attn_factor: 2 } }, 'attn_factor beside rope_type "yarn"'],
    ['one mscale', { rope_scaling: { ...YARN, mscale: 0.7 } }, 'accepted are both or neither'],
    [
      'two thetas',
      { rope_parameters: { rope_type: 'default', rope_theta: 100 } },
      'rope_theta, nested and flat, say different things: 100 and 500000',
    ],
    [
      'two scalings',
      { rope_scaling: YARN, rope_parameters: { ...YARN, factor: 2 } },
      'rope_parameters and rope_scaling say different things',
    ],
    ['two original lengths', { rope_scaling: YARN, original_max_position_embeddings: 99 }, 'say different things: 512 and 99'],
    [
      'Llama 3 scaling without a factor',
      { rope_scaling: { ...L3, high_freq_factor: undefined } },
      'rope_type "llama3" without high_freq_factor',
    ],
    [
      'Llama 3 scaling without a length',
      { rope_scaling: { ...L3, original_max_position_embeddings: undefined } },
      'without original_max_position_embeddings',
    ],
    ['a base that gives every pair one frequency', { rope_theta: 1, rope_scaling: YARN }, 'rope_theta 1; accepted are numbers above 1'],
    ['a factor that is none', { rope_scaling: { ...YARN, factor: -4 } }, 'factor'],
    [
      'settings of layers',
      { rope_parameters: { full_attention: { rope_type: 'default' } } },
      'rope settings of their own for "full_attention" layers',
    ],
    ['positions of a part of a head', { partial_rotary_factor: 0.5 }, 'partial_rotary_factor 0.5'],
    [
      'the same, nested',
      { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.25 } },
      'partial_rotary_factor 0.25; accepted is 1',
    ],
    ['neighbours turned together', { rope_interleaved: true }, 'rope_interleaved true'],
    ['layers without positions', { no_rope_layers: [1, 1, 1, 0] }, 'no_rope_layers [1,1,1,0]'],
  ];
  const foreign: object[] = [
    // Granite, Gemma, Cohere, MiniCPM, Grok, OLMo, mixtures of experts.
    ...[{ embedding_multiplier: 12 }, { residual_multiplier: 0.22 }, { attention_multiplier: 0.0156 }, { logits_scaling: 16 }],
    ...[{ final_logit_softcapping: 30 }, { attn_logit_softcapping: 50 }, { query_pre_attn_scalar: 224 }, { logit_scale: 0.0625 }],
    ...[
      { scale_emb: 12 },
      { scale_depth: 1.4 },
      { dim_model_base: 256 },
      { embedding_scale: 78.4 },
      { clip_qkv: 8 },
      { use_qk_norm: true },
    ],
    ...[{ num_local_experts: 8 }, { n_routed_experts: 64 }, { qk_layernorm: true }, { alibi: true }, { is_causal: false }],
  ];
  for (const change of foreign) refused.push([`another family's ${JSON.stringify(change)}`, change, `${Object.keys(change)[0]} `]);

  for (const [what, change, message, base] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => parse(change, base)).to.throw(ModelConfigError, message);
      expect(() => parse(change, base)).to.throw(ModelConfigError, /^config\.json: /);
    });
  }

  it('refuses a folder with an adapter of another model, which would not be applied', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickbench-config-'));
    try {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(LLAMA));
      expect(readModelConfig(folder).layers).to.equal(LLAMA.num_hidden_layers);
      writeFileSync(join(folder, 'adapter_config.json'), '{"peft_type":"LORA"}');
      expect(() => readModelConfig(folder)).to.throw(
        ModelConfigError,
        /adapter_config\.json: an adapter .*accepted is a folder of merged weights/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names a config.json that is a Git LFS pointer, a broken link, missing or no JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickbench-config-'));
    const file = join(folder, 'config.json');
    try {
      expect(() => readModelConfig(folder)).to.throw(ModelConfigError, `${file} is missing`);
      symlinkSync('../../blobs/gone', file);
      expect(() => readModelConfig(folder)).to.throw(ModelConfigError, `${file} is a link to a file that is not there`);
      rmSync(file);
      writeFileSync(file, Buffer.from('\ufeff{}', 'utf16le'));
      expect(() => readModelConfig(folder)).to.throw(ModelConfigError, `${file} is text in UTF-16`);
      writeFileSync(file, '{"archi');
      expect(() => readModelConfig(folder)).to.throw(ModelConfigError, `${file} is not JSON`);
      writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n');
      expect(() => readModelConfig(folder)).to.throw(ModelConfigError, `${file} is a Git LFS pointer`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
