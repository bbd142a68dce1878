/** News told anew: worth as much, of the same ring, in training's forms alone; and where each item ends in tokens. */
import { expect } from 'chai';
import fc from 'fast-check';
import { GRAMMARS } from '../../envs/hft/news/grammar.js';
import { makeItem } from '../../envs/hft/news/item.js';
import { effectTicks } from '../../envs/hft/news/meaning.js';
import { NAMES } from '../../envs/hft/news/names.js';
import { wordsSign } from '../../envs/hft/news/words.js';
import { hft } from '../../envs/hft/task.js';
import { Stream, keyOf } from '../../envs/random.js';
import { BpeEncoder } from '../../models/recipe/bpe.js';
import { playMatch } from '../../models/recipe/dataset.js';
import { itemsIn } from '../../models/recipe/news-texts.js';
import { modelFolder } from '../../models/recipe/material.js';
import { anyCast, retold, worth } from '../../models/recipe/retell.js';
import { readVocabulary } from '../../models/recipe/tokenizer.js';
import { decisiveStates } from '../../models/recipe/reading.js';

describe('news told anew', () => {
  it('is worth as much, sounds alike, and is about others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3 }), (seed, count) => {
        const draw = new Stream(keyOf(seed, 1), 0);
        const names = anyCast(draw);
        const made = Array.from({ length: count }, () => makeItem(draw, GRAMMARS.train, names));
        const news = { names, items: made.map(({ text }, i) => ({ text, agoUs: i * 1_000_000 })) };
        const other = retold(news, draw);
        fc.pre(other !== undefined);
        expect(other!.items.map(({ agoUs }) => agoUs)).to.deep.equal(news.items.map(({ agoUs }) => agoUs));
        for (const [i, { text }] of other!.items.entries()) {
          expect(worth(text, other!.names)).to.equal(effectTicks(made[i]!.meaning));
          expect(wordsSign(text)).to.equal(wordsSign(made[i]!.text));
        }
      }),
    );
  });

  it('names no company of the held-out split', () => {
    const draw = new Stream(keyOf(3, 1), 0);
    const kept = new Set(NAMES['held-out']);
    for (let i = 0; i < 2000; i++) for (const name of Object.values(anyCast(draw))) expect(kept.has(name), name).to.equal(false);
  });

  it('is what the market’s samples hold: what each item is worth, and tokens that end with it', () => {
    const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
    let items = 0;
    for (let seed = 1; items < 200; seed++)
      for (const { state, worths } of playMatch(hft as never, seed)) {
        if (worths === undefined) continue;
        const lines = state.split('\n').filter((line) => line.startsWith('news ') && line !== 'news none');
        const found = itemsIn(state, encoder);
        expect(found.length).to.equal(worths.length);
        const tokens = encoder.encode(state);
        // The five names stand in the first line, each after whose it is.
        const names = state
          .split('\n')[0]!
          .split(' ')
          .filter((_, i) => i % 2 === 1);
        for (const [i, line] of lines.entries()) {
          const { end, name, who } = found[i]!;
          const upTo = (text: string): number[] => encoder.encode(state.slice(0, state.indexOf(line)) + text);
          expect(tokens.slice(0, end + 1)).to.deep.equal(upTo(line));
          const named = new RegExp(`^.*? ${names[who]}(?![A-Za-z])`).exec(line)?.[0];
          expect(tokens.slice(0, name + 1), line).to.deep.equal(upTo(named ?? ''));
          items++;
        }
      }
  });

  it('decides some states: the reader answers otherwise than the expert there', () => {
    for (const split of ['train', 'held-out'] as const) {
      const states = decisiveStates(split, 20);
      expect(states.length).to.equal(20);
      for (const { read, blind } of states) expect(read).to.not.equal(blind);
      const names = new Set(NAMES[split]);
      expect(states.every(({ state }) => names.has(state.symbols[0]!.news!.names.own))).to.equal(true);
    }
  });
});
