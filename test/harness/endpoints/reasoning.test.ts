import { expect } from 'chai';
import fc from 'fast-check';
import { CallBudget } from '../../../harness/endpoints/budget.js';
import { ReasoningSplitter } from '../../../harness/endpoints/reasoning.js';

/** All of a text in the given pieces; what is taken back counts as reasoning. */
function split(pieces: string[], opened = false): { answer: string; reasoning: string } {
  const splitter = new ReasoningSplitter(opened);
  const all = { answer: '', reasoning: '' };
  for (const { answer, reasoning, discards } of [...pieces.map((piece) => splitter.push(piece)), splitter.flush()]) {
    if (discards) [all.answer, all.reasoning] = ['', all.answer + all.reasoning];
    all.answer += answer;
    all.reasoning += reasoning;
  }
  return all;
}

const ONE_BLOCK = '<think>I sell. a < b, </thin</think>\n\nbuy 1;';

/** Cuts a text at the given places. */
function cut(text: string, places: number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

describe('reasoning in tags', () => {
  it('comes out the same however the text is split', () => {
    const texts = fc.constantFrom(
      ONE_BLOCK,
      '  \n<think></think>hold',
      '<thinking>is text</thinking>',
      'a <think>is text</think>',
      '<think>never ends',
      '<thi',
      '',
      '[THINK]sell 3; </think>[/THINK] buy 1;',
      '<think>a</think>\n<think>b</think>hold',
      '<think>a <think> b</think> sell 3;</think>hold',
      '<|channel|>analysis<|message|>sell 3;<|end|><|start|>assistant<|channel|>final<|message|>hold;<|return|>',
      'I could sell 3;\nbut no.\n</think>\n\nhold;',
      '\u25c1think\u25b7a\u25c1/think\u25b7hold',
      'hold; [1] < 2',
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat(60), { maxLength: 12 }), fc.boolean(), (text, places, opened) => {
        // Where the answer begins is the same; of other marks that lie within reasoning a part may be counted with it.
        const parts = split(cut(text, places), opened);
        expect(parts.answer).to.equal(split([text], opened).answer);
        if (text === ONE_BLOCK) expect(parts.reasoning).to.equal(split([text], opened).reasoning);
      }),
      { numRuns: 1000 },
    );
  });

  it('is told from the answer', () => {
    expect(split(['<think>I sell.</think>\n\nbuy 1;'])).to.deep.equal({ reasoning: 'I sell.', answer: 'buy 1;' });
    expect(split(['a <think>b</think>'])).to.deep.equal({ reasoning: '', answer: 'a <think>b</think>' });
    expect(split(['<thi'])).to.deep.equal({ reasoning: '', answer: '<thi' });
    expect(split(['<think>never ends'])).to.deep.equal({ reasoning: 'never ends', answer: '' });
    expect(split(['I sell.</think>buy'], true)).to.deep.equal({ reasoning: 'I sell.', answer: 'buy' });
  });

  it('is taken back from the answer when only its closing mark comes', () => {
    const splitter = new ReasoningSplitter(false);
    expect(splitter.push('Sell? No.</thi')).to.deep.equal({ answer: 'Sell? No.</thi', reasoning: '' });
    expect(splitter.push('nk>\n\nhold')).to.deep.equal({ answer: 'hold', reasoning: '', discards: true });
    expect(split(['sell 3; <|channel|>final<|mess', 'age|>hold;']).answer).to.equal('hold;');
    expect(split(['[THINK]a', '[/THIN', 'K] hold'])).to.deep.equal({ reasoning: 'a', answer: 'hold' });
    expect(split(['<think>a <think> b</think>hold'])).to.include({ answer: 'hold' });
    expect(split(['a</think>hold'], true)).to.deep.equal({ reasoning: 'a', answer: 'hold' });
    expect(split(['<think>a</think>hold'], true)).to.deep.equal({ reasoning: 'a', answer: 'hold' });
  });

  it('never holds back text once the answer has begun', () => {
    const splitter = new ReasoningSplitter(false);
    expect(splitter.push('buy')).to.deep.equal({ answer: 'buy', reasoning: '' });
    expect(splitter.push(' <')).to.deep.equal({ answer: ' <', reasoning: '' });
  });
});

describe('the budget of calls', () => {
  it('never goes over its cost, with any number of calls under way and whatever they turn out to cost', () => {
    const step = fc.record({
      bytes: fc.nat(400),
      maxTokens: fc.integer({ min: 1, max: 100 }),
      inShare: fc.nat(100),
      outShare: fc.nat(100),
      settleAt: fc.nat(4),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = new CallBudget({ maxCost: 1, inputPer1k: 1, outputPer1k: 3 });
        const open: (() => void)[] = [];
        for (const { bytes, maxTokens, inShare, outShare, settleAt } of steps) {
          const held = budget.reserve(bytes, maxTokens);
          if (typeof held === 'string') expect(held).to.match(/budget of 1 does not hold another call/);
          else {
            const counted = {
              inputTokens: Math.floor((bytes * inShare) / 100),
              outputTokens: Math.floor((maxTokens * outShare) / 100),
              receivedPieces: 0,
            };
            open.push(() => budget.settle(held, counted));
          }
          if (settleAt === 0) open.shift()?.();
          expect(budget.spent.cost).to.be.at.most(1 + 1e-9);
        }
        for (const settle of open) settle();
        expect(budget.spent.cost).to.be.at.most(1 + 1e-9);
      }),
    );
  });

  it('estimates a call without counts, and goes on from what another process spent', () => {
    const budget = new CallBudget(
      { maxCalls: 3, inputPer1k: 1, outputPer1k: 1 },
      { calls: 2, cost: 0.5, inputTokens: 1, outputTokens: 2, estimatedCalls: 0 },
    );
    const held = budget.reserve(300, 50);
    if (typeof held === 'string') throw new Error(held);
    budget.settle(held, { receivedPieces: 7 });
    expect(budget.spent).to.deep.equal({ calls: 3, cost: 0.607, inputTokens: 101, outputTokens: 9, estimatedCalls: 1 });
    expect(budget.reserve(1, 1)).to.equal('the budget of 3 calls is spent');
  });
});
