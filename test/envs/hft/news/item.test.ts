/** Items of news: their text, their meaning, and that their words alone do not give it away. */
import { expect } from 'chai';
import fc from 'fast-check';
import { EVENT_FRAMES, FIGURE_FRAMES } from '../../../../envs/hft/news/frames.js';
import { GRAMMARS } from '../../../../envs/hft/news/grammar.js';
import { type Item, LONGEST_ITEM, makeItem } from '../../../../envs/hft/news/item.js';
import { classOf, effectTicks, type Meaning, type Split, SPLITS, STANCES } from '../../../../envs/hft/news/meaning.js';
import { type Cast, castsOf, NAMES, PRODUCTS } from '../../../../envs/hft/news/names.js';
import { MOODS, PHRASES, VERBS } from '../../../../envs/hft/news/phrases.js';
import { readItem } from '../../../../envs/hft/news/read.js';
import { wordsSign } from '../../../../envs/hft/news/words.js';
import { keyOf, Stream } from '../../../../envs/random.js';

interface Made extends Item {
  cast: Cast;
}

function made(split: Split, seed: number, count: number): Made[] {
  const stream = new Stream(keyOf(seed, 77), 1);
  return Array.from({ length: count }, () => {
    const cast = castsOf(stream, split, 1)[0]!;
    return { cast, ...makeItem(stream, GRAMMARS[split], cast) };
  });
}

const many: Record<Split, Made[]> = { train: made('train', 1, 6000), 'held-out': made('held-out', 1, 6000) };
/** A form with all that is filled in taken out. */
const wordsOf = (text: string): string[] => text.replace(/\{\w+\}/g, ' ').toLowerCase().split(/[^a-z]+/).filter(Boolean); // prettier-ignore
const framesOf = (split: Split): string[] => [...Object.values(EVENT_FRAMES[split]).flat(), ...Object.values(FIGURE_FRAMES[split]).flat()];

