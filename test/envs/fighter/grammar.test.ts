/** The answer's grammar: what it reads, what it refuses, and that a stream never releases what more text could change. */
import { expect } from 'chai';
import fc from 'fast-check';
import { withoutReasoning } from '../../../envs/answer/reasoning.js';
import { OptionsError, type Action } from '../../../envs/environment.js';
import { Stream, keyOf } from '../../../envs/random.js';
import { ACTIONS, HELD_COUNT, PLAN_FRAMES, STANDING_ORDERS } from '../../../envs/fighter/actions.js';
import { randomAction } from '../../../envs/fighter/bots/legal.js';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import { LONGEST_ANSWER } from '../../../envs/fighter/grammar.js';
import type { Plan } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';

const { parse, write } = fighter;

/** Any legal action: up to four steps, held frames within the bound, or the word keep. */
const legal: fc.Arbitrary<Action<Plan>> = fc
  .tuple(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.array(fc.tuple(fc.integer({ min: 0, max: ACTIONS.length - 1 }), fc.integer({ min: 1, max: 10 })), { maxLength: 4 }),
      },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    fc.option(fc.constantFrom(...STANDING_ORDERS), { nil: undefined }),
  )
  .map(([steps, standing]) => {
    const plan =
      steps === null
        ? [{ action: 'keep' }]
        : steps.map(([id, frames]) => (id < HELD_COUNT ? { action: ACTIONS[id]!.name, frames } : { action: ACTIONS[id]!.name }));
    return standing === undefined ? { plan } : { plan, standing };
  });

const ok = (plan: Plan, standing?: string) => ({ kind: 'action', action: standing === undefined ? { plan } : { plan, standing } });
const jab = [{ action: 'jab' }];

