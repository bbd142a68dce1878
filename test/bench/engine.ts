/**
 * The embedded engine: prompt and decoding speed, whole requests and bytes held, for the reference models and a random one of 16 M
 * weights, in every format. The peer of BF16 is the same model as plain JavaScript loops over f32 (scalar-transformer.ts), measured in the
 * same run; the other formats' requests are held against FP8's, round by round. A second thread is held against one thread.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelConfig } from '../../fpx/checkpoint/model-config.js';
import { FORMATS, parsePrecisionMap, type Format } from '../../fpx/formats/precision.js';
import { packageRoot } from '../../fpx/root.js';
import { Checkpoint } from '../../fpx/checkpoint/safetensors.js';
import { Transformer } from '../../fpx/model/transformer.js';
import { writeRandomModel } from '../fpx/random-model.js';
import { ScalarTransformer } from './scalar-transformer.js';
import type { BenchRow } from './main.js';

const PROMPT_TOKENS = 300;
const ANSWER_TOKENS = 6;
const ROUNDS = 15;
/** The scalar peer is slow: it warms up within its first prompt, and few rounds must do. */
const PEER_ROUNDS = 2;

interface Timing {
  promptMs: number;
  decodeUs: number;
  requestMs: number;
}

/** What both engines have. */
interface Appending {
  append(tokens: readonly number[]): Float32Array;
}

/** One request: a prompt, then one token at a time, each the likeliest. */
function request(model: Appending, prompt: readonly number[]): Timing {
  const start = process.hrtime.bigint();
  let logits = model.append(prompt);
  const prompted = process.hrtime.bigint();
  for (let i = 0; i < ANSWER_TOKENS; i++) {
    let best = 0;
    for (let t = 1; t < logits.length; t++) if (logits[t]! > logits[best]!) best = t;
    logits = model.append([best]);
  }
  const end = process.hrtime.bigint();
  const promptMs = Number(prompted - start) / 1e6;
  return { promptMs, decodeUs: Number(end - prompted) / 1e3 / ANSWER_TOKENS, requestMs: Number(end - start) / 1e6 };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Sizes that are measured with random weights where no trained model has them. */
const SIZES = [
  { name: 'random-1m', dModel: 128, ffWidth: 384, layers: 4, heads: 4, vocabSize: 1024 },
  { name: 'random-4m', dModel: 256, ffWidth: 768, layers: 5, heads: 8, vocabSize: 1024 },
  { name: 'random-16m', dModel: 512, ffWidth: 1536, layers: 5, heads: 8, vocabSize: 1024 },
];

/** The trained reference models, and random ones of the sizes that a checkout has no trained ones of. */
function models(temporary: string): { name: string; folder: string }[] {
  const folder = join(packageRoot(), 'models');
  const trained = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => ['config.json', 'model.safetensors'].every((file) => existsSync(join(folder, name, file))))
    .map((name) => ({ name, folder: join(folder, name), width: readModelConfig(join(folder, name)).dModel }));
  const missing = SIZES.filter(({ dModel }) => !trained.some(({ width }) => width === dModel));
  const random = missing.map(({ name, ...shape }) => {
    const written = writeRandomModel(join(temporary, name), shape);
    return { name, folder: written.folder, width: shape.dModel };
  });
  return [...trained, ...random].sort((a, b) => a.width - b.width);
}

