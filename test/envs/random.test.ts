import { expect } from 'chai';
import { keyOf, philox2x32, RememberingStream, Stream } from '../../envs/random.js';

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

  it('draws below n evenly', () => {
    const stream = new Stream(keyOf(7, 3), 2);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.below(10)]!++;
    for (const count of counts) expect(count).to.be.within(9_500, 10_500);
  });
});
