/** Work on a text that is done once, and again once it was forgotten. */
import { expect } from 'chai';
import { remembered } from '../../../harness/host/remembered.js';

describe('work that is remembered', () => {
  it('is done once for each of the latest texts, and never twice in a row', () => {
    const done: string[] = [];
    const length = remembered((text) => (done.push(text), text.length), 2);
    expect(['a', 'bb', 'a', 'bb', 'ccc', 'bb', 'a'].map(length)).to.deep.equal([1, 2, 1, 2, 3, 2, 1]);
    expect(done).to.deep.equal(['a', 'bb', 'ccc', 'a']);
  });

  it('remembers no failure', () => {
    let tries = 0;
    const parsed = remembered((text) => {
      tries++;
      return new URL(text);
    });
    expect(() => parsed('no address')).to.throw();
    expect(() => parsed('no address')).to.throw();
    expect(tries).to.equal(2);
  });
});
