import { expect } from 'chai';
import { join } from 'node:path';
import { ExportError } from '../../../fpx/export/errors.js';
import { knownModels, modelShape, parameterCounts } from '../../../fpx/export/model-shapes.js';
import { packageRoot } from '../../../fpx/root.js';

/** Billions of parameters as the models' own cards state them: all, and those outside the embeddings where the card tells them. */
const PUBLISHED: Record<string, { all?: number; inner?: number }> = {
  'Qwen/Qwen2.5-1.5B-Instruct': { all: 1.54, inner: 1.31 },
  'Qwen/Qwen2.5-3B-Instruct': { all: 3.09, inner: 2.77 },
  'Qwen/Qwen2.5-7B-Instruct': { all: 7.61, inner: 6.53 },
  'Qwen/Qwen2.5-14B-Instruct': { all: 14.7, inner: 13.1 },
  'Qwen/Qwen3-0.6B': { all: 0.6, inner: 0.44 },
  // Its card says 1.7 in all, which is rounded too far to tell a per cent.
  'Qwen/Qwen3-1.7B': { inner: 1.4 },
  'Qwen/Qwen3-4B': { all: 4.0, inner: 3.6 },
  'Qwen/Qwen3-8B': { all: 8.2, inner: 6.95 },
  'Qwen/Qwen3-14B': { all: 14.8, inner: 13.2 },
  'Qwen/Qwen3-32B': { all: 32.8, inner: 31.2 },
  'meta-llama/Llama-3.1-8B-Instruct': { all: 8.03 },
  'meta-llama/Llama-3.1-70B-Instruct': { all: 70.6 },
  'meta-llama/Llama-3.2-1B-Instruct': { all: 1.23 },
  'meta-llama/Llama-3.2-3B-Instruct': { all: 3.21 },
};

/** Parameters counted in the published checkpoints. */
const EXACT: Record<string, number> = {
  'Qwen/Qwen2.5-1.5B-Instruct': 1_543_714_304,
  'Qwen/Qwen2.5-3B-Instruct': 3_085_938_688,
  'Qwen/Qwen2.5-7B-Instruct': 7_615_616_512,
  'Qwen/Qwen2.5-14B-Instruct': 14_770_033_664,
  'Qwen/Qwen3-4B': 4_022_468_096,
  'Qwen/Qwen3-8B': 8_190_735_360,
  'Qwen/Qwen3-14B': 14_768_307_200,
  'Qwen/Qwen3-32B': 32_762_123_264,
  'meta-llama/Llama-3.1-8B-Instruct': 8_030_261_248,
  'meta-llama/Llama-3.1-70B-Instruct': 70_553_706_496,
  'meta-llama/Llama-3.2-1B-Instruct': 1_235_814_400,
  'meta-llama/Llama-3.2-3B-Instruct': 3_212_749_824,
};

describe('shapes of published models', () => {
  it('have the published numbers of parameters', () => {
    expect(knownModels().map(({ id }) => id)).to.have.members(Object.keys(PUBLISHED));
    for (const model of knownModels()) {
      const { total, embedding, output, linear } = parameterCounts(model);
      const { all, inner } = PUBLISHED[model.id]!;
      if (all !== undefined) expect(total / 1e9, model.id).to.be.closeTo(all, 0.01 * all);
      if (inner === undefined) continue;
      expect(linear / 1e9, model.id).to.be.closeTo(inner, 0.01 * inner);
      expect((total - embedding - output) / 1e9, model.id).to.be.closeTo(inner, 0.01 * inner);
    }
  });

  it('have exactly those of the checkpoints, norms and biases included', () => {
    for (const [id, count] of Object.entries(EXACT)) expect(parameterCounts(modelShape(id)).total, id).to.equal(count);
  });

  it('are read of a folder as the engine reads it', () => {
    const folder = join(packageRoot(), 'models/tb-1m');
    const shape = modelShape(folder);
    expect(shape.id).to.equal(folder);
    expect(parameterCounts(shape).total).to.be.within(0.5e6, 2e6);
  });

  it('are refused for a model that is not known, with those that are', () => {
    expect(() => modelShape('Qwen/Qwen2.5-7B')).to.throw(ExportError, /"Qwen\/Qwen2\.5-7B".*config\.json[^]*Qwen2\.5-7B-Instruct/);
  });
});
