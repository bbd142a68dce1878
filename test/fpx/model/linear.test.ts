import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { KernelMemory } from '../../../fpx/kernels/kernels.js';
import { allocateScratch, Bf16Linear, Linear } from '../../../fpx/model/linear.js';
import { paddedRows } from '../../../fpx/kernels/packing.js';
import { FORMATS } from '../../../fpx/formats/precision.js';
import { packageRoot } from '../../../fpx/root.js';
import { gaussians } from '../random-model.js';
import { roundedActivations, roundedWeights } from '../reference-transformer.js';

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
            const x = roundedActivations(format, token);
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

      it('makes nothing finite of a token with NaN or infinity, and leaves the other tokens alone', () => {
        const [rows, depth, tokens] = [8, 160, 3];
        const next = gaussians(21);
        const weights = Float32Array.from({ length: rows * depth }, next);
        const inputs = Float32Array.from({ length: tokens * depth }, next);
        const clean = run(format, weights, rows, depth, inputs);
        for (const odd of [NaN, -NaN, Infinity, -Infinity]) {
          const broken = inputs.slice();
          broken[depth + 37] = odd;
          const got = run(format, weights, rows, depth, broken);
          for (let row = 0; row < rows; row++) expect(got[rows + row], `${odd}`).to.satisfy((v: number) => !Number.isFinite(v));
          for (const t of [0, 2])
            expect([...got.slice(t * rows, (t + 1) * rows)]).to.deep.equal([...clean.slice(t * rows, (t + 1) * rows)]);
          for (const y of run(format, weights, rows, depth, broken.slice(depth, 2 * depth))) expect(Number.isFinite(y)).to.equal(false);
        }
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

  it('holds 16, 8, 4.5 and 4 bits a weight beside scales of rows and matrices', () => {
    const memory = new KernelMemory();
    const weights = Float32Array.from({ length: 64 * 128 }, gaussians(2));
    const bytes = FORMATS.map((format) => Linear.place(memory, format, weights, 64, 128).bytes);
    expect(bytes).to.deep.equal([64 * 128 * 2, 64 * 128 + 64 * 4, (64 * 128 * 4.5) / 8 + 4, (64 * 128) / 2 + 4]);
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
    table.gather(ids, 4, output, memory.kernels);
    const expected = [36, 0, 17, 17].flatMap((row) => [...weights.slice(row * depth, (row + 1) * depth)]);
    expect([...memory.floats(output, 4 * depth)]).to.deep.equal(expected);
  });
});

describe('codes held exactly', () => {
  /** What a matrix does to one input at a time: its columns, as the kernels hold them. */
  function columns(format: 'fp8' | 'fp4' | 'fp4-tensor', weights: Float32Array, rows: number, depth: number): Float32Array {
    const inputs = new Float32Array(depth * depth);
    // The largest integer an activation becomes, so that its scale is 1 or a power of two.
    const most = { fp8: 127, fp4: 63, 'fp4-tensor': 6 }[format];
    for (let k = 0; k < depth; k++) inputs[k * depth + k] = most;
    const out = run(format, weights, rows, depth, inputs);
    // Both ways through the kernels: many tokens together, and one alone.
    for (const k of [0, 1, depth - 1]) {
      expect([...run(format, weights, rows, depth, inputs.slice(k * depth, (k + 1) * depth))]).to.deep.equal([
        ...out.slice(k * rows, (k + 1) * rows),
      ]);
    }
    return out.map((v) => v / most);
  }

  /** E4M3FN as its definition writes it: 1.m x 2^(e - 7), or 0.m x 2^-6 where e is 0. */
  const e4m3 = (code: number): number => {
    const [sign, e, m] = [code & 0x80 ? -1 : 1, (code >> 3) & 15, code & 7];
    return sign * (e === 0 ? (m / 8) * 2 ** -6 : (1 + m / 8) * 2 ** (e - 7));
  };
  const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6];

  it('FP8: every code of E4M3, subnormal ones too, in every place of a row', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => (code & 0x7f) !== 0x7f);
    const [rows, depth] = [8, 32];
    for (const unit of [1, 2 ** -20]) {
      for (let begin = 0; begin < codes.length; begin += depth - 1) {
        // Rows hold the codes one place further each; the first code of each row's set is 448, so that its scale is the unit.
        const values = Array.from({ length: rows }, (_, row) =>
          Array.from({ length: depth }, (_, k) =>
            k === row ? 448 : e4m3(codes[(begin + ((k - row + depth) % depth) - 1) % codes.length]!),
          ),
        );
        const weights = Float32Array.from(values.flat(), (v) => v * unit);
        const got = columns('fp8', weights, rows, depth);
        for (let row = 0; row < rows; row++) {
          for (let k = 0; k < depth; k++) expect(got[k * rows + row], `${values[row]![k]}`).to.equal(values[row]![k]! * unit + 0);
        }
      }
    }
  });

  it('FP4: every code of E2M1 under every block scale of E4M3', () => {
    const [rows, depth] = [4, 160];
    // The first block of each row makes the tensor's scale 1; nine others have a scale each.
    for (let begin = 1; begin < 0x7f; begin += 36) {
      const values = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: depth }, (_, k) => {
          const block = k >> 4;
          const scale = block === 0 ? 448 : e4m3(Math.min(0x7e, begin + row * 9 + block - 1));
          return (k % 2 === 0 ? 1 : -1) * E2M1[(k + 7) % 8]! * scale;
        }),
      );
      const got = columns('fp4', Float32Array.from(values.flat()), rows, depth);
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < depth; k++) expect(got[k * rows + row], `${values[row]![k]}`).to.equal(values[row]![k]! + 0);
      }
    }
  });

  it('FP4 with one scale: every code of E2M1 in every place of a row', () => {
    const [rows, depth] = [16, 32];
    for (const unit of [1, 2 ** -20]) {
      const weights = Float32Array.from({ length: rows * depth }, (_, i) => {
        const code = (i + Math.floor(i / depth)) % 16;
        return (code < 8 ? 1 : -1) * E2M1[code % 8]! * unit;
      });
      const got = columns('fp4-tensor', weights, rows, depth);
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < depth; k++) expect(got[k * rows + row]).to.equal(weights[row * depth + k]! + 0);
      }
    }
  });

  it('rows with one weight a thousand times the others, as plain quantisation has them', () => {
    const next = gaussians(33);
    const [rows, depth, tokens] = [12, 96, 5];
    const weights = Float32Array.from({ length: rows * depth }, (_, i) => next() * 0.02 * (i % depth === 17 ? 3000 : 1));
    const inputs = Float32Array.from({ length: tokens * depth }, next);
    for (const format of ['fp8', 'fp4', 'fp4-tensor'] as const) {
      const exact = roundedWeights(format, weights, depth);
      const got = run(format, weights, rows, depth, inputs);
      for (let t = 0; t < tokens; t++) {
        const x = roundedActivations(format, inputs.subarray(t * depth, (t + 1) * depth));
        for (let row = 0; row < rows; row++) {
          const products = x.map((v, k) => v * exact[row * depth + k]!);
          const bound = 8 * 2 ** -24 * products.reduce((sum, v) => sum + Math.abs(v), 0);
          expect(got[t * rows + row]).to.be.closeTo(
            products.reduce((a, b) => a + b, 0),
            bound,
          );
        }
      }
    }
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
