/** A plan's own reward: refused before anything is played, and what the frontier and the winner follow. */
import { expect } from 'chai';
import { hft } from '../../../envs/hft/task.js';
import { frontier, type FrontierPoint } from '../../../scoring/figures/frontier.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { ConfigurationError } from '../../../harness/configuration/configuration.js';
import { planSchema } from '../../../harness/sweep/plan.js';
import { recommendAmong } from '../../../harness/sweep/recommended.js';
import type { Row } from '../../../harness/sweep/rows.js';
import { scorerOf } from '../../../harness/sweep/scoring.js';
import type { CellResult } from '../../../harness/sweep/play.js';
import { recordedMatch } from '../../scoring/reward/match-record.js';

const refusal = async (by: string): Promise<unknown> => await scorerOf(by, hft).catch((error: unknown) => error);

describe("sweep: a plan's own reward", () => {
  it('is refused by name', async () => {
    expect(await refusal('reward - roundsWon'))
      .to.be.instanceOf(ConfigurationError)
      .with.property('message')
      .that.includes('tasks.hft.score: no measure "roundsWon"; there are reward');
    expect(await refusal('reward.constructor')).to.be.instanceOf(ConfigurationError);
    expect(planSchema.safeParse({ plan: 'x', tasks: {}, score: 'reward' }).success).to.equal(true);
    expect(planSchema.safeParse({ plan: 'x', tasks: {}, score: 3 }).success).to.equal(false);
  });

  it("takes the plan's price of the configuration, and leaves out void matches", async () => {
    const scorer = await scorerOf('yieldPct - 1000 * costUsd', hft);
    const price = { perHour: 1, currency: 'USD' as const, date: '2026-11-01' };
    const results = [1, 2, 3, 4].map((seed) => {
      const { trace, seat } = recordedMatch(seed, 10_000 * seed, undefined);
      if (seed === 4) trace.footer!.verdict.counts = false;
      return { cell: { seat, entrant: { configuration: { name: 'm', price } } }, trace };
    }) as unknown as CellResult[];
    const { figure, bySeed } = scorer.of(results, {});
    expect([...bySeed.keys()]).to.deep.equal([1, 2, 3]);
    expect(figure.value).to.be.closeTo(2 - 1, 1e-9);
  });

  it('decides whom to take, against reward', () => {
    const row = (name: string, reward: number, score: number[]) => {
      const bySeed = new Map(score.map((value, seed) => [seed, value]));
      const summary = { reward: meanInterval([reward, reward, reward + 0.01]), worldMeanUs: { value: 1, low: 1, high: 1, n: 3 } };
      return { name, entrant: {}, summary, score: { figure: meanInterval(score), bySeed, missing: [], by: 'x' } } as unknown as Row;
    };
    const rows = [row('rich', 9, [1, 1.2, 0.9]), row('good', 1, [5, 5.2, 4.9])];
    expect(recommendAmong(hft, rows, []).recommendation).to.include({ take: 'good', because: 'most' });
  });

  it('is compared in pairs on the frontier: a seed that is hard for all tells nobody apart', () => {
    const point = (name: string, latencyMs: number, lead: number): FrontierPoint => {
      const values = [0, 50, -30, 20].map((seed, i) => seed + lead + i / 100);
      const latency = { value: latencyMs, low: latencyMs - 1, high: latencyMs + 1, n: 4 };
      return { name, latency, quality: meanInterval(values), scores: { bySeed: new Map(values.map((value, seed) => [seed, value])) } };
    };
    const [fast, slow] = frontier([point('fast', 100, 3), point('slow', 200, 0)]);
    expect(fast!.status).to.equal('frontier');
    expect(slow).to.deep.equal({ name: 'slow', status: 'dominated', by: ['fast'] });
  });
});
