import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutReasoning } from '../../../../envs/answer/reasoning.js';
import { parse, parsers } from '../../../../envs/hft/paper/parse.js';
import { paper } from '../../../../envs/hft/paper/task.js';
import { loadPrompt, promptNames } from '../../../../harness/configuration/prompts.js';
import { packageRoot } from '../../../../harness/host/root.js';

const READERS = { either: parse, json: parsers.json!, line: parsers.line! };

/** The same answer as it would be released while it streams in, a character at a time. */
function streamed(answer: string, reader: typeof parse) {
  for (let length = 0; length <= answer.length; length++) {
    const parsed = reader(answer.slice(0, length), false);
    if (parsed.kind !== 'more') return parsed;
  }
  return reader(answer, true);
}

describe('answers under the published rules', () => {
  const plans = fc.dictionary(
    fc.constantFrom('AMZN', 'NVDA', 'BRK.B', '*'),
    fc.integer({ min: -500, max: 500 }).filter((n) => n !== 0),
    {
      noNullPrototype: true,
    },
  );

  it('are read back as they were written, in words and as JSON, by both readers', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const action = { kind: 'action', action: { plan } };
        for (const reader of [READERS.either, READERS.line]) expect(reader(paper.write({ plan }), true)).to.deep.equal(action);
        for (const reader of [READERS.either, READERS.json])
          expect(reader(`Sure:\n\`\`\`json\n${JSON.stringify(plan, null, 1)}\n\`\`\``, true)).to.deep.equal(action);
        expect(paper.parseAction({ plan })).to.deep.equal({ plan });
      }),
    );
  });

  it('are released as soon as nothing could change them, and then say what the whole answer says', () => {
    const pieces = [
      '{"AMZN": 1',
      '0}',
      'buy 1',
      '0 of nvda',
      ';',
      '\n',
      'hold',
      '{}',
      'I would wait',
      '{"A":{"b":1}}',
      '<think>',
      '</think>',
      '"',
      ', sell 3 of AMZN',
      '{"NVDA":-2}',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), fc.constantFrom('either', 'json', 'line'), (parts, name) => {
        const answer = parts.join('');
        const reader = READERS[name as keyof typeof READERS];
        // What a bare close tells nobody could know before.
        if (withoutReasoning(answer, true).bareClose) return;
        expect(streamed(answer, reader)).to.deep.equal(reader(answer, true));
      }),
      { numRuns: 500 },
    );
    expect(parse('{"AMZN": 5}', false)).to.deep.equal({ kind: 'action', action: { plan: { AMZN: 5 } } });
    expect(parse('{"AMZN": 5', false).kind).to.equal('more');
    expect(parse('buy 1', false).kind).to.equal('more');
  });

  it('are read as loosely as the published reader trades them', () => {
    for (const [answer, plan] of [
      ['{"AMZN": 5, "reason": "the price fell"}', { AMZN: 5 }],
      ['{"reason": {"AMZN": "fell"}, "AMZN": 5, "to do": []}', { AMZN: 5 }],
      ['{"AMZN": 5.7, "NVDA": -5.7}', { AMZN: 5, NVDA: -5 }],
      ['{"AMZN": 0.9, "NVDA": -0.9}', {}],
      ['{"AMZN": "5", "NVDA": "-3"}', { AMZN: 5, NVDA: -3 }],
      ['{"AMZN": 5, "NVDA": -3,}', { AMZN: 5, NVDA: -3 }],
      ['{"AMZN": 5, "why": "it\'s low",}', { AMZN: 5 }],
      ["{'AMZN': 5, 'NVDA': 0}", { AMZN: 5 }],
      ['{"amzn": 5}', { AMZN: 5 }],
      ['{"AMZN": -999999999}', { AMZN: -999_999_999 }],
    ] as const)
      for (const reader of [READERS.json, READERS.either])
        expect(streamed(answer, reader), answer).to.deep.equal({ kind: 'action', action: { plan } });
  });

  it('that name what the match does not have trade the rest', () => {
    const world = paper.create(paper.parseOptions({ market: { kind: 'practice', symbols: ['AMZN'] } }), 1);
    const read = parse('{"AMZN": 5, "confidence": 90}', true);
    if (read.kind !== 'action') throw new Error(JSON.stringify(read));
    const landing = world.act(0, read.action, 10_000, 1);
    expect(landing).to.include({ accepted: true, reason: 'ignored: no symbol CONFIDENCE; there are AMZN' });
  });

  it('that cannot be meant are refused by what was found and what is accepted', () => {
    for (const [answer, said] of [
      ['{"AMZN": "five"}', /"AMZN": found "five"; accepted: shares from -1000000000/],
      ['{"AMZN": 1e10}', /"AMZN": found 10000000000; accepted/],
      ['{"AMZN": 1e999}', /"AMZN": found null; accepted/],
      ['{"AMZN": {"shares": 5}}', /"AMZN": found \{"shares":5\}; accepted/],
      ['{"trades": {"AMZN": 5}}', /"trades" is no symbol; accepted/],
      ['{"AMZN": 1, "amzn": 2}', /two orders for AMZN/],
      ['{"a b": 1}', /"a b" is no symbol; accepted: one JSON object/],
      ['[5]', /no action|no symbol/],
      ['{AMZN: 5}', /is not JSON; accepted: one JSON object/],
      ['{"AMZN": 5', /never ended/],
      ['buy many;', /"buy many" is no order; accepted: hold; or buy N of SYMBOL/],
      ['buy 1, buy 2;', /two orders for the first symbol/],
      ['perhaps later', /no action in the answer; accepted/],
      ['', /no action in the answer/],
    ] as const) {
      const parsed = parse(answer, true);
      expect(parsed.kind, answer).to.equal('rejected');
      if (parsed.kind === 'rejected') expect(parsed.reason).to.match(said);
    }
    const nine = Object.fromEntries([...'ABCDEFGHI'].map((letter) => [letter, 1]));
    expect(parse(JSON.stringify(nine), true)).to.deep.include({ reason: '9 symbols; at most 8 are accepted' });
    expect(parsers.json!('buy 5;', true).kind).to.equal('rejected');
    expect(parsers.line!('{"AMZN": 5}', true).kind).to.equal('rejected');
    expect(() => paper.parseAction({ plan: { AMZN: 1.5 } })).to.throw(/hft-paper action: plan.AMZN/);
  });
});

describe('the prompts of the published rules', () => {
  it('are files that fill, and whose examples are answers', () => {
    expect(promptNames(paper)).to.deep.equal(['line', 'plain', 'reference', 'terse']);
    const state = paper.create(paper.parseOptions({ market: { kind: 'practice', symbols: ['AMZN', 'NVDA'] } }), 1).observe(0);
    for (const name of promptNames(paper)) {
      const { system, user } = loadPrompt(paper, name).fill(paper.text(state));
      expect(user).to.include('AMZN buy ');
      expect(system).to.not.include('{{');
    }
    const examples = (name: string) =>
      readFileSync(join(packageRoot(), 'envs/hft/paper/prompts', `${name}.txt`), 'utf8')
        .split('look like this:\n')[1]!
        .split('\n=== user')[0]!
        .split('\n');
    expect(examples('plain').map((line) => parsers.json!(line, true).kind)).to.deep.equal(['action', 'action', 'action']);
    expect(examples('line').map((line) => parsers.line!(line, true).kind)).to.deep.equal(['action', 'action', 'action']);
  });
});
