import { createContext, Script } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatAutomaton, FormatError } from '../../../fpx/grammar/format.js';
import { takes, walk } from './walks.js';
import { gaussians } from '../random-model.js';

/** Uniform-looking numbers in [0, 1) from a seed. */
const uniform = (seed: number): (() => number) => {
  const next = gaussians(seed);
  return () => Math.abs(next() * 1000) % 1;
};

const asked: { expression?: RegExp; text?: string } = createContext({});
const ask = new Script('expression.test(text)');

/**
 * Whether JavaScript takes a text whole; undefined where it does not say so in time: nested repetitions cost it, unlike an automaton, a time that
 * doubles with every character.
 */
function javaScriptTakes(source: string, text: string): boolean | undefined {
  try {
    Object.assign(asked, { expression: new RegExp(`^(?:${source})$`, 'u'), text });
    return ask.runInContext(asked, { timeout: 200 }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

const whole = (pattern: string) => formatAutomaton({ kind: 'regex', pattern });

describe('regular expressions as automata', () => {
  const atom = fc.constantFrom('a', 'b', 'é', '🙂', '.', '[a-c]', '[^ab]', '\\d', '\\w', '\\s', '\\u{1F600}', '[\\d-]', '\\.', '[€-♥]');
  const quantifier = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,3}', '{0}', '{2,}', '*?');
  const pattern = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(atom, quantifier).map((parts) => parts.join('')),
      fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
      fc.tuple(tie('pattern'), tie('pattern'), quantifier).map(([a, b, q]) => `(?:${a}|${b})${q}`),
    ),
  })).pattern;
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '🙂', '😀', '1', '.', ' ', '-', '€', '♥', '\n', 'Z'), maxLength: 7 });

  it('take what JavaScript takes, and nothing else', () => {
    let taken = 0;
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 8, maxLength: 8 }), (source, texts) => {
        const automaton = whole(source);
        for (const each of texts) {
          const reference = javaScriptTakes(source, each);
          if (reference === undefined) continue;
          expect(takes(automaton, each), `${source} ${JSON.stringify(each)}`).to.equal(reference);
          if (reference) taken++;
        }
      }),
      { numRuns: 500 },
    );
    expect(taken).to.be.greaterThan(100);
  });

  it('write only what JavaScript takes', () => {
    let written = 0;
    fc.assert(
      fc.property(pattern, fc.nat(), (source, seed) => {
        const found = walk(whole(source), uniform(seed));
        const taken = found === undefined ? undefined : javaScriptTakes(source, found);
        if (taken === undefined) return;
        written++;
        expect(taken, `${source} ${JSON.stringify(found)}`).to.equal(true);
      }),
      { numRuns: 300 },
    );
    expect(written).to.be.greaterThan(200);
  });

  it('tell ranges of characters apart byte by byte', () => {
    const point = fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.constantFrom(0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000),
    );
    const character = point.filter((code) => code < 0xd800 || code > 0xdfff);
    fc.assert(
      fc.property(character, character, fc.array(character, { maxLength: 10 }), (a, b, others) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const automaton = whole(`[\\u{${low.toString(16)}}-\\u{${high.toString(16)}}]`);
        for (const code of [low, high, low - 1, high + 1, ...others]) {
          if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) continue;
          expect(takes(automaton, String.fromCodePoint(code))).to.equal(code >= low && code <= high);
        }
      }),
      { numRuns: 300 },
    );
  });

  const refused: [string, RegExp][] = [
    ['(?=a)b', /\(\?=a\): /],
    ['(?<!a)b', /look-around/],
    ['a\\b', /\\b/],
    ['(a)\\1', /\\1/],
    ['\\p{L}', /properties of characters/],
    ['(?:a|^b)', /\^/],
    ['a$b', /\$/],
    ['(', /Unterminated group/],
    ['[^\\s\\S]', /nothing could match/],
    ['(?:a{500}){500}', /250000; accepted are 10000/],
  ];
  for (const [source, why] of refused) {
    it(`refuse ${source}`, () => expect(() => whole(source)).to.throw(FormatError, why));
  }

  it('are anchored anyway, with anchors and without', () => {
    expect(takes(whole('^a$'), 'a')).to.equal(true);
    expect(takes(whole('a'), 'ba')).to.equal(false);
  });
});
