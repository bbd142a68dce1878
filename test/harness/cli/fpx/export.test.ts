/** `tickbench fpx export` as a command: what it reads, prints, writes and refuses. What is in the files is tested in test/fpx/export/. */
import { expect } from 'chai';
import { CommanderError } from 'commander';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DeploymentError } from '../../../../fpx/checkpoint/deployment.js';
import { ExportError } from '../../../../fpx/export/errors.js';
import { exportCommand } from '../../../../harness/cli/fpx/export.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { readMap } from '../../../../harness/cli/fpx/map-file.js';
import { madeCalibration } from '../../../fpx/assignment/made-calibration.js';
import { known } from '../../../fpx/export/maps.js';
import { UsageError } from '../../../../harness/cli/values.js';

const MODEL = ['--model', 'Qwen/Qwen3-0.6B'];

describe('tickbench fpx export', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-export-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the verb in this process. */
  async function run(...args: string[]): Promise<{ out: string; err: string }> {
    const said = { out: '', err: '' };
    const [out, err] = [process.stdout.write, process.stderr.write];
    process.stdout.write = (text: string | Uint8Array) => ((said.out += String(text)), true);
    process.stderr.write = (text: string | Uint8Array) => ((said.err += String(text)), true);
    try {
      await exportCommand().exitOverride().parseAsync(args, { from: 'user' });
    } finally {
      process.stdout.write = out;
      process.stderr.write = err;
    }
    return said;
  }

  async function refusal(...args: string[]): Promise<Error> {
    try {
      await run(...args);
    } catch (error) {
      return error as Error;
    }
    throw new Error('was accepted');
  }

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('prints the chief file, and beside JSON what JSON cannot say', async () => {
    const recipe = await run('--for', 'llm-compressor', ...MODEL, '--map', 'fp4');
    expect(parse(recipe.out)).to.have.nested.property('quant_stage.quant_modifiers.QuantizationModifier.config_groups.group_0');
    expect(recipe.out).to.match(/^# .*\n(# .*\n)+/);
    expect(recipe.err).to.equal('');
    const modelopt = await run('--for', 'modelopt', ...MODEL, '--map', 'fp4', '--capability', '9.0');
    expect(JSON.parse(modelopt.out)).to.have.nested.property('quantization.quant_algo', 'W4A16_NVFP4');
    const both = await run('--for', 'modelopt', ...MODEL, '--map', 'fp4', '--fp4', 'w4a4');
    expect(JSON.parse(both.out)).to.have.nested.property('quantization.quant_algo', 'NVFP4');
    expect(modelopt.err).to.include('weight-only (W4A16)');
    expect((await run('--for', 'llm-compressor', '--script', ...MODEL, '--map', 'fp8')).out).to.match(/^"""[^]*RECIPE = r"""\n#/);
    const json = JSON.parse((await run('--for', 'vllm', ...MODEL, '--map', 'fp8', '--json')).out) as { files: { name: string }[] };
    expect(json).to.include({ model: 'Qwen/Qwen3-0.6B', name: 'Qwen3-0.6B-fp8', label: 'fp8' });
    expect(json.files.map(({ name }) => name)).to.include('serve.sh');
  });

  it('writes files, all or none, and overwrites only when it is told to', async () => {
    const to = join(folder, 'a', 'b');
    const { out } = await run('--for', 'vllm', ...MODEL, '--map', 'fp8', '--to', to);
    expect(out.trim().split('\n')).to.have.members(readdirSync(to).map((name) => join(to, name)));
    expect(statSync(join(to, 'serve.sh')).mode & 0o111).to.equal(0o111);
    writeFileSync(join(to, 'serve.sh'), 'mine');
    const again = await refusal('--for', 'vllm', ...MODEL, '--map', 'fp4', '--to', to);
    expect(again).to.be.instanceOf(UsageError);
    expect(again.message)
      .to.include(`${join(to, 'serve.sh')}`)
      .and.include('--force');
    expect(readFileSync(join(to, 'serve.sh'), 'utf8')).to.equal('mine');
    expect(existsSync(join(to, 'Qwen3-0.6B-fp4.yaml'))).to.equal(false);
    await run('--for', 'vllm', ...MODEL, '--map', 'fp4', '--to', to, '--force');
    expect(readFileSync(join(to, 'serve.sh'), 'utf8')).to.include('vllm serve ./Qwen3-0.6B-fp4');
  });

  it('reads a map from a format, a file of its own, a file that says where it came from, and a configuration', () => {
    const map = { default: 'fp8', units: { 'layers.*.down': 'fp4' } };
    expect(readMap('fp8')).to.deep.equal({ default: 'fp8', units: {} });
    expect(readMap(file('map.yaml', 'default: fp8\nunits: { layers.*.down: fp4 }\n'))).to.deep.equal(map);
    expect(readMap(file('map.json', JSON.stringify({ calibration: '0123', precision: map })))).to.deep.equal(map);
    const configuration = { endpoint: { kind: 'embedded', model: 'm', precision: map } };
    expect(readMap(file('c.json', JSON.stringify(configuration)))).to.deep.equal(map);
    expect(readMap('1m-mixed')).to.deep.equal({ default: 'fp4-tensor', units: { 'layers.*.down': 'fp8' } });
    expect(readMap('fpx-configs/4m-fp4.yaml')).to.deep.equal({ default: 'fp4', units: {} });
  });

  it('takes a shipped model by its name', async () => {
    const json = async (model: string) => JSON.parse((await run('--for', 'vllm', '--model', model, '--map', 'fp8', '--json')).out) as { name: string; bitsPerWeight: number }; // prettier-ignore
    const { name, bitsPerWeight } = await json('tb-1m');
    expect({ name, bitsPerWeight }).to.deep.equal({ name: 'tb-1m-fp8', bitsPerWeight: (await json(join(packageRoot(), 'models', 'tb-1m'))).bitsPerWeight }); // prettier-ignore
  });

  it('takes a calibration of the model that it exports for, and of no other', async () => {
    const model = known(MODEL[1]!);
    const made = madeCalibration(model.layers, () => ({}));
    const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = model;
    const shape = { layers, dModel, ffWidth, heads, kvHeads, headWidth };
    const of = (name: string) =>
      file(`${name.split('/').at(-1)!}.json`, JSON.stringify({ ...made, model: { name, identity: 'x', shape } }));
    const args = ['--for', 'vllm', ...MODEL, '--map', 'fp8', '--calibration'];
    expect((await run(...args, of(MODEL[1]!))).out).to.include('vllm serve');
    expect((await refusal(...args, of('Qwen/Qwen3-0.6B-Base'))).message).to.match(/is of Qwen\/Qwen3-0\.6B-Base .*accepted: one of Qwen\/Qwen3-0\.6B /); // prettier-ignore
  });

  it('says that a map seems to be made for a smaller model, to who asks and in the files', async () => {
    const map = file('small.yaml', 'default: fp8\nunits: { layers.0.o: fp4, layers.1.o: fp4, layers.2.*: fp4, layers.3.o: fp4 }\n');
    const { out, err } = await run('--for', 'vllm', ...MODEL, '--map', map);
    for (const text of [out.replaceAll(/\n# /g, ' '), err.replaceAll('\n', ' ')]) expect(text).to.include('names layers 0 to 3 by number');
  });

  it('refuses in a sentence what is no map, no model, no capability, and a format that cannot be deployed', async () => {
    expect(() => readMap('fp5')).to.throw(UsageError, /--map fp5: no such file; accepted: .*fp4-tensor/);
    expect(() => readMap(file('q.yaml', 'default: fp8\nunits: { layers.0.q: fp4 }\n'))).to.throw(UsageError, /q\.yaml.*served fused/s);
    expect(() => readMap(file('o.yaml', 'endpoint: { kind: openai }\n'))).to.throw(UsageError, /o\.yaml: no endpoint\.precision/);
    const tensor = await refusal('--for', 'vllm', ...MODEL, '--map', '1m-mixed');
    expect(tensor).to.be.instanceOf(DeploymentError);
    expect(tensor.message).to.match(/^layers\.0\.qkv is fp4-tensor[^\n]*no server has kernels for it[^\n]*$/);
    expect(await refusal('--for', 'vllm', '--model', 'a/b', '--map', 'fp8')).to.be.instanceOf(ExportError);
    expect(await refusal('--for', 'vllm', ...MODEL, '--map', 'fp8', '--capability', '9')).to.be.instanceOf(UsageError);
    expect(await refusal('--for', 'vllm', ...MODEL, '--map', 'fp8', '--force')).to.be.instanceOf(UsageError);
    expect(await refusal('--for', 'ollama', ...MODEL, '--map', 'fp8')).to.be.instanceOf(CommanderError);
  });
});
