/** Scores by a formula: match by match, with an interval; what has no figure has no score. */
import { expect } from 'chai';
import { parseExpression } from '../../../scoring/reward/expression.js';
import { measured, measuresOf } from '../../../scoring/reward/measures.js';
import { scoreOf } from '../../../scoring/reward/score.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { fighter } from '../../../envs/fighter/task.js';
import { hft } from '../../../envs/hft/task.js';
import { rangedDifference } from '../../../scoring/statistics/pairing.js';
import type { MeasuredMatch } from '../../../scoring/reward/measures.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { recordedMatch } from './match-record.js';

const NAMES = measuresOf(hft).map(({ name }) => name);

describe('scoring: measures', () => {
  const match = recordedMatch(1, 20_000, { promptTokens: 100, completionTokens: 5 }, { quality: 0.7 });

  it('are what the trace gives', () => {
    const figures = {
      reward: 2,
      yieldPct: 2,
      latencyMs: 20,
      p50Ms: 20,
      p90Ms: 30,
      realP50Ms: 5,
      decisions: 3,
      actions: 3,
      worldS: 7.2,
      promptTokens: 300,
      completionTokens: 15,
      missed: 0,
      quality: 0.7,
    };
    for (const [name, value] of Object.entries(figures)) expect(measured(name, match), name).to.be.closeTo(value, 1e-12);
  });

  it('or say why there is none, and are never 0 instead', () => {
    for (const name of ['costUsd', 'bits', 'gamma', 'patient', 'stale', 'drawdown'])
      expect(measured(name, match), name).to.have.property('missing').that.is.a('string').and.not.empty;
    expect(measured('promptTokens', recordedMatch(1, 0, { completionTokens: 5 }))).to.deep.equal({
      missing: 'no token counts of 3 of 3 calls',
    });
  });

  it('each task has its own beside those of all', () => {
    expect(NAMES).to.include.members(['yieldPct', 'drawdown']).and.not.include('roundsWon');
    expect(measuresOf(fighter).map(({ name }) => name)).to.include.members(['roundsWon', 'won']);
  });
});

