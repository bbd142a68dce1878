import { expect } from 'chai';
import fc from 'fast-check';
import { decodeE2M1, decodeE4M3 } from '../../../fpx/formats/codes.js';
import { fastestSimd, KernelMemory, type Simd } from '../../../fpx/kernels/kernels.js';
import { packFp4, packFp4Tensor, paddedDepth, paddedRows, smallFp4 } from '../../../fpx/kernels/packing.js';

const WAYS: readonly Simd[] = ['plain', 'relaxed'];

/** A matrix of E2M1 codes with the E4M3 codes of its block scales, and tokens of integers. */
interface Case {
  rows: number;
  depth: number;
  codes: Uint8Array;
  blockScales: Uint8Array;
  tokens: number[][];
}

/** A token as the kernels quantise it: f32 whose largest magnitude is `most`, so that every integer stays itself. */
function place(memory: KernelMemory, tokens: readonly number[][]): { input: number; integers: number; scales: number } {
  const depth = tokens[0]!.length;
  return {
    input: memory.place(Float32Array.from(tokens.flat())),
    integers: memory.allocate(tokens.length * paddedDepth(depth)),
    scales: memory.allocate(tokens.length * 4),
  };
}

/** Outputs of the W4A7 kernels, [tokens][rows]: all tokens together, or each alone. */
function blocks(simd: Simd, { rows, depth, codes, blockScales, tokens }: Case, together: boolean): number[] {
  const memory = new KernelMemory(simd);
  const { kernels } = memory;
  const matrix = { codes, blockScales, tensorScale: 1 };
  const packed = packFp4(matrix, rows, depth);
  const small = smallFp4(matrix, rows, depth);
  const [weights, scales, excess] = [memory.place(packed.weights), memory.place(packed.blockScales), memory.place(packed.excess)];
  const [starts, entries] = [memory.place(small.starts), memory.place(small.entries)];
  const [width, padded] = [paddedRows(rows), paddedDepth(depth)];
  const x = place(memory, tokens);
  const panel = memory.allocate(padded * 16);
  const output = memory.allocate(tokens.length * width * 4);
  const run = (at: number, count: number): void => {
    kernels.quantizeFp4(x.input + at * depth * 4, x.integers, x.scales, count, depth);
    const out = output + at * width * 4;
    if (count === 1) kernels.matVecFp4(weights, scales, excess, 1 / 8, x.integers, x.scales, out, panel, 0, width, padded);
    else kernels.matMulFp4(weights, scales, excess, 1 / 8, x.integers, x.scales, out, panel, 0, width, padded, count, width);
    kernels.addSmallFp4(starts, entries, 1 / 8, x.integers, x.scales, out, 0, width, padded, count, width);
  };
  if (together) run(0, tokens.length);
  else tokens.forEach((_, t) => run(t, 1));
  return tokens.flatMap((_, t) => [...memory.floats(output + t * width * 4, rows)]);
}

/** The same by the definition: whole numbers of eighths over 1536 inputs at a time, each sum rounded to f32; other scales on top. */
function blocksByDefinition({ rows, depth, codes, blockScales, tokens }: Case): number[] {
  return tokens.flatMap((x) =>
    Array.from({ length: rows }, (_, row) => {
      let [total, rest, some] = [0, 0, false];
      for (let begin = 0; begin < depth; begin += 1536) {
        let sum = 0;
        for (let k = begin; k < Math.min(depth, begin + 1536); k++) {
          const scale = decodeE4M3(blockScales[(row * depth + k) >> 4]!);
          const product = decodeE2M1(codes[row * depth + k]!) * scale * x[k]!;
          if (Number.isInteger(scale * 4)) sum += product * 8;
          else rest += product * 1024;
          some ||= !Number.isInteger(scale * 4);
        }
        total = Math.fround(total + Math.fround(sum));
      }
      const main = Math.fround(total / 8);
      return some ? Math.fround(main + Math.fround(Math.fround(rest) / 1024)) : main;
    }),
  );
}

/** Outputs of the W4A4 kernels without blocks. */
function tensor(simd: Simd, { rows, depth, codes, tokens }: Case, together: boolean): number[] {
  const memory = new KernelMemory(simd);
  const { kernels } = memory;
  const packed = packFp4Tensor({ codes, scale: 1 }, rows, depth);
  const [weights, excess] = [memory.place(packed.weights), memory.place(packed.excess)];
  const width = paddedRows(rows);
  const x = place(memory, tokens);
  const panel = memory.allocate(depth * 16);
  const output = memory.allocate(tokens.length * width * 4);
  const run = (at: number, count: number): void => {
    kernels.quantizeFp4Tensor(x.input + at * depth * 4, x.integers, x.scales, count, depth);
    const out = output + at * width * 4;
    if (count === 1) kernels.matVecFp4Tensor(weights, excess, 1 / 2, x.integers, x.scales, out, 0, width, depth);
    else kernels.matMulFp4Tensor(weights, excess, 1 / 2, x.integers, x.scales, out, panel, 0, width, depth, count, width);
  };
  if (together) run(0, tokens.length);
  else tokens.forEach((_, t) => run(t, 1));
  return tokens.flatMap((_, t) => [...memory.floats(output + t * width * 4, rows)]);
}

