/** The grammar: what is written is read back, nothing is released that a continuation could change, mistakes say what is accepted. */
import { expect } from 'chai';
import fc from 'fast-check';
import { OptionsError, type Action } from '../../envs/environment.js';
import { hft } from '../../envs/hft/task.js';
import type { HftOrder, HftPlan } from '../../envs/hft/state.js';

const size = fc.integer({ min: 1, max: 1000 });
const at = fc.integer({ min: -50, max: 50 });
const order: fc.Arbitrary<HftOrder> = fc.oneof(
  fc.record({ do: fc.constantFrom('buy' as const, 'sell' as const), size }),
  fc.record({ do: fc.constantFrom('bid' as const, 'ask' as const), size, at }),
  fc.constant<HftOrder>({ do: 'cancel' }),
  fc.constant<HftOrder>({ do: 'flat' }),
);
const action: fc.Arbitrary<Action<HftPlan>> = fc
  .tuple(fc.array(order, { maxLength: 4 }), fc.constantFrom(undefined, 'keep', 'pull'))
  .map(([plan, standing]) => (standing === undefined ? { plan } : { plan, standing }));

/** Answers as models give them: actions in prose, fences, wrong ones, cut ones. */
const answer = fc
  .array(
    fc.oneof(
      action.map((a) => hft.write(a)),
      action.map((a) => hft.write(a).slice(0, -1)),
      fc.constantFrom(
        '```\n',
        '\n',
        ' ',
        'Action: ',
        'I think the price will rise.\n',
        'buy',
        ' 1',
        '0',
        ';',
        'sell 5',
        ' at',
        ' -',
        '<think>',
        '</think>',
        ',',
        'HOLD',
        'x',
        '`',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('hft: actions', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(action, (a) => {
        expect(hft.parse(hft.write(a), true)).to.deep.equal({ kind: 'action', action: a });
        expect(hft.parse(hft.write(a), false)).to.deep.equal({ kind: 'action', action: a });
        expect(hft.parseAction(JSON.parse(JSON.stringify(a)))).to.deep.equal(a);
      }),
    );
  });

  it('releases nothing that a continuation could change, at any split', () => {
    fc.assert(
      fc.property(answer, (text) => {
        const final = hft.parse(text, true);
        expect(final.kind).to.not.equal('more');
        for (let i = 0; i <= text.length; i++) {
          const early = hft.parse(text.slice(0, i), false);
          if (early.kind !== 'more') expect(early).to.deep.equal(final);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('waits for the end of a number', () => {
    expect(hft.parse('buy 1', false).kind).to.equal('more');
    expect(hft.parse('buy 1', true)).to.deep.equal({ kind: 'action', action: { plan: [{ do: 'buy', size: 1 }] } });
    expect(hft.parse('buy 10;', false)).to.deep.equal({ kind: 'action', action: { plan: [{ do: 'buy', size: 10 }] } });
    expect(hft.parse('buy 10\n', false).kind).to.equal('action');
  });

  it('takes answers as models give them', () => {
    const hold = { kind: 'action', action: { plan: [] } };
    const buy = { kind: 'action', action: { plan: [{ do: 'buy', size: 5 }] } };
    for (const text of ['hold;', ' HOLD ;', '```\nhold;\n```', 'Action: hold;', '`hold;`', '- hold', '<think>buy 5;</think>\nhold;']) {
      expect(hft.parse(text, true), text).to.deep.equal(hold);
    }
    for (const text of ['Buy 5;', 'The index is above the ask.\nbuy 5;', '**buy 5**\n', 'buy 5; sell 5;', 'buy  +5 ;']) {
      expect(hft.parse(text, true), text).to.deep.equal(buy);
    }
    expect(hft.parse('Cancel, bid 5 at -1, ask 6 at 0, pull;', true)).to.deep.equal({
      kind: 'action',
      action: { plan: [{ do: 'cancel' }, { do: 'bid', size: 5, at: -1 }, { do: 'ask', size: 6, at: 0 }], standing: 'pull' },
    });
  });

  it('rejects what is wrong or ambiguous, naming what is accepted', () => {
    for (const text of [
      '',
      'buy;',
      'buy 0;',
      'buy 5.5;',
      'buy five;',
      'buy 1,000;',
      'buy 5 or sell 5;',
      'bid 5;',
      'bid 5 at;',
      'hold, buy 5;',
      'keep, pull;',
      'buy 1, buy 1, buy 1, buy 1, buy 1;',
      'buy 1001;',
      'ask 5 at 51;',
      'no idea',
    ]) {
      const parsed = hft.parse(text, true);
      expect(parsed.kind, text).to.equal('rejected');
      if (parsed.kind === 'rejected') expect(parsed.reason, text).to.match(/accepted/);
    }
    expect(hft.parse('<think>endless', true).kind).to.equal('rejected');
    expect(hft.parse('so '.repeat(2000), false).kind).to.equal('rejected');
  });

  it('checks actions that come as JSON', () => {
    for (const raw of [
      null,
      {},
      { plan: 'hold' },
      { plan: [{ do: 'buy' }] },
      { plan: [{ do: 'buy', size: 1.5 }] },
      { plan: [{ do: 'buy', size: 1, at: 0 }] },
      { plan: [], standing: 'run' },
      { plan: [], more: 1 },
    ]) {
      expect(() => hft.parseAction(raw), JSON.stringify(raw)).to.throw(OptionsError, /hft action/);
    }
  });

  it('lists in the prompt every verb that the parser knows, and its own example is one', () => {
    const listed = hft.actionsText();
    for (const verb of ['hold', 'buy N', 'sell N', 'bid N at K', 'ask N at K', 'cancel', 'flat', ...hft.standingOrders])
      expect(listed).to.contain(`${verb};`);
    const example = listed.split('semicolon: ')[1]!;
    expect(hft.parse(example, true).kind).to.equal('action');
    expect(JSON.stringify(hft.planSchema())).to.contain('"flat"');
  });
});
