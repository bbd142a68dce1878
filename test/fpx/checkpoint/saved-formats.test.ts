import { expect } from 'chai';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError } from '../../../fpx/checkpoint/files.js';
import { identify } from '../../../fpx/checkpoint/identity.js';
import { ModelConfigError } from '../../../fpx/checkpoint/model-config.js';
import type { QuantizedForm } from '../../../fpx/checkpoint/quantized-layout.js';
import { SafetensorsFile } from '../../../fpx/checkpoint/safetensors-writing.js';
import { AS_SAVED, parsePrecision, parsePrecisionMap, PrecisionMapError } from '../../../fpx/formats/precision.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { quantizeFolder } from '../../../fpx/quantize/quantized-folder.js';
import { readStored, type StoredTensor } from '../published-layout.js';
import { writeRandomModel } from '../random-model.js';

const MIXED = parsePrecisionMap({ default: 'fp4', units: { 'layers.*.down': 'fp8', 'layers.1.o': 'bf16' } });
const Q = 'model.layers.0.self_attn.q_proj';
const DOWN = 'model.layers.0.mlp.down_proj';

describe('a checkpoint that was quantised before', () => {
  let folder: string;
  let plain: string;
  let copies = 0;
  const saved = {} as Record<QuantizedForm, string>;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-saved-'));
    plain = writeRandomModel(join(folder, 'plain'), { dModel: 32, ffWidth: 64, layers: 2, heads: 2, vocabSize: 12 }, 5).folder;
    for (const form of ['compressed-tensors', 'modelopt'] as const) {
      saved[form] = join(folder, form);
      quantizeFolder({ source: plain, target: saved[form], precision: MIXED, form, scales: 'least-error' });
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  type Tensors = Map<string, StoredTensor>;
  type Config = Record<string, unknown> & { quantization_config: Record<string, unknown> };
  /** A copy whose tensors and config.json were changed. */
  const changed = (
    form: QuantizedForm,
    change: (tensors: Tensors) => void,
    configure: (config: Config) => void = () => undefined,
  ): string => {
    const where = join(folder, `copy-${copies++}`);
    cpSync(saved[form], where, { recursive: true });
    const file = join(where, 'model.safetensors');
    const tensors: Tensors = new Map([...readStored(file)].map(([name, each]) => [name, { ...each, bytes: Buffer.from(each.bytes) }]));
    change(tensors);
    rmSync(file);
    const out = new SafetensorsFile(
      file,
      [...tensors].map(([name, { bytes, ...each }]) => ({ name, ...each, size: bytes.length })),
    );
    for (const [name, { bytes }] of tensors) out.write(name, bytes);
    out.finish();
    out.close();
    const config = JSON.parse(readFileSync(join(where, 'config.json'), 'utf8')) as Config;
    configure(config);
    writeFileSync(join(where, 'config.json'), JSON.stringify(config));
    return where;
  };
  const logits = async (where: string) => [...(await Transformer.load(where, AS_SAVED)).append([1, 2, 3])];
  const refusal = async (where: string, type: new (...a: never[]) => Error, precision = parsePrecision(AS_SAVED)): Promise<string> => {
    const error: unknown = await Transformer.load(where, precision).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(type);
    return (error as Error).message;
  };
  const float = (value: number): Buffer => Buffer.from(Float32Array.of(value).buffer);

  it('is summed up as its map is', async () => {
    const [original, asSaved] = await Promise.all([Transformer.load(plain, MIXED), Transformer.load(saved.modelopt, AS_SAVED)]);
    expect(asSaved.summary).to.deep.equal(original.summary);
    expect(asSaved.summary.label).to.match(/^fp4 \d+% fp8 \d+% bf16 \d+%$/);
  });

  it('is asked for as-saved only where it was', async () => {
    expect(parsePrecision('as-saved')).to.equal(AS_SAVED);
    expect(parsePrecision('fp8')).to.deep.equal(parsePrecisionMap('fp8'));
    expect(await refusal(plain, PrecisionMapError)).to.match(/"as-saved": the checkpoint is not quantised; accepted are bf16/);
  });

  it('may be read by a map that says the same in other words, and by no other', async () => {
    const units = { 'layers.0.*': 'fp4', 'layers.1.qkv': 'fp4', 'layers.1.gate_up': 'fp4', 'layers.*.down': 'fp8', 'layers.0.down': 'fp8' };
    const same = parsePrecisionMap({ default: 'bf16', units });
    const model = await Transformer.load(saved['compressed-tensors'], same);
    expect([...model.append([1, 2, 3])]).to.deep.equal(await logits(saved['compressed-tensors']));
    const other = parsePrecisionMap({ default: 'bf16', units: { ...units, 'layers.1.down': 'fp4' } });
    expect(await refusal(saved.modelopt, PrecisionMapError, other)).to.match(/layers\.1\.down is fp4, .*\(modelopt\), holds it in fp8/);
    expect(await refusal(saved.modelopt, PrecisionMapError, parsePrecisionMap('fp4-tensor'))).to.match(/layers\.0\.qkv is fp4-tensor/);
  });

  it('may carry calibrated scales of inputs, which are passed over with a word', async () => {
    for (const [form, suffix] of [
      ['compressed-tensors', 'input_global_scale'],
      ['modelopt', 'input_scale'],
    ] as const) {
      const where = changed(form, (t) => t.set(`${Q}.${suffix}`, { dtype: 'F32', shape: [], bytes: float(3) }));
      expect(await logits(where)).to.deep.equal(await logits(saved[form]));
      expect((await Transformer.load(where, AS_SAVED)).summary.notes).to.deep.equal([
        'passed over: 1 calibrated scales of inputs of FP4 layers; this engine gives each token its own',
      ]);
      const wrong = changed(form, (t) => t.set(`${DOWN}.${suffix}`, { dtype: 'F32', shape: [], bytes: float(3) }));
      expect(await refusal(wrong, CheckpointError)).to.match(/a tensor that is not used: "model\.layers\.0\.mlp\.down_proj\.input/);
    }
  });

  it('may have FP8 scales in BF16, as transformers writes them', async () => {
    const name = `${DOWN}.weight_scale`;
    const halved = (t: Tensors): Buffer => {
      const { bytes } = t.get(name)!;
      return Buffer.concat(Array.from({ length: bytes.length / 4 }, (_, i) => bytes.subarray(4 * i + 2, 4 * i + 4)));
    };
    const short = changed('compressed-tensors', (t) => t.set(name, { ...t.get(name)!, dtype: 'BF16', bytes: halved(t) }));
    const long = changed('compressed-tensors', (t) => {
      const bytes = Buffer.alloc(t.get(name)!.bytes.length);
      halved(t).forEach((byte, i) => (bytes[4 * (i >> 1) + 2 + (i & 1)] = byte));
      t.set(name, { ...t.get(name)!, bytes });
    });
    expect(await logits(short)).to.deep.equal(await logits(long));
    expect(await logits(short)).to.not.deep.equal(await logits(saved['compressed-tensors']));
  });

  const broken: [what: string, form: QuantizedForm, change: (t: Tensors) => void, message: RegExp][] = [
    [
      'a scale of its own for k',
      'compressed-tensors',
      (t) => t.get('model.layers.0.self_attn.k_proj.weight_global_scale')!.bytes.writeFloatLE(7),
      /q_proj" and "model\.layers\.0\.self_attn\.k_proj" are fused, and differ in weight_global_scale; accepted is one scale for both/,
    ],
    [
      'a matrix’s scale of 0',
      'modelopt',
      (t) => t.get(`${Q}.weight_scale_2`)!.bytes.writeFloatLE(0),
      /q_proj\.weight_scale_2" is 0; accepted are scales above 0/,
    ],
    [
      'a matrix’s scale that is none',
      'modelopt',
      (t) => t.get(`${Q}.weight_scale_2`)!.bytes.writeFloatLE(NaN),
      /weight_scale_2" holds NaN at index 0/,
    ],
    [
      'a block’s scale that is none',
      'modelopt',
      (t) => t.get(`${Q}.weight_scale`)!.bytes.fill(0x7f, 3, 4),
      /q_proj\.weight_scale" holds NaN \(code 127\) at index 3; accepted are scales from 0/,
    ],
    [
      'a block’s scale below 0',
      'modelopt',
      (t) => t.get(`${Q}.weight_scale`)!.bytes.fill(0x81, 3, 4),
      /q_proj\.weight_scale" holds -0\.001953125 \(code 129\) at index 3; accepted are scales from 0/,
    ],
    [
      'a weight that is none',
      'modelopt',
      (t) => t.get(`${DOWN}.weight`)!.bytes.fill(0xff, 9, 10),
      /down_proj\.weight" holds NaN \(code 255\) at index 9; accepted are numbers/,
    ],
    [
      'no scales',
      'compressed-tensors',
      (t) => t.delete(`${DOWN}.weight_scale`),
      /no tensor "model\.layers\.0\.mlp\.down_proj\.weight_scale"/,
    ],
    [
      'scales of another shape',
      'compressed-tensors',
      (t) => t.set(`${DOWN}.weight_scale`, { ...t.get(`${DOWN}.weight_scale`)!, shape: [1, 32] }),
      /weight_scale" has shape \[1,32\], config\.json implies \[32,1\]/,
    ],
    [
      'codes of another type',
      'compressed-tensors',
      (t) => t.set(`${DOWN}.weight`, { ...t.get(`${DOWN}.weight`)!, dtype: 'U8' }),
      /down_proj\.weight" is U8; accepted is F8_E4M3/,
    ],
    [
      'a zero point',
      'compressed-tensors',
      (t) => t.set(`${DOWN}.weight_zero_point`, { dtype: 'U8', shape: [1], bytes: Buffer.alloc(1) }),
      /a tensor that is not used: "model\.layers\.0\.mlp\.down_proj\.weight_zero_point"/,
    ],
  ];
  for (const [what, form, change, message] of broken) {
    it(`is refused by name with ${what}`, async () => expect(await refusal(changed(form, change), CheckpointError)).to.match(message));
  }

  it('is refused where config.json and the tensors do not agree, or it does not say how', async () => {
    const ignoring = changed(
      'compressed-tensors',
      () => undefined,
      (c) => (c.quantization_config.ignore = ['re:.*down_proj']),
    );
    expect(await refusal(ignoring, CheckpointError)).to.match(
      /not used: "model\.layers\.0\.mlp\.down_proj\.weight_scale".*quantization_config does not speak of/,
    );
    const unsaid = changed(
      'modelopt',
      () => undefined,
      (c) => delete (c as Record<string, unknown>).quantization_config,
    );
    expect(await refusal(unsaid, ModelConfigError)).to.match(/hf_quant_config\.json lies beside it/);
    const gptq = changed(
      'modelopt',
      () => undefined,
      (c) => (c.quantization_config = { quant_method: 'gptq' }),
    );
    expect(await refusal(gptq, ModelConfigError)).to.match(/quantised already \(gptq\).*quant_method compressed-tensors or modelopt/);
    const groups = changed(
      'modelopt',
      () => undefined,
      (c) => (c.quantization_config = { quant_method: 'modelopt', quant_algo: 'NVFP4', group_size: 8 }),
    );
    expect(await refusal(groups, ModelConfigError)).to.match(/config\.json: quantization_config: group_size 8; accepted is 16/);
  });

  it('is refused when it is cut off', async () => {
    const where = changed('modelopt', () => undefined);
    const file = join(where, 'model.safetensors');
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(await refusal(where, CheckpointError)).to.match(/truncated/);
  });

  it('has an identity that covers all its files', async () => {
    const seen = new Set<string>();
    const add = async (where: string, precision = parsePrecision(AS_SAVED)) => seen.add((await identify(where, precision)).hash);
    await add(saved.modelopt);
    await add(saved.modelopt, MIXED);
    await add(saved['compressed-tensors']);
    await add(changed('modelopt', (t) => t.get(`${DOWN}.weight`)!.bytes.fill(0x11, 9, 10)));
    const file = changed('modelopt', () => undefined);
    await add(file);
    writeFileSync(join(file, 'hf_quant_config.json'), '{}');
    await add(file);
    writeFileSync(join(file, 'config.json'), '{}');
    await add(file);
    expect(seen.size).to.equal(7);
    expect((await identify(saved.modelopt, AS_SAVED)).files).to.have.all.keys('config.json', 'hf_quant_config.json', 'model.safetensors');
  });
});
