import { expect } from 'chai';
import fc from 'fast-check';
import { decodeE2M1, decodeE4M3, encodeE2M1, encodeE4M3 } from '../../../fpx/formats/codes.js';
import { dequantizeFp4Tensor, quantizeFp4Tensor } from '../../../fpx/quantize/fp4-tensor.js';
import { dequantizeNvfp4, divisorOf, nearestE2M1, quantizeNvfp4 } from '../../../fpx/quantize/nvfp4.js';
import { fourOverSix } from '../four-over-six.js';
import { gaussians } from '../random-model.js';

/** Sum of squared errors of 16 values under a block's scale, by the formats' own encoder. */
function blockError(values: ArrayLike<number>, scale: number): number {
  return Array.from(values).reduce((sum, v) => sum + (v - decodeE2M1(encodeE2M1(v / scale)) * scale) ** 2, 0);
}

describe('NVFP4', () => {
  it('scales by blocks of 16 and the tensor: a golden case', () => {
    // The largest weight is 6 x 448 x 2^-10, so the tensor scale is 2^-10.
    const unit = 2 ** -10;
    const first = [2688, -1344, 672, 224, 112, 0, -2688, 448, 1792, 896, 1, -1, 2000, -100, 0, 30].map((v) => v * unit);
    // Under scale 2 (12 / 6) ten of these err; under 3 the largest becomes 4 and only three do.
    const second = [12, 6, -3, 4.5, 1.5, 9, 3, -6, 9, 3, 9, 9, 6, -12, 1, 0.5].map((v) => v * unit);
    const matrix = quantizeNvfp4(Float32Array.from([...first, ...second]));
    expect(matrix.tensorScale).to.equal(unit);
    expect([...matrix.blockScales].map(decodeE4M3)).to.deep.equal([448, 3]);
    const decoded = [...matrix.codes].map(decodeE2M1);
    expect(decoded.slice(0, 16)).to.deep.equal([6, -3, 1.5, 0.5, 0, 0, -6, 1, 4, 2, 0, -0, 4, -0, 0, 0]);
    expect(decoded.slice(16)).to.deep.equal([4, 2, -1, 1.5, 0.5, 3, 1, -2, 3, 1, 3, 3, 2, -4, 0.5, 0]);
    expect(dequantizeNvfp4(matrix)[0]).to.equal(2688 * unit);
  });

  it("scales by the block's largest weight over 6 under the written rule: a golden case", () => {
    const second = [12, 6, -3, 4.5, 1.5, 9, 3, -6, 9, 3, 9, 9, 6, -12, 1, 0.5];
    const matrix = quantizeNvfp4(Float32Array.from([2688, ...new Array<number>(15).fill(0), ...second]), 'written');
    expect(matrix.tensorScale).to.equal(1);
    expect([...matrix.blockScales].map(decodeE4M3)).to.deep.equal([448, 2]);
    expect([...matrix.codes].slice(16).map(decodeE2M1)).to.deep.equal([6, 3, -1.5, 2, 1, 4, 1.5, -3, 4, 1.5, 4, 4, 3, -6, 0.5, 0]);
  });

  it("makes a block's largest weight 4 or 6, whichever errs less, under four-over-six: a golden case", () => {
    // The largest weight is 6 x 256, so the tensor's scale is 1. The first block has an exact 6; in the second 4 and 3 fit, not 6 and 4.5; of the
    // third both err alike (all other weights are 0), and 6 is kept.
    const first = [1536, -1024, 768, 512, 384, 256, 128, 0, 1536, -1536, 1024, 768, 512, 384, 256, 128];
    const second = [12, 9, -12, 9, 6, 3, 1.5, 0, 9, 9, 9, -9, 12, 6, 3, 4.5];
    const third = [24, ...new Array<number>(15).fill(0)];
    const matrix = quantizeNvfp4(Float32Array.from([...first, ...second, ...third]), 'four-over-six');
    expect(matrix.tensorScale).to.equal(1);
    expect([...matrix.blockScales].map(decodeE4M3)).to.deep.equal([256, 3, 4]);
    const decoded = [...matrix.codes].map((code) => decodeE2M1(code) + 0);
    expect(decoded.slice(0, 16)).to.deep.equal([6, -4, 3, 2, 1.5, 1, 0.5, 0, 6, -6, 4, 3, 2, 1.5, 1, 0.5]);
    expect(decoded.slice(16, 32)).to.deep.equal([4, 3, -4, 3, 2, 1, 0.5, 0, 3, 3, 3, -3, 4, 2, 1, 1.5]);
    expect(decoded.slice(32)).to.deep.equal([6, ...new Array<number>(15).fill(0)]);
  });

  it('takes the scale that the definition of four-over-six takes, down to blocks whose scale is 0', () => {
    const size = fc.oneof(fc.constantFrom(0, 1, 2 / 3, 0.75, 0.5), fc.double({ min: 0, max: 1, noNaN: true }));
    const block = fc.record({
      weights: fc.array(fc.tuple(size, fc.boolean()), { minLength: 16, maxLength: 16 }),
      // E4M3 ends at 2^-9: under a largest weight of 1536 blocks of 2^-8 and less have a scale of 0 in one way, then in both.
      exponent: fc.integer({ min: -12, max: 10 }),
    });
    const taken = new Set<string>();
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (blocks) => {
        const rest = blocks.flatMap(({ weights, exponent }) =>
          weights.map(([x, isNegative]) => Math.fround(x * 2 ** exponent) * (isNegative ? -1 : 1)),
        );
        const values = Float32Array.from([1536, ...new Array<number>(15).fill(0), ...rest]);
        const { codes, blockScales, tensorScale } = quantizeNvfp4(values, 'four-over-six');
        expect(tensorScale).to.equal(1);
        blockScales.forEach((code, at) => {
          const expected = fourOverSix([...values.subarray(at * 16, at * 16 + 16)]);
          expect(code).to.equal(expected.scale);
          expect([...codes.subarray(at * 16, at * 16 + 16)]).to.deep.equal(expected.codes);
          if (expected.six !== expected.four) taken.add(code === expected.four ? 'four' : 'six');
        });
      }),
    );
    expect([...taken].sort()).to.deep.equal(['four', 'six']);
  });

  it('has a scale that is the reciprocal of an f32 number, beside the largest weight over 2688', () => {
    const bits = new Uint32Array(1);
    const largest = fc.integer({ min: 1, max: 0x7f7fffff }).map((code) => {
      bits[0] = code;
      return new Float32Array(bits.buffer)[0]!;
    });
    fc.assert(
      fc.property(largest, (weight) => {
        const values = new Float32Array(16);
        values[3] = -weight;
        const { tensorScale } = quantizeNvfp4(values);
        const divisor = divisorOf(tensorScale);
        expect(Math.fround(divisor)).to.equal(divisor);
        expect(Math.fround(1 / divisor)).to.equal(tensorScale);
        if (weight > 1e-30) expect(tensorScale / (weight / 2688)).to.be.closeTo(1, 2 ** -22);
      }),
    );
    expect(divisorOf(0)).to.equal(1);
  });

  it("takes, of the scales near the written rule's, the one with the least squared error", () => {
    const weight = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1, -1, 1e-3));
    fc.assert(
      fc.property(fc.array(weight, { minLength: 32, maxLength: 32 }), (weights) => {
        const values = Float32Array.from(weights);
        values[0] = 1;
        const { blockScales, tensorScale } = quantizeNvfp4(values);
        for (const block of [0, 1]) {
          const part = values.subarray(block * 16, block * 16 + 16);
          const written = encodeE4M3(part.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / 6 / tensorScale);
          if (written === 0) continue;
          const chosen = blockError(part, decodeE4M3(blockScales[block]!) * tensorScale);
          for (let code = Math.max(1, written - 2); code <= Math.min(0x7e, written + 6); code++) {
            expect(chosen).to.be.at.most(blockError(part, decodeE4M3(code) * tensorScale) * (1 + 1e-9));
          }
        }
      }),
    );
  });

  it('errs least under its own rule, more under four-over-six, and most under the written one, on normal weights', () => {
    const next = gaussians(11);
    const values = Float32Array.from({ length: 64 * 256 }, next);
    const errors = (['least-error', 'four-over-six', 'written'] as const).map((rule) => {
      const back = dequantizeNvfp4(quantizeNvfp4(values, rule));
      return back.reduce((sum, v, i) => sum + (v - values[i]!) ** 2, 0);
    });
    expect(errors[0]! / errors[1]!).to.be.within(0.8, 0.98);
    expect(errors[1]! / errors[2]!).to.be.within(0.8, 0.98);
  });

  it("errs less on a layer's weights than the written rule", () => {
    const next = gaussians(12);
    const values = Float32Array.from({ length: 64 * 256 }, next);
    const { blockScales, tensorScale } = quantizeNvfp4(values);
    let [chosen, written] = [0, 0];
    blockScales.forEach((code, block) => {
      const part = values.subarray(block * 16, block * 16 + 16);
      chosen += blockError(part, decodeE4M3(code) * tensorScale);
      written += blockError(
        part,
        decodeE4M3(encodeE4M3(part.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / 6 / tensorScale)) * tensorScale,
      );
    });
    expect(Math.sqrt(chosen / written)).to.be.within(0.8, 0.95);
  });

  it('keeps what is in NVFP4 already', () => {
    const code = fc.integer({ min: 0, max: 15 });
    const block = fc.record({ codes: fc.array(code, { minLength: 16, maxLength: 16 }), scale: fc.integer({ min: 1, max: 0x7e }) });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
        // The first block's largest weight makes the tensor's scale 1; the others are used as far as 4 or 6, as any quantiser leaves them.
        const all = [
          { codes: new Array<number>(16).fill(7), scale: 0x7e },
          ...blocks.map((b) => ({ ...b, codes: [6, ...b.codes.slice(1)] })),
        ];
        const values = all.flatMap(({ codes, scale }) => codes.map((c) => decodeE2M1(c) * decodeE4M3(scale)));
        const kept = dequantizeNvfp4(quantizeNvfp4(Float32Array.from(values)));
        expect([...kept].map((v) => v + 0)).to.deep.equal(values.map((v) => v + 0));
      }),
    );
  });

  it('keeps a normal matrix within a tenth, and zeros exactly', () => {
    const next = gaussians(3);
    const values = Float32Array.from({ length: 64 * 64 }, next);
    const back = dequantizeNvfp4(quantizeNvfp4(values));
    const error = Math.sqrt(back.reduce((sum, v, i) => sum + (v - values[i]!) ** 2, 0) / values.length);
    expect(error).to.be.within(0.05, 0.1);
    expect([...dequantizeNvfp4(quantizeNvfp4(new Float32Array(32)))]).to.deep.equal(new Array(32).fill(0));
    expect(() => quantizeNvfp4(new Float32Array(20))).to.throw(RangeError, 'multiple of 16');
  });

  it('rounds magnitudes as the format does', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e3, noNaN: true }), (x) => nearestE2M1(x) === encodeE2M1(x)));
    for (let x = 0; x <= 8; x += 1 / 64) expect(nearestE2M1(x)).to.equal(encodeE2M1(x));
  });
});

