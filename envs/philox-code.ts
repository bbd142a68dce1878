/**
 * Philox blocks as machine code: a WebAssembly module, put together here instruction by instruction, that makes sixteen draws in a third of the
 * time that JavaScript takes, where the high half of a 32 x 32 bit product costs ten operations. The draws are the same.
 */

/** Draws made at a time. */
export const BLOCK = 16;

/** Makes the first result words of `BLOCK` consecutive blocks from counter `c0` on. */
export type FillBlock = (into: Uint32Array, place: number, c0: number, c1: number, key: number) => void;

/** Draws in a vector. */
const LANES = 4;
const VECTORS = BLOCK / LANES;
const ROUNDS = 10;

/** Parameters, the rounds left, then vectors: the key, products, counter words (x) and the stream's words (y) of each four draws. */
const C0 = 0;
const C1 = 1;
const KEY = 2;
const LEFT = 3;
const K = 4;
const EVEN = 5;
const ODD = 6;
const X = 7;
const Y = X + VECTORS;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const I32 = 0x7f;
const V128 = 0x7b;
const SPLAT = [0xfd, 0x11];
const ADD = [0xfd, 0xae, 0x01];
const XOR = [0xfd, 0x51];
const PRODUCTS_LOW = [0xfd, 0xde, 0x01];
const PRODUCTS_HIGH = [0xfd, 0xdf, 0x01];

/** Four 32-bit words of two vectors side by side, by their numbers. */
const shuffle = (words: readonly number[]): number[] => [0xfd, 0x0d, ...words.flatMap((word) => [0, 1, 2, 3].map((i) => 4 * word + i))];
const store = (offset: number): number[] => [0xfd, 0x0b, 2, offset];

/** A signed number in groups of seven bits, as WebAssembly writes constants. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const done = rest >> 6 === 0 || rest >> 6 === -1;
    bytes.push((rest & 0x7f) | (done ? 0 : 0x80));
    if (done) return bytes;
  }
}
const constant = (value: number): number[] => [0x41, ...signed(value)];

function sized(bytes: readonly number[]): number[] {
  const { length } = bytes;
  return length < 0x80 ? [length, ...bytes] : [(length & 0x7f) | 0x80, length >> 7, ...bytes];
}

const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];
const name = (text: string): number[] => sized([...text].map((letter) => letter.charCodeAt(0)));

/** One round of four draws: the products of the even and of the odd words; their high halves go into x, their low ones into y. */
function round(vector: number, multiplier: number): number[] {
  const products = (half: readonly number[]): number[] => [...get(X + vector), ...constant(multiplier), ...SPLAT, ...half];
  return [
    ...products(PRODUCTS_LOW),
    ...set(EVEN),
    ...products(PRODUCTS_HIGH),
    ...set(ODD),
    ...[...get(EVEN), ...get(ODD), ...shuffle([1, 3, 5, 7]), ...get(K), ...XOR, ...get(Y + vector), ...XOR, ...set(X + vector)],
    ...[...get(EVEN), ...get(ODD), ...shuffle([0, 2, 4, 6]), ...set(Y + vector)],
  ];
}

/** The module: one function of three numbers, which leaves its draws at the start of a memory of one page. */
function module(multiplier: number, weyl: number): Uint8Array<ArrayBuffer> {
  const vectors = Array.from({ length: VECTORS }, (_, vector) => vector);
  const lane = (i: number): number[] => [...constant(i), 0xfd, 0x1c, i];
  const body = [
    ...[...get(KEY), ...SPLAT, ...set(K), ...constant(ROUNDS), ...set(LEFT)],
    ...vectors.flatMap((vector) => [
      ...[...constant(0), ...SPLAT, ...[0, 1, 2, 3].flatMap(lane)],
      ...[...get(C0), ...constant(LANES * vector), 0x6a, ...SPLAT, ...ADD, ...set(X + vector)],
      ...[...get(C1), ...SPLAT, ...set(Y + vector)],
    ]),
    ...[0x03, 0x40], // loop
    ...vectors.flatMap((vector) => round(vector, multiplier)),
    ...[...get(K), ...constant(weyl), ...SPLAT, ...ADD, ...set(K)],
    ...[...get(LEFT), ...constant(1), 0x6b, 0x22, LEFT, 0x0d, 0, 0x0b], // again while rounds are left
    ...vectors.flatMap((vector) => [...constant(0), ...get(X + vector), ...store(4 * LANES * vector)]),
    0x0b,
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('fill'), 0, 0, ...name('draws'), 2, 0]),
    ...section(10, [1, ...sized([2, 1, I32, Y + VECTORS - K, V128, ...body])]),
  ]);
}

/**
 * The filler as machine code; undefined where there is no WebAssembly with vectors, and in a page, whose server may have forbidden to
 * compile any.
 */
export function compileFill(multiplier: number, weyl: number): FillBlock | undefined {
  if ('document' in globalThis || typeof WebAssembly === 'undefined') return undefined;
  const code = module(multiplier, weyl);
  if (!WebAssembly.validate(code)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const fill = exports.fill as (c0: number, c1: number, key: number) => void;
  const draws = new Uint32Array((exports.draws as WebAssembly.Memory).buffer);
  return (into, place, c0, c1, key) => {
    fill(c0, c1, key);
    for (let i = 0; i < BLOCK; i++) into[place + i] = draws[i]!;
  };
}
