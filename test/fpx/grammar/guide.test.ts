/** Answers that are kept to a form, over vocabularies whose tokens split characters. */
import { expect } from 'chai';
import fc from 'fast-check';
import { formatAutomaton } from '../../../fpx/grammar/format.js';
import { Guide, GuideError } from '../../../fpx/grammar/guide.js';
import { TokenMasks, type Vocabulary } from '../../../fpx/grammar/token-masks.js';
import { Generator } from '../../../fpx/model/generate.js';
import { guidedVocabulary } from '../../../fpx/model/vocabulary.js';
import { TokenTrie } from '../../../fpx/text/token-trie.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { END_TOKEN, makeModelFolder, VOCABULARY_SIZE } from '../endpoint-model.js';
import { gaussians } from '../random-model.js';
import { anySchema, faultIn } from './schemas.js';
import { takes } from './walks.js';

/** A language model of no language: every position has fresh logits, as far apart as `spread` says. */
class NoiseModel {
  length = 0;
  private readonly next: () => number;

  constructor(
    seed: number,
    private readonly spread: number,
  ) {
    this.next = gaussians(seed);
  }

  truncate(length: number): void {
    this.length = length;
  }

  append(tokens: readonly number[]): Float32Array {
    this.length += tokens.length;
    return Float32Array.from({ length: VOCABULARY_SIZE }, () => this.spread * this.next());
  }

  absorb(tokens: readonly number[]): void {
    this.length += tokens.length;
  }
}

describe('guided answers', () => {
  let folder: ReturnType<typeof makeModelFolder>;
  let tokenizer: Tokenizer;
  let vocabulary: Vocabulary;
  before(async () => {
    folder = makeModelFolder();
    tokenizer = await Tokenizer.load(folder.folder);
    vocabulary = guidedVocabulary(tokenizer, new Set([END_TOKEN]), VOCABULARY_SIZE);
  });
  after(() => folder.remove());

  const answer = (schema: unknown, seed: number, maxTokens: number, temperature: number) => {
    const masks = new TokenMasks(formatAutomaton({ kind: 'json-schema', schema }), vocabulary);
    const options = { contextTokens: 100_000, endTokens: new Set([END_TOKEN]), prefixCache: false, threads: 1 };
    const generator = new Generator(new NoiseModel(seed, 4), tokenizer, options);
    const sampling = { temperature, topP: 1, topK: 0, seed };
    return generator.generate({ prompt: [65], maxTokens, stop: [], sampling, guide: new Guide(masks) }, () => undefined);
  };

  it('are valid and end, however little the model knows', async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(anySchema, fc.nat(), fc.constantFrom(0, 1, 2), async (schema, seed, temperature) => {
        const { text, finish } = await answer(schema, seed, 1500, temperature);
        if (finish === 'length') return;
        expect(finish).to.equal('stop');
        ended++;
        expect(faultIn(schema, JSON.parse(text)), `${JSON.stringify(schema)} wrote ${text}`).to.equal(undefined);
      }),
      { numRuns: 100 },
    );
    expect(ended).to.be.greaterThan(90);
  });

  it('are the beginning of a valid one when the budget cuts them', async () => {
    const schema = { type: 'array', items: { enum: ['é€🙂', 'x'] }, minItems: 20, maxItems: 20 };
    for (let seed = 0; seed < 30; seed++) {
      const cut = await answer(schema, seed, 5 + seed, 1);
      const whole = await answer(schema, seed, 2000, 1);
      expect(cut.finish).to.equal('length');
      expect(whole.text.startsWith(cut.text.replace(/\uFFFD+$/, ''))).to.equal(true);
    }
  });

  it('may take just those tokens whose bytes may follow, and an end where the answer may end', () => {
    const automaton = formatAutomaton({ kind: 'regex', pattern: '(?:hello|he|é+|🙂)(?: world)?' });
    const masks = new TokenMasks(automaton, vocabulary);
    const spelled = vocabulary.bytes;
    for (const begun of ['', 'h', 'hell', 'he', 'é', 'hello', 'hello wor', 'éé']) {
      const guide = new Guide(masks);
      for (const byte of Buffer.from(begun)) guide.accept(spelled.findIndex((each) => each?.length === 1 && each[0] === byte));
      const logits = Float32Array.from({ length: VOCABULARY_SIZE }, (_, id) => id + 1);
      guide.restrict(logits);
      logits.forEach((logit, id) => {
        const bytes = spelled[id];
        const text = Buffer.concat([Buffer.from(begun), bytes ?? Buffer.alloc(0)]);
        const may = id === END_TOKEN ? takes(automaton, begun) : bytes !== undefined && canFollow(text, automaton);
        expect(logit, `${begun} + ${id}`).to.equal(may ? id + 1 : -Infinity);
      });
    }
  });

  /** Whether a text is the beginning of one that is taken, by trying all there are. */
  function canFollow(text: Uint8Array, automaton: ReturnType<typeof formatAutomaton>): boolean {
    const wholes = ['hello', 'he', '🙂', ...Array.from({ length: 9 }, (_, i) => 'é'.repeat(i + 1))].flatMap((each) => [
      each,
      `${each} world`,
    ]);
    return wholes.some((each) => takes(automaton, each) && Buffer.from(each).subarray(0, text.length).equals(Buffer.from(text)));
  }

  it('refuse to take what was not allowed', () => {
    const guide = new Guide(new TokenMasks(formatAutomaton({ kind: 'choice', choices: ['a', 'ab'] }), vocabulary));
    expect(() => guide.accept(END_TOKEN)).to.throw(GuideError, /middle/);
    expect(() => guide.accept(vocabulary.bytes.findIndex((each) => each?.[0] === 98))).to.throw(GuideError);
    expect(() => guide.accept(END_TOKEN - 1)).to.throw(GuideError);
  });

  it('begin with a token that loses its space where the tokenizer takes it', () => {
    const bytes = [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), Buffer.from(' a'), Buffer.from(' b')];
    const first = bytes.map((each) => (each[0] === 32 ? each.subarray(1) : each));
    const spaced: Vocabulary = {
      ...{ size: 259, endTokens: new Set([258]), bytes, trie: new TokenTrie(bytes) },
      first: { bytes: first, trie: new TokenTrie(first) },
    };
    const masks = new TokenMasks(formatAutomaton({ kind: 'choice', choices: ['a b', 'ab'] }), spaced);
    expect([...masks.first().allowed!]).to.deep.equal([97, 256]);
    const guide = new Guide(masks);
    guide.accept(256);
    guide.accept(257);
    expect(guide.whole).to.equal(true);
  });
});

describe('the tree of a vocabulary', () => {
  it('holds every token once, in the order of its bytes', () => {
    const token = fc.uint8Array({ maxLength: 5, max: 3 });
    fc.assert(
      fc.property(fc.array(fc.option(token, { nil: undefined }), { maxLength: 40 }), (tokens) => {
        const { byte, depth, end, token: ids } = new TokenTrie(tokens);
        const found: string[] = [];
        const path: number[] = [];
        for (let node = 0; node < byte.length; node++) {
          path.length = depth[node]! - 1;
          path.push(byte[node]!);
          if (ids[node]! >= 0) found.push(`${path.join()}=${ids[node]}`);
          let behind = node + 1;
          while (behind < byte.length && depth[behind]! > depth[node]!) behind++;
          expect(end[node]).to.equal(behind);
        }
        const expected = tokens.flatMap((each, id) => (each?.length ? [`${[...each].join()}=${id}`] : []));
        expect(found.sort()).to.deep.equal(expected.sort());
      }),
      { numRuns: 300 },
    );
  });
});
