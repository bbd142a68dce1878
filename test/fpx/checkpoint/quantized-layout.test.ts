import { expect } from 'chai';
import { tensorsOf, type QuantizedForm } from '../../../fpx/checkpoint/quantized-layout.js';
import { quantizeMatrix } from '../../../fpx/quantize/matrix.js';

/** Tensors of a matrix cut into layers `a`, `b`... of so many rows: name, type, shape and bytes in hex. */
function stored(form: QuantizedForm, format: 'fp8' | 'fp4', values: number[], depth: number, rows: number[]): string[] {
  const matrix = quantizeMatrix(format, Float32Array.from(values), depth, 'written');
  if (matrix.format !== 'fp8' && matrix.format !== 'fp4') throw new TypeError(matrix.format);
  const modules = rows.map((count, i) => ({ name: 'abc'[i]!, rows: count }));
  return tensorsOf(form, matrix, modules, depth).map(
    ({ name, dtype, shape, bytes }) => `${name} ${dtype} [${shape.join()}] ${Buffer.from(bytes).toString('hex')}`,
  );
}

// The largest weight is 2688 units, so that codes x block scale are units. 2688 / 6 = 448, E4M3 7E; 12 / 6 = 2, E4M3 40.
const UNIT = 2 ** -10;
const FIRST = [2688, -1344, 672, 224, 112, 0, -2688, 448, 1792, 896, 1, -1, 2000, -100, 0, 30].map((v) => v * UNIT);
const SECOND = [12, 6, -3, 4.5, 1.5, 9, 3, -6, 9, 3, 9, 9, 6, -12, 1, 0.5].map((v) => v * UNIT);
// Over 448: 6 -3 | 1.5 .5 | .25 -> 0, 0 | -6 1 | 4 2 | 0 -0 | 4.46 -> 4, -.22 -> -0 | 0 0; codes 7 D | 3 1 | 0 0 | F 2 | 6 4 | 0 8 | 6 8 | 0 0.
const FIRST_BYTES = 'd713002f46808600';
// Over 2: 6 3 | -1.5 2.25 -> 2 | .75 -> 1, 4.5 -> 4 | 1.5 -3 | 4 1.5 | 4 4 | 3 -6 | .5 .25 -> 0.
const SECOND_BYTES = '574b62d33666f501';

describe('the tensors of a quantised layer: golden bytes, computed by hand', () => {
  it('FP4 in compressed-tensors: even columns in low nibbles, block scales in E4M3, a divisor of 1024', () => {
    expect(stored('compressed-tensors', 'fp4', [...FIRST, ...SECOND], 32, [1])).to.deep.equal([
      `a.weight_packed U8 [1,16] ${FIRST_BYTES}${SECOND_BYTES}`,
      'a.weight_scale F8_E4M3 [1,2] 7e40',
      'a.weight_global_scale F32 [1] 00008044',
    ]);
  });

  it('FP4 in ModelOpt: the same codes, and a factor of 2^-10', () => {
    expect(stored('modelopt', 'fp4', [...FIRST, ...SECOND], 32, [1])).to.deep.equal([
      `a.weight U8 [1,16] ${FIRST_BYTES}${SECOND_BYTES}`,
      'a.weight_scale F8_E4M3 [1,2] 7e40',
      'a.weight_scale_2 F32 [] 0000803a',
    ]);
  });

  it('FP4 layers that are fused share the largest one’s scale', () => {
    expect(stored('compressed-tensors', 'fp4', [...SECOND, ...FIRST], 16, [1, 1])).to.deep.equal([
      `a.weight_packed U8 [1,8] ${SECOND_BYTES}`,
      'a.weight_scale F8_E4M3 [1,1] 40',
      'a.weight_global_scale F32 [1] 00008044',
      `b.weight_packed U8 [1,8] ${FIRST_BYTES}`,
      'b.weight_scale F8_E4M3 [1,1] 7e',
      'b.weight_global_scale F32 [1] 00008044',
    ]);
  });

  // 448 = 1.75 x 2^8; -224 = -1.75 x 2^7; 1; 1/2; 0; -2^-9, the smallest; 3.5 = 1.75 x 2; 17, between 16 and 18: to 16, whose code is even.
  const ROW = [448, -224, 1, 0.5, 0, -(2 ** -9), 3.5, 17];
  const ROW_BYTES = '7ef6383000814658';

  it('FP8: a scale for each row', () => {
    const values = [...ROW, ...ROW.map((v) => 2 * v), ...ROW.map(() => 0)];
    expect(stored('compressed-tensors', 'fp8', values, 8, [2, 1])).to.deep.equal([
      `a.weight F8_E4M3 [2,8] ${ROW_BYTES}${ROW_BYTES}`,
      'a.weight_scale F32 [2,1] 0000803f00000040',
      'b.weight F8_E4M3 [1,8] 0000000000000000',
      'b.weight_scale F32 [1,1] 00000000',
    ]);
    expect(stored('modelopt', 'fp8', values, 8, [3])).to.deep.equal([
      `a.weight F8_E4M3 [3,8] ${ROW_BYTES}${ROW_BYTES}0000000000000000`,
      'a.weight_scale F32 [3] 0000803f0000004000000000',
    ]);
  });

  it('a matrix of zeros has a scale that can be divided by', () => {
    const zeros = new Array<number>(16).fill(0);
    expect(stored('compressed-tensors', 'fp4', zeros, 16, [1])[2]).to.equal('a.weight_global_scale F32 [1] 0000803f');
    expect(stored('modelopt', 'fp4', zeros, 16, [1])[2]).to.equal('a.weight_scale_2 F32 [] 0000803f');
  });
});
