/** Recorded decisions: repeatable, of every seat, labelled with answers that the task's parser reads back. */
import { expect } from 'chai';
import { taskNamed } from '../../harness/match/tasks.js';
import { kindOf, playMatch } from '../../models/recipe/dataset.js';
import { TASKS, type Sample } from '../../models/recipe/material.js';

function first(name: (typeof TASKS)[number], seed: number, count: number): Sample[] {
  const samples: Sample[] = [];
  for (const sample of playMatch(taskNamed(name), seed)) {
    samples.push(sample);
    if (samples.length === count) break;
  }
  return samples;
}

describe('recorded decisions', () => {
  for (const name of TASKS) {
    it(`${name}: the same seed gives the same decisions, another seed others`, () => {
      expect(first(name, 5, 200)).to.deep.equal(first(name, 5, 200));
      expect(first(name, 5, 200)).to.not.deep.equal(first(name, 6, 200));
    });

    it(`${name}: every label is an action in its canonical words`, () => {
      const task = taskNamed(name);
      for (const { answer } of first(name, 7, 300)) {
        const parsed = task.parse(answer, true);
        expect(parsed.kind, answer).to.equal('action');
        if (parsed.kind === 'action') expect(task.write(parsed.action)).to.equal(answer);
      }
    });

    it(`${name}: matches show more than a few kinds of answers`, () => {
      const kinds = new Set([8, 9, 10, 11].flatMap((seed) => first(name, seed, 500)).map(({ answer }) => kindOf(answer)));
      expect(kinds.size).to.be.above(4);
    });
  }
});