describe('scoring: scores', () => {
  it('are means over matches with the interval of every other mean', () => {
    const rewards = [10_000, 30_000, 20_000, 50_000];
    const { figure, bySeed, missing } = scoreOf(
      parseExpression('reward * 2 - latencyMs / 10', NAMES),
      rewards.map((reward, seed) => recordedMatch(seed, reward, undefined)),
    );
    const values = rewards.map((reward) => reward / 5000 - 2);
    expect(figure).to.deep.equal(meanInterval(values));
    expect([...bySeed.values()]).to.deep.equal(values);
    expect(missing).to.deep.equal([]);
  });

  it('a match without a figure, or for which the formula has no finite value, has none', () => {
    const matches = [0, 10_000, 20_000].map((reward, seed) => recordedMatch(seed, reward, undefined));
    const inverse = scoreOf(parseExpression('1 / reward', NAMES), matches);
    expect(inverse.figure).to.include({ value: 0.75, n: 2 });
    expect(inverse.missing).to.deep.equal([{ id: 'match-0', why: 'the formula gives an infinite value for reward = 0' }]);
    const priced = scoreOf(parseExpression('reward - costUsd', NAMES), matches);
    expect(priced.figure.value).to.equal(null);
    expect(priced.missing[0]!.why).to.equal('costUsd: no price: its configuration names none');
  });

  /** Fights of one round that all ended alike. */
  function ended(reward: number, latencyMs: number, count: number): MeasuredMatch[] {
    const { trace } = recordedMatch(1, 0, undefined);
    return Array.from({ length: count }, (_, seed): MeasuredMatch => {
      const events = trace.events.map((event) => ('latencyUs' in event ? { ...event, latencyUs: latencyMs * 1000 } : event)) as Trace['events']; // prettier-ignore
      const footer = { ...trace.footer!, results: { ...trace.footer!.results, reward: [reward] } };
      return {
        task: fighter,
        seat: 0,
        trace: { header: { ...trace.header, seed, task: 'fighter', options: { rounds: 1 } }, events, footer },
      };
    });
  }

  it('lie within all that a formula makes of the reward between its ends, not at the ends alone', () => {
    // A reward lies from -1.5 to 1.5, and these have the same value at both ends.
    for (const [text, low, high] of [
      ['reward * reward', 0, 2.25],
      ['abs(reward)', 0, 1.5],
      ['max(0, 1 - abs(reward))', 0, 1],
    ] as const) {
      const { figure, ranges } = scoreOf(parseExpression(text, NAMES), ended(1500, 100, 4));
      expect([...ranges!.values()], text).to.deep.equal(Array.from({ length: 4 }, () => ({ low, high })));
      expect(figure, text).to.deep.equal(meanInterval(Array.from({ length: 4 }, () => figure.value!), { range: { low, high } })); // prettier-ignore
    }
  });

  it('of few matches that all ended alike are known no better than the reward is', () => {
    const formula = parseExpression('reward - 0.001 * p90Ms', NAMES);
    const [won, late] = [ended(1000, 100, 4), ended(1000, 900, 4)].map((matches) => scoreOf(formula, matches));
    const plain = meanInterval([1, 1, 1, 1], { range: { low: -1.5, high: 1.5 } });
    expect(won!.figure.value).to.be.closeTo(0.9, 1e-9);
    expect(won!.figure.low).to.be.closeTo(plain.low! - 0.1, 1e-9);
    expect(won!.figure.high).to.be.closeTo(plain.high! - 0.1, 1e-9);
    const difference = rangedDifference(won!, late!);
    expect(difference.value).to.be.closeTo(0.8, 1e-9);
    expect(difference.high! - difference.low!).to.be.above(0.5);
    // Many of them tell what few do not.
    const many = [ended(1000, 100, 200), ended(1000, 900, 200)].map((matches) => scoreOf(formula, matches));
    expect(rangedDifference(many[0]!, many[1]!).low).to.be.above(0.5);
    expect(scoreOf(parseExpression('0.001 * p90Ms', NAMES), ended(1000, 100, 4)).ranges).to.equal(undefined);
  });

  it('of who won, of rounds, of shares and of several of these lie where each of them can, so that few that agree say little', () => {
    const won = (count: number): MeasuredMatch[] =>
      ended(1500, 100, count).map(({ trace, ...rest }) => {
        const seats = [
          { roundsWon: 1, stale: 0, plans: 3 },
          { roundsWon: 0, stale: 0, plans: 3 },
        ];
        return { ...rest, trace: { ...trace, footer: { ...trace.footer!, results: { ...trace.footer!.results, seats } } } };
      });
    const names = measuresOf(fighter).map(({ name }) => name);
    const score = (text: string, count: number) => scoreOf(parseExpression(text, names), won(count));
    for (const [text, low, high] of [
      ['won', 0, 1],
      ['2 * won - 1', -1, 1],
      ['roundsWon', 0, 1],
      ['stale', 0, 1],
      ['1 - missed - invalid', -1, 1],
      ['reward + won - stale', -2.5, 2.5],
      ['won * (1 - stale) * (1 - missed) * (1 - invalid) * (1 - failed)', 0, 1],
    ] as const) {
      const { figure, isPart } = score(text, 4);
      const same = Array.from({ length: 4 }, () => figure.value!);
      expect(figure, text).to.deep.equal(meanInterval(same, { range: { low, high } }));
      expect(figure.high! - figure.low!, text).to.be.above(0.3 * (high - low));
      expect(isPart, text).to.equal(false);
    }
    // More of them say more.
    expect(score('won', 40).figure.low).to.be.above(score('won', 4).figure.low! + 0.3);
    // Where the formula gives no number between the ends, nothing is known of its range: without spread there is no interval.
    for (const text of ['1 / won', 'log(stale + won)', '(won - 0.5)^0.5'])
      expect(score(text, 4).figure, text).to.include({ low: null, high: null, n: 4 });
    expect(rangedDifference(score('1 / won', 4), score('1 / won', 4))).to.deep.equal({ value: 0, low: null, high: null, n: 4 });
  });

  it('of which only a part has bounds spread as far as the rest of them does', () => {
    const waited = [100, 900, 300, 500, 200];
    const matches = waited.map((latencyMs, seed) => {
      const [match] = ended(1500, latencyMs, 1);
      return { ...match!, trace: { ...match!.trace, header: { ...match!.trace.header, seed } } };
    });
    const { figure, ...score } = scoreOf(parseExpression('0.001 * reward - p90Ms', NAMES), matches);
    const plain = meanInterval(waited.map((each) => 0.0015 - each));
    expect(figure.low).to.be.at.most(plain.low!);
    expect(figure.high).to.be.at.least(plain.high!);
    const better = { ...score, bySeed: new Map([...score.bySeed].map(([seed, value], i) => [seed, value + [1, 2, 3, 1, 2][i]!])) };
    const difference = rangedDifference(better, { ...score });
    expect(difference.high! - difference.value!, 'the spread of the differences').to.be.above(0.9);
  });
});
