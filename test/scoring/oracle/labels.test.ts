/** Labelled states: the oracle's answer in each, from seeds that no probe uses. */
import { expect } from 'chai';
import { labelMatch, type LabelSettings } from '../../../scoring/oracle/labels.js';
import { PROBE_SEEDS_FROM } from '../../../scoring/oracle/probes.js';
import { TICK, toy } from './toy.js';

const settings: LabelSettings = {
  seed: 3,
  options: {},
  seats: [{ bot: 'keen', delayUs: 2 * TICK, errorPermille: 500 }],
  labelledSeat: 0,
  playUs: 800_000,
  states: 8,
  futures: 16,
};

describe('labelled states', () => {
  it('name the best answer of each state, and the same ones each time', () => {
    const labelled = labelMatch(toy, settings);
    expect(labelled.length).to.equal(8);
    expect(new Set(labelled.map((each) => each.at)).size).to.equal(8);
    for (const { text, best, candidates, values } of labelled) {
      expect(`light ${best}`).to.equal(text);
      expect(values[candidates.indexOf(best)]).to.equal(10_000);
      expect(values[0]).to.equal(0);
    }
    expect(labelMatch(toy, settings)).to.deep.equal(labelled);
  });

  it('never come from the probes', () => {
    expect(() => labelMatch(toy, { ...settings, seed: PROBE_SEEDS_FROM })).to.throw(RangeError, /reserved/);
  });
});
