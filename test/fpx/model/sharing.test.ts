/** A model's logits are the same bits however many threads compute them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simd } from '../../../fpx/kernels/kernels.js';
import { MOST_THREADS } from '../../../fpx/kernels/team.js';
import { FORMATS, parsePrecisionMap, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { packageRoot } from '../../../fpx/root.js';
import { cut } from '../../../fpx/model/sharing.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { writeRandomModel, type RandomModel } from '../random-model.js';

const MIXED = parsePrecisionMap({
  default: 'fp8',
  units: { 'layers.*.gate_up': 'fp4', 'layers.0.o': 'bf16', 'layers.1.down': 'fp4-tensor' },
});
const SIMD: readonly Simd[] = ['plain', 'relaxed'];

describe('sharing the work among threads', () => {
  let folder: string;
  let models: RandomModel[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-sharing-'));
    const llama = { dModel: 96, ffWidth: 160, layers: 3, heads: 3, vocabSize: 90 };
    const qwen2 = { dModel: 64, ffWidth: 96, layers: 2, heads: 4, kvHeads: 2, vocabSize: 90, architecture: 'Qwen2ForCausalLM' } as const;
    const qwen3 = { ...qwen2, kvHeads: 1, headWidth: 24, attentionBias: true, architecture: 'Qwen3ForCausalLM' } as const;
    models = [llama, qwen2, qwen3].map((shape, i) => writeRandomModel(join(folder, String(i)), shape, i + 1));
  });
  after(() => rmSync(folder, { recursive: true }));

  const TOKENS = Array.from({ length: 210 }, (_, i) => (i * i * 13 + i) % 90);

  /** Runs the same sequence, cut into the same calls, on one thread and on several: the logits after every call. */
  async function compare(
    model: RandomModel,
    precision: PrecisionMap,
    simd: Simd,
    threads: number,
    cuts: readonly number[][],
  ): Promise<void> {
    const engines = await Promise.all([1, threads].map((count) => Transformer.load(model.folder, precision, { simd, threads: count })));
    try {
      for (const lengths of cuts) {
        const runs = engines.map((engine) => {
          engine.truncate(0);
          return lengths.map((length, i) => {
            const piece = TOKENS.slice(engine.length, engine.length + length);
            if (i % 3 === 2 && i + 1 < lengths.length) return engine.absorb(piece);
            return [...engine.append(piece)];
          });
        });
        expect(runs[1], `${simd}, ${threads} threads, ${lengths.join()}`).to.deep.equal(runs[0]);
      }
    } finally {
      await Promise.all(engines.map((engine) => engine.close()));
    }
  }

  const CUTS = [
    [150, 1, 1, 1],
    [1, 1, 5, 1],
    [23, 24, 25, 1, 48, 1],
    [128, 64, 1, 7],
  ];

  it('gives the same bits with two threads, in every format, model and kind of SIMD', async function () {
    this.timeout(180_000);
    for (const model of models)
      for (const precision of [...FORMATS.map(parsePrecisionMap), MIXED])
        for (const simd of SIMD) await compare(model, precision, simd, 2, CUTS);
  });

  it('gives the same bits with more threads than there are heads of keys', async () => {
    for (const model of models) await compare(model, MIXED, 'relaxed', 3, CUTS);
  });

  it('gives the same bits with many threads, and fewer tokens for each than are worth dividing', async () => {
    await compare(models[1]!, MIXED, 'relaxed', 8, [
      [95, 1],
      [64, 65, 7],
    ]);
  });

  it('gives the same bits however a sequence is cut into calls', async () => {
    const lengths = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 70 })), { minLength: 1, maxLength: 3 });
    const cuts = fc.sample(lengths, { numRuns: 40, seed: 5 });
    for (const model of models) await compare(model, MIXED, 'relaxed', 2, cuts);
  });

  it('computes no more once it is closed, and says so', async () => {
    const engine = await Transformer.load(models[0]!.folder, MIXED, { threads: 2 });
    engine.append([1, 2, 3]);
    await engine.close();
    expect(() => engine.append([4])).to.throw('the model is closed');
  });

  it('keeps no process from ending', () => {
    const program = `
      import { Transformer } from ${JSON.stringify(join(packageRoot(), 'dist/fpx/model/transformer.js'))};
      import { parsePrecisionMap } from ${JSON.stringify(join(packageRoot(), 'dist/fpx/formats/precision.js'))};
      const engine = await Transformer.load(process.argv[1], parsePrecisionMap('fp4'), { threads: 2 });
      console.log(engine.append([1, 2, 3]).length);
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, models[0]!.folder], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: '90\n', stderr: '' });
  });

  it('says where there are more threads than cores', async function () {
    const cores = availableParallelism();
    if (cores >= MOST_THREADS) this.skip();
    const engine = await Transformer.load(models[0]!.folder, MIXED, { threads: cores + 1 });
    await engine.close();
    expect(engine.summary.notes.join()).to.match(new RegExp(`^${cores + 1} threads on ${cores} cores: the same answers`));
  });

  it('refuses a number of threads that is none', async () => {
    for (const threads of [0, 1.5, 65]) {
      const error = await Transformer.load(models[0]!.folder, MIXED, { threads }).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(RangeError).with.property('message', `threads ${threads}; accepted are 1 to 64`);
    }
  });

  it('cuts into parts that leave nothing out', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 4, 16), (total, parts, unit) => {
        const bounds = Array.from({ length: parts + 1 }, (_, i) => cut(total, i, parts, unit));
        expect([bounds[0], bounds[parts]]).to.deep.equal([0, total]);
        bounds.slice(0, -1).forEach((bound, i) => {
          expect(bound).to.be.at.most(bounds[i + 1]!);
          if (bound < total) expect(bound % unit).to.equal(0);
        });
      }),
    );
  });
});
