/** exp of four f32 at once. */

/** 1.5 x 2^23: adding it to a small f32 rounds that to an integer, ties to even, in the low bits (V8's own rounding is several times slower). */
export const ROUNDER: f32 = 12582912;

/**
 * e^x within 2 units in the last place (Cephes expf: x = n ln 2 + r, polynomial in r). Below -60 the result is 0 and above 80 it is
 * e^80: neither it nor its products with ordinary activations become subnormal (slow) or infinite.
 */
// @inline
export function exponential(x: v128): v128 {
  const kept = f32x4.ge(x, f32x4.splat(-60));
  // pmin and pmax are one instruction; min and max are many, for the sake of NaN.
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-60)), f32x4.splat(80));
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(ROUNDER));
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  // Times 2^n: n, in the low bits of `shifted`, is added to the exponent.
  return v128.and(i32x4.add(p, i32x4.shl(shifted, 23)), kept);
}
