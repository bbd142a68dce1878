/** Patient play: the scale between a random player and the best known one, seed by seed. */
import { expect } from 'chai';
import { fighter } from '../../../envs/fighter/task.js';
import { hft } from '../../../envs/hft/task.js';
import { patientEnds, patientParts, patientPlay, playPatiently } from '../../../scoring/reward/patient.js';
import { PatientError } from '../../../scoring/reward/patient-spec.js';
import { TICK, toy } from '../oracle/toy.js';

const seeds = [1, 2, 3, 4, 5, 6];
const patientToy = { ...toy, patient: { latencyUs: TICK, random: 'wrong', best: () => 'keen' } };

describe('patient play', () => {
  it('is 0 for the random player, 1 for the best known one, and in between what was earned in between', () => {
    const settings = { options: { lengthUs: 100 * TICK }, seeds };
    const ends = patientEnds(patientToy, settings.options);
    const rewards = (bot: string): Map<number, number> => playPatiently(patientToy, { bot, errorPermille: 0 }, settings);
    const scale = { random: rewards(ends.random.bot), best: rewards(ends.best.bot) };
    expect(patientPlay(patientParts(scale.random, scale)).value).to.equal(0);
    expect(patientPlay(patientParts(scale.best, scale)).value).to.equal(1);
    // Doing nothing is as far from pressing the right lamp as from pressing the wrong one.
    expect(patientPlay(patientParts(rewards('idle'), scale)).value).to.be.closeTo(0.5, 1e-12);
  });

  it('compares on shared seeds alone, in their order, and is no figure without any', () => {
    const scale = { random: new Map([[3, 0], [1, -4], [2, 0]]), best: new Map([[1, 6], [2, 10], [9, 10]]) }; // prettier-ignore
    expect(patientParts(new Map([[2, 5], [1, 1], [3, 7], [9, 1]]), scale)).to.deep.equal([{ numerator: 5, denominator: 10 }, { numerator: 5, denominator: 10 }]); // prettier-ignore
    expect(patientPlay([]).value).to.equal(null);
    expect(patientPlay([{ numerator: 3, denominator: -2 }, { numerator: 1, denominator: 1 }])).to.include({ value: null, n: 2 }); // prettier-ignore
    expect(() => playPatiently(toy, { bot: 'keen', errorPermille: 0 }, { options: {}, seeds })).to.throw(PatientError, 'toy');
  });

  for (const task of [fighter, hft])
    it(`names players of ${task.name} and a latency that its world can show`, () => {
      const options = task.parseOptions({} as never);
      const { random, best } = patientEnds(task, {});
      for (const { bot } of [random, best]) expect(task.bots.map(({ name }) => name)).to.include(bot);
      expect(task.patient!.latencyUs).to.be.at.least(task.tick(options as never).us);
    });
});