describe('E2M1 with one scale a matrix', () => {
  it('makes the largest weight 6: a golden case', () => {
    const matrix = quantizeFp4Tensor(Float32Array.from([3, -0.1, 0.13, 0.25, -0.8, 1.3, 1.25, -3]));
    expect(matrix.scale).to.equal(0.5);
    expect([...dequantizeFp4Tensor(matrix)].map((v) => v + 0)).to.deep.equal([3, 0, 0.25, 0.25, -0.75, 1.5, 1, -3]);
    expect([...dequantizeFp4Tensor(quantizeFp4Tensor(new Float32Array(4)))]).to.deep.equal([0, 0, 0, 0]);
  });

  it('loses more than blocks do where rows differ in size', () => {
    const next = gaussians(3);
    const values = Float32Array.from({ length: 64 * 64 }, (_, i) => next() * (1 + (i >> 6)));
    const error = (back: Float64Array) => Math.sqrt(back.reduce((sum, v, i) => sum + (v - values[i]!) ** 2, 0));
    const size = error(new Float64Array(values.length));
    expect(error(dequantizeFp4Tensor(quantizeFp4Tensor(values))) / size).to.be.within(0.12, 0.3);
    expect(error(dequantizeNvfp4(quantizeNvfp4(values))) / size).to.be.within(0.05, 0.1);
  });
});
