import { expect } from 'chai';
import { philox2x32, Stream, keyOf } from '../../envs/random.js';

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

  it('draws below n evenly', () => {
    const stream = new Stream(keyOf(7, 3), 2);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.below(10)]!++;
    for (const count of counts) expect(count).to.be.within(9_500, 10_500);
  });
});
