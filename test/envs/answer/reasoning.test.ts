/** Reasoning: every kind of mark is taken out with what stands in it, whatever that is, and in linear time. */
import { expect } from 'chai';
import fc from 'fast-check';
import { withoutReasoning } from '../../../envs/answer/reasoning.js';
import { fighter } from '../../../envs/fighter/task.js';
import { hft } from '../../../envs/hft/task.js';
import { ReasoningSplitter } from '../../../harness/endpoints/reasoning.js';

/** What models put around their reasoning: before it, after it, and whether it opens a family whose marks may nest. */
const KINDS: readonly [string, string][] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['<think effort="low">', '</think>'],
  ['<seed:think>', '</seed:think>'],
  ['<THINK>', '</Think>'],
  ['[THINK]', '[/THINK]'],
  ['\u25c1think\u25b7', '\u25c1/think\u25b7'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<unused94>thought\n', '<unused95>'],
  ['<|channel>thought\n', '<channel|>'],
  ['<|channel|>analysis<|message|>', '<|end|><|start|>assistant<|channel|>final<|message|>'],
  ['<|channel|>commentary to=functions.x <|constrain|>json<|message|>', '<|call|><|start|>assistant<|channel|>final<|message|>'],
  ['analysis', 'assistantfinal'],
];
/** What is thought: orders on lines of their own, closed and not, in words and as JSON, and the marks of other kinds. */
const thought = fc
  .array(
    fc.constantFrom(
      'sell 3;',
      'sell 3',
      'throw;',
      'throw',
      '\n',
      ' ',
      'is bad.',
      '{"plan": [{"do": "flat"}]}',
      '<answer>sell 3;</answer>',
      '\\boxed{throw}',
      '**flat;**',
      'Action: flat;',
      '1. flat;',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('reasoning in an answer', () => {
  for (const [open, close] of KINDS)
    it(`is never read as an action between ${JSON.stringify(open)} and ${JSON.stringify(close)}`, () => {
      fc.assert(
        fc.property(thought, fc.constantFrom('', '\n', '\n\n'), (inside, gap) => {
          const text = `${open}${inside}${close}${gap}`;
          expect(hft.parse(`${text}hold;`, true), text).deep.equal({ kind: 'action', action: { plan: [] } });
          expect(fighter.parse(`${text}jab;`, true), text).deep.equal({ kind: 'action', action: { plan: [{ action: 'jab' }] } });
          // Nor as it comes.
          for (let end = 0; end <= text.length; end++) {
            expect(hft.parse(text.slice(0, end), false).kind, text.slice(0, end)).equal('more');
            expect(fighter.parse(text.slice(0, end), false).kind, text.slice(0, end)).equal('more');
          }
          expect(hft.parse(`${text}hold;`, false).kind).equal('action');
          // Without an end it is no answer.
          if (open !== 'analysis') expect(hft.parse(`${open}${inside}`, true).kind).equal('rejected');
        }),
        { numRuns: 40 },
      );
    });

  it('whose opening mark the template wrote is dropped when the closing one comes', () => {
    fc.assert(
      fc.property(thought, fc.constantFrom(...KINDS.slice(0, 13)), (inside, [, close]) => {
        const text = `${inside}${close}\n\nhold;`;
        expect(hft.parse(text, true), text).deep.equal({ kind: 'action', action: { plan: [] } });
        expect(withoutReasoning(text, true)).deep.equal({ text: '\n\nhold;', open: false, bareClose: true });
      }),
    );
    expect(fighter.parse('He is near; I could\nthrow;\nbut no.\n</think>\n\njab;', true)).deep.equal({
      kind: 'action',
      action: { plan: [{ action: 'jab' }] },
    });
  });

  it('may name and nest its marks: nothing is released before all are closed, and at the end the last one counts', () => {
    const nested = '<think>a <think> sell 3; </think> buy 2;</think>hold;';
    expect(withoutReasoning(nested, true).text.trim()).equal('hold;');
    const named = '<think>I write <think> first. sell 3;</think> hold;';
    expect(hft.parse(named, false).kind).equal('more');
    expect(hft.parse(named, true)).deep.equal({ kind: 'action', action: { plan: [] } });
    expect(hft.parse('[THINK]the tag </think> sell 3;[/THINK]hold;', true)).deep.equal({ kind: 'action', action: { plan: [] } });
  });

  it('leaves an end of turn alone that is no end of reasoning', () => {
    expect(hft.parse('hold<|end|>', true).kind).equal('action');
    expect(hft.parse('hold<|im_end|>', true).kind).equal('action');
  });

  it('takes linear time of whatever text', () => {
    const hostile = [
      '<',
      '<think>',
      '</think>',
      '<think ',
      '[',
      '[THINK]',
      '<|channel|>',
      '<|start|>',
      '<|channel|>x',
      '((',
      '{"',
      '["',
      '\\boxed{',
      '`',
      ';',
      '1. ',
      '<a b=',
      'a,',
      '\u25c1',
      ' :',
      'buy 1\n',
      '- jab\n',
      '.',
      ' \n',
      '#a',
      '"plan',
      '<answer>',
    ];
    for (const piece of hostile) {
      const text = piece.repeat(Math.ceil(300_000 / piece.length));
      for (const task of [hft, fighter]) for (const ended of [false, true]) task.parse(text, ended);
      for (const task of [hft, fighter]) task.parse(text.slice(0, 1900), true);
      const splitter = new ReasoningSplitter(false);
      for (let at = 0; at < text.length; at += 4096) splitter.push(text.slice(at, at + 4096));
      splitter.flush();
    }
  }).timeout(20_000);
});
