/** What matches cost: by tokens, by the hour, and not at all where something is not known. */
import { expect } from 'chai';
import { costSummary, costUsd, tokensOf } from '../../../scoring/figures/cost.js';
import { recordedMatch } from '../reward/match-record.js';

const date = '2026-11-01';

describe('scoring: costs', () => {
  const match = recordedMatch(1, 0, { promptTokens: 1000, cachedTokens: 400, completionTokens: 50 });

  it('by tokens are prices times counts, cached ones at their own price where there is one', () => {
    expect(tokensOf(match)).to.deep.equal({ prompt: 3000, cached: 1200, completion: 150 });
    expect(costUsd(match, { date, promptPerMillion: 2, completionPerMillion: 10 })).to.be.closeTo(0.006 + 0.0015, 1e-12);
    expect(costUsd(match, { date, promptPerMillion: 2, completionPerMillion: 10, cachedPerMillion: 0.5 })).to.be.closeTo(
      0.0036 + 0.0006 + 0.0015,
      1e-12,
    );
  });

  it('by the hour are of the real time that the match took', () => {
    // 7.2 s of world time at twice life: 3.6 s, a thousandth of an hour.
    expect(costUsd(match, { date, perHour: 3 })).to.be.closeTo(0.003, 1e-12);
    expect(costUsd(recordedMatch(1, 0, undefined), { date, perHour: 3 })).to.be.closeTo(0.003, 1e-12);
  });

  it('are not known without a price or without tokens', () => {
    expect(costUsd(match, undefined)).to.have.property('missing');
    expect(costUsd(recordedMatch(1, 0, { completionTokens: 9 }), { date, promptPerMillion: 2, completionPerMillion: 10 })).to.deep.equal({
      missing: 'no token counts of 3 of 3 calls',
    });
  });

  it('over matches are told for each match, decision and success', () => {
    const parts = [2, 3, 1, 2].map((successes, i) => ({ usd: 0.1 * (i + 1), decisions: 10, successes }));
    const { match: each, decision, success } = costSummary(parts);
    expect(each.value).to.be.closeTo(0.25, 1e-12);
    expect(decision.value).to.be.closeTo(0.025, 1e-12);
    expect(success.value).to.be.closeTo(1 / 8, 1e-12);
    expect(success.low!).to.be.lessThan(1 / 8);
    expect(success.high === null || success.high > 1 / 8).to.equal(true);
  });

  it('of no success is none, and of one that is not told from none has no upper end', () => {
    const of = (successes: number[]) => costSummary(successes.map((each) => ({ usd: 1, decisions: 1, successes: each }))).success;
    expect(of([0, 0, 0]).value).to.equal(null);
    expect(of([-1, -2, 1]).value).to.equal(null);
    expect(of([5, -4, 0, 1])).to.include({ value: 2, high: null });
    expect(costSummary([{ usd: 1, decisions: 1 }]).success.value).to.equal(null);
  });
});
