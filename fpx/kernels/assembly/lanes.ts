/** Operations across the lanes of vectors, shared by the kernels. */

/** The lane sums of four f32 vectors: [sum a, sum b, sum c, sum d]. One fixed order, so every kernel that ends here agrees. */
// @inline
export function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** The lane sums of four i32 vectors as f32: converted first, so that the sum across lanes cannot overflow. */
// @inline
export function sumIntegerLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  return sumLanes(f32x4.convert_i32x4_s(a), f32x4.convert_i32x4_s(b), f32x4.convert_i32x4_s(c), f32x4.convert_i32x4_s(d));
}

/** The lane sums of four i32 vectors modulo 2^32: exact where each sum is known to fit, whatever its lanes came to on the way. */
// @inline
export function sumWrappingLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** Bytes of `table` at `indices`, all under 16: there a relaxed swizzle is exact, and one instruction where the plain one is three. */
// @inline
export function lookUp(table: v128, indices: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, indices);
  return i8x16.swizzle(table, indices);
}

/**
 * Sums of neighbouring products, i16: lane i = w[2i] x[2i] + w[2i + 1] x[2i + 1], w signed bytes, x bytes from 0 to 127, each sum within 16
 * bits. Relaxed SIMD leaves open what happens beyond that and nothing else, so both ways give the same integers.
 */
// @inline
export function dotPairs(w: v128, x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_dot_i8x16_i7x16_s(w, x);
  const even = i16x8.mul(i16x8.shr_s(i16x8.shl(w, 8), 8), v128.and(x, i16x8.splat(255)));
  return i16x8.add(even, i16x8.mul(i16x8.shr_s(w, 8), i16x8.shr_u(x, 8)));
}

/** [a0 b0 a1 b1 ...]: the first eight bytes of both as eight i16, a's the low ones. */
// @inline
export function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** The same of the last eight bytes. */
// @inline
export function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Largest lane of an f32 vector. */
// @inline
export function largestLane(v: v128): f32 {
  return max(max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)), max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** Largest lane of an i32 vector. */
// @inline
export function largestInteger(v: v128): i32 {
  return max(max(i32x4.extract_lane(v, 0), i32x4.extract_lane(v, 1)), max(i32x4.extract_lane(v, 2), i32x4.extract_lane(v, 3)));
}

/** Sum of an f32 vector's lanes. */
// @inline
export function sumOfLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3));
}

/** Sum of an i32 vector's lanes. */
// @inline
export function sumOfIntegers(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + (i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3));
}
