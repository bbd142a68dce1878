import { expect } from 'chai';
import fc from 'fast-check';
import { BLOCK, compileFill } from '../../envs/philox-code.js';
import { fillBlock, keyOf, MULTIPLIER, philox2x32, RememberingStream, Stream, WEYL } from '../../envs/random.js';

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
