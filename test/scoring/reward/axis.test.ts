/**
 * What the frontier's axis has to do: order players by what they earn once the clock runs. Few matches, so the bounds are lower than those of
 * `npm run bench -- axis`, which plays enough for intervals.
 */
import { expect } from 'chai';
import { fighter } from '../../../envs/fighter/task.js';
import { hft } from '../../../envs/hft/task.js';
import { withMorePolicies } from '../../bench/axis-policies.js';
import { heldOutR2, playTrial, rankCorrelation, type TrialSettings } from '../../bench/axis-trial.js';

const FIGHT = { options: { rounds: 1, roundSeconds: 10 }, opponent: { bot: 'expert', delayUs: 200_000, errorPermille: 200 } };
const MARKET = { options: { durationUs: 20_000_000, gridUs: 100_000, market: { kind: 'synthetic', preset: 'news-wire' } } };

describe('patient play as an axis', function () {
  this.timeout(60_000);

  for (const { task, settings, bots, matches, lateUs } of [
    // The bot that plays its plans through in the engine would cost as much as all others together.
    { task: withMorePolicies(fighter), settings: FIGHT, bots: fighter.bots.map(({ name }) => name).filter((name) => name !== 'search'), matches: 60, lateUs: 300_000 }, // prettier-ignore
    { task: withMorePolicies(hft), settings: MARKET, bots: ['reader', 'expert', 'maker', 'momentum', 'reversion', 'random', 'hold'], matches: 32, lateUs: 300_000 }, // prettier-ignore
  ])
    it(`orders bots of ${task.name} by what they earn later, and shares of one bot`, () => {
      const trial = { task, ...settings, matches, delaysUs: [lateUs] };
      const correlation = (policies: TrialSettings['policies']): number => {
        const played = playTrial({ ...trial, policies });
        return rankCorrelation(played.map((each) => each.patient), played.map((each) => each.late[0]!)).value!; // prettier-ignore
      };
      expect(correlation(bots.map((bot) => ({ bot, errorPermille: 0 })))).to.be.at.least(0.7);
      expect(correlation([0, 300, 600, 1000].map((errorPermille) => ({ bot: 'expert', errorPermille })))).to.be.at.least(0.9);
    });

  it('is worth nothing where a quality says nothing of the reward, and everything where it is the reward', () => {
    const points = [1, 2, 3, 4, 5, 6].flatMap((policy, i) => [1, 2, 4, 8].map((delay) => ({ policy: i, delayUs: delay * 100_000, reward: policy * (1 - Math.log2(delay) / 4) }))); // prettier-ignore
    expect(heldOutR2(points, [1, 2, 3, 4, 5, 6].map((each) => [each]))).to.be.closeTo(1, 1e-3); // prettier-ignore
    expect(heldOutR2(points, [3, 1, 2, 2, 1, 3].map((each) => [each]))).to.be.below(0.3); // prettier-ignore
    const late = [1, 2, 3, 4].map((each) => [each, each + 1, each]);
    expect(rankCorrelation([1, 2, 3, 4], late)).to.include({ value: 1, n: 4 });
    expect(rankCorrelation([4, 3, 2, 1], late).value).to.equal(-1);
  });
});
