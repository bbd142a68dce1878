/** The script for a GPU host: its arithmetic on plain lists against the engine's own. What needs a GPU's libraries is not run here. */
import { expect } from 'chai';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIdentity } from '../../../fpx/checkpoint/identity.js';
import { deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { layerNames } from '../../../fpx/checkpoint/units.js';
import { ExportError } from '../../../fpx/export/errors.js';
import { exportFor } from '../../../fpx/export/export.js';
import { gpuScript, gpuScriptPath } from '../../../fpx/export/gpu-script.js';
import { decodeE2M1, decodeE4M3, encodeE2M1, encodeE4M3, largestMagnitude } from '../../../fpx/formats/codes.js';
import { UNITS } from '../../../fpx/formats/precision.js';
import { quantizeFp8 } from '../../../fpx/kernels/packing.js';
import { dequantizeFp4Tensor, quantizeFp4Tensor } from '../../../fpx/quantize/fp4-tensor.js';
import { dequantizeNvfp4, quantizeNvfp4 } from '../../../fpx/quantize/nvfp4.js';
import { parseCalibration } from '../../../fpx/sensitivity/calibration.js';
import { makeModelFolder } from '../endpoint-model.js';
import { gaussians } from '../random-model.js';
import { known } from './maps.js';

const deployment = deploymentOf(known('Qwen/Qwen3-0.6B'), { default: 'fp8', units: { 'layers.*.down': 'fp4' } });

/** Without the sign of zero. */
function unsigned(x: number): number {
  return x === 0 ? 0 : x;
}

describe('the script for a GPU host', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-script-'));
    if (spawnSync('python3', ['--version']).status === 0) return;
    const said = 'no python3';
    if (process.env['CI'] === 'true') throw new Error(said);
    console.log(`    left out: ${said}`);
    this.skip();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs Python with the script loaded as `q` and the input as `x`; what it evaluates comes back as JSON. */
  function python<T>(expression: string, x: unknown = null): T {
    writeFileSync(join(folder, 'quantize.py'), exportFor('llm-compressor', deployment, { script: true })[0]!.text);
    const code = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(folder)})`,
      'import quantize as q',
      'x = json.load(sys.stdin)',
      `print(json.dumps(${expression}))`,
    ].join('\n');
    const { status, stdout, stderr } = spawnSync('python3', ['-B', '-c', code], { input: JSON.stringify(x), encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** Matrices of 32 f32 weights of many sizes, with zeros and ties. */
  const matrices = fc.sample(
    fc.array(
      fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, 0.5, -1, 3, 6, 1e-4, -448)).map(Math.fround),
      { minLength: 32, maxLength: 32 },
    ), // prettier-ignore
    { numRuns: 60, seed: 5 },
  );
  const tiny = [new Array<number>(32).fill(0), [1e-3, ...new Array<number>(31).fill(0)].map(Math.fround)];
  /** And as weights are: most of them fit no scale. */
  const gaussian = gaussians(1);
  const usual = Array.from({ length: 40 }, () => Array.from({ length: 32 }, () => Math.fround(gaussian())));
  const values = [...matrices, ...tiny, ...usual];

  it('compiles, as it is exported and as it lies here', () => {
    for (const text of [exportFor('llm-compressor', deployment, { script: true })[0]!.text, readFileSync(gpuScriptPath(), 'utf8')]) {
      const path = join(folder, 'compiled.py');
      writeFileSync(path, text);
      const { status, stderr } = spawnSync('python3', ['-m', 'py_compile', path], { encoding: 'utf8' });
      expect(stderr).to.equal('');
      expect(status).to.equal(0);
    }
  });

  it('says in its first lines that it is untried, and holds model, folder and recipe', () => {
    const [script, recipe] = exportFor('llm-compressor', deployment, { script: true }).map(({ text }) => text);
    expect(script!.split('\n').slice(0, 4).join(' ')).to.include('UNTRIED ON A GPU');
    expect(python('[q.MODEL, q.OUT, q.FP4, q.RECIPE]')).to.deep.equal(['Qwen/Qwen3-0.6B', deployment.name, 'w4a16', `\n${recipe}`]);
    const odd = { ...deployment, model: { ...deployment.model, id: 'a\n"""' } };
    expect(() => gpuScript(odd, recipe!)).to.throw(ExportError, /printable ASCII/);
  });

  it('names the linear layers of every unit as we do, and no other', () => {
    const ours = UNITS.flatMap((unit) => [0, 9, 27].map((layer) => ({ layer, unit, names: layerNames(layer, unit) })));
    const others = ['lm_head', 'model.layers.0.mlp.q_proj', 'model.layers.0.self_attn.q_norm', 'x.model.layers.0.self_attn.q_proj'];
    const [units, names, back, none] = python<unknown[]>(
      `[list(q.UNITS), [q.layer_names(u["layer"], u["unit"]) for u in x[0]],
        [[q.unit_of(n) for n in u["names"]] for u in x[0]], [q.unit_of(n) for n in x[1]]]`,
      [ours, others],
    );
    expect(units).to.deep.equal([...UNITS]);
    expect(names).to.deep.equal(ours.map((each) => each.names));
    expect(back).to.deep.equal(ours.map(({ layer, unit, names: all }) => all.map(() => [layer, unit])));
    expect(none).to.deep.equal(others.map(() => null));
  });

  it('rounds to E2M1 and E4M3 as we do, ties, zeros and values beyond the largest included', () => {
    const codes = Array.from({ length: 128 }, (_, code) => code).filter((code) => code < 127);
    const points = codes.map(decodeE4M3);
    const between = points.slice(1).map((x, i) => (x + points[i]!) / 2);
    const ties = [0, 0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 6, 7, 100];
    const random = fc.sample(fc.double({ min: -500, max: 500, noNaN: true }), { numRuns: 400, seed: 3 });
    const near = random.map((x) => x / 60);
    const all = [...points, ...between, ...ties, ...random, ...near].flatMap((x) => [x, -x, x * (1 + 2 ** -50), x * (1 - 2 ** -50)]);
    const [table, e4m3, e2m1] = python<number[][]>('[q.E4M3] + [[q.nearest(v, t) for v in x] for t in (q.E4M3, q.E2M1)]', all);
    expect(table).to.deep.equal(points);
    expect(e4m3!.map(unsigned)).to.deep.equal(all.map((x) => unsigned(decodeE4M3(encodeE4M3(x)))));
    expect(e2m1!.map(unsigned)).to.deep.equal(all.map((x) => unsigned(decodeE2M1(encodeE2M1(x)))));
  });

  it('quantises rows to FP8 and matrices to FP4 with one scale as the engine does', () => {
    const fp8 = values.map((row) => {
      const { codes, rowScales } = quantizeFp8(Float32Array.from(row), row.length);
      return Array.from(codes, (code) => decodeE4M3(code) * rowScales[0]!);
    });
    const fp4 = values.map((matrix) => [...dequantizeFp4Tensor(quantizeFp4Tensor(Float32Array.from(matrix)))]);
    const theirs = python<number[][][]>('[[q.fake_scaled(m, t) for m in x] for t in (q.E4M3, q.E2M1)]', values);
    expect(theirs.map((each) => each.map((row) => row.map(unsigned)))).to.deep.equal(
      [fp8, fp4].map((each) => each.map((row) => row.map(unsigned))),
    );
  });

  it('quantises to NVFP4 by the written rule, which never errs less than the scales the engine chooses', () => {
    const error = (matrix: readonly number[], rounded: ArrayLike<number>): number =>
      matrix.reduce((sum, x, i) => sum + (x - rounded[i]!) ** 2, 0);
    const fitting = Array.from({ length: 32 }, (_, i) => [6, -3, 1.5, 0.5, 0, 4, 2, 1][i % 8]! * (i < 16 ? 448 : 2) * 2 ** -10);
    const theirs = python<number[][]>('[q.fake_nvfp4(m) for m in x]', [...values, fitting]);
    let worse = 0;
    values.forEach((matrix, n) => {
      const ours = dequantizeNvfp4(quantizeNvfp4(Float32Array.from(matrix)));
      expect(error(matrix, theirs[n]!)).to.be.at.least(error(matrix, ours) * (1 - 1e-5));
      if (error(matrix, theirs[n]!) > error(matrix, ours) * 1.001) worse++;
      const tensor = Math.fround(largestMagnitude(Float32Array.from(matrix), 0, 32) / 2688);
      const written = matrix.map((x, i) => {
        const block = matrix.slice(i - (i % 16), i - (i % 16) + 16);
        const largest = Math.max(...block.map(Math.abs));
        const scale = tensor === 0 ? 0 : decodeE4M3(encodeE4M3(largest / tensor / 6)) * tensor;
        return scale === 0 ? 0 : decodeE2M1(encodeE2M1(x / scale)) * scale;
      });
      expect(theirs[n]!.map(unsigned)).to.deep.equal(written.map(unsigned));
    });
    expect(worse).to.be.greaterThan(usual.length / 2);
    expect(theirs.at(-1)!.map(unsigned)).to.deep.equal(fitting);
  });

  it('writes costs that make a calibration', () => {
    const exact = [3, -4, 1, 0.5];
    const mine = [2.5, -4.25, 1, 0.75];
    const squares = (a: number[]): number => a.reduce((sum, x) => sum + x * x, 0);
    const off = squares(exact.map((x, i) => x - mine[i]!));
    const [cost, same, shape, kinds] = python<[{ error: number; snrDb: number }, unknown, object, string[]]>(
      '[q.costs(x[0], x[1], [1.0, 2.0, 4.5]), q.costs(0.0, 5.0, [0.0]), q.shape_of(type("C", (), x[2])), list(q.FORMATS)]',
      [off, squares(exact), { num_hidden_layers: 2, hidden_size: 64, intermediate_size: 96, num_attention_heads: 4 }],
    );
    expect(cost.error).to.be.closeTo(Math.sqrt(off / squares(exact)), 1e-12);
    expect(cost.snrDb).to.be.closeTo(20 * Math.log10(1 / cost.error), 1e-9);
    expect(cost).to.deep.include({ nats: 2.5, natsError: Math.sqrt(3.25 / 3) });
    expect(same).to.deep.equal({ error: 0, snrDb: null, nats: 0, natsError: 0 });
    expect(shape).to.deep.equal({ layers: 2, dModel: 64, ffWidth: 96, heads: 4, kvHeads: 4, headWidth: 16 });
    const formats = Object.fromEntries(kinds.map((kind) => [kind, cost]));
    const units = [0, 1].flatMap((layer) => UNITS.map((unit) => ({ layer, unit, weights: 10, formats })));
    const model = { name: 'm', identity: 'i', shape };
    const prompts = { source: 'p', count: 1, tokens: 2, hash: 'h' };
    expect(parseCalibration({ tickbench: 'calibration.v1', model, prompts, units }, 'here').units).to.have.length(8);
  });

  it("knows a model's files by the same hash as the engine, in one file or in shards", async () => {
    const { folder: made, remove } = makeModelFolder();
    try {
      expect(python('q.identity_of(x)', made)).to.equal(await filesIdentity(made));
      renameSync(join(made, 'model.safetensors'), join(made, 'b.safetensors'));
      writeFileSync(join(made, 'a.safetensors'), 'another shard');
      const placed = { weight_map: { one: 'b.safetensors', two: 'a.safetensors', three: 'b.safetensors' } };
      writeFileSync(join(made, 'model.safetensors.index.json'), JSON.stringify(placed));
      expect(python('q.identity_of(x)', made)).to.equal(await filesIdentity(made));
    } finally {
      remove();
    }
  });

  it('finds units whose fused layers have several global scales', () => {
    const scales = Object.fromEntries([...layerNames(0, 'qkv'), ...layerNames(3, 'gate_up'), ...layerNames(3, 'down')].map((n) => [n, 7]));
    const torn = { ...scales, 'model.layers.3.mlp.up_proj': 8 };
    expect(python('[q.unequal_scales(each) for each in x]', [scales, torn])).to.deep.equal([[], ['layers.3.gate_up']]);
  });
});
