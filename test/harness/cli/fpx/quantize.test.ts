import { expect } from 'chai';
import type { Command } from 'commander';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelConfig } from '../../../../fpx/checkpoint/model-config.js';
import { Transformer } from '../../../../fpx/model/transformer.js';
import { largestInputs } from '../../../../fpx/sensitivity/largest-inputs.js';
import { quantizeCommand } from '../../../../harness/cli/fpx/quantize.js';
import { readStored } from '../../../fpx/published-layout.js';
import { writeRandomModel } from '../../../fpx/random-model.js';

describe('tickbench fpx quantize', () => {
  let folder: string;
  let model: string;
  let targets = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-quantize-'));
    model = writeRandomModel(join(folder, 'model'), { dModel: 32, ffWidth: 64, layers: 2, heads: 2, vocabSize: 12 }).folder;
  });
  after(() => rmSync(folder, { recursive: true }));

  const target = () => join(folder, `target-${targets++}`);
  /** What the command prints. */
  const printed = async (...given: string[]): Promise<string> => {
    const command: Command = quantizeCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    const { write } = process.stdout;
    let text = '';
    process.stdout.write = ((piece: string) => ((text += piece), true)) as typeof write;
    try {
      await command.parseAsync(['node', 'quantize', ...given]);
    } finally {
      process.stdout.write = write;
    }
    return text;
  };
  const refusal = async (...given: string[]): Promise<string> => {
    const error: unknown = await printed(...given).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error);
    return (error as Error).message;
  };

  it('takes a configuration file, and says what it wrote', async () => {
    const map = join(folder, 'map.yaml');
    writeFileSync(
      map,
      'endpoint: { kind: embedded, model: x, precision: { default: fp8, units: { layers.*.gate_up: fp4, layers.1.o: bf16 } } }\n',
    );
    const to = target();
    const text = await printed(model, '--map', map, '--to', to);
    expect(readModelConfig(to).saved!.map.units).to.include({ 'layers.0.qkv': 'fp8', 'layers.1.gate_up': 'fp4', 'layers.1.o': 'bf16' });
    // Two layers of qkv 96 x 32, o 32 x 32, gate and up 64 x 32, down 32 x 64.
    expect(text.replaceAll(/\s+/g, ' ')).to.match(
      /^.*target-\d+: 0\.04 MB of weights before, 0\.02 MB after \(\d+\.\d %\) linear layers: /,
    );
    expect(text).to.match(/fp8 {3}9 layers, 11264 weights/);
    expect(text).to.match(/fp4 {3}4 layers, 8192 weights, 0\.00 MB, 4\.52 bits a weight/);
    expect(text).to.match(/bf16 {2}1 layers, 1024 weights, 0\.00 MB, 16\.00 bits a weight/);
    expect(text).to.match(/files: config\.json, model\.safetensors\n$/);
  });

  it('takes a shipped model by its name, and writes a folder that other users can read as any new one', async function () {
    const [to, usual] = [target(), join(folder, 'usual')];
    mkdirSync(usual);
    await printed('tb-1m', '--map', 'fp8', '--to', to);
    expect(readModelConfig(to).saved!.map.units).to.include({ 'layers.0.qkv': 'fp8', 'layers.3.down': 'fp8' });
    if (process.platform !== 'win32') expect(statSync(to).mode).to.equal(statSync(usual).mode);
  });

  it('takes a format, and tells a program', async () => {
    const to = target();
    const report = JSON.parse(
      await printed(model, '--map', 'fp4', '--to', to, '--form', 'modelopt', '--scales', 'written', '--json'),
    ) as Record<string, unknown>;
    expect(report).to.include({ form: 'modelopt', scales: 'written', target: to });
    expect(report.groups).to.deep.equal([{ format: 'fp4', linearLayers: 14, weights: 20480, bytes: (20480 * 9) / 16 + 14 * 4 }]);
    expect(readModelConfig(to).saved!.form).to.equal('modelopt');
    expect(readFileSync(join(to, 'model.safetensors')).toString('latin1')).to.match(/"fp4_scales":"written"/);
  });

  it('takes each rule for the scales of blocks by its name, and says which one it took', async () => {
    const files = [];
    for (const rule of ['least-error', 'four-over-six', 'written']) {
      const to = target();
      expect(await printed(model, '--map', 'fp4', '--to', to, '--scales', rule)).to.include(`\nscales of fp4 blocks: ${rule}\n`);
      files.push(readFileSync(join(to, 'model.safetensors')).toString('latin1'));
      expect(files.at(-1)).to.include(`"fp4_scales":"${rule}"`);
    }
    expect(new Set(files.map((file) => file.replace(/"fp4_scales":"[a-z-]*"/, '')))).to.have.length(3);
    expect(await printed(model, '--map', 'fp8', '--to', target())).to.not.include('scales of fp4');
    expect(await refusal(model, '--map', 'fp4', '--to', target(), '--scales', '4/6')).to.match(
      /Allowed choices are least-error, four-over-six, written/,
    );
  });

  it('writes scales of inputs by the prompts that it is given, where inputs are to be FP4', async () => {
    const prompts = join(folder, 'prompts.jsonl');
    writeFileSync(prompts, '{"tokens": [1, 2, 3, 4], "answer": [5, 6]}\n{"tokens": [7, 8], "answer": [9]}\n');
    const to = target();
    const text = await printed(model, '--map', 'fp4', '--fp4', 'w4a4', '--prompts', prompts, '--to', to);
    expect(text).to.match(/\ninputs of fp4 layers: FP4 as well \(w4a4\), scaled by the largest of the prompts\n/);
    const stored = readStored(join(to, 'model.safetensors'));
    const subject = await Transformer.load(model, { default: 'bf16', units: {} });
    const largest = largestInputs(subject, [
      { tokens: [1, 2, 3, 4], answer: [5, 6] },
      { tokens: [7, 8], answer: [9] },
    ]);
    const scale = stored.get('model.layers.1.mlp.down_proj.input_global_scale')!.bytes.readFloatLE(0);
    expect(scale * largest[7]!).to.be.closeTo(448 * 6, 0.01);
    expect(await printed(model, '--map', 'fp4', '--to', target())).to.include('inputs of fp4 layers: 16 bits (w4a16)');
    expect(await refusal(model, '--map', 'fp4', '--fp4', 'w4a4', '--to', target())).to.match(/--fp4 w4a4: scales of inputs need prompts; accepted: /); // prettier-ignore
    expect(await refusal(model, '--map', 'fp8', '--fp4', 'w4a4', '--prompts', prompts, '--to', target())).to.match(/nothing is scaled by prompts here/); // prettier-ignore
    expect(await printed(model, '--map', 'fp8', '--fp4', 'w4a4', '--to', target())).to.not.include('inputs of fp4');
  });

  it('refuses in a sentence, and writes nothing', async () => {
    const to = target();
    expect(await refusal(model, '--map', 'no.yaml', '--to', to)).to.match(/^--map no\.yaml: no such file; accepted: /);
    expect(await refusal(model, '--map', 'int4', '--to', to)).to.match(/--map int4: no such file; accepted: .*bf16, fp8, fp4/);
    expect(await refusal(model, '--map', 'fp4-tensor', '--to', to)).to.match(
      /fp4-tensor, FP4 with one scale .*: no server has kernels for it/,
    );
    expect(await refusal(model, '--map', 'fp8', '--to', to, '--form', 'gguf')).to.match(/Allowed choices are compressed-tensors, modelopt/);
    expect(await refusal(join(folder, 'none'), '--map', 'fp8', '--to', to)).to.match(
      /no model ".*": looked for a folder with a config\.json/,
    );
    expect(existsSync(to)).to.equal(false);
    expect(await refusal(model, '--map', 'fp8', '--to', model)).to.match(/accepted is a folder that is new or empty/);
  });
});
