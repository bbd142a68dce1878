/**
 * A checkpoint brought into the kernels' memory: every matrix rounded to its format and placed, the cache and the activations allocated.
 */

import { availableParallelism } from 'node:os';
import { KernelMemory, type Kernels, type Simd } from '../kernels/kernels.js';
import { paddedRows } from '../kernels/packing.js';
import { Team } from '../kernels/team.js';
import { allocateScratch, Bf16Linear, type Linear, type Scratch } from './linear.js';
import { EMBEDDING, HEAD, takeInventory } from '../checkpoint/inventory.js';
import type { ModelConfig } from '../checkpoint/model-config.js';
import {
  summarizePrecision,
  unitShape,
  UNITS,
  type PrecisionChoice,
  type PrecisionMap,
  type PrecisionSummary,
  type Unit,
} from '../formats/precision.js';
import { shortMapNote } from '../formats/short-map.js';
import type { Checkpoint } from '../checkpoint/safetensors.js';
import { settlePrecision } from '../checkpoint/saved-formats.js';
import { UnitWeights } from './unit-weights.js';

/** Tokens of a prompt that a thread takes through all layers together: their activations stay in its second-level cache. */
export const CHUNK = 64;

/** Share of small codes from which they cost more than a few hundredths of the time. */
const SLOW_SHARE = 0.01;

/** What a loaded model is and holds. */
export interface ModelSummary extends PrecisionSummary {
  /** Bytes of weights and scales held: linear layers, embeddings, output layer, norms, biases. */
  weightBytes: number;
  /** Weights of the model, tied ones once. */
  parameters: number;
  /** What is worth a word to whoever serves the model. */
  notes: readonly string[];
}

/** One block's weights, and the addresses of its cache (see cache.ts). */
export interface Block {
  /** Which it is, from 0. */
  layer: number;
  attentionNorm: number;
  feedForwardNorm: number;
  linear: Record<Unit, Linear>;
  /** Biases of q, k and v, one after the other; of o. */
  qkvBias?: number;
  oBias?: number;
  /** Weights of the norms of each head of queries and of keys. */
  queryNorm?: number;
  keyNorm?: number;
  keys: number;
  values: number;
}

/** Addresses of the activations that all threads share, [CHUNK x threads][width] f32 each, but for the last. */
export interface Activations {
  ids: number;
  x: number;
  qkv: number;
  attended: number;
  gateUp: number;
  logits: number;
}

/** What one thread has to itself: its kernels, and memory that no other thread touches, [CHUNK][width] f32 but for the scores. */
export interface Hand extends Scratch {
  normed: number;
  gated: number;
  /** [capacity + headWidth][4] f32. */
  scores: number;
}

/** A model in memory, ready to run. Addresses are in `memory`. */
export interface LoadedModel {
  config: Readonly<ModelConfig>;
  /** What it is under the map that it was loaded with. */
  summary: Readonly<ModelSummary>;
  memory: KernelMemory;
  units: UnitWeights;
  embedding: Bf16Linear;
  output: Linear;
  blocks: Block[];
  finalNorm: number;
  /** Rotary tables, [position][headWidth / 2] f32. */
  cosines: number;
  sines: number;
  activations: Activations;
  team: Team;
  /** One for each thread, the calling one first. */
  hands: Hand[];
  /** Positions of one sequence that there is room for: maxPositions rounded up to whole eights. */
  capacity: number;
}

/** How a checkpoint is placed. */
export interface PlacingOptions {
  simd?: Simd;
  threads?: number;
  /** Several sequences: tokens of the key-value memory that they share, whole blocks, and how many logits are asked for at once. */
  shared?: { tokens: number; sequences: number };
}

/**
 * Places a checkpoint and starts its threads. What was quantised before is placed as it is, under `as-saved` or a map that agrees with it
 * (see ../checkpoint/saved-formats.ts). Throws CheckpointError for missing or ill-shaped tensors, PrecisionMapError for a map that
 * does not fit, RangeError and ThreadError for threads that cannot be.
 */
