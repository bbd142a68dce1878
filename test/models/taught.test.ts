/** The grammar that reading is taught by: it means what it says, and holds nothing that is kept for measuring. */
import { expect } from 'chai';
import fc from 'fast-check';
import { GRAMMARS } from '../../envs/hft/news/grammar.js';
import { LONGEST_ITEM, makeItem } from '../../envs/hft/news/item.js';
import { classOf, type Meaning } from '../../envs/hft/news/meaning.js';
import { readerOf } from '../../envs/hft/news/read.js';
import { Stream, keyOf } from '../../envs/random.js';
import { anyCast } from '../../models/recipe/retell.js';
import { TAUGHT } from '../../models/recipe/taught.js';

const formsOf = ({ events, figures }: typeof TAUGHT): string[] => [...Object.values(events).flat(), ...Object.values(figures).flat()];

describe('the grammar that is taught', () => {
  it('means what it says, whichever form tells it', () => {
    const read = readerOf([TAUGHT]);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const draw = new Stream(keyOf(seed, 1), 0);
        const names = anyCast(draw);
        const { text, meaning } = makeItem(draw, TAUGHT, names);
        expect(read(text, names), text).to.deep.equal(meaning);
        expect(text.length).to.be.at.most(LONGEST_ITEM);
        expect(text).to.match(/^[\x20-\x7e]+$/);
      }),
      { numRuns: 5000 },
    );
  });

  it('has all of the training split and nothing of the held-out one', () => {
    const forms = new Set(formsOf(TAUGHT));
    for (const form of formsOf(GRAMMARS.train)) expect(forms.has(form), form).to.equal(true);
    for (const form of formsOf(GRAMMARS['held-out'])) expect(forms.has(form), form).to.equal(false);
    const phrases = new Set(TAUGHT.phrases.map(({ verb, noun }) => `${verb} ${noun}`));
    for (const { verb, noun } of GRAMMARS['held-out'].phrases) expect(phrases.has(`${verb} ${noun}`), `${verb} ${noun}`).to.equal(false);
    for (const product of GRAMMARS['held-out'].products) expect(TAUGHT.products).not.to.include(product);
  });

  it('has hundreds of forms, of every class', () => {
    expect(new Set(formsOf(TAUGHT)).size).to.be.greaterThan(200);
    const draw = new Stream(keyOf(5, 1), 0);
    const names = anyCast(draw);
    const meanings = Array.from({ length: 400 }, (): Meaning => makeItem(draw, TAUGHT, names).meaning);
    expect(new Set(meanings.map(classOf)).size).to.equal(4);
  });
});