describe('hft: items of news', () => {
  for (const split of SPLITS) {
    it(`are short lines of ASCII, read back to what they mean by the grammar (${split})`, () => {
      for (const { text, meaning, cast } of many[split]) {
        expect(text).to.match(/^[\x20-\x7e]+$/);
        expect(text.length).to.be.at.most(LONGEST_ITEM);
        expect(readItem(text, cast), text).to.deep.equal(meaning);
      }
      expect(new Set(many[split].map(({ text }) => text)).size).to.be.above(5000);
    });

    it(`follow from the stream alone (${split})`, () => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          expect(made(split, seed, 5)).to.deep.equal(made(split, seed, 5));
        }),
        { numRuns: 20 },
      );
      expect(made(split, 2, 20)).to.not.deep.equal(made(split, 3, 20));
    });

    it(`are good as often as bad in every class, and the words alone tell it in the first only (${split})`, () => {
      for (const kind of [1, 2, 3, 4] as const) {
        const signs = many[split]
          .filter(({ meaning }) => classOf(meaning) === kind)
          .map(({ text, meaning }) => ({ effect: Math.sign(effectTicks(meaning)), words: wordsSign(text) }));
        const good = signs.filter(({ effect }) => effect > 0).length / signs.filter(({ effect }) => effect !== 0).length;
        expect(good, `class ${kind}`).to.be.within(0.45, 0.55);
        const said = signs.filter(({ words }) => words !== 0);
        const right = said.filter(({ effect, words }) => effect === words).length / said.length;
        if (kind === 1) expect(right).to.equal(1);
        else if (kind === 3) expect(right, `class ${kind}`).to.be.within(0.1, 0.25);
        else expect(right, `class ${kind}`).to.be.within(0.42, 0.56);
      }
    });

    it(`have no form that tells what its item is worth (${split})`, () => {
      // Of every form both signs occur about as often: read the form without what is filled in, and nothing is known.
      for (const stance of STANCES) {
        const items = many[split].filter(({ meaning }) => meaning.what === 'event' && meaning.stance === stance);
        for (const frame of EVENT_FRAMES[split][stance]) {
          const pattern = new RegExp(`^${frame.replace('{X}', '[A-Z][a-z]+').replace(/\{\w+\}/, '.+')}$`);
          const signs = items.filter(({ text }) => pattern.test(text)).map(({ meaning }) => Math.sign(effectTicks(meaning)));
          expect(signs.length, frame).to.be.above(10);
          if (stance !== 'known') {
            const good = signs.filter((sign) => sign > 0).length / signs.length;
            expect(good, frame).to.be.within(0.25, 0.75);
          }
        }
      }
    });
  }

  it('share no name, no product, no phrase and no form between the splits', () => {
    const apart = (of: (split: Split) => readonly string[]): void => {
      const held = new Set(of('held-out'));
      expect(of('train').filter((each) => held.has(each))).to.deep.equal([]);
      for (const split of SPLITS) expect(new Set(of(split)).size).to.equal(of(split).length);
    };
    apart((split) => NAMES[split]);
    apart((split) => PRODUCTS[split]);
    apart((split) => PHRASES[split].map(({ verb, noun }) => `${verb} ${noun}`));
    apart(framesOf);
    const heldOut = new Set(many['held-out'].map(({ text }) => text));
    expect(many.train.filter(({ text }) => heldOut.has(text))).to.deep.equal([]);
    for (const split of SPLITS) {
      const other = SPLITS.find((each) => each !== split)!;
      const others = new Set([...NAMES[other], ...PRODUCTS[other]]);
      expect(many[split].filter(({ text }) => text.split(/[ ,:]/).some((word) => others.has(word)))).to.deep.equal([]);
    }
  });

  it('ask for no word beyond names and products that the training split does not use', () => {
    const known = new Set(many.train.flatMap(({ text }) => text.toLowerCase().split(/[^a-z]+/)));
    for (const word of framesOf('held-out').flatMap(wordsOf)) expect(known, word).to.include(word);
    for (const { verb, noun } of PHRASES['held-out'])
      for (const word of [noun, ...MOODS.map((mood) => VERBS[verb]![mood])]) expect(known, word).to.include(word);
  });

  it('draw a cast of different names for every symbol of a match', () => {
    for (const split of SPLITS) {
      const casts = castsOf(new Stream(keyOf(4, 4), 1), split, 4);
      const names = casts.flatMap((cast) => Object.values(cast));
      expect(new Set(names).size).to.equal(20);
      expect(names.every((name) => NAMES[split].includes(name))).to.equal(true);
    }
  });
});

describe('hft: what an item is worth', () => {
  const cast: Cast = { own: 'Alvora', supplier: 'Brava', rival: 'Calder', customer: 'Dantis', parent: 'Enso' };
  const worth = (text: string): number => effectTicks(readItem(text, cast) as Meaning);

  for (const [text, ticks] of [
    ['Alvora cuts its output', -16],
    ['Alvora cuts its output slightly', -10],
    ['Alvora cuts its pump output by 20 percent', -24],
    ['Alvora denies it will cut its output', 12],
    ['Correction: Alvora did not win a large order', -18],
    ['Talk that Alvora will win a large order', 6],
    ['Alvora wins a large order, as announced last month', 0],
    ['Calder wins a large order', -18],
    ['Calder cuts its prices', -12],
    ['Calder denies it will cut its prices', 9],
    ['Brava raises its valve prices', -12],
    ['Brava halts a line', -12],
    ['Dantis gains a client', 8],
    ['Enso lifts its outlook sharply', 12],
    ['Alvora will win a contract if a court agrees', 8],
    ['One small unit of Alvora closes a large plant', -6],
    ['Alvora sales rose to 4.1 mln, 4.4 mln expected', -15],
    ['Alvora loss rose but smaller than expected', 15],
    ['Alvora corrects its costs to 3.0 mln from 3.1 mln', 9],
    ['Calder reports sales of 4.1 mln against 4.4 mln expected', 11],
  ] as const)
    it(`${text}: ${ticks}`, () => expect(worth(text)).to.equal(ticks));

  it('reads nothing into what is no item, or about a stranger', () => {
    for (const text of ['', 'Alvora', 'Alvora cuts', 'Alvora cuts its throat', 'Xantor cuts its output', 'alvora cuts its output'])
      expect(readItem(text, cast), text).to.equal(undefined);
  });
});
