/** Powers of two and of e, four f32 at once. */

/** 1.5 x 2^23: adding it to a small f32 rounds that to an integer, ties to even, in the low bits (V8's own rounding is several times slower). */
export const ROUNDER: f32 = 12582912;

/** Constants in memory: V8 builds a literal vector with several instructions each time, and loads one with a single one. */
const CONSTANTS = memory.data<f32>([
  -80, 12582912, 1.5353361883195e-4, 1.339887440266574e-3, 9.61843735767464e-3, 5.550332471162809e-2, 2.402264791363012e-1,
  6.931472028550421e-1, 1, 80, 1.44269504088896341,
]);

// @inline
function constant(index: usize): v128 {
  return v128.load32_splat(CONSTANTS + (index << 2));
}

/**
 * 2^x for x <= 127 (Cephes exp2f: x = n + r, polynomial in r; relative error under 2e-7). Below -80 the result is 0: neither it nor
 * its products with ordinary activations are subnormal, which would be slow.
 */
// @inline
export function powerOfTwo(x: v128): v128 {
  const rounder = constant(1);
  const shifted = f32x4.add(x, rounder);
  const r = f32x4.sub(x, f32x4.sub(shifted, rounder));
  let p = f32x4.add(f32x4.mul(constant(2), r), constant(3));
  p = f32x4.add(f32x4.mul(p, r), constant(4));
  p = f32x4.add(f32x4.mul(p, r), constant(5));
  p = f32x4.add(f32x4.mul(p, r), constant(6));
  p = f32x4.add(f32x4.mul(p, r), constant(7));
  p = f32x4.add(f32x4.mul(p, r), constant(8));
  // Times 2^n: n, in the low bits of `shifted`, is added to the exponent. What that makes of x far below -80 is masked out.
  return v128.and(i32x4.add(p, i32x4.shl(shifted, 23)), f32x4.ge(x, constant(0)));
}

/** The same of two vectors at a time, stored at `to` and behind it: constants are loaded once for both. */
// @inline
export function storePowersOfTwo(to: usize, x: v128, y: v128): void {
  let c = constant(1);
  const shiftedX = f32x4.add(x, c);
  const shiftedY = f32x4.add(y, c);
  const r = f32x4.sub(x, f32x4.sub(shiftedX, c));
  const s = f32x4.sub(y, f32x4.sub(shiftedY, c));
  c = constant(2);
  let p = f32x4.mul(c, r);
  let q = f32x4.mul(c, s);
  c = constant(3);
  p = f32x4.mul(f32x4.add(p, c), r);
  q = f32x4.mul(f32x4.add(q, c), s);
  c = constant(4);
  p = f32x4.mul(f32x4.add(p, c), r);
  q = f32x4.mul(f32x4.add(q, c), s);
  c = constant(5);
  p = f32x4.mul(f32x4.add(p, c), r);
  q = f32x4.mul(f32x4.add(q, c), s);
  c = constant(6);
  p = f32x4.mul(f32x4.add(p, c), r);
  q = f32x4.mul(f32x4.add(q, c), s);
  c = constant(7);
  p = f32x4.mul(f32x4.add(p, c), r);
  q = f32x4.mul(f32x4.add(q, c), s);
  c = constant(8);
  p = i32x4.add(f32x4.add(p, c), i32x4.shl(shiftedX, 23));
  q = i32x4.add(f32x4.add(q, c), i32x4.shl(shiftedY, 23));
  c = constant(0);
  v128.store(to, v128.and(p, f32x4.ge(x, c)));
  v128.store(to, v128.and(q, f32x4.ge(y, c)), 16);
}

/** e^x, at most 2^80, so that a quotient by it is not subnormal. */
// @inline
export function exponential(x: v128): v128 {
  return powerOfTwo(f32x4.pmin(f32x4.mul(x, constant(10)), constant(9)));
}
