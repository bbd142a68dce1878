import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transformer } from '../../../fpx/model/transformer.js';
import { largestInputs } from '../../../fpx/sensitivity/largest-inputs.js';
import { writeRandomModel } from '../random-model.js';

describe('the largest inputs of units', () => {
  let folder: string;
  let model: Transformer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-inputs-'));
    const { folder: made } = writeRandomModel(join(folder, 'model'), { dModel: 32, ffWidth: 64, layers: 2, heads: 2, vocabSize: 12 });
    model = await Transformer.load(made, { default: 'fp8', units: {} });
  });
  after(() => rmSync(folder, { recursive: true }));

  const prompts = [
    { tokens: [1, 2, 3], answer: [4, 5] },
    { tokens: [6, 7, 8, 9], answer: [10] },
  ];

  it('are those of the prompt that brings the largest, one for each unit, and leave the model in BF16', () => {
    const told: number[] = [];
    const both = largestInputs(model, prompts, (done) => told.push(done));
    const each = prompts.map((prompt) => largestInputs(model, [prompt]));
    expect(both).to.have.length(8);
    expect(both).to.deep.equal(both.map((_, i) => Math.max(each[0]![i]!, each[1]![i]!)));
    expect(Math.min(...both)).to.be.greaterThan(0);
    expect(told).to.deep.equal([1, 2]);
    const after = [...(model.truncate(0), model.append([1, 2, 3]))];
    model.use({ default: 'bf16', units: {} });
    expect(after).to.deep.equal([...model.append([1, 2, 3])]);
  });

  it('bound what comes into each unit', () => {
    const largest = largestInputs(model, prompts);
    model.listen(({ layer, unit, values }) => {
      const at = layer * 4 + ['qkv', 'o', 'gate_up', 'down'].indexOf(unit);
      for (const value of values()) expect(Math.abs(value)).to.be.at.most(largest[at]!);
    });
    try {
      model.truncate(0);
      model.append(prompts[0]!.tokens);
    } finally {
      model.listen(undefined);
    }
  });
});
