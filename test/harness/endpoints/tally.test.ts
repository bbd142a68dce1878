/** Calls of several processes, one after another or at once, have one bound. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { CallBudget } from '../../../harness/endpoints/budget.js';
import { CallTally, tallyFile } from '../../../harness/endpoints/tally.js';

describe('a tally of calls', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-tally-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets as many calls be made as the bound says, whoever asks, and whoever was killed and begun anew', () => {
    let run = 0;
    const asking = fc.array(fc.record({ who: fc.nat(3), isNew: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(20), asking, (maxCalls, turns) => {
        const tally = join(folder, String(++run));
        const budgets = new Map<number, CallBudget>();
        let made = 0;
        for (const { who, isNew } of turns) {
          if (isNew || !budgets.has(who)) budgets.set(who, new CallBudget({ maxCalls, tally }));
          if (typeof budgets.get(who)!.reserve(10, 10) !== 'string') made++;
        }
        expect(made).to.equal(Math.min(maxCalls, turns.length));
        expect(new CallTally(tally).count).to.be.within(made, turns.length);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses in words what it cannot count', () => {
    const budget = new CallBudget({ maxCalls: 5, tally: join(folder, 'nowhere', 'x.calls') });
    expect(budget.reserve(1, 1)).to.equal('its calls cannot be counted, and are bounded: no such file');
    expect(budget.spent.calls).to.equal(0);
  });

  it('is one for each endpoint, whatever its configuration is called, and none for engines of ours', () => {
    const at = (url: string, model: string, maxRestarts = 0): string | undefined =>
      tallyFile({ tallies: folder }, { kind: 'openai', url, model, extra: { maxRestarts } });
    expect(at('http://a/v1', 'm'))
      .to.equal(at('http://a/v1', 'm', 1))
      .and.match(/\.calls$/);
    expect(new Set([at('http://a/v1', 'm'), at('http://b/v1', 'm'), at('http://a/v1', 'n')]).size).to.equal(3);
    expect(tallyFile({}, { kind: 'openai', url: 'http://a/v1', model: 'm', extra: {} })).to.equal(undefined);
    const engine = { kind: 'embedded', model: 'm', precision: 'fp8', threads: 1, prefixCache: true } as const;
    expect(tallyFile({ tallies: folder }, engine)).to.equal(undefined);
  });
});
