import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelConfigError } from '../../../fpx/checkpoint/model-config.js';
import type { Simd } from '../../../fpx/kernels/kernels.js';
import { FORMATS, parsePrecisionMap, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { CheckpointError } from '../../../fpx/checkpoint/files.js';
import { Checkpoint, writeSafetensors } from '../../../fpx/checkpoint/safetensors.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { ScalarTransformer } from '../../bench/scalar-transformer.js';
import { writeRandomModel, type RandomModel } from '../random-model.js';
import { referenceLogits } from '../reference-transformer.js';

/** Root mean square of the difference over that of the reference. */
function relativeError(got: ArrayLike<number>, reference: readonly number[]): number {
  let [difference, size] = [0, 0];
  reference.forEach((r, i) => {
    difference += (got[i]! - r) ** 2;
    size += r * r;
  });
  return Math.sqrt(difference / size);
}

const TOKENS = Array.from({ length: 21 }, (_, i) => (i * 31 + 7) % 90);
const MIXED = parsePrecisionMap({ default: 'fp8', units: { 'layers.*.gate_up': 'fp4', 'layers.0.o': 'bf16' } });

describe('the transformer', () => {
  let folder: string;
  let llama: RandomModel;
  let qwen: RandomModel;
  let wide: RandomModel;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-transformer-'));
    // A seed with which no activation lies so near the middle of two integers that f32 and double precision round it apart.
    llama = writeRandomModel(join(folder, 'llama'), { dModel: 64, ffWidth: 96, layers: 3, heads: 2, vocabSize: 90 }, 4);
    const qwenShape = { dModel: 64, ffWidth: 160, layers: 2, heads: 4, kvHeads: 2, vocabSize: 91 } as const;
    const qwenMore = { architecture: 'Qwen2ForCausalLM', tied: false, ropeTheta: 1e6, dtype: 'F32' } as const;
    qwen = writeRandomModel(join(folder, 'qwen'), { ...qwenShape, ...qwenMore }, 2);
    wide = writeRandomModel(
      join(folder, 'wide'),
      { dModel: 32, ffWidth: 64, layers: 1, heads: 4, kvHeads: 1, headWidth: 24, vocabSize: 90 },
      3,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const cases = (): [name: string, model: RandomModel, precision: PrecisionMap][] => [
    ...FORMATS.flatMap((format): [string, RandomModel, PrecisionMap][] => [
      [`llama ${format}`, llama, parsePrecisionMap(format)],
      [`qwen2 with biases, untied, F32 file, ${format}`, qwen, parsePrecisionMap(format)],
      [`heads of another width, ${format}`, wide, parsePrecisionMap(format)],
    ]),
    ['llama mixed', llama, MIXED],
    [
      'llama with both kinds of FP4',
      llama,
      parsePrecisionMap({ default: 'fp4', units: { 'layers.1.*': 'fp4-tensor', 'layers.*.qkv': 'fp8' } }),
    ],
  ];

  it('agrees with double precision on the same rounded weights and activations, for each format and layout', async () => {
    for (const [name, model, precision] of cases()) {
      const reference = referenceLogits(model, precision, TOKENS);
      const engine = await Transformer.load(model.folder, precision);
      // Rounding of f32 alone: about 3e-7 in all formats, because FP8 and FP4 sums are exact integers.
      TOKENS.forEach((token, t) => expect(relativeError(engine.append([token]), reference[t]!), `${name}, token ${t}`).to.be.below(2e-6));
    }
  });

  it('agrees with the scalar engine it is benchmarked against', async () => {
    for (const model of [llama, qwen, wide]) {
      const engine = await Transformer.load(model.folder, parsePrecisionMap('bf16'));
      const scalar = new ScalarTransformer(engine.config, Checkpoint.open(model.folder), TOKENS.length);
      // The F32 checkpoint's weights are rounded to BF16 by the engine alone.
      expect(relativeError(engine.append(TOKENS), [...scalar.append(TOKENS)])).to.be.below(model === qwen ? 0.02 : 2e-6);
    }
  });

  it('loses by rounding what the formats lose: FP4 with one scale more than FP4 more than FP8 more than BF16', async () => {
    const exact = referenceLogits(llama, parsePrecisionMap('bf16'), TOKENS).at(-1)!;
    const loss = async (precision: PrecisionMap) => relativeError((await Transformer.load(llama.folder, precision)).append(TOKENS), exact);
    const [fp8, fp4] = [await loss(parsePrecisionMap('fp8')), await loss(parsePrecisionMap('fp4'))];
    expect(fp8).to.be.within(0.01, 0.1);
    expect(fp4).to.be.within(0.08, 0.4);
    expect(await loss(MIXED)).to.be.within(fp8, fp4);
    expect(await loss(parsePrecisionMap('fp4-tensor'))).to.be.within(fp4, 1.5);
  });

  it('gives the golden logits', async () => {
    // The double-precision pass's first four, after the last token.
    const golden = {
      bf16: [3.453081587642373, 8.56231805379833, 1.498623950350621, -4.801547579800999],
      fp8: [3.886453912512415, 8.933749470351607, 1.8897260437108743, -4.4287445636738045],
      fp4: [3.3270658318955997, 6.477497692591191, 1.0647397478877527, -4.2205633549050425],
      'fp4-tensor': [7.090533014123881, 8.499312766463671, 0.5045033286086712, -5.720653711799023],
    };
    for (const format of FORMATS) {
      const engine = await Transformer.load(llama.folder, parsePrecisionMap(format));
      const logits = engine.append(TOKENS);
      expect(logits).to.have.length(90);
      golden[format].forEach((value, i) => expect(logits[i]).to.be.closeTo(value, 3e-5));
    }
  });

  it('gives the same bits in relaxed and in plain SIMD', async () => {
    for (const model of [llama, qwen, wide]) {
      for (const precision of [...FORMATS.map(parsePrecisionMap), MIXED]) {
        const [plain, relaxed] = await Promise.all(
          (['plain', 'relaxed'] as const).map((simd) => Transformer.load(model.folder, precision, { simd })),
        );
        expect([...relaxed!.append(TOKENS)]).to.deep.equal([...plain!.append(TOKENS)]);
        expect([...relaxed!.append([5])]).to.deep.equal([...plain!.append([5])]);
      }
    }
  });

  it('says where FP4 takes longer for want of relaxed SIMD', async () => {
    const notes = async (format: string, simd: Simd) =>
      (await Transformer.load(llama.folder, parsePrecisionMap(format), { simd })).summary.notes.join();
    expect(await notes('fp4', 'plain')).to.match(/no relaxed SIMD/);
    expect([await notes('fp8', 'plain'), await notes('fp4', 'relaxed')]).to.deep.equal(['', '']);
  });

  it('gives the same bits however a sequence is cut into calls', async () => {
    const tokens = Array.from({ length: 150 }, (_, i) => (i * i * 13 + i) % 90);
    for (const precision of [...FORMATS.map(parsePrecisionMap), MIXED]) {
      const engine = await Transformer.load(llama.folder, precision);
      const whole = [...engine.append(tokens)];
      await fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 149 }), { maxLength: 6 }), (cuts) => {
          engine.truncate(0);
          const bounds = [...new Set([0, ...cuts, tokens.length])].sort((a, b) => a - b);
          let logits = new Float32Array();
          bounds.slice(1).forEach((end, i) => {
            const piece = tokens.slice(bounds[i], end);
            if (i % 2 === 1 && end < tokens.length) engine.absorb(piece);
            else logits = engine.append(piece) as Float32Array<ArrayBuffer>;
          });
          expect([...logits]).to.deep.equal(whole);
        }),
        { numRuns: 15 },
      );
      engine.truncate(0);
      let last = new Float32Array(0);
      for (const token of tokens) last = engine.append([token]) as Float32Array<ArrayBuffer>;
      expect([...last]).to.deep.equal(whole);
    }
  });

  it('reuses a prefix: what was truncated leaves no trace', async () => {
    const engine = await Transformer.load(llama.folder, MIXED);
    const fresh = await Transformer.load(llama.folder, MIXED);
    engine.append(TOKENS);
    engine.truncate(9);
    expect(engine.length).to.equal(9);
    const reused = [...engine.append([80, 3, 3, 41])];
    expect(reused).to.deep.equal([...fresh.append([...TOKENS.slice(0, 9), 80, 3, 3, 41])]);
    expect(engine.length).to.equal(13);
  });

  it('takes the last position and refuses more', async () => {
    const engine = await Transformer.load(llama.folder, parsePrecisionMap('fp4'), { positions: 13 });
    expect(engine.config.maxPositions).to.equal(13);
    engine.append(TOKENS.slice(0, 13));
    expect(() => engine.append([1])).to.throw(RangeError, '13 cached and 1 new tokens exceed the 13 positions');
    expect(engine.length).to.equal(13);
    engine.truncate(12);
    const full = await Transformer.load(llama.folder, parsePrecisionMap('fp4'));
    expect([...engine.append([TOKENS[12]!])]).to.deep.equal([...full.append(TOKENS.slice(0, 13))]);
  });

  it('refuses tokens and lengths that are none', async () => {
    const engine = await Transformer.load(llama.folder, parsePrecisionMap('bf16'));
    expect(() => engine.append([])).to.throw(RangeError, 'at least one token');
    expect(() => engine.append([5, 90])).to.throw(RangeError, 'token 90 is not in the vocabulary (0 to 89)');
    expect(() => engine.append([-1])).to.throw(RangeError, 'token -1');
    expect(() => engine.append([1.5])).to.throw(RangeError, 'token 1.5');
    expect(() => engine.truncate(1)).to.throw(RangeError, 'cannot truncate to 1: the cache holds 0');
    expect(engine.length).to.equal(0);
  });

  it('sums up what it holds', async () => {
    // Widths of whole groups: FP4 keeps others as the next multiple of 128.
    const { folder: groups } = writeRandomModel(join(folder, 'groups'), { dModel: 128, ffWidth: 256, layers: 3, heads: 2, vocabSize: 90 });
    const block = 4 * 128 * 128 + 3 * 128 * 256;
    const parameters = 90 * 128 + 3 * (block + 2 * 128) + 128;
    // The embedding's 90 rows are kept as 92.
    const rest = 92 * 128 * 2 + (3 * 2 * 128 + 128) * 4;
    const held: Record<string, number> = {};
    for (const format of FORMATS) {
      const { summary } = await Transformer.load(groups, parsePrecisionMap(format));
      expect(summary.parameters).to.equal(parameters);
      expect(summary.label).to.equal(format);
      held[format] = summary.weightBytes;
      expect((8 * (summary.weightBytes - rest)) / (3 * block)).to.be.closeTo(summary.bitsPerWeight, 1e-9);
    }
    expect(held.bf16).to.equal(2 * 3 * block + rest);
  });

  it('says where outliers make a quantised model slower', async () => {
    const model = writeRandomModel(join(folder, 'outliers'), { dModel: 32, ffWidth: 32, layers: 1, heads: 2, vocabSize: 8 });
    for (const { shape, values } of model.tensors.values()) if (shape.length === 2) values[5]! *= 3000;
    writeSafetensors(join(model.folder, 'model.safetensors'), model.tensors);
    const notes = async (format: string) => (await Transformer.load(model.folder, parsePrecisionMap(format))).summary.notes;
    expect(await notes('bf16')).to.deep.equal([]);
    for (const format of ['fp8', 'fp4'])
      expect((await notes(format)).join()).to.match(/^\d+\.\d % of the weights are far below the largest/);
    expect((await Transformer.load(llama.folder, parsePrecisionMap('fp8'))).summary.notes).to.deep.equal([]);
  });

  describe('refuses', () => {
    const reject = async (promise: Promise<unknown>, type: new (...a: never[]) => Error, message: string) => {
      const error = await promise.then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).to.be.instanceOf(type);
      expect((error as Error).message).to.include(message);
    };
    const bf16 = parsePrecisionMap('bf16');
    const changed = (name: string, change: Record<string, unknown>) => {
      const model = writeRandomModel(join(folder, name), { dModel: 32, ffWidth: 32, layers: 1, heads: 2, vocabSize: 8 });
      writeFileSync(join(model.folder, 'config.json'), JSON.stringify({ ...model.config, ...change }));
      return model.folder;
    };

    it('a config.json that is missing or no JSON', async () => {
      await reject(Transformer.load(join(folder, 'nowhere'), bf16), ModelConfigError, 'config.json');
      const where = changed('broken', {});
      writeFileSync(join(where, 'config.json'), '{"archi');
      await reject(Transformer.load(where, bf16), ModelConfigError, 'config.json');
    });

    it('a config.json that does not fit the weights', async () => {
      const message = 'tensor "model.layers.0.mlp.gate_proj.weight" has shape [32,32], config.json implies [64,32]';
      await reject(Transformer.load(changed('fit', { intermediate_size: 64 }), bf16), CheckpointError, message);
      await reject(Transformer.load(changed('more', { num_hidden_layers: 2 }), bf16), CheckpointError, 'no tensor "model.layers.1.');
      await reject(
        Transformer.load(changed('untied', { tie_word_embeddings: false }), bf16),
        CheckpointError,
        'no tensor "lm_head.weight"',
      );
    });

    it('a truncated checkpoint', async () => {
      const where = changed('cut', {});
      const file = join(where, 'model.safetensors');
      writeFileSync(file, readFileSync(file).subarray(0, -3));
      await reject(Transformer.load(where, bf16), CheckpointError, `${file}: truncated`);
    });
  });
});
