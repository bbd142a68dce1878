import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeE4M3, encodeE4M3 } from '../../fpx/formats.js';
import { KernelMemory } from '../../fpx/kernels/kernels.js';
import { allocateScratch, Bf16Linear, Linear } from '../../fpx/linear.js';
import { dequantizeFp4, dequantizeFp8, paddedRows, quantizeFp4, quantizeFp8 } from '../../fpx/packing.js';
import { FORMATS } from '../../fpx/precision.js';
import { packageRoot } from '../../fpx/root.js';
import { gaussians } from './random-model.js';
import { roundedActivations, roundedWeights } from './reference-transformer.js';

const bf16 = (x: number) => {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0] = (bits[0]! >>> 16) << 16;
  return new Float32Array(bits.buffer)[0]!;
};

/** A layer's outputs for `tokens` inputs, run together. */
function run(format: (typeof FORMATS)[number], weights: Float32Array, rows: number, depth: number, inputs: Float32Array): Float32Array {
  const memory = new KernelMemory();
  const tokens = inputs.length / depth;
  const width = paddedRows(rows);
  const linear = Linear.place(memory, format, weights, rows, depth);
  const input = memory.place(inputs);
  const output = memory.allocate(tokens * width * 4);
  const scratch = allocateScratch(memory, tokens, depth);
  linear.apply(input, tokens, output, width, scratch);
  const all = memory.floats(output, tokens * width);
  return Float32Array.from({ length: tokens * rows }, (_, i) => all[Math.floor(i / rows) * width + (i % rows)]!);
}

describe('linear layers', () => {
  const sizes = [
    { rows: 4, depth: 32, tokens: 1 },
    { rows: 12, depth: 96, tokens: 2 },
    { rows: 30, depth: 160, tokens: 7 },
    { rows: 8, depth: 4128, tokens: 3 },
  ];
  for (const format of FORMATS) {
    describe(format, () => {
      for (const { rows, depth, tokens } of sizes) {
        it(`computes [${tokens}][${depth}] to [${tokens}][${rows}] within rounding of f32`, () => {
          const next = gaussians(rows * depth);
          const weights = Float32Array.from({ length: rows * depth }, () => bf16(next() * 0.1));
          const inputs = Float32Array.from({ length: tokens * depth }, next);
          const got = run(format, weights, rows, depth, inputs);
          const exact = roundedWeights(format, weights, depth);
          for (let t = 0; t < tokens; t++) {
            const token = inputs.subarray(t * depth, (t + 1) * depth);
            const x = format === 'bf16' ? [...token] : roundedActivations(token);
            for (let row = 0; row < rows; row++) {
              let [sum, magnitude] = [0, 0];
              for (let k = 0; k < depth; k++) {
                sum += exact[row * depth + k]! * x[k]!;
                magnitude += Math.abs(exact[row * depth + k]! * x[k]!);
              }
              // Integer sums are exact: three roundings remain. BF16 adds depth / 4 products in f32, errors growing like a random walk.
              const bound = (format === 'bf16' ? 2 * Math.sqrt(depth / 4) : 6) * 2 ** -24 * magnitude;
              expect(got[t * rows + row], `token ${t} row ${row}`).to.be.closeTo(sum, bound);
            }
          }
        });
      }

      it('gives a token the same bits alone and among others', () => {
        const next = gaussians(5);
        const [rows, depth, tokens] = [20, 2112, 5];
        const weights = Float32Array.from({ length: rows * depth }, next);
        const inputs = Float32Array.from({ length: tokens * depth }, next);
        const together = run(format, weights, rows, depth, inputs);
        for (let t = 0; t < tokens; t++) {
          const alone = run(format, weights, rows, depth, inputs.slice(t * depth, (t + 1) * depth));
          expect([...alone]).to.deep.equal([...together.slice(t * rows, (t + 1) * rows)]);
        }
      });

      it('does not overflow when every weight and activation is the largest', () => {
        const [rows, depth] = [4, 8192];
        for (const signs of [1, -1]) {
          const got = run(format, new Float32Array(rows * depth).fill(signs), rows, depth, new Float32Array(3 * depth).fill(2));
          for (const y of got) expect(y).to.be.closeTo(signs * depth * 2, depth * 1e-5);
        }
      });

      it('takes zeros and values near the subnormal ones', () => {
        const depth = 64;
        expect([...run(format, new Float32Array(4 * depth), 4, depth, new Float32Array(depth).fill(3))]).to.deep.equal([0, 0, 0, 0]);
        const tiny = run(format, new Float32Array(4 * depth).fill(1), 4, depth, new Float32Array(2 * depth).fill(1e-35));
        for (const y of tiny) expect(y).to.be.within(0, 1e-32);
      });

      it('applies a range of rows and leaves the others', () => {
        const memory = new KernelMemory();
        const next = gaussians(9);
        const [rows, depth, tokens] = [16, 32, 3];
        const linear = Linear.place(memory, format, Float32Array.from({ length: rows * depth }, next), rows, depth);
        const input = memory.place(Float32Array.from({ length: tokens * depth }, next));
        const [whole, part] = [memory.allocate(tokens * rows * 4), memory.allocate(tokens * rows * 4)];
        const scratch = allocateScratch(memory, tokens, depth);
        linear.apply(input, tokens, whole, rows, scratch);
        memory.floats(part, tokens * rows).fill(-99);
        linear.apply(input, tokens, part, rows, scratch, 4, 12);
        const expected = memory.floats(whole, tokens * rows).map((v, i) => (i % rows >= 4 && i % rows < 12 ? v : -99));
        expect([...memory.floats(part, tokens * rows)]).to.deep.equal([...expected]);
      });
    });
  }

  it('holds 16, 8 and 4.5 bits a weight beside scales of rows and matrices', () => {
    const memory = new KernelMemory();
    const weights = Float32Array.from({ length: 64 * 128 }, gaussians(2));
    const bytes = FORMATS.map((format) => Linear.place(memory, format, weights, 64, 128).bytes);
    expect(bytes).to.deep.equal([64 * 128 * 2, 64 * 128 + 64 * 4, (64 * 128 * 4.5) / 8 + 4]);
  });

  it('gathers embedding rows exactly', () => {
    const memory = new KernelMemory();
    const next = gaussians(11);
    const [rows, depth] = [37, 32];
    const weights = Float32Array.from({ length: rows * depth }, () => bf16(next()));
    const table = new Bf16Linear(memory, weights, rows, depth);
    const ids = memory.allocate(16);
    const output = memory.allocate(4 * depth * 4);
    memory.integers(ids, 4).set([36, 0, 17, 17]);
    table.gather(ids, 4, output);
    const expected = [36, 0, 17, 17].flatMap((row) => [...weights.slice(row * depth, (row + 1) * depth)]);
    expect([...memory.floats(output, 4 * depth)]).to.deep.equal(expected);
  });
});

