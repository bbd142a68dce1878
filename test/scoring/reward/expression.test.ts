/** Formulas of a user's own: what they are worth, and that nothing but arithmetic is let through. */
import { expect } from 'chai';
import fc from 'fast-check';
import { ExpressionError, LIMITS, parseExpression, parseScore } from '../../../scoring/reward/expression.js';

const NAMES = ['reward', 'costUsd', 'latencyMs'];
const figures = (name: string): number => ({ reward: 2, costUsd: 0.5, latencyMs: 250 })[name]!;
const value = (text: string): number => parseExpression(text, NAMES).value(figures);

describe('scoring: formulas', () => {
  it('are reckoned as written', () => {
    expect(value('reward - 0.1 * log(costUsd + 1)')).to.equal(2 - 0.1 * Math.log(1.5));
    expect(value('-reward^2 + 3')).to.equal(-1);
    expect(value('2^3^2')).to.equal(512);
    expect(value('max(reward, latencyMs / 100, 1) - min(1, 2)')).to.equal(1.5);
    expect(value('round(sqrt(latencyMs)) * +1e-1')).to.be.closeTo(1.6, 1e-12);
    expect(parseExpression('latencyMs + reward * latencyMs', NAMES).names).to.deep.equal(['latencyMs', 'reward']);
  });

  it('property: sums, products and differences agree with the language', () => {
    const number = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(number, number, number, fc.constantFrom('+', '-', '*'), fc.constantFrom('+', '-', '*'), (a, b, c, first, second) => {
        const text = `(${a}) ${first} (${b}) ${second} (${c})`;
        expect(value(text)).to.equal(new Function(`return ${text}`)());
      }),
    );
  });

  it('what is not finite comes out so, and is for the caller to refuse', () => {
    expect(value('9^9^9')).to.equal(Infinity);
    expect(value('1 / (reward - 2)')).to.equal(Infinity);
    expect(value('log(-reward)')).to.be.NaN;
    expect(value('sqrt(-1)'), 'no complex numbers').to.be.NaN;
    expect(value('0 / (reward - 2)')).to.be.NaN;
  });

  it('nothing else is let through', () => {
    const escapes = [
      'constructor', '__proto__', 'toString', 'hasOwnProperty', 'cos.constructor', 'reward.constructor', 'reward.constructor("return 1")()',
      'cos.constructor("alert(1)")()', 'log.constructor', 'import(1)', 'import("fs", {})', 'createUnit("x")', 'parse(1)', 'evaluate(1)',
      'simplify(1)', 'help(log)', 'config(1)', 'typed(1)', 'cos(1)', 'reward = 3', 'x = reward', 'f(x) = x', 'f(f)', 'log(log)', 'log', 'log()',
      'log(1, 2)', 'max()', '"text"', "'text'", '[1, 2]', '[1]', '{a: 1}', 'reward[1]', 'reward; 1', 'reward\n1', '1:9', 'reward ? 1 : 2',
      'reward > 1', 'reward and 1', 'not reward', 'reward!', "reward'", 'reward % 2', '5 % 2', '5%', 'reward to 2', '2 cm', '2 reward',
      'reward(2)', '(log)(2)', '1e999', 'pi', 'i', 'NaN', 'Infinity', 'true', 'null', '0x1F reward', 'rеward', 'ｒeward', 'reward\u200b', 'reward − 1',
      '', '   ', '(', ')', 'reward +', '+', '1 2', '.', '1..2', '((((', 'max(1,,2)', 'reward.', '.reward', 'this', 'global', 'process', 'require(1)',
      'end', 'range(1, 99)', 'ones(9)', 'factorial(9)', 'random(1)', 'map(1)', 'unit(1)', 'reviver(1)', 'chain(1)',
    ]; // prettier-ignore
    for (const text of escapes) expect(() => parseExpression(text, NAMES), text).to.throw(ExpressionError);
  });

  it('and every refusal says what would be accepted', () => {
    expect(() => parseExpression('rewrd', NAMES)).to.throw('no measure "rewrd"; there are reward, costUsd, latencyMs');
    expect(() => parseExpression('cos(1)', NAMES)).to.throw('no function "cos"; there are abs, sqrt');
    expect(() => parseExpression('rеward', NAMES)).to.throw('"е" (U+0435) at character 2');
    expect(() => parseExpression('2 reward', NAMES)).to.throw('an operator is missing');
  });

  it('that score matches name a figure of a match', () => {
    const names = [...NAMES, 'quality', 'patient'];
    const whole = ['quality', 'patient'];
    for (const text of ['1', '2^10 - max(1, 2)', '-(3)'])
      expect(() => parseScore(text, names, whole), text).to.throw(ExpressionError, 'names no measure');
    expect(() => parseScore('10 * quality - patient', names, whole))
      .to.throw(ExpressionError, 'names nothing but patient and quality, of a configuration as a whole')
      .with.property('message')
      .that.matches(/expected is one of a match: reward, costUsd, latencyMs$/);
    expect(parseScore('10 * quality + reward', names, whole).names).to.have.members(['quality', 'reward']);
  });

  it('are bounded: characters, parentheses, depth and parts', () => {
    expect(() => parseExpression('1+'.repeat(LIMITS.characters) + '1', NAMES)).to.throw('characters');
    expect(() => parseExpression(`${'('.repeat(60)}1${')'.repeat(60)}`, NAMES)).to.throw('nested');
    expect(() => parseExpression(`${'-'.repeat(100)}1`, NAMES)).to.throw('nested');
    expect(() => parseExpression('1' + '^1'.repeat(100), NAMES)).to.throw('nested');
    expect(() =>
      parseExpression(
        Array.from({ length: 16 }, () => `max(${'1,'.repeat(7)}1)`)
          .join('+')
          .slice(0, LIMITS.characters - 1),
        NAMES,
      ),
    ).to.throw(ExpressionError);
    const wide = (n: number): string => Array.from({ length: n }, () => 'max(1,1,1,1,1,1,1)').join('+');
    expect(() => parseExpression(wide(20), NAMES)).to.throw('parts');
    expect(value('(((((((((((reward)))))))))))')).to.equal(2);
  });

  it('property: no text at all does anything but give a number or a refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[a-z0-9.()^*\-+, ]{1,40}$/)), (text) => {
        try {
          expect(value(text)).to.be.a('number');
        } catch (error) {
          expect(error).to.be.instanceOf(ExpressionError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
