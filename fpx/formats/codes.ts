/**
 * The number formats weights are held in: BF16, FP8 (E4M3FN, E5M2), FP4 (E2M1), the E8M0 block scale, and IEEE half precision for
 * reading checkpoints. Blocks of E2M1 with scales are in nvfp4.ts.
 *
 * Encoders round to nearest, ties to the even code, and saturate at the largest finite value. Decoders are exact.
 * Sources: OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0.
 */

/** A small floating-point format: sign, then exponent bits, then mantissa bits. */
interface MiniFloat {
  name: string;
  exponentBits: number;
  mantissaBits: number;
  bias: number;
  /** Largest finite magnitude; larger ones saturate to it. */
  max: number;
  /** Code a NaN is written as; absent in formats without one, which refuse NaN. */
  nan?: number;
}

const E4M3: MiniFloat = { name: 'E4M3FN', exponentBits: 4, mantissaBits: 3, bias: 7, max: 448, nan: 0x7f };
const E5M2: MiniFloat = { name: 'E5M2', exponentBits: 5, mantissaBits: 2, bias: 15, max: 57344, nan: 0x7f };
const E2M1: MiniFloat = { name: 'E2M1', exponentBits: 2, mantissaBits: 1, bias: 1, max: 6 };

/** Largest finite E4M3FN magnitude. */
export const E4M3_MAX = E4M3.max;
/** Largest E2M1 magnitude. */
export const E2M1_MAX = E2M1.max;

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
const single = new Float32Array(words.buffer, 0, 1);

/** floor(log2(x)) of a positive normal double. */
function exponentOf(x: number): number {
  double[0] = x;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

/** Nearest integer of a non-negative number, ties to even. */
function roundTiesToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function encode(format: MiniFloat, x: number): number {
  const { exponentBits, mantissaBits, bias, max, nan } = format;
  const sign = x < 0 || Object.is(x, -0) ? 1 << (exponentBits + mantissaBits) : 0;
  if (Number.isNaN(x)) {
    if (nan === undefined) throw new RangeError(`${format.name} has no NaN`);
    return nan;
  }
  const magnitude = Math.min(Math.abs(x), max);
  if (magnitude === 0) return sign;
  const lowest = 1 - bias;
  const exponent = Math.max(exponentOf(magnitude), lowest);
  // Division by a power of two is exact, so this is the only rounding. A carry out of the mantissa moves on to the next
  // exponent by itself, because codes of a sign are ordered like their values.
  const steps = roundTiesToEven(magnitude / 2 ** (exponent - mantissaBits));
  return sign | ((exponent - lowest) * 2 ** mantissaBits + steps);
}

function decode(format: MiniFloat, code: number): number {
  const { exponentBits, mantissaBits, bias } = format;
  const sign = (code >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  const exponent = (code >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = code & ((1 << mantissaBits) - 1);
  const fraction = mantissa / 2 ** mantissaBits;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

const E4M3_VALUES = Float32Array.from({ length: 256 }, (_, code) => ((code & 0x7f) === 0x7f ? NaN : decode(E4M3, code)));

/** Code (0..255) of the nearest E4M3FN value; beyond 448, infinities included, saturates; NaN is 0x7F. */
export function encodeE4M3(x: number): number {
  return encode(E4M3, x);
}

/** Value of an E4M3FN code (0..255). 0x7F and 0xFF are NaN; there is no infinity. */
export function decodeE4M3(code: number): number {
  return E4M3_VALUES[code & 0xff]!;
}

/** Code (0..255) of the nearest E5M2 value; beyond 57344, infinities included, saturates; NaN is 0x7F. */
export function encodeE5M2(x: number): number {
  return encode(E5M2, x);
}

/** Value of an E5M2 code (0..255), with infinities (0x7C, 0xFC) and NaN. */
export function decodeE5M2(code: number): number {
  const magnitude = code & 0x7f;
  if (magnitude > 0x7c) return NaN;
  if (magnitude === 0x7c) return code & 0x80 ? -Infinity : Infinity;
  return decode(E5M2, code);
}

/** Code (0..15, sign in bit 3) of the nearest E2M1 value; beyond 6 saturates. Throws RangeError on NaN, which E2M1 lacks. */
export function encodeE2M1(x: number): number {
  return encode(E2M1, x);
}

/** Value of an E2M1 code (0..15): 0, .5, 1, 1.5, 2, 3, 4, 6 and their negatives. */
export function decodeE2M1(code: number): number {
  return decode(E2M1, code);
}

/** Code of the largest power of two at or under a positive number (OCP Microscaling's rule), within 2^-127 and 2^127; else 0xFF, NaN. */
export function encodeE8M0(x: number): number {
  return x > 0 ? Math.min(254, Math.max(0, exponentOf(x) + 127)) : 0xff;
}

/** Value of an E8M0 code: 2^(code - 127); 0xFF is NaN. */
export function decodeE8M0(code: number): number {
  return code === 0xff ? NaN : 2 ** (code - 127);
}

/** BF16 bits of the nearest value, ties to even; values rounding beyond the largest finite one saturate; NaN is 0x7FC0. */
export function encodeBf16(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  single[0] = x;
  // Rounding a double to f32 first could turn a value into a tie: mark what was lost in the last bit (round to odd).
  const nearest = single[0];
  let bits = words[0]!;
  if (Number.isFinite(nearest) && nearest !== x) {
    if (Math.abs(nearest) > Math.abs(x)) bits -= 1;
    bits |= 1;
  }
  const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  return (rounded & 0x7fff) >= 0x7f80 ? (rounded & 0x8000) | 0x7f7f : rounded;
}

/** Value of BF16 bits, exact. */
export function decodeBf16(bits: number): number {
  words[0] = bits << 16;
  return single[0]!;
}

/** Value of IEEE half-precision bits, exact. */
export function decodeFp16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** Largest |x| of values[begin, end). */
export function largestMagnitude(values: Float32Array, begin: number, end: number): number {
  let largest = 0;
  for (let i = begin; i < end; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
