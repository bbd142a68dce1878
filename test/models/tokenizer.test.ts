/** The reference tokenizer: the recipe's own encoder, the library that serves it, and the chat template agree, and no text is lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { ChatTemplate } from '../../fpx/text/chat.js';
import { Tokenizer } from '../../fpx/text/tokenizer.js';
import { loadPrompt, promptNames } from '../../harness/configuration/prompts.js';
import { packageRoot } from '../../harness/host/root.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { BpeEncoder, bytesAlone, pieces, trainBpe } from '../../models/recipe/bpe.js';
import { chatTokens } from '../../models/recipe/chat.js';
import { playMatch } from '../../models/recipe/dataset.js';
import { MODELS, SEED_LIMIT, TASKS, modelFolder } from '../../models/recipe/material.js';
import { readVocabulary } from '../../models/recipe/tokenizer.js';

const golden = JSON.parse(readFileSync(join(packageRoot(), 'test/models/golden/tokens.json'), 'utf8')) as { text: string; ids: number[] }[];

describe('reference tokenizer', () => {
  let tokenizer: Tokenizer;
  const vocabulary = readVocabulary(modelFolder('tb-1m'));
  const encoder = new BpeEncoder(vocabulary);

  before(async () => {
    tokenizer = await Tokenizer.load(modelFolder('tb-1m'));
  });

  it('gives the recorded ids', () => {
    for (const { text, ids } of golden) {
      expect(tokenizer.encode(text), text).to.deep.equal(ids);
      expect(encoder.encode(text), text).to.deep.equal(ids);
    }
  });

  it('encodes any text as the recipe does and gives it back', () => {
    const near = fc.string({ unit: fc.constantFrom(...' \n\t0123456789+-:;,.|(@_abceinortwy<>é語🙂') });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'grapheme' })), (text) => {
        fc.pre(!text.includes('<|') && !/<\/?s>|<pad>/.test(text));
        const ids = tokenizer.encode(text);
        expect(ids).to.deep.equal(encoder.encode(text));
        expect(tokenizer.decode(ids)).to.equal(text);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts a text into pieces that are the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => pieces(text).join('') === text));
  });

  it('reads numbers digit by digit', () => {
    for (const token of vocabulary.tokens) expect(token.replace(/^Ġ/, ''), token).to.match(/^([^0-9]*|[0-9])$/);
    fc.assert(
      fc.property(fc.nat(), (n) => {
        const ids = encoder.encode(`pos ${n}`);
        expect(ids.length - encoder.encode('pos').length).to.equal(String(n).length);
      }),
    );
  });

  it('writes a conversation as the chat template does', () => {
    const template = ChatTemplate.from(tokenizer.config);
    for (const name of TASKS)
      for (const wording of promptNames(taskNamed(name))) {
        const messages = loadPrompt(taskNamed(name), wording).fill('pos +12\nask none');
        const text = template.render([
          { role: 'system', content: messages.system },
          { role: 'user', content: messages.user },
        ]);
        expect(tokenizer.encode(text)).to.deep.equal(chatTokens(encoder, messages));
      }
  });

  it('spends few tokens on a state: one a field, one a digit', () => {
    for (const name of TASKS) {
      const states = [1, 2, 3, 4]
        .flatMap((seed) => [...playMatch(taskNamed(name), SEED_LIMIT + seed)].slice(0, 30))
        .map(({ state }) => state);
      expect(states.length).to.be.above(50);
      for (const state of states) expect(encoder.encode(state).length).to.be.below(300);
    }
  });

  it('is the same for every model', () => {
    for (const model of MODELS)
      for (const file of ['tokenizer.json', 'tokenizer_config.json'])
        expect(readFileSync(join(modelFolder(model), file), 'utf8')).to.equal(readFileSync(join(modelFolder('tb-1m'), file), 'utf8'));
  });
});

describe('training of the tokenizer', () => {
  it('merges the most frequent pair first and never across a digit', () => {
    const { tokens, merges } = trainBpe([{ text: 'abab ab12 ab12', weight: 3 }], bytesAlone(['<s>']), 261);
    expect(merges[0]).to.deep.equal(['a', 'b']);
    expect(tokens[0]).to.equal('<s>');
    expect(tokens.some((token) => /\d\d|[a-z]\d/.test(token))).to.equal(false);
  });

  it('goes on from a vocabulary: its ids and merges stay, and texts of its words are encoded as before', () => {
    const base = trainBpe([{ text: 'low lower lowest', weight: 3 }], bytesAlone(['<s>']), 262);
    const more = trainBpe([{ text: 'newer newest low', weight: 3 }], base, 268);
    expect(more.tokens.slice(0, base.tokens.length)).to.deep.equal(base.tokens);
    expect(more.merges.slice(0, base.merges.length)).to.deep.equal(base.merges);
    expect(new BpeEncoder(more).encode('low lower')).to.deep.equal(new BpeEncoder(base).encode('low lower'));
    expect(new BpeEncoder(more).encode('newer').length).to.be.below(new BpeEncoder(base).encode('newer').length);
  });

  it('stops when no pair occurs twice', () => {
    const { merges } = trainBpe([{ text: 'ab', weight: 1 }], bytesAlone([]), 1000);
    expect(merges).to.deep.equal([]);
  });
});
