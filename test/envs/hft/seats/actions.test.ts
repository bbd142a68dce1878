/** The grammar: what is written is read back, nothing is released that a continuation could change, mistakes say what is accepted. */
import { expect } from 'chai';
import fc from 'fast-check';
import { withoutReasoning } from '../../../../envs/answer/reasoning.js';
import { OptionsError, type Action } from '../../../../envs/environment.js';
import { hft } from '../../../../envs/hft/task.js';
import type { HftOrder, HftPlan } from '../../../../envs/hft/state.js';

const size = fc.integer({ min: 1, max: 1000 });
const at = fc.integer({ min: -200, max: 200 });
const number = fc.integer({ min: 1, max: 99 });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const symbol = fc.constantFrom('SYN', 'SYN2', 'BRK.B');
const some = <T>(record: Record<string, fc.Arbitrary<unknown>>, required: string[]): fc.Arbitrary<T> => {
  const fields: Record<string, fc.Arbitrary<unknown>> = { ...record, symbol };
  return fc.record(fields, { requiredKeys: ['do', ...required] }) as fc.Arbitrary<T>;
};
const order: fc.Arbitrary<HftOrder> = fc.oneof(
  some<HftOrder>({ do: side, size, type: fc.constantFrom('fok', 'market') }, ['size']),
  some<HftOrder>({ do: fc.constantFrom('bid', 'ask'), size, at, type: fc.constant('limit'), show: size }, ['size', 'at']),
  some<HftOrder>({ do: fc.constant('stop'), side, size, at, limit: at }, ['side', 'size', 'at']),
  some<HftOrder>({ do: fc.constant('oco'), side, size, at, stop: at }, ['side', 'size', 'at', 'stop']),
  some<HftOrder>({ do: fc.constant('move'), order: number, size, at }, ['order', 'size', 'at']),
  some<HftOrder>({ do: fc.constant('cancel'), order: number }, []),
  some<HftOrder>({ do: fc.constant('cancel'), side: fc.constantFrom('bid', 'ask') }, []),
  some<HftOrder>({ do: fc.constant('flat') }, []),
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
        ' of',
        ' SYN2',
        ' #1',
        'cancel #',
        'move #2',
        'stop sell 5',
        ' limit',
        ' show 3',
        ' market',
        'Stop worrying.\n',
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
        // What a bare close tells nobody could know before.
        if (withoutReasoning(text, true).bareClose) return;
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
    expect(hft.parse('buy 10\n', false).kind).to.equal('more');
    expect(hft.parse('buy 10\n', true).kind).to.equal('action');
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
      'ask 5 at 201;',
      'buy 5 gtc;',
      'buy 5 fok market;',
      'buy 5 of;',
      'bid 5 at 0 show;',
      'bid 5 at 0 show 2 limit;',
      'stop 5 at 3;',
      'stop sell 5;',
      'oco sell 5 at 3;',
      'move 2 5 at 0;',
      'move #2 5;',
      'cancel #;',
      'cancel #2 bids;',
      'cancel 2;',
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
      // Who sent JSON is told the form of JSON, and what is said to be accepted is.
      expect(() => hft.parseAction({ plan: [{ do: 'buy', size: 'five' }] })).to.throw(
        OptionsError,
        /plan\.0\.size.*accepted: a list of orders .*\[\{"do": "buy", "size": 5\}\]/,
      );
      expect(hft.parseAction({ plan: [{ do: 'buy', size: 5 }] })).to.deep.equal({ plan: [{ do: 'buy', size: 5 }] });
    }
  });

  it('reads every kind of order', () => {
    const kinds: [string, HftOrder][] = [
      ['buy 5 fok', { do: 'buy', size: 5, type: 'fok' }],
      ['buy 5 market', { do: 'buy', size: 5, type: 'market' }],
      ['sell 5 ioc', { do: 'sell', size: 5 }],
      ['bid 3 at 1 limit', { do: 'bid', size: 3, at: 1, type: 'limit' }],
      ['ask 3 at +1 post', { do: 'ask', size: 3, at: 1 }],
      ['bid 30 at -1 show 5', { do: 'bid', size: 30, at: -1, show: 5 }],
      ['stop sell 5 at -4', { do: 'stop', side: 'sell', size: 5, at: -4 }],
      ['stop sell 5 at -4 limit -6', { do: 'stop', side: 'sell', size: 5, at: -4, limit: -6 }],
      ['oco sell 5 at 3 stop -4', { do: 'oco', side: 'sell', size: 5, at: 3, stop: -4 }],
      ['move #2 5 at 0', { do: 'move', order: 2, size: 5, at: 0 }],
      ['cancel #2', { do: 'cancel', order: 2 }],
      ['cancel bids', { do: 'cancel', side: 'bid' }],
      ['buy 5 fok of BRK.B', { do: 'buy', size: 5, type: 'fok', symbol: 'BRK.B' }],
      ['flat of SYN2', { do: 'flat', symbol: 'SYN2' }],
    ];
    for (const [text, order] of kinds)
      expect(hft.parse(`${text};`, false), text).to.deep.equal({ kind: 'action', action: { plan: [order] } });
    expect(hft.parseAction({ plan: [{ do: 'buy', size: 5, type: 'ioc' }] })).to.deep.equal({ plan: [{ do: 'buy', size: 5 }] });
    expect(hft.parse('Stop and think.\nMove with the index.\nhold;', true)).to.deep.equal({ kind: 'action', action: { plan: [] } });
  });

  it('lists in the prompt every verb that the parser knows, and its own example is one', () => {
    const listed = hft.actionsText();
    for (const form of [
      'hold',
      'buy N [fok | market]',
      'sell N',
      'bid N at K [limit] [show M]',
      'ask N at K',
      'stop buy | sell N at K [limit L]',
    ])
      expect(listed).to.contain(form);
    for (const form of ['oco buy | sell N at K stop S;', 'move #n N at K;', 'cancel [#n | bids | asks];', 'flat;', ...hft.standingOrders])
      expect(listed).to.contain(form);
    const example = listed.split('semicolon: ')[1]!;
    expect(hft.parse(example, true).kind).to.equal('action');
    const schema = JSON.stringify(hft.planSchema());
    for (const verb of ['buy', 'sell', 'bid', 'ask', 'stop', 'oco', 'move', 'cancel', 'flat'])
      expect(schema).to.contain(`"const":"${verb}"`);
  });
});
