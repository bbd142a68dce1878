import { expect } from 'chai';
import fc from 'fast-check';
import { KernelMemory, type Simd } from '../../../fpx/kernels/kernels.js';
import { gaussians } from '../random-model.js';

interface Shape {
  heads: number;
  kvHeads: number;
  headWidth: number;
  /** Tokens in the cache before the last ones, and those. */
  before: number;
  tokens: number;
  /** What queries and keys are multiplied by: large ones leave one key nearly all the weight. */
  size: number;
}

/** Rows of queries, keys and values of all tokens. */
function rowsOf({ heads, kvHeads, headWidth, before, tokens, size }: Shape): Float32Array {
  const width = (heads + 2 * kvHeads) * headWidth;
  const next = gaussians(before * 31 + tokens);
  return Float32Array.from({ length: (before + tokens) * width }, () => next() * size);
}

/** Outputs of the last `tokens`, together or each alone. `stale` fills the cache first. */
function attend(simd: Simd, shape: Shape, rows: Float32Array, together: boolean, stale: number): number[] {
  const { heads, kvHeads, headWidth, before, tokens } = shape;
  const memory = new KernelMemory(simd);
  const { kernels } = memory;
  const width = (heads + 2 * kvHeads) * headWidth;
  const capacity = Math.ceil((before + tokens) / 8) * 8 + 8;
  const at = memory.place(rows);
  const [keys, values] = [memory.allocate(capacity * kvHeads * headWidth * 4), memory.allocate(capacity * kvHeads * headWidth * 4)];
  const scores = memory.allocate((capacity + headWidth) * 16);
  const output = memory.allocate(tokens * heads * headWidth * 4);
  for (const cache of [keys, values]) memory.floats(cache, capacity * kvHeads * headWidth).fill(stale);
  const scale = 1 / Math.sqrt(headWidth);
  const [keyOffset, valueOffset] = [heads * headWidth * 4, (heads + kvHeads) * headWidth * 4];
  const take = (row: number, count: number, position: number): void =>
    kernels.remember(row, count, width, keyOffset, valueOffset, keys, values, kvHeads, headWidth, capacity, position);
  if (before > 0) take(at, before, 0);
  const step = together ? tokens : 1;
  for (let t = 0; t < tokens; t += step) {
    const row = at + (before + t) * width * 4;
    take(row, step, before + t);
    const out = output + t * heads * headWidth * 4;
    kernels.attend(row, step, width, before + t, keys, values, heads, kvHeads, headWidth, capacity, scale, scores, out, 0, heads);
  }
  return [...memory.floats(output, tokens * heads * headWidth)];
}

/** The same over a cache in blocks of 16 tokens, strewn over three times the memory; what is in between, and stale, is `stale`. */
function attendBlocks(simd: Simd, shape: Shape, rows: Float32Array, together: boolean, stale: number): number[] {
  const { heads, kvHeads, headWidth, before, tokens } = shape;
  const memory = new KernelMemory(simd);
  const { kernels } = memory;
  const width = (heads + 2 * kvHeads) * headWidth;
  const count = Math.ceil((before + tokens) / 16);
  const blockBytes = 16 * kvHeads * headWidth * 4;
  const at = memory.place(rows);
  const table = memory.place(Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 3 * i : 3 * (count - i) - 1)));
  const [keys, values] = [memory.allocate(blockBytes * (count * 3 + 1)), memory.allocate(blockBytes * (count * 3 + 1))];
  const scores = memory.allocate((count * 16 + headWidth) * 16);
  const output = memory.allocate(tokens * heads * headWidth * 4);
  for (const cache of [keys, values]) memory.floats(cache, (blockBytes / 4) * (count * 3 + 1)).fill(stale);
  const scale = 1 / Math.sqrt(headWidth);
  const [keyOffset, valueOffset] = [heads * headWidth * 4, (heads + kvHeads) * headWidth * 4];
  const take = (row: number, count: number, position: number): void =>
    kernels.rememberBlocks(row, count, width, keyOffset, valueOffset, keys, values, table, kvHeads, headWidth, blockBytes, position);
  if (before > 0) take(at, before, 0);
  const step = together ? tokens : 1;
  for (let t = 0; t < tokens; t += step) {
    const row = at + (before + t) * width * 4;
    take(row, step, before + t);
    const out = output + t * heads * headWidth * 4;
    kernels.attendBlocks(row, step, width, before + t, table, keys, values, heads, kvHeads, headWidth, scale, scores, out, 0, heads);
  }
  return [...memory.floats(output, tokens * heads * headWidth)];
}