async function benchModel(name: string, folder: string): Promise<BenchRow[]> {
  const config = readModelConfig(folder);
  const prompt = Array.from({ length: PROMPT_TOKENS }, (_, i) => (i * 37 + 11) % config.vocabSize);
  const engines = {} as Record<Format, Transformer>;
  for (const format of FORMATS) engines[format] = await Transformer.load(folder, parsePrecisionMap(format));
  const timings: Record<Format, Timing[]> = { bf16: [], fp8: [], fp4: [], 'fp4-tensor': [] };
  // Formats take turns, so that whatever else the machine does falls on all; the first rounds only warm up.
  for (let round = -3; round < ROUNDS; round++) {
    for (const format of FORMATS) {
      engines[format].truncate(0);
      const timing = request(engines[format], prompt);
      if (round >= 0) timings[format].push(timing);
    }
  }
  const rows = FORMATS.flatMap((format): BenchRow[] => {
    const of = (key: keyof Timing) => median(timings[format].map((t) => t[key]));
    const { weightBytes, activations } = engines[format].summary;
    const bytesF32 = engines[format].summary.parameters * 4;
    return [
      { case: `${name} ${format} prompt`, unit: 'tokens/s', ours: (PROMPT_TOKENS / of('promptMs')) * 1e3, note: activations },
      { case: `${name} ${format} decoding`, unit: 'tokens/s', ours: 1e6 / of('decodeUs'), note: activations },
      requestRow(name, format, timings),
      {
        ...{ case: `${name} ${format} weights held`, unit: 'bytes', ours: weightBytes, peer: bytesF32, ratio: weightBytes / bytesF32 },
        note: 'peer: the same parameters in f32',
      },
    ];
  });
  rows.push(scalarRow(name, folder, prompt, median(timings.bf16.map((t) => t.requestMs))));
  for (const format of FORMATS) rows.push(...(await threadRows(name, folder, format, engines[format], prompt)));
  return rows;
}

const THREADS = 2;

/** Prompt, decoding and request on two threads beside one, in turn. Where something else is busy the second thread makes it slower. */
async function threadRows(
  name: string,
  folder: string,
  format: Format,
  single: Transformer,
  prompt: readonly number[],
): Promise<BenchRow[]> {
  const double = await Transformer.load(folder, parsePrecisionMap(format), { threads: THREADS });
  const timings: [Timing, Timing][] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const [two, one] = [double, single].map((engine) => {
      engine.truncate(0);
      return request(engine, prompt);
    });
    if (round >= 0) timings.push([two!, one!]);
  }
  await double.close();
  const row = (what: string, unit: string, key: keyof Timing): BenchRow => ({
    ...{ case: `${name} ${format} ${what}, ${THREADS} threads`, unit, ours: median(timings.map(([two]) => two[key])) },
    ...{ peer: median(timings.map(([, one]) => one[key])), ratio: median(timings.map(([two, one]) => two[key] / one[key])) },
    note: `peer: one thread; ratio: median of ${ROUNDS} paired rounds; ${availableParallelism()} cores`,
  });
  return [row('prompt', 'ms', 'promptMs'), row('a token', 'us', 'decodeUs'), row(REQUEST, 'ms', 'requestMs')];
}

const REQUEST = `request (${PROMPT_TOKENS} + ${ANSWER_TOKENS} tokens)`;

/** A whole request beside FP8's of the same round; FP8 itself beside BF16's. */
function requestRow(name: string, format: Format, timings: Record<Format, Timing[]>): BenchRow {
  const other = format === 'fp8' ? 'bf16' : 'fp8';
  const times = (of: Format) => timings[of].map((t) => t.requestMs);
  const ratio = median(times(format).map((ms, round) => ms / times(other)[round]!));
  return {
    ...{ case: `${name} ${format} ${REQUEST}`, unit: 'ms', ours: median(times(format)), peer: median(times(other)), ratio },
    note: `peer: ${other}; ratio: median of ${ROUNDS} paired rounds`,
  };
}

/** The request in BF16 beside scalar JavaScript's. */
function scalarRow(name: string, folder: string, prompt: readonly number[], ours: number): BenchRow {
  const scalar = new ScalarTransformer(readModelConfig(folder), Checkpoint.open(folder), PROMPT_TOKENS + ANSWER_TOKENS);
  const times = Array.from({ length: PEER_ROUNDS }, () => {
    scalar.clear();
    return request(scalar, prompt).requestMs;
  });
  const peer = median(times);
  return { case: `${name} bf16 ${REQUEST}`, unit: 'ms', ours, peer, ratio: ours / peer, note: 'peer: scalar JavaScript, f32' };
}

export async function bench(): Promise<BenchRow[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'tickbench-bench-engine-'));
  try {
    const rows: BenchRow[] = [];
    for (const { name, folder } of models(temporary)) rows.push(...(await benchModel(name, folder)));
    return rows;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
