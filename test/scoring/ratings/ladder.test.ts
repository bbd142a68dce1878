/** The delay ladder against worlds whose answers are known: a lamp that must be pressed in time, and the market by another way of playing it. */
import { expect } from 'chai';
import { hft } from '../../../envs/hft/task.js';
import { compareRungs, playLadderRung, rungName } from '../../../scoring/ratings/ladder.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { play } from '../../envs/hft/play.js';
import { TICK, toy } from '../oracle/toy.js';

describe('ladder', () => {
  const seeds = [1, 2, 3, 4];

  it('earns less the later it is, in a world where being late presses the wrong lamp', () => {
    const options = { lengthUs: 400 * TICK, seats: 1 };
    const rungs = [0, 2, 7].map((ticks) =>
      playLadderRung(toy, { bot: 'keen', delayUs: ticks * TICK, errorPermille: 0 }, { options, seeds }),
    );
    const [now, soon, late] = rungs.map((rung) => rung.reward.value!);
    expect(now).to.be.above(soon!);
    expect(soon).to.be.above(late!);
    expect(compareRungs(rungs[0]!, rungs[2]!).apart).to.equal(true);
    expect(compareRungs(rungs[2]!, rungs[0]!).apart).to.equal(false);
  });

  it('plays as a match with given latencies does, pairs rungs by seed, and counts every seed', () => {
    const options = { durationUs: 10_000_000 };
    const rung = { bot: 'expert', delayUs: 300_000, errorPermille: 0 };
    const told: number[] = [];
    const result = playLadderRung(hft, rung, { options, seeds }, () => told.push(1));
    const otherwise = seeds.map((seed) => play('expert', 300_000, seed, hft.parseOptions(options)).results().reward[0]!);
    expect(result.rewards).to.deep.equal(otherwise);
    expect(told).to.have.length(4);
    const slower = playLadderRung(hft, { ...rung, delayUs: 2_000_000 }, { options, seeds });
    const { difference } = compareRungs(result, slower);
    expect(difference).to.deep.equal(meanInterval(result.rewards.map((reward, i) => reward - slower.rewards[i]!)));
    expect(rungName(slower.rung)).to.equal('expert at 2000 ms');
  });

  it('lets the sides alternate where there are two', () => {
    const options = { lengthUs: 100 * TICK, seats: 2 };
    const rung = { bot: 'keen', delayUs: 0, errorPermille: 0 };
    const alone = playLadderRung(toy, rung, { options, seeds });
    const opposed = playLadderRung(toy, rung, { options, seeds, opponent: { ...rung, delayUs: 7 * TICK } });
    expect(opposed.rewards).to.deep.equal(alone.rewards);
  });
});