/** The same in double precision, by the definition. */
function byDefinition({ heads, kvHeads, headWidth, before, tokens }: Shape, rows: Float32Array): number[] {
  const width = (heads + 2 * kvHeads) * headWidth;
  const part = (token: number, head: number) => rows.subarray(token * width + head * headWidth, token * width + (head + 1) * headWidth);
  const out: number[] = [];
  for (let t = before; t < before + tokens; t++) {
    for (let h = 0; h < heads; h++) {
      const kv = Math.floor(h / (heads / kvHeads));
      const q = part(t, h);
      const scores = Array.from({ length: t + 1 }, (_, j) => {
        return part(j, heads + kv).reduce((sum, k, i) => sum + k * q[i]!, 0) / Math.sqrt(headWidth);
      });
      const top = Math.max(...scores);
      const weights = scores.map((s) => Math.exp(s - top));
      const total = weights.reduce((a, b) => a + b, 0);
      for (let i = 0; i < headWidth; i++) {
        out.push(weights.reduce((sum, w, j) => sum + (w / total) * part(j, heads + kvHeads + kv)[i]!, 0));
      }
    }
  }
  return out;
}

describe('attention', () => {
  const shapes = fc.record({
    kvHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    headWidth: fc.constantFrom(8, 24, 32),
    before: fc.integer({ min: 0, max: 40 }),
    tokens: fc.integer({ min: 1, max: 13 }),
    size: fc.constantFrom(0.1, 1, 6),
  });

  it('agrees with double precision, and gives a query the same bits alone, among others and in both kinds of SIMD', () => {
    fc.assert(
      fc.property(shapes, ({ group, ...rest }) => {
        const shape = { ...rest, heads: rest.kvHeads * group };
        const rows = rowsOf(shape);
        const got = attend('relaxed', shape, rows, true, 0);
        const expected = byDefinition(shape, rows);
        // Scores of size 6 are up to a few hundred, rounded to 24 bits before the power is taken.
        const bound = shape.size * (shape.size > 1 ? 2e-4 : 2e-6);
        got.forEach((v, i) => expect(v).to.be.closeTo(expected[i]!, bound));
        for (const simd of ['plain', 'relaxed'] as const) {
          for (const together of [true, false]) expect(attend(simd, shape, rows, together, 0)).to.deep.equal(got);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same bits over a cache in blocks, and reads nothing of it that no query sees', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(0, NaN, 1e30), ({ group, ...rest }, stale) => {
        const shape = { ...rest, heads: rest.kvHeads * group };
        const rows = rowsOf(shape);
        const expected = attend('relaxed', shape, rows, true, 0);
        for (const simd of ['plain', 'relaxed'] as const) {
          for (const together of [true, false]) expect(attendBlocks(simd, shape, rows, together, stale)).to.deep.equal(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads nothing of the cache that no query sees', () => {
    const shape = { heads: 2, kvHeads: 1, headWidth: 16, before: 5, tokens: 6, size: 1 };
    const rows = rowsOf(shape);
    const clean = attend('relaxed', shape, rows, true, 0);
    for (const stale of [NaN, Infinity, 1e30]) {
      for (const together of [true, false]) expect(attend('relaxed', shape, rows, together, stale)).to.deep.equal(clean);
    }
  });
});