describe('packed weights', () => {
  it('writes only FP8 codes the fixed point holds, within 2^-4 of the row scale where it moves one', () => {
    const next = gaussians(21);
    const depth = 64;
    // Magnitudes over many powers of two, so that small ones occur.
    const values = Float32Array.from({ length: 32 * depth }, () => next() * 2 ** (next() * 5));
    const matrix = quantizeFp8(values, depth);
    const back = dequantizeFp8(matrix, depth);
    let moved = 0;
    values.forEach((value, i) => {
      const scale = matrix.rowScales[Math.floor(i / depth)]!;
      const code = matrix.codes[i]!;
      expect((code & 0x7f) === 0 || Math.abs(decodeE4M3(code)) >= 0.125).to.be.true;
      const plain = decodeE4M3(encodeE4M3(value / scale));
      if (plain * scale === back[i]) return;
      moved++;
      expect(Math.abs(value) / scale).to.be.below(0.125);
      expect(Math.abs(value - back[i]!) / scale).to.be.at.most(0.0625);
    });
    expect(moved).to.be.above(0);
  });

  it('writes only FP4 block scales that are integers times 1/4', () => {
    const next = gaussians(22);
    const values = Float32Array.from({ length: 64 * 64 }, () => next() * 2 ** (next() * 4));
    const matrix = quantizeFp4(values);
    for (const code of matrix.blockScales) expect((decodeE4M3(code) * 4) % 1).to.equal(0);
    expect(Math.max(...[...matrix.blockScales].map(decodeE4M3))).to.equal(448);
    expect(dequantizeFp4(matrix)).to.have.length(values.length);
  });
});

describe('the kernel build', () => {
  it('does nothing when the module is newer than its sources', () => {
    const root = packageRoot();
    const target = join(root, 'dist', 'fpx', 'kernels', 'kernels.wasm');
    const before = statSync(target).mtimeMs;
    execFileSync(process.execPath, [join(root, 'fpx', 'kernels', 'build.mjs')]);
    expect(statSync(target).mtimeMs).to.equal(before);
  });
});
