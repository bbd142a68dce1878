import { expect } from 'chai';
import fc from 'fast-check';
import { BLOCK, compileFill } from '../../envs/philox-code.js';
import { fillBlock, keyOf, MULTIPLIER, philox2x32, RememberingStream, Stream, WEYL, WIDE_SEEDS_FROM } from '../../envs/random.js';

function ones(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

describe('counter-based randomness', () => {
  it('reproduces the published Philox 2x32-10 vectors (Random123 known answers)', () => {
    expect(philox2x32(0, 0, 0)).to.deep.equal([0xff1dae59, 0x6cd10df2]);
    expect(philox2x32(0xffffffff, 0xffffffff, 0xffffffff)).to.deep.equal([0x2c3f628b, 0xab4fd7ad]);
    expect(philox2x32(0x243f6a88, 0x85a308d3, 0x13198a2e)).to.deep.equal([0xdd7ce038, 0xf62a4c12]);
  });

  it('gives the same draws again from a saved counter, and other draws on another stream', () => {
    const key = keyOf(12345, 1);
    const a = new Stream(key, 0);
    for (let i = 0; i < 10; i++) a.next();
    const saved = a.counter;
    const first = [a.next(), a.next()];
    a.counter = saved;
    expect([a.next(), a.next()]).to.deep.equal(first);
    const b = new Stream(key, 1);
    b.counter = saved;
    expect([b.next(), b.next()]).to.not.deep.equal(first);
  });

  it('remembers draws that are those of a plain stream, wherever it is set back to and whatever the key', () => {
    const plain = new Stream(keyOf(1, 1), 3);
    const remembering = new RememberingStream(keyOf(1, 1), 3);
    const moves = new Stream(keyOf(2, 1), 0);
    for (let i = 0; i < 300; i++) {
      plain.counter = remembering.counter = moves.below(6000);
      if (moves.below(4) === 0) plain.key = remembering.key = keyOf(moves.below(3), 1);
      for (let left = moves.below(5000); left > 0; left--) {
        const [a, b] = left % 2 === 0 ? [plain.next(), remembering.next()] : [plain.below(1000), remembering.below(1000)];
        if (a !== b) expect.fail(`draw ${plain.counter - 1}: ${b}, plain ${a}`);
      }
      expect(remembering.counter).to.equal(plain.counter);
    }
  });

  const wideSeed = fc.integer({ min: WIDE_SEEDS_FROM, max: Number.MAX_SAFE_INTEGER });
  const narrowSeed = fc.integer({ min: 0, max: WIDE_SEEDS_FROM - 1 });

  it('has keys of 32 bits below 2^48, whose draws are those of the bare blocks, and wide ones from there on', () => {
    const place = fc.nat(1000);
    const purpose = fc.nat(0xffffff);
    fc.assert(
      fc.property(narrowSeed, purpose, place, fc.integer({ min: 0, max: 0xffffffff }), (seed, purpose, counter, id) => {
        const key = keyOf(seed, purpose);
        expect(key).to.equal(philox2x32(seed >>> 0, Math.floor(seed / 2 ** 32), purpose)[0]);
        const stream = new Stream(key, id);
        stream.counter = counter;
        expect(stream.next()).to.equal(philox2x32(counter, id, key)[0]);
      }),
    );
    fc.assert(
      fc.property(wideSeed, purpose, fc.integer({ min: 0, max: 0xffffffff }), place, (seed, purpose, id, counter) => {
        const key = keyOf(seed, purpose);
        const [low, high] = philox2x32(seed >>> 0, Math.floor(seed / 2 ** 32), purpose);
        expect([key % 2 ** 32, Math.floor(key / 2 ** 32)]).to.deep.equal([low, high >>> 11]);
        const streams = [new Stream(key, id), new RememberingStream(key, id)];
        for (const each of streams) each.counter = counter;
        const draws = streams.map((each) => Array.from({ length: 40 }, () => each.next()));
        expect(draws[0]).to.deep.equal(draws[1]);
      }),
    );
  });

  it('draws from every bit of a wide key, and from each as if it had no other: half the bits change with it, and no stream leans on another', () => {
    const key = keyOf(2 ** 52 + 12_345, 1);
    const draws = (key: number, id = 7): number[] => {
      const stream = new Stream(key, id);
      return Array.from({ length: 2000 }, () => stream.next());
    };
    /** The share of equal bits, in standard deviations from a half. */
    const leaning = (a: readonly number[], b: readonly number[]): number => {
      const equal = a.reduce((sum, draw, i) => sum + 32 - ones(draw ^ b[i]!), 0);
      return (equal - 16 * a.length) / Math.sqrt(8 * a.length);
    };
    const own = draws(key);
    for (let bit = 0; bit < 53; bit++) {
      const flipped = Math.floor(key / 2 ** bit) % 2 === 0 ? key + 2 ** bit : key - 2 ** bit;
      expect(Math.abs(leaning(own, draws(flipped))), `bit ${bit}`).to.be.lessThan(4.5);
    }
    for (let id = 0; id < 50; id++) if (id !== 7) expect(Math.abs(leaning(own, draws(key, id))), `stream ${id}`).to.be.lessThan(4.5);
  });

  it('makes the same blocks as machine code, in JavaScript by fours, and one by one', () => {
    const compiled = compileFill(MULTIPLIER, WEYL);
    expect(compiled, 'Node has WebAssembly with vectors').to.not.equal(undefined);
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(word, word, word, fc.nat(20), (c0, c1, key, place) => {
        const one = Array.from({ length: BLOCK }, (_, i) => philox2x32(c0 + i, c1, key)[0]);
        for (const fill of [compiled!, fillBlock]) {
          const into = new Uint32Array(place + BLOCK + 1);
          fill(into, place, c0, c1, key);
          expect([...into]).to.deep.equal([...new Array<number>(place).fill(0), ...one, 0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does without machine code in a page, whose server may forbid it', () => {
    const page = globalThis as { document?: unknown };
    page.document = {};
    try {
      expect(compileFill(MULTIPLIER, WEYL)).to.equal(undefined);
    } finally {
      delete page.document;
    }
  });

  it('draws below n evenly', () => {
    const stream = new Stream(keyOf(7, 3), 2);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.below(10)]!++;
    for (const count of counts) expect(count).to.be.within(9_500, 10_500);
  });
});
