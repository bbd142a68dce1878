import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError } from '../../../fpx/checkpoint/files.js';
import { ModelConfigError, readModelConfig } from '../../../fpx/checkpoint/model-config.js';
import { QUANTIZED_FORMS, type QuantizedForm } from '../../../fpx/checkpoint/quantized-layout.js';
import { Checkpoint, writeSafetensors } from '../../../fpx/checkpoint/safetensors.js';
import { AS_SAVED, parsePrecisionMap, PrecisionMapError, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { quantizeFp8 } from '../../../fpx/kernels/packing.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { quantizeFolder, QuantizeError, type QuantizeJob, type QuantizeReport } from '../../../fpx/quantize/quantized-folder.js';
import { divisorOf, quantizeNvfp4 } from '../../../fpx/quantize/nvfp4.js';
import { fourOverSix } from '../four-over-six.js';
import { dequantized, e4m3, readStored } from '../published-layout.js';
import { writeRandomModel, type RandomModel, type RandomModelShape } from '../random-model.js';

const TOKENS = Array.from({ length: 9 }, (_, i) => (i * 31 + 7) % 90);
const MIXED = parsePrecisionMap({
  default: 'fp8',
  units: { 'layers.*.gate_up': 'fp4', 'layers.0.o': 'bf16', 'layers.1.qkv': 'fp4', 'layers.0.down': 'fp4' },
});

describe('a deployed checkpoint', () => {
  let folder: string;
  let llama: RandomModel;
  let qwen: RandomModel;
  let uneven: RandomModel;
  let targets = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-deployment-'));
    const shape: RandomModelShape = { dModel: 64, ffWidth: 96, layers: 2, heads: 4, kvHeads: 2, vocabSize: 90 };
    llama = writeRandomModel(join(folder, 'llama'), shape, 4);
    qwen = writeRandomModel(join(folder, 'qwen'), { ...shape, architecture: 'Qwen2ForCausalLM', tied: false, dtype: 'F32' }, 2);
    uneven = writeRandomModel(join(folder, 'uneven'), { ...shape, architecture: 'Qwen3ForCausalLM' }, 3);
    // Queries 300 times as large as values, gates a ninetieth of ups: scales of their own would differ as much.
    for (const [name, tensor] of uneven.tensors) {
      const factor = /q_proj/.test(name) ? 16 : /v_proj/.test(name) ? 1 / 19 : /gate_proj/.test(name) ? 1 / 90 : 1;
      uneven.tensors.set(name, { ...tensor, values: tensor.values.map((v) => v * factor) });
    }
    writeSafetensors(join(uneven.folder, 'model.safetensors'), uneven.tensors);
  });
  after(() => rmSync(folder, { recursive: true }));

  const written = (source: string, precision: PrecisionMap, form: QuantizedForm, more: Partial<QuantizeJob> = {}): QuantizeReport =>
    quantizeFolder({ source, target: join(folder, `written-${targets++}`), precision, form, scales: 'least-error', ...more });
  const logits = async (where: string, precision: PrecisionMap | typeof AS_SAVED) => [
    ...(await Transformer.load(where, precision)).append(TOKENS),
  ];
  const models = () => ({ llama, qwen, uneven });

  for (const form of QUANTIZED_FORMS) {
    it(`${form}: gives the original's logits under the same map, to the bit`, async () => {
      for (const [name, { folder: source }] of Object.entries(models())) {
        for (const precision of [parsePrecisionMap('fp8'), parsePrecisionMap('fp4'), MIXED]) {
          const { target } = written(source, precision, form);
          const expected = await logits(source, precision);
          expect(await logits(target, precision), name).to.deep.equal(expected);
          expect(await logits(target, AS_SAVED), name).to.deep.equal(expected);
        }
      }
    });

    it(`${form}: holds the codes and scales that the engine computes, q, k and v with one scale for all`, () => {
      const { target } = written(uneven.folder, parsePrecisionMap({ default: 'fp4', units: { 'layers.1.*': 'fp8' } }), form);
      const stored = readStored(join(target, 'model.safetensors'));
      const original = Checkpoint.open(uneven.folder);
      const fused = (names: string[]) =>
        Float32Array.from(
          names.flatMap((name) => [...original.read(`${name}.weight`, uneven.tensors.get(`${name}.weight`)!.shape).values]),
        );
      for (const names of [
        ['q', 'k', 'v'].map((n) => `self_attn.${n}_proj`),
        ['gate', 'up'].map((n) => `mlp.${n}_proj`),
        ['mlp.down_proj'],
      ]) {
        const four = names.map((name) => `model.layers.0.${name}`);
        const nvfp4 = quantizeNvfp4(fused(four));
        const bytes = (modules: string[], suffix: string) => Buffer.concat(modules.map((name) => stored.get(`${name}.${suffix}`)!.bytes));
        const packed = bytes(four, form === 'modelopt' ? 'weight' : 'weight_packed');
        expect([...packed].flatMap((byte) => [byte & 15, byte >> 4])).to.deep.equal([...nvfp4.codes]);
        expect([...bytes(four, 'weight_scale')]).to.deep.equal([...nvfp4.blockScales]);
        const wholes = four.map((name) =>
          stored.get(`${name}.${form === 'modelopt' ? 'weight_scale_2' : 'weight_global_scale'}`)!.bytes.readFloatLE(0),
        );
        expect(new Set(wholes)).to.deep.equal(new Set([form === 'modelopt' ? nvfp4.tensorScale : divisorOf(nvfp4.tensorScale)]));

        const eight = names.map((name) => `model.layers.1.${name}`);
        const { codes, rowScales } = quantizeFp8(fused(eight), uneven.tensors.get(`${eight[0]}.weight`)!.shape[1]!);
        expect([...bytes(eight, 'weight')]).to.deep.equal([...codes]);
        expect(bytes(eight, 'weight_scale')).to.deep.equal(Buffer.from(rowScales.buffer));
      }
    });

    it(`${form}: is read by the published layout to within the steps of its formats`, () => {
      const { target } = written(llama.folder, MIXED, form, { scales: 'written' });
      const stored = readStored(join(target, 'model.safetensors'));
      const seen = { fp8: 0, fp4: 0, plain: 0 };
      for (const [name, { values }] of llama.tensors) {
        if (!name.includes('_proj')) continue;
        const read = dequantized(stored, name.replace('.weight', ''));
        seen[read.format]++;
        // E4M3: half a step is a sixteenth of the value's power of two, or 2^-10 scales. E2M1: one block scale at most, between 4 and 6.
        const step = (i: number) => (read.format === 'fp8' ? Math.max(Math.abs(values[i]!) / 16, read.scales[i]! / 1024) : read.scales[i]!);
        read.values.forEach((v, i) => expect(Math.abs(v - values[i]!), `${name} ${i}`).to.be.at.most(step(i) * (1 + 1e-6)));
      }
      expect(seen).to.deep.equal({ fp8: 5, fp4: 8, plain: 1 });
    });

    it(`${form}: is not quantised a second time, nor read under another map`, async () => {
      const { target } = written(llama.folder, MIXED, form);
      expect(() => written(target, MIXED, form)).to.throw(QuantizeError, `${target}: its weights are quantised already (${form})`);
      const error: unknown = await Transformer.load(target, parsePrecisionMap('fp8')).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(PrecisionMapError);
      expect((error as Error).message).to.match(/layers\.0\.o is fp8, and the checkpoint, .*holds it in bf16; accepted are "as-saved"/);
    });
  }

  for (const form of QUANTIZED_FORMS)
    it(`${form}: holds a scale of each FP4 layer's inputs where these are to be FP4, and nothing else is another`, async () => {
      const largest = Array.from({ length: 8 }, (_, i) => (i === 3 ? 0 : 0.75 * (i + 1)));
      const plain = readStored(join(written(llama.folder, MIXED, form).target, 'model.safetensors'));
      const { target } = written(llama.folder, MIXED, form, { fp4: 'w4a4', largestInputs: largest });
      const stored = readStored(join(target, 'model.safetensors'));
      const suffix = form === 'modelopt' ? 'input_scale' : 'input_global_scale';
      const added = [...stored].filter(([name]) => !plain.has(name));
      const scale = (name: string): number => stored.get(`model.layers.${name}.${suffix}`)!.bytes.readFloatLE(0);
      // gate_up of both blocks, down of the first and qkv of the second: 2 + 2 + 1 + 3 layers.
      expect(added.map(([name]) => name.endsWith(`.${suffix}`))).to.deep.equal(Array<boolean>(8).fill(true));
      expect(added.every(([, { dtype, shape }]) => dtype === 'F32' && shape.length === (form === 'modelopt' ? 0 : 1))).to.equal(true);
      const expected = (unit: number): number => (form === 'modelopt' ? largest[unit]! / 2688 : 2688 / largest[unit]!);
      for (const [name, unit] of [
        ['0.mlp.gate_proj', 2],
        ['0.mlp.up_proj', 2],
        ['1.self_attn.k_proj', 4],
        ['1.mlp.up_proj', 6],
      ] as const)
        // prettier-ignore
        expect(scale(name) / expected(unit), name).to.be.closeTo(1, 1e-6);
      expect(scale('0.mlp.down_proj')).to.equal(1); // inputs that were all zeros
      for (const [name, { bytes }] of plain) expect(stored.get(name)!.bytes.equals(bytes), name).to.equal(true);
      expect(await logits(target, AS_SAVED)).to.deep.equal(await logits(llama.folder, MIXED));
    });

  it('scales FP4 blocks by the written rule when asked to', () => {
    const { target } = written(llama.folder, parsePrecisionMap('fp4'), 'compressed-tensors', { scales: 'written' });
    const stored = readStored(join(target, 'model.safetensors'));
    const name = 'model.layers.1.mlp.down_proj';
    const { values } = llama.tensors.get(`${name}.weight`)!;
    const divisor = stored.get(`${name}.weight_global_scale`)!.bytes.readFloatLE(0);
    const codes = Array.from({ length: 0x7f }, (_, code) => code);
    stored.get(`${name}.weight_scale`)!.bytes.forEach((code, block) => {
      const wanted = (Math.max(...values.subarray(block * 16, block * 16 + 16).map(Math.abs)) * divisor) / 6;
      expect(Math.abs(e4m3(code) - wanted)).to.equal(Math.min(...codes.map((each) => Math.abs(e4m3(each) - wanted))));
    });
    const other = written(llama.folder, parsePrecisionMap('fp4'), 'compressed-tensors');
    expect(readStored(join(other.target, 'model.safetensors')).get(`${name}.weight_scale`)!.bytes).to.not.deep.equal(
      stored.get(`${name}.weight_scale`)!.bytes,
    );
  });

  it('packs four-over-six as its definition says, in both forms, names it in the header, and the engine loads it', async () => {
    const fp4 = parsePrecisionMap('fp4');
    const read: number[][] = [];
    for (const form of QUANTIZED_FORMS) {
      const { target } = written(uneven.folder, fp4, form, { scales: 'four-over-six' });
      const file = join(target, 'model.safetensors');
      expect(readFileSync(file).toString('latin1', 8, 400)).to.include('"fp4_scales":"four-over-six"');
      const stored = readStored(file);
      for (const names of [
        ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
        ['mlp.gate_proj', 'mlp.up_proj'],
        ['mlp.down_proj'],
      ]) {
        const modules = names.map((name) => `model.layers.1.${name}`);
        const original = Checkpoint.open(uneven.folder);
        const weights = modules.map((name) => [...original.read(`${name}.weight`, uneven.tensors.get(`${name}.weight`)!.shape).values]);
        const divisor = 1536 / Math.max(...weights.flat().map(Math.abs));
        const wholes = modules.map((name) =>
          stored.get(`${name}.${form === 'modelopt' ? 'weight_scale_2' : 'weight_global_scale'}`)!.bytes.readFloatLE(0),
        );
        // One for all layers that are fused; an f32 number or its neighbour, so that both forms hold the same.
        expect(new Set(wholes)).to.have.length(1);
        expect(form === 'modelopt' ? wholes[0]! * divisor : wholes[0]! / divisor).to.be.closeTo(1, 2 ** -22);
        const scale = form === 'modelopt' ? wholes[0]! : Math.fround(1 / wholes[0]!);
        modules.forEach((name, i) => {
          const blocks = Array.from({ length: weights[i]!.length / 16 }, (_, at) =>
            fourOverSix(weights[i]!.slice(at * 16, at * 16 + 16).map((v) => v / scale)),
          );
          expect([...stored.get(`${name}.weight_scale`)!.bytes], name).to.deep.equal(blocks.map((block) => block.scale));
          const codes = blocks.flatMap((block) => block.codes);
          const packed = Array.from({ length: codes.length / 2 }, (_, at) => codes[2 * at]! + 16 * codes[2 * at + 1]!);
          expect([...stored.get(`${name}.${form === 'modelopt' ? 'weight' : 'weight_packed'}`)!.bytes], name).to.deep.equal(packed);
        });
      }
      read.push(await logits(target, AS_SAVED));
      expect(await logits(target, fp4)).to.deep.equal(read.at(-1));
    }
    expect(read[0]).to.deep.equal(read[1]);
    expect(read[0]!.every(Number.isFinite)).to.equal(true);
    expect(read[0]).to.not.deep.equal(await logits(uneven.folder, fp4));
  });

  it('keeps everything else byte for byte, from shards too, and the files that belong to a model', () => {
    const source = join(folder, 'sharded');
    mkdirSync(source);
    const entries = [...qwen.tensors];
    const shards = { 'one.safetensors': entries.slice(0, 11), 'two.safetensors': entries.slice(11) };
    const map = Object.entries(shards).flatMap(([file, tensors]) => tensors.map(([name]) => [name, file]));
    for (const [file, tensors] of Object.entries(shards)) writeSafetensors(join(source, file), new Map(tensors));
    writeFileSync(join(source, 'model.safetensors.index.json'), JSON.stringify({ weight_map: Object.fromEntries(map) as object }));
    const config = JSON.stringify(qwen.config, null, 2).replace('"rms_norm_eps": 0.00001', '"rms_norm_eps": 1.0e-05');
    writeFileSync(join(source, 'config.json'), config);
    const companions = [
      'tokenizer.json',
      'tokenizer_config.json',
      'chat_template.jinja',
      'generation_config.json',
      'LICENSE',
      'merges.txt',
    ];
    for (const name of [...companions, 'README.md', 'optimizer.bin']) writeFileSync(join(source, name), `of ${name}`);
    const layers: string[] = [];
    const { target, files, ...report } = written(source, MIXED, 'modelopt', { onLayer: (done, all) => layers.push(`${done}/${all}`) });
    expect(layers).to.deep.equal(['1/2', '2/2']);
    expect(files).to.have.members([...companions, 'config.json', 'model.safetensors', 'hf_quant_config.json']);
    expect(readdirSync(target)).to.have.members(files);
    for (const name of companions) expect(readFileSync(join(target, name), 'utf8')).to.equal(`of ${name}`);
    const stored = readStored(join(target, 'model.safetensors'));
    const original = new Map(Object.keys(shards).flatMap((file) => [...readStored(join(source, file))]));
    const kept = [...original].filter(([name]) => !/_proj\.weight/.test(name) || name.includes('layers.0.self_attn.o_proj'));
    expect(kept).to.have.length(2 * 5 + 3 + 1);
    for (const [name, tensor] of kept) expect(stored.get(name), name).to.deep.equal(tensor);
    const text = readFileSync(join(target, 'config.json'), 'utf8');
    expect(text.startsWith(config.slice(0, config.lastIndexOf('}')).trimEnd())).to.equal(true);
    const { quantization_config: added, ...others } = JSON.parse(text) as Record<string, unknown>;
    expect(others).to.deep.equal(JSON.parse(config));
    expect(added).to.include({ quant_method: 'modelopt', quant_algo: 'MIXED_PRECISION' });
    // qkv 128 x 64, o 64 x 64, gate and up 96 x 64 each, down 64 x 96. F32 before.
    const bytes = (all: Iterable<{ bytes: Buffer }>) => [...all].reduce((sum, each) => sum + each.bytes.length, 0);
    expect(report.bytesBefore).to.equal(bytes(original.values()));
    expect(report.bytesAfter).to.equal(bytes(stored.values()));
    const [qkv, o, gateUp, down] = [8192, 4096, 12288, 6144];
    expect(report.groups).to.have.deep.members([
      { format: 'bf16', linearLayers: 1, weights: o, bytes: 4 * o },
      { format: 'fp8', linearLayers: 3 + 1 + 1, weights: qkv + o + down, bytes: qkv + o + down + 4 * (128 + 64 + 64) },
      {
        ...{ format: 'fp4', linearLayers: 2 + 1 + 3 + 2, weights: 2 * gateUp + qkv + down },
        bytes: ((2 * gateUp + qkv + down) * 9) / 16 + 4 * 8,
      },
    ]);
    const total = report.groups.reduce((sum, group) => ({ bytes: sum.bytes + group.bytes, weights: sum.weights + group.weights }), {
      bytes: 0,
      weights: 0,
    });
    expect(report.bitsPerWeight).to.equal((8 * total.bytes) / total.weights);
  });

  it('replaces a quantization_config that says nothing, and takes the place of an empty folder', () => {
    const source = writeRandomModel(join(folder, 'null'), {
      dModel: 32,
      ffWidth: 32,
      layers: 1,
      heads: 2,
      vocabSize: 12,
      config: { quantization_config: null },
    }).folder;
    const target = join(folder, 'empty');
    mkdirSync(target);
    written(source, parsePrecisionMap('fp8'), 'compressed-tensors', { target });
    const text = readFileSync(join(target, 'config.json'), 'utf8');
    expect(text.match(/quantization_config/g)).to.have.length(1);
    expect(readModelConfig(target).saved?.form).to.equal('compressed-tensors');
  });

  it('is on the disk as far as it was told, a layer after the other', () => {
    const home = join(folder, 'growing');
    mkdirSync(home);
    const sizes: number[] = [];
    const measure = () => sizes.push(statSync(join(home, readdirSync(home)[0]!, 'model.safetensors.unfinished')).size);
    const { target } = written(llama.folder, MIXED, 'modelopt', { target: join(home, 'target'), onLayer: measure });
    const whole = statSync(join(target, 'model.safetensors')).size;
    const ofLayer = [...readStored(join(target, 'model.safetensors'))].filter(([name]) => name.startsWith('model.layers.1.'));
    expect(sizes).to.deep.equal([whole - ofLayer.reduce((sum, [, { bytes }]) => sum + bytes.length, 0), whole]);
  });

  it('does not come of a run that fails, and nothing is left of one', () => {
    const target = join(folder, 'failed');
    const before = readdirSync(folder);
    const stop = () => {
      throw new Error('stopped');
    };
    expect(() => written(llama.folder, MIXED, 'modelopt', { target, onLayer: stop })).to.throw('stopped');
    expect(readdirSync(folder)).to.deep.equal(before);
  });

  it('does not come of a run that is killed: what is left is no checkpoint, and the next run is not in its way', async () => {
    const home = join(folder, 'killed');
    mkdirSync(home);
    const target = join(home, 'target');
    const module = fileURLToPath(new URL('../../../fpx/quantize/quantized-folder.js', import.meta.url));
    const options = JSON.stringify({ source: llama.folder, target, precision: MIXED, form: 'modelopt', scales: 'least-error' });
    const script = `import { quantizeFolder } from ${JSON.stringify(module)}; quantizeFolder({ ...${options}, onLayer: () => process.kill(process.pid, 'SIGKILL') });`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).to.equal('SIGKILL');
    const [left, ...others] = readdirSync(home);
    expect(others).to.deep.equal([]);
    expect(left).to.match(/^target\.unfinished-/);
    expect(readdirSync(join(home, left!))).to.deep.equal(['model.safetensors.unfinished']);
    expect(() => readModelConfig(join(home, left!))).to.throw(ModelConfigError, 'config.json is missing');
    expect(() => Checkpoint.open(join(home, left!))).to.throw(CheckpointError, 'neither model.safetensors');
    written(llama.folder, MIXED, 'modelopt', { target });
    expect(await logits(target, MIXED)).to.deep.equal(await logits(llama.folder, MIXED));
  });

  describe('is refused', () => {
    const refusal = (deployment: Partial<QuantizeJob>): Error => {
      const before = readdirSync(folder);
      try {
        written(llama.folder, MIXED, 'compressed-tensors', deployment);
      } catch (error) {
        const after = readdirSync(folder).filter((name) => !before.includes(name));
        expect(after, 'left behind').to.deep.equal([]);
        return error as Error;
      }
      throw new Error('nothing was refused');
    };

    it('where the target holds something, or is a file, or is filled meanwhile', () => {
      expect(refusal({ target: llama.folder }).message).to.match(/llama holds 2 files \(config\.json, model\.safetensors\); accepted is/);
      const file = join(llama.folder, 'config.json');
      expect(refusal({ target: file }).message).to.equal(`${file} is a file; accepted is a folder that is new or empty`);
      const raced = join(folder, 'raced');
      mkdirSync(raced);
      const error = refusal({ target: raced, onLayer: () => writeFileSync(join(raced, 'x'), 'theirs') });
      expect(error).to.be.instanceOf(QuantizeError);
      expect(error.message).to.match(/filled by another program/);
      expect(readdirSync(raced)).to.deep.equal(['x']);
    });

    it('for FP4 with one scale a matrix, for a map that quantises nothing, and for a layer that is not there', () => {
      const map = (raw: unknown) => refusal({ precision: parsePrecisionMap(raw) });
      expect(map({ default: 'fp8', units: { 'layers.1.o': 'fp4-tensor' } }).message).to.match(
        /^layers\.1\.o is fp4-tensor, .*: no server has kernels for it/,
      );
      expect(refusal({ fp4: 'w4a4' }).message).to.match(/FP4 inputs \(w4a4\) need scales, .*accepted are prompts, or w4a16/);
      expect(map('bf16').message).to.match(/leaves every unit in bf16/);
      expect(map({ default: 'fp8', units: { 'layers.2.o': 'fp4' } })).to.be.instanceOf(PrecisionMapError);
    });

    it('for inputs that do not divide, by name', () => {
      const source = join(folder, 'odd');
      mkdirSync(source);
      writeFileSync(join(source, 'config.json'), JSON.stringify({ ...llama.config, intermediate_size: 40 }));
      const error = refusal({ source });
      expect(error).to.be.instanceOf(ModelConfigError);
      expect(error.message).to.match(/intermediate_size 40; accepted are multiples of 32/);
    });

    it('for weights that are missing or no numbers', () => {
      const { tensors, folder: source } = writeRandomModel(join(folder, 'broken'), {
        dModel: 32,
        ffWidth: 32,
        layers: 1,
        heads: 2,
        vocabSize: 12,
      });
      tensors.get('model.layers.0.mlp.down_proj.weight')!.values[5] = NaN;
      writeSafetensors(join(source, 'model.safetensors'), tensors);
      expect(refusal({ source, precision: parsePrecisionMap('fp4') }).message).to.match(/down_proj\.weight" holds NaN at index 5/);
      tensors.delete('model.layers.0.mlp.up_proj.weight');
      writeSafetensors(join(source, 'model.safetensors'), tensors);
      expect(refusal({ source, precision: parsePrecisionMap('fp4') }).message).to.match(
        /no tensor "model\.layers\.0\.mlp\.up_proj\.weight"/,
      );
    });
  });
});