export async function loadModel(
  checkpoint: Checkpoint,
  config: ModelConfig,
  choice: PrecisionChoice,
  { simd, threads = 1, shared }: PlacingOptions = {},
): Promise<LoadedModel> {
  const precision = settlePrecision(choice, config);
  const memory = new KernelMemory(simd, threads > 1);
  const model = new Loader(checkpoint, config, precision, memory, new Team(memory, threads), shared).load();
  await model.team.start();
  return model;
}

/** A word where threads will wait for each other, since there are not as many cores. */
function threadNotes({ kernels: { length: threads } }: Team, cores = availableParallelism()): string[] {
  if (threads === 1 || threads <= cores) return [];
  return [`${threads} threads on ${cores} cores: the same answers as with one, but in more time`];
}

class Loader {
  private readonly capacity: number;
  private readonly units: UnitWeights;
  private weightBytes = 0;
  private parameters = 0;

  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly config: ModelConfig,
    private readonly precision: PrecisionMap,
    private readonly memory: KernelMemory,
    private readonly team: Team,
    private readonly shared: PlacingOptions['shared'],
  ) {
    this.capacity = Math.ceil(config.maxPositions / 8) * 8;
    this.units = new UnitWeights(memory, checkpoint, config);
  }

  load(): LoadedModel {
    const { memory, config, team } = this;
    const { vocabSize, dModel } = config;
    const summary = summarizePrecision(this.precision, config);
    const { tied, notes } = takeInventory(this.checkpoint, config);
    const embedding = this.count(new Bf16Linear(memory, this.matrix(EMBEDDING, vocabSize, dModel), vocabSize, dModel));
    const output = tied ? embedding : this.count(new Bf16Linear(memory, this.matrix(HEAD, vocabSize, dModel), vocabSize, dModel));
    const blocks = Array.from({ length: config.layers }, (_, layer) => this.block(layer));
    const finalNorm = this.vector('model.norm.weight', dModel);
    const { weightBytes, parameters, capacity } = this;
    return {
      ...{ config, memory, team, units: this.units, embedding, output, blocks, finalNorm, capacity },
      ...this.rotation(),
      summary: {
        ...summary,
        weightBytes,
        parameters,
        notes: [
          ...config.notes,
          ...notes,
          ...this.mapNotes(),
          ...this.outlierNotes(blocks),
          ...this.simdNotes(summary),
          ...threadNotes(team),
        ],
      },
      activations: this.activations(),
      hands: team.kernels.map((kernels) => this.hand(kernels)),
    };
  }

  /** A word on a map that seems to be another model's. What a checkpoint saved is its own. */
  private mapNotes(): string[] {
    const note = this.config.saved === undefined ? shortMapNote(this.precision, this.config.layers) : undefined;
    return note === undefined ? [] : [note];
  }

  /** A word where outliers leave so many small codes that they take time. */
  private outlierNotes(blocks: readonly Block[]): string[] {
    const layers = blocks.flatMap(({ linear }) => Object.values(linear));
    const share = layers.reduce((sum, each) => sum + each.smallWeights, 0) / layers.reduce((sum, each) => sum + each.rows * each.depth, 0);
    if (share <= SLOW_SHARE) return [];
    const percent = (100 * share).toFixed(1);
    return [
      `${percent} % of the weights are far below the largest of their row or matrix: held exactly, but in a slower way than the others`,
    ];
  }

  /** A word where this host lacks what makes FP4 the fastest format. */
  private simdNotes(summary: PrecisionSummary): string[] {
    if (this.memory.simd === 'relaxed' || summary.gammaByCount === 0) return [];
    return ['this host has no relaxed SIMD: FP4 gives the same answers, but takes longer than FP8 for a prompt'];
  }

  private matrix(name: string, rows: number, depth: number): Float32Array {
    this.parameters += rows * depth;
    return this.checkpoint.read(name, [rows, depth]).values;
  }

  /** Vectors one after the other, as f32. */
  private vectors(parts: [name: string, width: number][]): number {
    const values = parts.flatMap(([name, width]) => [...this.checkpoint.read(name, [width]).values]);
    this.parameters += values.length;
    this.weightBytes += values.length * 4;
    return this.memory.place(Float32Array.from(values));
  }

  private vector(name: string, width: number): number {
    return this.vectors([[name, width]]);
  }

  private count<T extends Linear>(linear: T): T {
    this.weightBytes += linear.bytes;
    return linear;
  }

  private block(layer: number): Block {
    const { dModel, heads, kvHeads, headWidth, attentionBias, qkNorms } = this.config;
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    const queries = heads * headWidth;
    const keys = kvHeads * headWidth;
    const linear = this.units.ofLayer(this.precision, layer);
    for (const unit of UNITS) {
      const { rows, depth } = unitShape(this.config, unit);
      this.parameters += rows * depth;
      this.count(linear[unit]);
    }
    const biases: [string, number][] = [
      [`${attention}.q_proj.bias`, queries],
      [`${attention}.k_proj.bias`, keys],
      [`${attention}.v_proj.bias`, keys],
    ];
    const qkvBias = attentionBias === 'none' ? undefined : this.vectors(biases);
    const oBias = attentionBias === 'qkvo' ? this.vector(`${attention}.o_proj.bias`, dModel) : undefined;
    const headNorm = (name: string) => (qkNorms ? this.vector(`${attention}.${name}.weight`, headWidth) : undefined);
    const cacheBytes = (this.shared?.tokens ?? this.capacity) * keys * 4;
    return {
      layer,
      linear,
      attentionNorm: this.vector(`${prefix}.input_layernorm.weight`, dModel),
      feedForwardNorm: this.vector(`${prefix}.post_attention_layernorm.weight`, dModel),
      qkvBias,
      oBias,
      queryNorm: headNorm('q_norm'),
      keyNorm: headNorm('k_norm'),
      keys: this.memory.allocate(cacheBytes),
      values: this.memory.allocate(cacheBytes),
    };
  }

  /** Cosines and sines of position x frequency, times the attention factor, computed in double precision. */
  private rotation(): { cosines: number; sines: number } {
    const { maxPositions, headWidth, rope } = this.config;
    const half = headWidth / 2;
    const angle = (i: number) => Math.floor(i / half) * rope.frequencies[i % half]!;
    const table = (f: (x: number) => number) =>
      Float32Array.from({ length: maxPositions * half }, (_, i) => f(angle(i)) * rope.attentionFactor);
    return { cosines: this.memory.place(table(Math.cos)), sines: this.memory.place(table(Math.sin)) };
  }

  private activations(): Activations {
    const { dModel, ffWidth, heads, kvHeads, headWidth, vocabSize } = this.config;
    const tokens = CHUNK * this.team.kernels.length;
    const rows = (width: number) => this.memory.allocate(tokens * width * 4);
    return {
      ids: this.memory.allocate(tokens * 4),
      x: rows(dModel),
      qkv: rows((heads + 2 * kvHeads) * headWidth),
      attended: rows(heads * headWidth),
      gateUp: rows(2 * ffWidth),
      logits: this.memory.allocate((this.shared?.sequences ?? 1) * paddedRows(vocabSize) * 4),
    };
  }

  private hand(kernels: Kernels): Hand {
    const { dModel, ffWidth, heads, headWidth } = this.config;
    return {
      ...allocateScratch(this.memory, CHUNK, Math.max(dModel, ffWidth, heads * headWidth), kernels),
      normed: this.memory.allocate(CHUNK * dModel * 4),
      gated: this.memory.allocate(CHUNK * ffWidth * 4),
      scores: this.memory.allocate((this.capacity + headWidth) * 4 * 4),
    };
  }
}
