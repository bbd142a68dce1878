/** What a model answers, and how likely it finds an answer. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { LanguageModel } from '../../../fpx/model/generate.js';
import { greedyAnswer, hear } from '../../../fpx/sensitivity/answers.js';

/** A model whose logits depend on all tokens so far, by a rule of arithmetic. */
class Arithmetic implements LanguageModel {
  private held: number[] = [];

  constructor(private readonly salt: number) {}

  get length(): number {
    return this.held.length;
  }

  truncate(length: number): void {
    this.held.length = length;
  }

  absorb(tokens: readonly number[]): void {
    this.held.push(...tokens);
  }

  append(tokens: readonly number[]): Float32Array {
    this.held.push(...tokens);
    const sum = this.held.reduce((all, token, i) => (all * 31 + token * (i + 1)) % 1009, this.salt);
    return Float32Array.from({ length: 7 }, (_, token) => ((sum * (token + 3)) % 97) / 20);
  }
}
const end = { tokens: new Set([6]), longest: 9 };

describe('what a model answers', () => {
  it('is greedy, and ends after an end token or the longest', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }), (salt, prompt) => {
        const answer = greedyAnswer(new Arithmetic(salt), prompt, end);
        const plain = new Arithmetic(salt);
        const so = [...prompt];
        for (const token of answer) {
          plain.truncate(0);
          const logits = plain.append(so);
          expect(token).to.equal(logits.indexOf(Math.max(...logits)));
          so.push(token);
        }
        expect(answer.indexOf(6)).to.be.oneOf([-1, answer.length - 1]);
        expect(answer.includes(6) || answer.length === 9).to.equal(true);
      }),
    );
  });

  it('is found while another answer is read, which is as likely as the product of its tokens', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }),
        fc.nat(8),
        (salt, tokens, other, same) => {
          const own = greedyAnswer(new Arithmetic(salt), tokens, end);
          // An answer that begins like its own for a while, or is its own.
          const answer = same >= own.length ? own : [...own.slice(0, same), ...other];
          const heard = hear(new Arithmetic(salt), { tokens, answer }, end);
          expect(heard.own).to.deep.equal(own);
          let logProbability = 0;
          answer.forEach((token, i) => {
            const logits = [...new Arithmetic(salt).append([...tokens, ...answer.slice(0, i)])];
            logProbability += Math.log(Math.exp(logits[token]!) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
          });
          expect(heard.logProbability).to.be.closeTo(logProbability, 1e-9);
        },
      ),
    );
  });
});