describe('fighter grammar', () => {
  it('reads back what it writes, and so does the JSON road', () => {
    fc.assert(
      fc.property(legal, (action) => {
        const line = write(action);
        expect(parse(line, true)).deep.equal({ kind: 'action', action });
        expect(parse(line, false)).deep.equal({ kind: 'action', action });
        expect(fighter.parseAction(JSON.parse(JSON.stringify(action)))).deep.equal(action);
      }),
    );
  });

  it('releases nothing that a continuation could change, at every split', () => {
    const junk = fc.oneof(
      legal.map(write),
      fc.string(),
      fc.constantFrom('walk 1', 'walk_fwd 1', '2, jab;', ';', '|', ' 0', 'k', '<think>', '</think>', '\n', 'None. '),
    );
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('');
        for (let end = 0; end <= text.length; end++) {
          const early = parse(text.slice(0, end), false);
          if (early.kind === 'more') continue;
          for (let later = end; later <= text.length; later++) {
            // What a bare close tells nobody could know before.
            if (withoutReasoning(text.slice(0, later), true).bareClose) break;
            expect(parse(text.slice(0, later), false)).deep.equal(early);
            expect(parse(text.slice(0, later), true)).deep.equal(early);
          }
          return;
        }
      }),
      { numRuns: 400 },
    );
    for (const prefix of ['', 'w', 'walk_fwd', 'walk_fwd 1', 'walk_fwd 12', 'jab', 'jab |', 'jab | guard_high', 'none'])
      expect(parse(prefix, false).kind, prefix).equal('more');
  });

  it('reads every name of the table with blanks, hyphens or capitals for the underscore', () => {
    for (const { name } of ACTIONS)
      for (const written of [name, name.replace('_', ' '), name.replace('_', '-'), name.toUpperCase()]) {
        const parsed = parse(`${written};`, true);
        expect(parsed.kind === 'action' && parsed.action.plan[0]!.action, written).equal(name);
      }
  });

  it('always decides in the end', () => {
    fc.assert(fc.property(fc.string({ maxLength: 700 }), (text) => parse(text, true).kind !== 'more'));
  });

  const accepted: [string, Plan, string?][] = [
    ['jab;', jab],
    ['JAB;', jab],
    ['  jab ;', jab],
    ['jab; throw;', jab],
    ['walk_fwd 12, throw;', [{ action: 'walk_fwd', frames: 12 }, { action: 'throw' }]],
    ['Walk Fwd 12 ,jump-kick;', [{ action: 'walk_fwd', frames: 12 }, { action: 'jump_kick' }]],
    ['guard_low;', [{ action: 'guard_low', frames: 12 }]],
    ['none | guard_high;', [], 'guard_high'],
    ['jab | walk_back;', jab, 'walk_back'],
    ['keep;', [{ action: 'keep' }]],
    ['Answer: jab;', jab],
    ['```\njab;\n```', jab],
    ['`jab`;', jab],
    ['<think>maybe throw; or not</think>\n\njab;', jab],
  ];
  for (const [text, plan, standing] of accepted)
    it(`reads ${JSON.stringify(text)}`, () => expect(parse(text, false)).deep.equal(ok(plan, standing)));

  it('waits for the end where anything else came first', () => {
    for (const text of ['I will strike now.\njab;', 'Analysis: throw; no.\njab;', '<plot>throw; no</plot> jab;']) {
      for (let end = 0; end <= text.length; end++) expect(parse(text.slice(0, end), false), text).deep.equal({ kind: 'more' });
      expect(parse(text, true)).deep.equal(ok(jab));
    }
  });

  it('takes what stands last on its own where no release before the end was asked for', () => {
    expect(parse('throw; is too slow.\njab;', true, 'end')).deep.equal(ok(jab));
    expect(parse('throw;', false, 'end')).deep.equal({ kind: 'more' });
    expect(parse('throw; is too slow.', true, 'end').kind).equal('rejected');
  });

  it('at the end of the answer needs no semicolon', () => {
    expect(parse('jab', true)).deep.equal(ok(jab));
    expect(parse('```\nwalk_back 9 | guard_high\n```', true)).deep.equal(ok([{ action: 'walk_back', frames: 9 }], 'guard_high'));
  });

  const refused: [string, RegExp][] = [
    ['jab throw;', /^no action: "jab throw"; accepted: a line like/],
    ['walk_fwd 12.5;', /^no action/],
    ['walk_fwd -3;', /^no action/],
    ['walk_fwd 0;', /^bad plan: .*1 to 40/],
    ['walk_fwd 41;', /1 to 40/],
    ['walk_fwd 30, wait 11;', /41 held frames in all; a plan has at most 40/],
    ['jab 3;', /a move takes no frames/],
    ['jab, jab, jab, jab, jab;', /at most 4/],
    ['jab | jab;', /^standing order "jab"; accepted: guard_low/],
    ['jab | wait | wait;', /^more than one/],
    ['keep, jab;', /keep stands alone/],
    ['none, jab;', /^no action/],
    ['x'.repeat(LONGEST_ANSWER + 1), /^too long: no plan in/],
  ];
  for (const [text, reason] of refused)
    it(`refuses ${JSON.stringify(text.slice(0, 30))} with a reason`, () => {
      const parsed = parse(text, true);
      expect(parsed.kind).equal('rejected');
      expect(parsed).property('reason').match(reason);
    });

  it('passes over sentences, and refuses an answer of nothing else at its end', () => {
    for (const text of ['I think jab;', ';', 'The opponent is close; I am not;']) {
      expect(parse(text, false)).deep.equal({ kind: 'more' });
      expect(parse(text, true).kind).equal('rejected');
      expect(parse(`${text}\njab;`, true)).deep.equal(ok(jab));
    }
  });

  it('refuses wrong JSON, saying where and what would do', () => {
    const cases: [unknown, RegExp][] = [
      [{ plan: [{ action: 'kick' }] }, /plan\.0\.action: found "kick"; accepted: guard_low/],
      [{ plan: [{ action: 'wait', frames: 1.5 }] }, /plan\.0\.frames: found 1\.5; accepted: whole frames from 1 to 40/],
      [{ plan: 'jab' }, /plan: found "jab"/],
      [{ plan: [], standing: 'jab' }, /standing: found "jab"; accepted: guard_low/],
      [{ plan: [], extra: 1 }, /extra/],
      [{ plan: [{ action: 'jab', frames: 3 }] }, /takes no frames/],
      [null, /found null/],
      [{ plan: Array(5).fill({ action: 'jab' }) }, /at most 4/],
    ];
    for (const [raw, message] of cases) expect(() => fighter.parseAction(raw)).throw(OptionsError, message);
  });

  it('lists in the prompt exactly the words it reads', () => {
    const [actions, characters] = fighter.actionsText().split('\n\n');
    const listed = actions!.split('\n').map((line) => line.split(/[ :]/)[0]!);
    expect(characters!.split('\n').map((line) => line.split(':')[0]!)).deep.equal(CHARACTER_NAMES);
    for (const name of listed) expect(parse(`${name};`, true).kind, name).equal('action');
    expect(new Set(listed)).deep.equal(new Set([...ACTIONS.map((a) => a.name), 'keep', 'none']));
  });

  it('has random actions that are legal and reach the whole table', () => {
    const stream = new Stream(keyOf(1, 2), 3);
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const action = randomAction(stream);
      expect(fighter.parseAction(action)).deep.equal(action);
      seen.add(action.plan[0]!.action);
      if (action.plan[0]!.frames !== undefined) expect(action.plan[0]!.frames).within(1, PLAN_FRAMES);
    }
    expect(seen.size).equal(ACTIONS.length);
  });

  it('describes plans by a schema with every word of the table', () => {
    const schema = JSON.stringify(fighter.planSchema());
    for (const { name } of ACTIONS) expect(schema).contain(`"${name}"`);
    expect(schema).contain('"maxItems":4');
  });
});