const E2M1 = Array.from({ length: 16 }, (_, code) => decodeE2M1(code));

describe('FP4 kernels', () => {
  it('have relaxed SIMD on this host', () => expect(fastestSimd()).to.equal('relaxed'));

  /** Cases with `most` among every token's inputs, so that its scale is exact. */
  const cases = (value: fc.Arbitrary<number>, most: number) =>
    fc
      .record({
        rows: fc.integer({ min: 1, max: 9 }),
        depth: fc.integer({ min: 1, max: 7 }).map((n) => n * 32),
        count: fc.integer({ min: 1, max: 5 }),
      })
      .chain(({ rows, depth, count }) =>
        fc.record({
          rows: fc.constant(rows),
          depth: fc.constant(depth),
          codes: fc.uint8Array({ minLength: rows * depth, maxLength: rows * depth, max: 15 }),
          blockScales: fc.uint8Array({ minLength: (rows * depth) / 16, maxLength: (rows * depth) / 16, max: 0x7e }),
          tokens: fc.array(
            fc.array(value, { minLength: depth, maxLength: depth }).map((x) => [most, ...x.slice(1)]),
            { minLength: count, maxLength: count },
          ),
        }),
      );

  it('W4A7 gives the integers of its definition, in both kinds of SIMD, together and alone', () => {
    fc.assert(
      fc.property(cases(fc.integer({ min: -63, max: 63 }), 63), (each) => {
        const expected = blocksByDefinition(each);
        for (const simd of WAYS) {
          for (const together of [true, false]) expect(blocks(simd, each, together)).to.deep.equal(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('W4A4 gives the integers of its definition, in both kinds of SIMD, together and alone', () => {
    fc.assert(
      fc.property(cases(fc.constantFrom(...E2M1.map((v) => v * 2)), 12), (each) => {
        const expected = each.tokens.flatMap((x) =>
          Array.from({ length: each.rows }, (_, row) =>
            Math.fround(x.reduce((sum, v, k) => sum + v * E2M1[each.codes[row * each.depth + k]!]!, 0)),
          ),
        );
        for (const simd of WAYS) {
          for (const together of [true, false])
            expect(tensor(simd, each, together).map((v) => v + 0)).to.deep.equal(expected.map((v) => v + 0));
        }
      }),
      { numRuns: 60 },
    );
  });

  for (const depth of [768, 1536, 1568, 3072, 4128]) {
    it(`holds the ends of the range in rows of ${depth}`, () => {
      const [least, most] = [15, 7];
      for (const code of [least, most]) {
        for (const sign of [1, -1]) {
          const filled = (value: number): Case => ({
            rows: 4,
            depth,
            codes: new Uint8Array(4 * depth).fill(code),
            blockScales: new Uint8Array((4 * depth) / 16).fill(0x7e),
            tokens: [1, 2, 3].map(() => new Array<number>(depth).fill(sign * value)),
          });
          const [ends, tensorEnds] = [filled(63), filled(12)];
          const weight = decodeE2M1(code);
          for (const simd of WAYS) {
            for (const together of [true, false]) {
              expect(blocks(simd, ends, together)).to.deep.equal(blocksByDefinition(ends));
              const exact = new Array<number>(12).fill(weight * sign * 12 * depth);
              expect(tensor(simd, tensorEnds, together)).to.deep.equal(exact);
            }
          }
          // All of one sign: what the sum must be, written down.
          expect(blocks('relaxed', ends, true)[0]).to.be.closeTo(weight * 448 * 63 * sign * depth, 2e-7 * 6 * 448 * 63 * depth);
        }
      }
    });
  }

  it('quantises activations in both kinds of SIMD alike, ties, the smallest ones and what is no number too', () => {
    const value = fc.oneof(
      { weight: 150, arbitrary: fc.double({ min: -3, max: 3, noNaN: true }) },
      { weight: 50, arbitrary: fc.constantFrom(0, 0.5, 1.25, -1.75, 2.5, 3.5, 5, 1e-38, -1e-30) },
      { weight: 1, arbitrary: fc.constantFrom(NaN, -NaN, Infinity, -Infinity) },
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 160, maxLength: 160 }), (x) => {
        const bytes = WAYS.map((simd) => {
          const memory = new KernelMemory(simd);
          const { input, integers, scales } = place(memory, [x]);
          memory.kernels.quantizeFp4(input, integers, scales, 1, 160);
          const seven = [...memory.bytes(integers, 256), ...memory.floats(scales, 1)];
          memory.kernels.quantizeFp4Tensor(input, integers, scales, 1, 160);
          return [...seven, ...memory.bytes(integers, 160), ...memory.floats(scales, 1)];
        });
        expect(bytes[0]).to.deep.equal(bytes[1]);
        expect(bytes[0]!.slice(0, 256).every((byte) => byte >= 1 && byte <= 127)).to.equal(true);
        expect(bytes[0]!.slice(257, 417).every((byte) => byte <= 24)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });
});
