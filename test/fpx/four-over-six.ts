/**
 * "Four Over Six" (arXiv 2512.02010) worked out from its definition, for tests alone: it shares no code with the engine's quantiser. Nearest codes
 * are found by looking at every code.
 */
import { e4m3 } from './published-layout.js';

const MAGNITUDES = [0, 0.5, 1, 1.5, 2, 3, 4, 6];

/** The index of the number nearest to x >= 0 in a rising list; of two as near the one at an even index. */
function nearest(x: number, list: readonly number[]): number {
  const distances = list.map((each) => Math.abs(each - x));
  const least = Math.min(...distances);
  const found = distances.flatMap((each, i) => (each === least ? [i] : []));
  return found.find((i) => i % 2 === 0) ?? found[0]!;
}

const SCALES = Array.from({ length: 0x7f }, (_, code) => e4m3(code));

export interface FourOverSixBlock {
  /** E4M3 code of the scale that is taken, and of the ones that make the largest weight 6 and 4. */
  scale: number;
  six: number;
  four: number;
  /** E2M1 codes, sign in bit 3. */
  codes: number[];
}

/** A block of 16 weights divided by the whole matrix's scale. */
export function fourOverSix(block: readonly number[]): FourOverSixBlock {
  const largest = Math.max(...block.map(Math.abs));
  const under = (scale: number) => block.map((x) => (scale === 0 ? 0 : nearest(Math.abs(x) / scale, MAGNITUDES)));
  const error = (scale: number) => under(scale).reduce((sum, code, i) => sum + (MAGNITUDES[code]! * scale - Math.abs(block[i]!)) ** 2, 0);
  const [six, four] = [nearest(largest / 6, SCALES), nearest(largest / 4, SCALES)];
  const scale = error(SCALES[four]!) < error(SCALES[six]!) ? four : six;
  return { scale, six, four, codes: under(SCALES[scale]!).map((code, i) => (block[i]! < 0 && SCALES[scale]! > 0 ? code + 8 : code)) };
}
