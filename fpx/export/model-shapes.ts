/**
 * Shapes of models as they are published: what an export must know of a model whose weights are not here. `models/*.yaml` hold those of
 * the usual ones, and a folder with a config.json is read as the engine reads it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readModelConfig } from '../checkpoint/model-config.js';
import { UNITS, unitShape, type BlockShape } from '../formats/precision.js';
import { packageRoot } from '../root.js';
import { ExportError } from './errors.js';

const size = z.int().positive();

const shapeSchema = z.strictObject({
  layers: size,
  dModel: size,
  ffWidth: size,
  heads: size,
  kvHeads: size,
  headWidth: size,
  /** Tokens of the embedding. */
  vocabulary: size,
  /** The output layer is the embedding. */
  tied: z.boolean(),
  /** Which projections of attention have biases. */
  biases: z.enum(['none', 'qkv', 'qkvo']).default('none'),
  /** Queries and keys have an RMSNorm of each head. */
  headNorms: z.boolean().default(false),
});

/** A model's name and sizes. */
export interface ModelShape extends BlockShape, z.output<typeof shapeSchema> {
  /** Its name at Hugging Face, such as `Qwen/Qwen2.5-7B-Instruct`, or the folder it was read from. */
  id: string;
}

/** The models whose shapes are known, by family and then by size. */
export function knownModels(): ModelShape[] {
  const folder = join(packageRoot(), 'fpx', 'export', 'models');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => {
      const shapes = z.record(z.string(), shapeSchema).parse(parse(readFileSync(join(folder, name), 'utf8')));
      return Object.entries(shapes).map(([id, shape]) => ({ id, ...shape }));
    });
}

/** The shape of a model by its name, or of a folder with a config.json. @throws ExportError naming the models that are known */
export function modelShape(name: string): ModelShape {
  const models = knownModels();
  const known = models.find(({ id }) => id === name);
  if (known) return known;
  if (existsSync(join(name, 'config.json'))) {
    const { layers, dModel, ffWidth, heads, kvHeads, headWidth, vocabSize, tiedEmbeddings, attentionBias, qkNorms } = readModelConfig(name);
    const block = { layers, dModel, ffWidth, heads, kvHeads, headWidth };
    return { id: name, ...block, vocabulary: vocabSize, tied: tiedEmbeddings ?? false, biases: attentionBias, headNorms: qkNorms };
  }
  const list = models.map(({ id }) => `  ${id}`).join('\n');
  throw new ExportError(`model "${name}": its shape is not known. Accepted: a folder with its config.json, or one of\n${list}`);
}

/** How many parameters of each kind a model has. */
export interface ParameterCounts {
  /** Of the blocks' linear layers, the only ones that a precision map speaks of. */
  linear: number;
  biases: number;
  norms: number;
  embedding: number;
  /** Of an output layer of its own; 0 where it is the embedding. */
  output: number;
  total: number;
}

/** Counts a model's parameters from its shape. */
export function parameterCounts(shape: ModelShape): ParameterCounts {
  const { layers, dModel, heads, kvHeads, headWidth } = shape;
  const block = UNITS.reduce((sum, unit) => sum + unitShape(shape, unit).rows * unitShape(shape, unit).depth, 0);
  const inner = shape.biases === 'none' ? 0 : (heads + 2 * kvHeads) * headWidth;
  const biases = layers * (inner + (shape.biases === 'qkvo' ? dModel : 0));
  const norms = layers * (2 * dModel + (shape.headNorms ? 2 * headWidth : 0)) + dModel;
  const embedding = shape.vocabulary * dModel;
  const output = shape.tied ? 0 : embedding;
  const linear = layers * block;
  return { linear, biases, norms, embedding, output, total: linear + biases + norms + embedding + output };
}
